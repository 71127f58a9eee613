"""Training steps of the 2-D presets, Islet's kernels, Burn's automatic differentiation and PyTorch in turns.

    pip install torch
    cargo build --release --example time_training
    python benches/training_step.py target/release/examples/time_training [PRESET ...] [--threads 2] [--rounds 3]

Six slices of 160 x 160, Dice and cross entropy, Adam, single precision; weights and inputs are arbitrary,
only the time is compared. That the kernels compute the gradients of automatic differentiation is the
business of tests/it/train/kernels.rs. PyTorch runs in both memory formats. Prints slices per second, from
the median of six steps of each of the rounds, and Islet's share of PyTorch's faster format: above 1,
Islet is faster. Single rounds differ by a tenth.
"""
import argparse
import os
import statistics
import subprocess
import time

import torch
from torch import nn

SLICES, SIDE = 6, 160
PRESETS = {"islet": (16, True), "unet": (16, False), "article": (32, True)}


class Block(nn.Module):
    def __init__(self, inputs, outputs, relu_first):
        super().__init__()
        layers = []
        for channels in (inputs, outputs):
            after = [nn.BatchNorm2d(outputs), nn.ReLU()]
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), *(after[::-1] if relu_first else after)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class Gate(nn.Module):
    def __init__(self, skip, signal, width, relu_before_sum):
        super().__init__()
        self.theta, self.phi, self.psi = nn.Conv2d(skip, width, 1, 2), nn.Conv2d(signal, width, 1), nn.Conv2d(width, 1, 1)
        self.inner = torch.relu if relu_before_sum else (lambda x: x)

    def forward(self, skip, signal):
        alpha = torch.sigmoid(self.psi(torch.relu(self.inner(self.theta(skip)) + self.inner(self.phi(signal)))))
        return skip * nn.functional.interpolate(alpha, scale_factor=2)


class Network(nn.Module):
    def __init__(self, base, gates, article):
        super().__init__()
        widths = [base << level for level in range(5)]
        self.encoder = nn.ModuleList(Block(a, b, article) for a, b in zip([3, *widths], widths))
        levels = range(3, -1, -1)
        width = lambda level: 64 if article else widths[level] // 2
        self.gates = nn.ModuleList(Gate(widths[l], widths[l + 1], width(l), article) for l in levels) if gates else None
        self.decoder = nn.ModuleList(Block(widths[l] + widths[l + 1], widths[l], article) for l in levels)
        self.head = nn.Sequential(nn.Conv2d(base, 1, 1), *([nn.BatchNorm2d(1)] if article else []))

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.encoder):
            x = block(nn.functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for i, block in enumerate(self.decoder):
            skip = skips.pop()
            if self.gates:
                skip = self.gates[i](skip, x)
            x = block(torch.cat([skip, nn.functional.interpolate(x, scale_factor=2)], 1))
        return self.head(x)


def loss_of(logits, targets):
    p = torch.sigmoid(logits)
    overlap, total = (p * targets).sum((2, 3)), (p + targets).sum((2, 3))
    return (1 - (2 * overlap + 1) / (total + 1)).mean() + nn.functional.binary_cross_entropy_with_logits(logits, targets)


def pytorch(preset, memory_format):
    base, gates = PRESETS[preset]
    network = Network(base, gates, preset == "article").to(memory_format=memory_format)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    inputs = torch.rand(SLICES, 3, SIDE, SIDE).to(memory_format=memory_format)
    targets = (torch.rand(SLICES, 1, SIDE, SIDE) > 0.9).float()
    seconds = []
    for _ in range(8):
        began = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss_of(network(inputs), targets).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - began)
    return seconds[2:]


def islet(binary, preset, engine, threads):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    output = subprocess.run([binary, preset, engine], env=environment, check=True, capture_output=True, text=True)
    *steps, memory = output.stdout.splitlines()
    return [[float(part) for part in step.split()[:3]] for step in steps], memory


def compare(binary, preset, threads, rounds):
    """Slices per second of each program, the parts of our step in seconds, and our memory at its peak."""
    steps = {"kernels": [], "autodiff": [], "contiguous": [], "channels last": []}
    for _ in range(rounds):
        for engine in ("kernels", "autodiff"):
            phases, memory = islet(binary, preset, engine, threads)
            steps[engine] += [sum(step) for step in phases]
            if engine == "kernels":
                parts, peak = [statistics.median(part) for part in zip(*phases)], memory
        steps["contiguous"] += pytorch(preset, torch.contiguous_format)
        steps["channels last"] += pytorch(preset, torch.channels_last)
    return {name: SLICES / statistics.median(seconds) for name, seconds in steps.items()}, parts, peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"PyTorch {torch.__version__}, {args.threads} threads, slices per second")
    for preset in args.presets or PRESETS:
        speeds, parts, peak = compare(args.binary, preset, args.threads, args.rounds)
        best = max(speeds["contiguous"], speeds["channels last"])
        print(preset, ", ".join(f"{name} {speed:.1f}" for name, speed in speeds.items()))
        print(f"  Islet / PyTorch {speeds['kernels'] / best:.2f}; forward, backward, optimizer {parts} s; {peak}")


if __name__ == "__main__":
    main()
