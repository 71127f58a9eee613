"""Writes parity.safetensors: what Keras says the three presets compute, for tests/it/model.rs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install keras jax safetensors
    KERAS_BACKEND=jax /tmp/venv/bin/python tests/golden/parity.py

The networks are built here from Keras layers, from the description in ARCHITECTURE.md and not from our code. Weights, batch-norm
statistics and inputs are numbers that both sides derive from the tensors' names (`values`).
"""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers
from safetensors.numpy import save_file

from parity_values import scaled, values

SIZE, BATCH = 32, 2
PRESETS = {
    "islet": dict(base=16, gates=True, width=None, relu_first=False, relu_before_sum=False, head_norm=False),
    "unet": dict(base=16, gates=False, width=None, relu_first=False, relu_before_sum=False, head_norm=False),
    "article": dict(base=32, gates=True, width=64, relu_first=True, relu_before_sum=True, head_norm=True),
}


def conv(x, name, filters, kernel, stride=1):
    layer = layers.Conv2D(filters, kernel, strides=stride, padding="same", name=name)
    y = layer(x)
    w = scaled(f"{name}.weight", (filters, x.shape[-1], kernel, kernel))  # PyTorch's [out, in, kh, kw]
    layer.set_weights([w.transpose(2, 3, 1, 0), scaled(f"{name}.bias", (filters,))])
    return y


def norm(x, name):
    layer = layers.BatchNormalization(epsilon=1e-3, name=name)
    y = layer(x)
    layer.set_weights([scaled(f"{name}.{p}", (x.shape[-1],)) for p in ("weight", "bias", "running_mean", "running_var")])
    return y


def block(x, name, filters, relu_first):
    for i in (1, 2):
        x = conv(x, f"{name}.conv{i}", filters, 3)
        if relu_first:
            x = norm(layers.ReLU()(x), f"{name}.norm{i}")
        else:
            x = layers.ReLU()(norm(x, f"{name}.norm{i}"))
    return x


def gate(skip, signal, name, width, relu_before_sum):
    theta = conv(skip, f"{name}.theta", width, 1, stride=2)
    phi = conv(signal, f"{name}.phi", width, 1)
    if relu_before_sum:
        theta, phi = layers.ReLU()(theta), layers.ReLU()(phi)
    psi = conv(layers.ReLU()(layers.Add()([theta, phi])), f"{name}.psi", 1, 1)
    return layers.UpSampling2D(2, interpolation="nearest")(layers.Activation("sigmoid")(psi))


def network(base, gates, width, relu_first, relu_before_sum, head_norm, classes=1):
    x = inputs = keras.Input((None, None, 3))
    skips, attention = [], []
    for level in range(5):
        if level:
            x = layers.MaxPooling2D(2)(x)
        x = block(x, f"encoder.{level}", base << level, relu_first)
        skips.append(x)
    skips.pop()
    for i in range(4):
        skip = skips.pop()
        if gates:
            alpha = gate(skip, x, f"gates.{i}", width or skip.shape[-1] // 2, relu_before_sum)
            attention.append(alpha)
            skip = layers.Multiply()([skip, alpha])
        up = layers.UpSampling2D(2, interpolation="nearest")(x)
        x = block(layers.Concatenate()([skip, up]), f"decoder.{i}", base << (3 - i), relu_first)
    logits = conv(x, "head", classes, 1)
    if head_norm:
        logits = norm(logits, "head_norm")
    return keras.Model(inputs, [logits, *attention])


def run(model, x):
    """What the network says of `[N, 3, H, W]`: logits and attention maps, each `[N, 1, h, w]`."""
    outputs = model(x.transpose(0, 2, 3, 1), training=False)
    outputs = outputs if isinstance(outputs, list) else [outputs]  # Keras unwraps a list of one
    return [np.ascontiguousarray(np.asarray(y).transpose(0, 3, 1, 2)) for y in outputs]


def main():
    golden = {}
    x = values("input", (BATCH, 3, SIZE, SIZE))
    for name, options in PRESETS.items():
        model = network(**options)
        print(name, model.count_params(), "parameters")
        golden[f"{name}.parameters"] = np.array([model.count_params()], np.int64)
        outputs = run(model, x)
        for i, y in enumerate(outputs):
            key = f"{name}.logits" if i == 0 else f"{name}.attention.{i - 1}"
            golden[key] = y
            print(" ", key, golden[key].shape, golden[key].min(), golden[key].max())
    save_file(golden, str(pathlib.Path(__file__).with_name("parity.safetensors")))


if __name__ == "__main__":
    main()
