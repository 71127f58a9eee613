"""Writes pytorch_volumes.json: the names and shapes of the tensors of PyTorch's 3-D networks (networks.py), for tests/it/frameworks.rs.

    /tmp/venv/bin/python tests/golden/frameworks/pytorch_volumes.py        # see networks.py for what it needs
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import networks


def main():
    shapes = {}
    for name in ("paper", "paper-unet", "vnet"):
        state = networks.NETWORKS[name][0]().state_dict()
        shapes[name] = {key: list(value.shape) for key, value in state.items() if not key.endswith("num_batches_tracked")}
    path = HERE / "pytorch_volumes.json"
    path.write_text(json.dumps(shapes, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
