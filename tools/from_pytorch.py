"""PyTorch weights -> safetensors with Islet's names. See docs/FRAMEWORKS.md.

    pip install torch==2.15.0 safetensors==0.8.0
    python tools/from_pytorch.py WEIGHTS.pt OUT.safetensors [--names NAMES.json] [--passport PASSPORT.json]

WEIGHTS.pt is `torch.save(model.state_dict(), ...)`. Modules must be called what docs/MODEL_FILE.md calls them (`encoder.0.conv1`), or
NAMES.json says which is which: {"down1.double_conv.0": "encoder.0.conv1"}.
"""

import argparse
import json

import torch
from safetensors.torch import save_file


def tensors(state, names):
    found = {}
    for key, value in state.items():
        module, _, parameter = key.rpartition(".")
        if parameter != "num_batches_tracked":  # a counter that only training without a momentum needs
            found[f"{names.get(module, module)}.{parameter}"] = value.detach().to("cpu", torch.float32).contiguous()
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights")
    parser.add_argument("out")
    parser.add_argument("--names", help="JSON: PyTorch's module names to Islet's")
    parser.add_argument("--passport", help="JSON with the keys of docs/MODEL_FILE.md; makes OUT a model file without `import`")
    args = parser.parse_args()
    names = json.load(open(args.names)) if args.names else {}
    passport = json.load(open(args.passport)) if args.passport else {}
    state = torch.load(args.weights, map_location="cpu", weights_only=True)
    state = state.get("state_dict", state)  # a checkpoint often wraps it
    save_file(tensors(state, names), args.out, {key: json.dumps(value) for key, value in passport.items()} or None)


if __name__ == "__main__":
    main()
