"""Writes gradients.safetensors: PyTorch's gradients of small 3-D and 2-D networks in training, for tests/it/train/gradients.rs.

    /tmp/venv/bin/python tests/golden/gradients.py

The environment and the networks are those of networks.py. The loss is the sum of the logits times numbers that both sides derive from
a name; batch norms take the statistics of the batch. Everything is computed in double precision, so that the differences are ours. In the
paper's networks ELU takes the place of ReLU: of 50,000 voxels some value lies so near 0 that rounding decides its sign, and with random
numbers for a loss that one voxel is half a percent of a gradient. (The kernels of ReLU are judged by Burn in kernels.rs.) The file holds at most `MOST` evenly spaced values of each gradient, and in its metadata the sizes and the versions.
"""

import importlib.metadata as metadata
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

import networks
from parity_values import scaled

MOST = 48


class TinyVnet(nn.Module):
    """MONAI's V-Net of three stages from 4 channels on, without its dropout."""

    def __init__(self):
        super().__init__()
        from monai.networks.nets.vnet import DownTransition, InputTransition, OutputTransition, UpTransition

        act = ("elu", {"inplace": False})
        self.in_tr = InputTransition(3, 1, 4, act, bias=False)
        self.down_tr8 = DownTransition(3, 4, 1, act, bias=False)
        self.down_tr16 = DownTransition(3, 8, 2, act, bias=False)
        self.up_tr16 = UpTransition(3, 16, 16, 2, act, dropout_prob=(None, 0.0))
        self.up_tr8 = UpTransition(3, 16, 8, 1, act, dropout_prob=(None, 0.0))
        self.out_tr = OutputTransition(3, 8, 2, act, bias=False)

    def forward(self, x):
        fine = self.in_tr(x)
        middle = self.down_tr8(fine)
        x = self.up_tr16(self.down_tr16(middle), middle)
        return self.out_tr(self.up_tr8(x, fine))


def smooth(network):
    """The network with ELU for ReLU, except in its gates."""
    for name, child in network.named_children():
        if name in ("gating", "combine_gates"):
            continue
        if isinstance(child, nn.ReLU):
            setattr(network, name, nn.ELU())
        else:
            smooth(child)
    return network


# Of each network: how it is built, and the shape of its input with the samples.
NETWORKS = {
    "paper": (lambda: smooth(networks.Paper(4, 2, True)), (1, 1, 32, 32, 48)),
    "paper-unet": (lambda: smooth(networks.Paper(4, 3, False)), (1, 1, 48, 32, 32)),
    "vnet": (TinyVnet, (1, 1, 8, 16, 12)),
    "plain": (networks.NETWORKS["plain"][0], (1, 2, 6, 20, 12)),
    "residual": (networks.NETWORKS["residual"][0], (1, 2, 8, 12, 20)),
    "plain-2d": (networks.NETWORKS["plain-2d"][0], (3, 2, 28, 20)),
}


def parameters(network):
    """Parameters by name, each once: nnU-Net's modules have several names, of which the longer ones are aliases."""
    named = network.named_parameters(remove_duplicate=False)
    return {name: p for name, p in named if ".all_modules." not in name and not name.startswith("decoder.encoder.")}


def main():
    torch.manual_seed(0)
    tensors, cases = {}, {}
    for name, (build, shape) in NETWORKS.items():
        network = build().double().train()
        with torch.no_grad():
            for key, tensor in parameters(network).items():
                tensor.copy_(torch.from_numpy(scaled(key, tuple(tensor.shape))))
        output = network(networks.given(f"{name}.input", *shape).double())
        logits = output[0] if isinstance(output, tuple) else output
        loss = (logits * networks.given(f"{name}.direction", *logits.shape).double()).sum()
        loss.backward()
        for key, tensor in parameters(network).items():
            if tensor.grad is None:
                continue
            flat = tensor.grad.flatten()
            step = -(-len(flat) // MOST)
            tensors[f"{name}/{key}"] = flat[::step].float().contiguous().clone()
        cases[name] = {"shape": list(shape), "loss": loss.item()}
    versions = {name: metadata.version(name) for name in ("torch", "monai", "dynamic-network-architectures", "numpy")}
    path = pathlib.Path(__file__).with_name("gradients.safetensors")
    save_file(tensors, path, metadata={"cases": json.dumps(cases), "versions": json.dumps(versions), "most": str(MOST)})
    print(path, path.stat().st_size, "bytes,", versions, cases)


if __name__ == "__main__":
    main()
