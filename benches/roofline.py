"""Operations and least bytes of the 2-D presets, this machine's two ceilings, and Islet's share of them.

    pip install torch numpy
    cargo build --release --example time_training
    python benches/roofline.py target/release/examples/time_training [PRESET ...] [--threads 2]

Operations: two for each product of a convolution computed directly, in a training step three times as many (forward,
gradient by input, gradient by weights) less the first layer's gradient by input, which nobody needs. Winograd's way
computes less than that, so a share may exceed 1. Least bytes: each convolution reads its input and its weights once and
writes its output once, in a step three times that; what stands between convolutions is thought of as free. Ceilings:
PyTorch's product of two matrices of 2048 x 2048, and a sum of two arrays of 256 MiB, the best of ten each. The
time that the ceilings allow is the larger of operations by the first and bytes by the second.
"""
import argparse
import statistics
import time

import torch
from torch import nn
from training_step import PRESETS, SIDE, SLICES, Network, islet


def best_seconds(run):
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def ceilings():
    """Operations a second and bytes a second."""
    side, values = 2048, 1 << 26
    a, b, c = (torch.rand(side, side) for _ in range(3))
    operations = 2 * side**3 / best_seconds(lambda: torch.mm(a, b, out=c))
    x, y, z = (torch.rand(values) for _ in range(3))
    return operations, 3 * 4 * values / best_seconds(lambda: torch.add(x, y, out=z))


def forward_costs(preset, slices, side):
    """Operations and least bytes of each convolution of a forward pass, the first layer first."""
    base, gates = PRESETS[preset]
    network, costs = Network(base, gates, preset == "article").eval(), []

    def count(layer, inputs, output):
        products = output.numel() * layer.in_channels * layer.kernel_size[0] * layer.kernel_size[1]
        values = inputs[0].numel() + output.numel() + layer.weight.numel()
        costs.append((2 * products, 4 * values))

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.inference_mode():
        network(torch.rand(slices, 3, side, side))
    return costs


def step_costs(preset):
    """Operations and least bytes of a training step."""
    costs = forward_costs(preset, SLICES, SIDE)
    return tuple(3 * sum(column) - column[0] for column in zip(*costs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    operations_a_second, bytes_a_second = ceilings()
    print(f"{args.threads} threads: at most {operations_a_second / 1e9:.0f} GFLOP/s and {bytes_a_second / 1e9:.1f} GB/s")
    print("| Preset | GFLOP, forward, 224 x 224 | MB | GFLOP, a step | MB | ceilings, s | Islet, s | share |")
    print("|---|---|---|---|---|---|---|---|")
    for preset in args.presets or PRESETS:
        forward = [sum(column) for column in zip(*forward_costs(preset, 1, 224))]
        operations, least_bytes = step_costs(preset)
        allowed = max(operations / operations_a_second, least_bytes / bytes_a_second)
        phases, _ = islet(args.binary, preset, "kernels", args.threads)
        seconds = statistics.median(sum(step) for step in phases)
        print(f"| `{preset}` | {forward[0] / 1e9:.1f} | {forward[1] / 1e6:.0f} | {operations / 1e9:.0f} "
              f"| {least_bytes / 1e6:.0f} | {allowed:.3f} | {seconds:.3f} | {allowed / seconds:.2f} |")


if __name__ == "__main__":
    main()
