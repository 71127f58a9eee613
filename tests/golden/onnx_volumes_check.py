"""Holds exported 3-D networks in ONNX Runtime to PyTorch, the whole way: PyTorch -> tools/from_pytorch.py -> `islet import` ->
`islet export` -> ONNX Runtime. The presets at their published width, random weights, two sizes of patch, two samples each. Exits
with an error above 1e-4, relative to the largest value of the output.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.15.0 monai==1.6.1 safetensors==0.8.0 onnxruntime==1.32.0
    cargo build --release --bin islet
    /tmp/venv/bin/python tests/golden/onnx_volumes_check.py [TARGET/release]
"""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import numpy as np
import onnxruntime
import torch

from networks import Paper, vnet
from parity_values import scaled, values

ISLET = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/release") / "islet"
FROM_PYTORCH = [sys.executable, HERE.parents[1] / "tools/from_pytorch.py"]
ORGANS = ["--labels", "spleen,pancreas,liver"]
# Preset, its module, the options of `import`.
NETWORKS = [
    ("paper", lambda: Paper(16, 4, True), ORGANS),
    ("paper-unet", lambda: Paper(16, 4, False), ORGANS),
    ("paper", lambda: Paper(6, 2, True), ["--base-filters", "6", "--spacing-mm", "3", "--patch", "64x64x48"]),
    ("v-net", vnet, []),
]
SIZES = [(32, 48, 16), (16, 32, 48)]


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def deviation(session, network, size):
    """The largest difference to PyTorch over all outputs, each relative to its largest value."""
    x = values(f"input of {size}", (2, 1, *size)) - np.float32(0.5)
    found = session.run(None, {"input": x})
    with torch.no_grad():
        output = network(torch.from_numpy(x))
    logits, attention = output if isinstance(output, tuple) else (output, [])
    expected = [logits, torch.softmax(logits, 1), *attention]
    assert len(found) == len(expected), f"{len(found)} outputs, expected {len(expected)}"
    worst = 0
    for a, b in zip(found, expected):
        b = b.numpy()
        assert a.shape == b.shape, f"{a.shape} and {b.shape}"
        worst = max(worst, np.abs(a - b).max() / np.abs(b).max())
    print(f"  {size}: logits {logits.min():.2f} to {logits.max():.2f}, {len(attention)} maps of attention, deviation {worst:.1e}")
    return worst


def main():
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        state, bare, ours, graph = (pathlib.Path(folder, name) for name in ("state.pt", "bare", "ours", "m.onnx"))
        for preset, build, options in NETWORKS:
            print(preset, *options)
            network = build().eval()
            with torch.no_grad():
                for key, tensor in network.state_dict().items():
                    if tensor.dtype.is_floating_point:
                        tensor.copy_(torch.from_numpy(scaled(key, tuple(tensor.shape))))
            torch.save(network.state_dict(), state)
            run(*FROM_PYTORCH, state, bare)
            run(ISLET, "import", "--weights", bare, "--preset", preset, *options, "--output", ours)
            run(ISLET, "export", "--model", ours, "--output", graph)
            session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
            assert json.loads(session.get_modelmeta().custom_metadata_map["islet.networks"])[0]["folds"] == 1
            worst = max([worst, *(deviation(session, network, size) for size in SIZES)])
    print(f"largest deviation {worst:.1e}")
    if worst > 1e-4:
        raise SystemExit("ONNX Runtime and PyTorch differ by more than 1e-4")


if __name__ == "__main__":
    main()
