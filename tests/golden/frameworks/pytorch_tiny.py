"""Writes pytorch_tiny.safetensors, the preset `tiny` as it leaves PyTorch through tools/from_pytorch.py, and pytorch_tiny_says.safetensors,
an input and what PyTorch computes of it. For tests/it/frameworks.rs. Also the presets as PyTorch modules, for whoever trains there.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
    /tmp/venv/bin/python tests/golden/frameworks/pytorch_tiny.py
"""

import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import interpolate, max_pool2d, relu


class Block(nn.Module):
    def __init__(self, channels, filters, relu_first):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters)
        self.conv2, self.norm2 = nn.Conv2d(filters, filters, 3, padding=1), nn.BatchNorm2d(filters)
        self.relu_first = relu_first

    def forward(self, x):
        for conv, norm in (self.conv1, self.norm1), (self.conv2, self.norm2):
            x = norm(relu(conv(x))) if self.relu_first else relu(norm(conv(x)))
        return x


class Gate(nn.Module):
    def __init__(self, skip, signal, width, relu_before_sum):
        super().__init__()
        self.theta, self.phi = nn.Conv2d(skip, width, 1, stride=2), nn.Conv2d(signal, width, 1)
        self.psi = nn.Conv2d(width, 1, 1)
        self.relu_before_sum = relu_before_sum

    def forward(self, skip, signal):
        theta, phi = self.theta(skip), self.phi(signal)
        theta, phi = (relu(theta), relu(phi)) if self.relu_before_sum else (theta, phi)
        return interpolate(torch.sigmoid(self.psi(relu(theta + phi))), scale_factor=2, mode="nearest")


class AttentionUnet(nn.Module):
    """`islet` as it stands; `tiny`: base=4, depth=3; `article`: base=32, width=64, as_article=True; `unet`: gates=False."""

    def __init__(self, base=16, depth=5, gates=True, width=None, as_article=False):
        super().__init__()
        f = [base << level for level in range(depth)]
        skips = range(depth - 2, -1, -1)
        self.encoder = nn.ModuleList(Block(c, n, as_article) for c, n in zip([3, *f], f))
        self.gates = nn.ModuleList(Gate(f[i], f[i + 1], width or f[i] // 2, as_article) for i in skips if gates)
        self.decoder = nn.ModuleList(Block(f[i] + f[i + 1], f[i], as_article) for i in skips)
        self.head = nn.Conv2d(base, 1, 1)
        self.head_norm = nn.BatchNorm2d(1) if as_article else None

    def forward(self, x):
        skips, attention = [], []
        for level, block in enumerate(self.encoder):
            x = block(max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for i, block in enumerate(self.decoder):
            skip = skips.pop()
            if len(self.gates):
                attention.append(self.gates[i](skip, x))
                skip = skip * attention[-1]
            x = block(torch.cat([skip, interpolate(x, scale_factor=2, mode="nearest")], 1))
        x = self.head(x)
        return x if self.head_norm is None else self.head_norm(x), attention


def randomize(model):
    """Numbers that matter: in a fresh network the batch norms do next to nothing, and signals fade from layer to layer."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if isinstance(module, nn.BatchNorm2d):
            for tensor in module.weight.data, module.running_var:
                tensor.uniform_(0.5, 1.5)
            for tensor in module.bias.data, module.running_mean:
                tensor.uniform_(-0.2, 0.2)
    return model.eval()


def main():
    here = pathlib.Path(__file__).parent
    torch.manual_seed(0)
    model = randomize(AttentionUnet(base=4, depth=3))
    with tempfile.TemporaryDirectory() as folder:
        torch.save(model.state_dict(), f"{folder}/weights.pt")
        script, out = here.parents[2] / "tools/from_pytorch.py", here / "pytorch_tiny.safetensors"
        subprocess.run([sys.executable, script, f"{folder}/weights.pt", out], check=True)
    x = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        logits, attention = model(x)
    said = {"input": x, "logits": logits} | {f"attention.{i}": alpha for i, alpha in enumerate(attention)}
    save_file(said, here / "pytorch_tiny_says.safetensors")
    print({name: (y.min().item(), y.max().item()) for name, y in said.items()})


if __name__ == "__main__":
    main()
