"""Writes organs.safetensors, for tests/it/organs.rs: what Keras says `islet` with three organs computes, and what NumPy makes of the losses.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6 safetensors==0.8.0
    KERAS_BACKEND=jax /tmp/venv/bin/python tests/golden/organs.py

Both sides derive weights, inputs, logits and targets from names, as parity.py says.
"""

import pathlib

import parity
import keras
import numpy as np
from safetensors.numpy import save_file

ORGANS = 3


def losses():
    """Soft Dice and cross entropy from their formulas, in double precision."""
    logits = 8 * parity.values("organ logits", (2, ORGANS + 1, 6, 5)).astype(np.float64) - 4
    targets = parity.values("organ targets", (2, ORGANS, 6, 5)).astype(np.float64) / ORGANS
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    organs = p[:, 1:]
    overlap, total = (organs * targets).sum((2, 3)), organs.sum((2, 3)) + targets.sum((2, 3))
    dice = np.mean(1 - (2 * overlap + 1) / (total + 1))
    shares = np.concatenate([1 - targets.sum(1, keepdims=True), targets], 1)
    cross_entropy = np.mean(-(shares * np.log(p)).sum(1))
    # As Oktay et al.: over every class, with a smoothing of 0.01.
    overlap, total = (p * shares).sum((2, 3)), p.sum((2, 3)) + shares.sum((2, 3))
    paper = np.mean(1 - (2 * overlap + 0.01) / (total + 0.01))
    return {"dice-ce": dice + cross_entropy, "article-dice": dice, "paper-dice": paper}


def main():
    model = parity.network(**parity.PRESETS["islet"], classes=ORGANS + 1)
    logits, *_ = parity.run(model, parity.values("input", (parity.BATCH, 3, parity.SIZE, parity.SIZE)))
    golden = {"probability": np.asarray(keras.ops.softmax(logits, axis=1))}
    print("probability", golden["probability"].shape, golden["probability"].min(), golden["probability"].max())
    for name, loss in losses().items():
        golden[f"loss.{name}"] = np.array([loss], np.float32)
        print(name, loss)
    save_file(golden, str(pathlib.Path(__file__).with_name("organs.safetensors")))


if __name__ == "__main__":
    main()
