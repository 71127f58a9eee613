"""Holds exported models in ONNX Runtime to Keras, the whole way: Keras -> tools/from_keras.py -> `islet import` -> `islet export` -> ONNX Runtime. The
presets in full size, `islet` for three organs, and `islet` with group norm, whose passport the script writes; two sizes of input, two samples each. Exits with an
error above 1e-4.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6 safetensors==0.8.0 \\
        onnx==1.23.2 onnxruntime==1.32.0
    cargo build --release --bin islet
    /tmp/venv/bin/python tests/golden/onnx_check.py [TARGET/release]
"""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import parity
import numpy as np
import onnx
import onnxruntime
from keras import layers
from safetensors import safe_open
from safetensors.numpy import save_file

ISLET = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/release") / "islet"
FROM_KERAS = [sys.executable, HERE.parents[1] / "tools/from_keras.py"]


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def deviation(graph, model, size):
    """The largest difference to Keras over all outputs, for two samples of `size` squared."""
    x = parity.values(f"input of {size}", (2, 3, size, size))
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    logits, probability, *attention = session.run(None, {"input": x})
    expected_logits, *expected_attention = parity.run(model, x)
    exponentials = np.exp(expected_logits)
    one = expected_logits.shape[1] == 1
    expected_probability = 1 / (1 + 1 / exponentials) if one else exponentials / exponentials.sum(1, keepdims=True)
    assert np.abs(probability - expected_probability).max() <= 1e-4
    assert len(attention) == len(expected_attention)
    print(f"  {size}: logits {expected_logits.min():.2f} to {expected_logits.max():.2f}", end="")
    found = [np.abs(a - b).max() for a, b in zip([logits, *attention], [expected_logits, *expected_attention])]
    print(f", deviation {max(found):.1e}, of the logits {found[0]:.1e}")
    return max(found)


def group_norm(x, name):
    layer = layers.GroupNormalization(groups=4, epsilon=1e-3, name=name)
    y = layer(x)
    layer.set_weights([parity.scaled(f"{name}.{p}", (x.shape[-1],)) for p in ("weight", "bias")])
    return y


def main():
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        keras_file, bare, ours, graph = (pathlib.Path(folder, name) for name in ("m.keras", "bare", "ours", "m.onnx"))

        def check(model):
            run(ISLET, "export", "--model", ours, "--output", graph)
            onnx.checker.check_model(graph, full_check=True)
            return max(deviation(graph, model, size) for size in (224, 160))

        networks = [(preset, options, []) for preset, options in parity.PRESETS.items()]
        organs = ["--labels", "pancreas,liver,spleen"]
        networks.insert(0, ("islet", parity.PRESETS["islet"] | {"classes": 4}, organs))
        for preset, options, labels in networks:
            print(preset, *labels)
            model = parity.network(**options)
            model.save(keras_file)
            run(*FROM_KERAS, keras_file, bare)
            run(ISLET, "import", "--weights", bare, "--preset", preset, *labels, "--output", ours)
            worst = max(worst, check(model))
            if preset == "islet" and not labels:
                passport = {key: json.loads(value) for key, value in safe_open(ours, "numpy").metadata().items()}

        print("islet with group norm")
        passport["islet.config"]["norm"] = {"group": {"groups": 4}}
        parity.norm = group_norm
        model = parity.network(**parity.PRESETS["islet"])
        tensors = {}
        for layer in (layer for layer in model.layers if layer.weights):
            weight, bias = layer.get_weights()
            weight = weight.transpose(3, 2, 0, 1) if weight.ndim == 4 else weight
            tensors |= {f"{layer.name}.weight": np.ascontiguousarray(weight), f"{layer.name}.bias": bias}
        save_file(tensors, ours, {key: json.dumps(value) for key, value in passport.items()})
        worst = max(worst, check(model))
    print(f"largest deviation {worst:.1e}")
    if worst > 1e-4:
        raise SystemExit("ONNX Runtime and Keras differ by more than 1e-4")


if __name__ == "__main__":
    main()
