"""Keras weights -> safetensors with Islet's names. See docs/FRAMEWORKS.md.

    pip install keras==3.15.1 jax==0.10.2 safetensors==0.8.0
    KERAS_BACKEND=jax python tools/from_keras.py MODEL.keras OUT.safetensors [--names NAMES.json] [--passport PASSPORT.json]

Layers must be called what docs/MODEL_FILE.md calls them (`encoder.0.conv1`), or NAMES.json says which is which:
{"conv2d_7": "encoder.0.conv1"}.
"""

import argparse
import json

import keras
import numpy as np
from safetensors.numpy import save_file


def tensors(model, names):
    found, epsilons = {}, set()
    for layer in model.layers:
        name = names.get(layer.name, layer.name)
        if isinstance(layer, keras.layers.BatchNormalization):
            mean, variance = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
            found[f"{name}.weight"] = np.asarray(layer.gamma) if layer.scale else np.ones_like(mean)
            found[f"{name}.bias"] = np.asarray(layer.beta) if layer.center else np.zeros_like(mean)
            found[f"{name}.running_mean"], found[f"{name}.running_var"] = mean, variance
            epsilons.add(layer.epsilon)
        elif type(layer) is keras.layers.Conv2D:
            kernel = np.asarray(layer.kernel)
            found[f"{name}.weight"] = kernel.transpose(3, 2, 0, 1)  # [kh, kw, in, out] to [out, in, kh, kw]
            found[f"{name}.bias"] = np.asarray(layer.bias) if layer.use_bias else np.zeros(kernel.shape[-1])
        elif layer.weights:
            raise SystemExit(f"{layer.name} is a {type(layer).__name__}, expected Conv2D or BatchNormalization")
    print("batch norms have epsilon", *epsilons, "(import --epsilon, if that is not 0.001)")
    return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--names", help="JSON: Keras's layer names to Islet's")
    parser.add_argument("--passport", help="JSON with the keys of docs/MODEL_FILE.md; makes OUT a model file without `import`")
    args = parser.parse_args()
    names = json.load(open(args.names)) if args.names else {}
    passport = json.load(open(args.passport)) if args.passport else {}
    model = keras.saving.load_model(args.model, compile=False)
    save_file(tensors(model, names), args.out, {key: json.dumps(value) for key, value in passport.items()} or None)


if __name__ == "__main__":
    main()
