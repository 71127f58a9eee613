"""The numbers that stand for tensors in golden files: both sides derive them from the tensors' names."""

import numpy as np


def values(name, shape):
    """Uniform in [0, 1): splitmix64 of the FNV-1a hash of the name plus the index, top 24 bits."""
    seed = np.uint64(0xCBF29CE484222325)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            seed = (seed ^ np.uint64(byte)) * np.uint64(0x100000001B3)
        z = seed + np.arange(1, np.prod(shape, dtype=np.int64) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float64) / 2**24).astype(np.float32).reshape(shape)


def scaled(name, shape):
    """A parameter's value: convolutions by their fan-in, statistics and scales away from 0 and 1."""
    u = values(name, shape)
    last = name.rsplit(".", 1)[-1]
    if len(shape) > 2:
        return (2 * u - 1) * np.float32(np.sqrt(6.0 / np.prod(shape[1:])))
    if last in ("running_var", "weight"):
        return 0.5 + u
    return 0.4 * (u - np.float32(0.5))  # biases and running means
