"""Forward passes of 3-D networks on one patch, Islet's kernels and PyTorch in turns.

    pip install torch dynamic-network-architectures
    cargo build --release --example time_network
    python benches/networks.py target/release/examples/time_network [--threads 2] [--rounds 3] [NAME ...]

Weights are arbitrary and one input channel is used: only the time is compared; that both compute the
same is the business of tests/it/networks.rs. Each round runs Islet (one pass to warm up, three
counted) and then PyTorch (the same) with the same number of threads. The medians and their ratio are
printed: above 1, Islet is faster. Other work on the machine slows PyTorch more, so leave it idle.
PyTorch's networks are those of tests/golden/networks.py.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/golden"))

PATCHES = {
    "paper": (96, 160, 160),
    "paper-unet": (96, 160, 160),
    "vnet": (64, 128, 128),
    "plan-297": (112, 112, 128),
    "plan-291": (128, 128, 128),
}


def build(name):
    from torch import nn

    import networks

    if name.startswith("paper"):
        return networks.Paper(16, 2, name == "paper")
    if name == "vnet":
        return networks.vnet()
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    features = [32, 64, 128, 256, 320] + ([320] if name == "plan-291" else [])
    stages = len(features)
    return PlainConvUNet(
        1, stages, features, nn.Conv3d, 3, [1] + [2] * (stages - 1), 2, 118 if name == "plan-297" else 25, 2, True,
        nn.InstanceNorm3d, {"eps": 1e-5, "affine": True}, None, None, nn.LeakyReLU, {"inplace": True},
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()

    import torch

    torch.set_num_threads(args.threads)
    environment = os.environ | {"RAYON_NUM_THREADS": str(args.threads)}
    print(f"PyTorch {torch.__version__}, {args.threads} threads")
    for name in args.names or ["paper", "plan-297"]:
        patch = PATCHES[name]
        network, ours, theirs = build(name).eval(), [], []
        x = torch.rand(1, 1, *patch)
        for _ in range(args.rounds):
            command = [args.binary, name, *map(str, patch)]
            lines = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split("\n")
            ours += [float(line) for line in lines[:3]]
            with torch.no_grad():
                for i in range(4):
                    started = time.perf_counter()
                    network(x)
                    theirs += [time.perf_counter() - started] if i else []
        us, them = statistics.median(ours), statistics.median(theirs)
        spread = f"{min(ours):.2f} to {max(ours):.2f}, {min(theirs):.2f} to {max(theirs):.2f}"
        print(f"{name:12} {patch}: Islet {us:.2f} s, PyTorch {them:.2f} s ({spread}), ratio {them / us:.2f}, {lines[3]}")


if __name__ == "__main__":
    main()
