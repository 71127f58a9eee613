"""Training steps of the paper's 3-D network, Islet and PyTorch one after the other, in voxels per second of processor time.

    pip install torch
    cargo build --release --bin islet
    python benches/volume_training.py target/release/islet [--base 8] [--patch 64x64x48] [--preset paper]

Both run on one thread, and processor time is counted, so that a busy machine does not matter much. Islet trains one epoch on four
phantoms, once with few and once with more patches, and the difference is counted: data, steps, no reading and no validation. PyTorch
steps on random patches of the same shape, batch 1, the same Dice, Adam, single precision. That both compute the same gradients is the
business of tests/it/train/gradients.rs.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/golden"))
import networks

PATCHES = [1, 4]
STEPS = 4


def islet(binary, args, voxels):
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "RAYON_NUM_THREADS": "1"}
        data, seconds = f"{folder}/data", []
        quiet = {"check": True, "env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([binary, "phantom", "--output", data, "--cases", "5", "--organs"], **quiet)
        for patches in PATCHES:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(
                [binary, "train", "--data", data, "--labels", "pancreas", "--preset", args.preset, "--base-filters", str(args.base),
                 "--patch", args.patch, "--spacing-mm", "6", "--epochs", "1", "--batch-size", "1", "--patches-per-case", str(patches),
                 "--workers", "1", "--cache", f"{folder}/cache", "--output", f"{folder}/run{patches}"],
                **quiet,
            )
            seconds.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
        return 4 * (PATCHES[1] - PATCHES[0]) * voxels / (seconds[1] - seconds[0])


def pytorch(args, shape, voxels):
    torch.set_num_threads(1)
    network = networks.Paper(args.base, 2, args.preset == "paper").train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, eps=1e-6, weight_decay=1e-6)
    x = torch.randn(1, 1, *shape)
    target = torch.nn.functional.one_hot((torch.rand(1, *shape) > 0.9).long(), 2).movedim(-1, 1).float()
    seconds = []
    for step in range(STEPS + 1):
        began = time.process_time()
        p = torch.softmax(network(x)[0], 1)
        dice = (2 * (p * target).sum((2, 3, 4)) + 0.01) / (p.sum((2, 3, 4)) + target.sum((2, 3, 4)) + 0.01)
        optimizer.zero_grad()
        (1 - dice).mean().backward()
        optimizer.step()
        seconds += [time.process_time() - began] if step else []
    return voxels / statistics.median(seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--base", type=int, default=8)
    parser.add_argument("--patch", default="64x64x48")
    parser.add_argument("--preset", default="paper", choices=["paper", "paper-unet"])
    args = parser.parse_args()
    x, y, z = map(int, args.patch.split("x"))
    ours, theirs = islet(args.binary, args, x * y * z), pytorch(args, (z, y, x), x * y * z)
    print(f"{args.preset}, base {args.base}, {args.patch}, one thread, PyTorch {torch.__version__}")
    print(f"Islet {ours:,.0f} voxels, PyTorch {theirs:,.0f} voxels per second of processor time: {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
