"""Inference of the shipped model: Islet, ONNX Runtime and PyTorch natively, Islet and ONNX Runtime Web in Chromium; and training steps.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0 onnxruntime==1.32.0
    cargo build --release --bin islet --example time_inference --example time_training && ./serve.sh --build-only
    npm install --prefix /tmp/peers onnxruntime-web@1.30.0
    /tmp/peers/bin/python benches/peers/peers.py target/release [--threads 2] [--rounds 5] [--json FILE]

Eight slices of noise and bright squares, 224 x 224, the same for all. Before any time counts, all probabilities are compared with PyTorch's:
apart by more than a thousandth of the largest ends the script. The programs run in turns, round after round. A round's time is the median of its passes; printed are
the median of the rounds, the smallest and the largest, in ms a slice. ONNX Runtime and PyTorch may take all eight slices at once or one at
a time, and PyTorch either memory format: the fastest counts. Training steps are those of benches/training_step.py.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path += [str(ROOT / "tests/golden/frameworks"), str(ROOT / "benches")]
import training_step
from pytorch_tiny import AttentionUnet

MODEL = ROOT / "www/models/pancreas.safetensors"
SLICES, SIDE, PASSES = 8, 224, 5


def inputs():
    rng = np.random.default_rng(8)
    x = rng.uniform(0.2, 0.6, (SLICES, 3, SIDE, SIDE)).astype(np.float32)
    for i in range(SLICES):
        x[i, :, 60 + i:140, 50:150 - i] += 0.3
    return x


def median_time(run):
    run()
    seconds = []
    for _ in range(PASSES):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def pytorch(memory_format):
    network = AttentionUnet()
    weights = {name: value.float() for name, value in load_file(MODEL).items()}
    network.load_state_dict(weights, strict=False)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    return network.eval().to(memory_format=memory_format)


def by_pytorch(x):
    """The probabilities, and a function that times the fastest way."""
    ways = []
    for memory_format in (torch.contiguous_format, torch.channels_last):
        network, tensor = pytorch(memory_format), torch.from_numpy(x).to(memory_format=memory_format)
        ways.append(lambda n=network, t=tensor: n(t))
        ways.append(lambda n=network, t=tensor: [n(t[i:i + 1]) for i in range(SLICES)])
    with torch.inference_mode():
        expected = torch.sigmoid(ways[0]()[0]).numpy()

    def timed():
        with torch.inference_mode():
            return min(median_time(way) for way in ways)
    return expected, timed


def by_onnx_runtime(graph, x, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    run = lambda part: session.run(["probability"], {"input": part})[0]
    ways = [lambda: run(x), lambda: [run(x[i:i + 1]) for i in range(SLICES)]]
    return run(x), lambda: min(median_time(way) for way in ways)


def by_islet(binaries, folder, threads):
    def timed():
        command = [binaries / "examples/time_inference", MODEL, folder / "inputs.f32", folder / "islet.f32"]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        return statistics.median(float(line) for line in output.split())
    timed()
    return np.fromfile(folder / "islet.f32", np.float32).reshape(SLICES, 1, SIDE, SIDE), timed


def in_chromium(engine, folder, threads):
    """Islet's compute workers, or ONNX Runtime Web."""
    def timed():
        command = ["node", HERE / "web.mjs", engine, folder, str(threads)]
        output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        return statistics.median(float(line) for line in output.split())
    timed()
    return np.fromfile(folder / f"{engine}.f32", np.float32).reshape(SLICES, 1, SIDE, SIDE), timed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    found = {"threads": args.threads, "inference_ms_per_slice": {}, "training_slices_per_second": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        graph = folder / "model.onnx"
        subprocess.run([args.binaries / "islet", "export", "--model", MODEL, "--output", graph], check=True, capture_output=True)
        x = inputs()
        x.tofile(folder / "inputs.f32")
        expected, pytorch_time = by_pytorch(x)
        programs = {
            "Islet": by_islet(args.binaries, folder, args.threads),
            f"ONNX Runtime {onnxruntime.__version__}": by_onnx_runtime(graph, x, args.threads),
            f"PyTorch {torch.__version__}": (expected, pytorch_time),
            "Islet in Chromium": in_chromium("islet-web", folder, args.threads),
            "ONNX Runtime Web in Chromium": in_chromium("onnxruntime-web", folder, args.threads),
        }
        for program, (probability, _) in programs.items():
            apart = np.abs(probability - expected).max()
            print(f"{program}: probabilities at most {apart:.1e} from PyTorch's")
            if not apart <= 1e-3 * expected.max():
                sys.exit(f"{program} computes something else")
        assert expected.max() > 3 * expected.min() > 0, "probabilities are all alike, so that their agreement says nothing"
        rounds = {program: [] for program in programs}
        for _ in range(args.rounds):
            for program, (_, timed) in programs.items():
                rounds[program].append(1000 * timed() / SLICES)
    print(f"\n| {args.threads} threads | ms a slice | smallest to largest | Islet's speed / its |\n|---|---|---|---|")
    for program, times in rounds.items():
        ours = rounds["Islet in Chromium" if "Chromium" in program else "Islet"]
        middle, ratio = statistics.median(times), statistics.median(times) / statistics.median(ours)
        print(f"| {program} | {middle:.1f} | {min(times):.1f} to {max(times):.1f} | {ratio:.2f} |")
        found["inference_ms_per_slice"][program] = times
    print("\nTraining steps, slices per second")
    for preset in training_step.PRESETS:
        speeds, _, _ = training_step.compare(args.binaries / "examples/time_training", preset, args.threads, args.rounds)
        best = max(speeds["contiguous"], speeds["channels last"])
        print(f"{preset}: " + ", ".join(f"{name} {speed:.1f}" for name, speed in speeds.items()) + f"; {speeds['kernels'] / best:.2f}")
        found["training_slices_per_second"][preset] = speeds
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
