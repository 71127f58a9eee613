"""Writes networks.safetensors: what PyTorch says our 3-D networks and their layers compute, for tests/it/networks.rs.

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install torch monai dynamic-network-architectures safetensors
    /tmp/venv/bin/python tests/golden/networks.py

The two networks of nnU-Net are those of its own package, V-Net is MONAI's. The network of Oktay et al. 2018 is written anew from the
paper's repository (ozan-oktay/Attention-Gated-Networks, models/networks/unet_CT_multi_att_dsv_3D.py), whose code needs an old PyTorch.
Weights and inputs are numbers that both sides derive from the tensors' names (`values`, as in parity.py), so the file holds outputs
alone: every `STEP`th value of each, and in its metadata the versions.
"""

import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from parity_values import scaled, values

STEP = 23


class DoubleConv(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv3d(into, out, 3, padding=1), nn.BatchNorm3d(out), nn.ReLU())
        self.conv2 = nn.Sequential(nn.Conv3d(out, out, 3, padding=1), nn.BatchNorm3d(out), nn.ReLU())

    def forward(self, x):
        return self.conv2(self.conv1(x))


class Up(nn.Module):
    def __init__(self, below, out):
        super().__init__()
        self.conv = DoubleConv(below + out, out)

    def forward(self, skip, below):
        below = F.interpolate(below, scale_factor=2, mode="trilinear", align_corners=False)
        return self.conv(torch.cat([skip, below], 1))


class GridGate(nn.Module):
    def __init__(self, channels, signal):
        super().__init__()
        self.theta = nn.Conv3d(channels, channels, 2, stride=2, bias=False)
        self.phi = nn.Conv3d(signal, channels, 1)
        self.psi = nn.Conv3d(channels, 1, 1)
        self.W = nn.Sequential(nn.Conv3d(channels, channels, 1), nn.BatchNorm3d(channels))

    def forward(self, x, g):
        theta = self.theta(x)
        phi = F.interpolate(self.phi(g), size=theta.shape[2:], mode="trilinear", align_corners=False)
        alpha = torch.sigmoid(self.psi(F.relu(theta + phi)))
        alpha = F.interpolate(alpha, size=x.shape[2:], mode="trilinear", align_corners=False)
        return self.W(alpha * x), alpha


class MultiGate(nn.Module):
    def __init__(self, channels, signal):
        super().__init__()
        self.gate_block_1, self.gate_block_2 = GridGate(channels, signal), GridGate(channels, signal)
        self.combine_gates = nn.Sequential(nn.Conv3d(2 * channels, channels, 1), nn.BatchNorm3d(channels), nn.ReLU())

    def forward(self, x, g):
        (first, a), (second, b) = self.gate_block_1(x, g), self.gate_block_2(x, g)
        return self.combine_gates(torch.cat([first, second], 1)), [a, b]


class Paper(nn.Module):
    """The 3-D Attention U-Net with deep supervision, or without gates the U-Net beside it."""

    def __init__(self, base, classes, gates):
        super().__init__()
        f = [base << level for level in range(5)]
        self.conv1, self.conv2, self.conv3, self.conv4 = (DoubleConv(a, b) for a, b in zip([1, *f], f[:4]))
        self.center = DoubleConv(f[3], f[4])
        if gates:
            self.gating = nn.Module()
            self.gating.conv1 = nn.Sequential(nn.Conv3d(f[4], f[4], 1), nn.BatchNorm3d(f[4]), nn.ReLU())
            self.attentionblock4, self.attentionblock3, self.attentionblock2 = (
                MultiGate(f[level], f[level + 1]) for level in (3, 2, 1)
            )
        self.up_concat4, self.up_concat3, self.up_concat2, self.up_concat1 = (
            Up(f[level + 1], f[level]) for level in (3, 2, 1, 0)
        )
        for level in (3, 2, 1):
            head = nn.Module()
            head.dsv = nn.Sequential(nn.Conv3d(f[level], classes, 1), nn.Upsample(scale_factor=2**level, mode="trilinear"))
            setattr(self, f"dsv{level + 1}", head)
        self.dsv1 = nn.Conv3d(f[0], classes, 1)
        self.final = nn.Conv3d(4 * classes, classes, 1)
        self.gates = gates

    def forward(self, x):
        skips, attention = [], []
        for level, block in enumerate([self.conv1, self.conv2, self.conv3, self.conv4]):
            x = block(F.max_pool3d(x, 2) if level else x)
            skips.append(x)
        x = self.center(F.max_pool3d(x, 2))
        signal = self.gating.conv1(x) if self.gates else x
        decoded = []
        for level in (4, 3, 2, 1):
            skip = skips[level - 1]
            if self.gates and level > 1:
                skip, alpha = getattr(self, f"attentionblock{level}")(skip, signal)
                attention += alpha
            x = signal = getattr(self, f"up_concat{level}")(skip, x)
            decoded.append(x)
        up4, up3, up2, up1 = decoded
        heads = [self.dsv1(up1), self.dsv2.dsv(up2), self.dsv3.dsv(up3), self.dsv4.dsv(up4)]
        return self.final(torch.cat(heads, 1)), attention


def nnunet(kind, conv, kernels, strides, features, blocks):
    from dynamic_network_architectures.architectures import unet

    rank = 2 if conv is nn.Conv2d else 3
    norm = nn.InstanceNorm2d if rank == 2 else nn.InstanceNorm3d
    depth = {"n_conv_per_stage": blocks} if kind == "PlainConvUNet" else {"n_blocks_per_stage": blocks}
    return getattr(unet, kind)(
        input_channels=2, n_stages=len(features), features_per_stage=features, conv_op=conv, kernel_sizes=kernels,
        strides=strides, num_classes=3, n_conv_per_stage_decoder=[1] * (len(features) - 1), conv_bias=True, norm_op=norm,
        norm_op_kwargs={"eps": 1e-5, "affine": True}, nonlin=nn.LeakyReLU, nonlin_kwargs={"inplace": True},
        deep_supervision=False, **depth,
    )


def vnet():
    from monai.networks.nets import VNet

    return VNet(spatial_dims=3, in_channels=1, out_channels=2)


NETWORKS = {
    "paper": (lambda: Paper(8, 4, True), (1, 16, 32, 48)),
    "paper-unet": (lambda: Paper(8, 4, False), (1, 32, 16, 16)),
    "vnet": (vnet, (1, 16, 32, 16)),
    "plain": (
        lambda: nnunet("PlainConvUNet", nn.Conv3d, [[1, 3, 3], [3, 3, 3], [3, 3, 3]], [[1, 1, 1], [1, 2, 2], [2, 2, 2]], [8, 16, 24], [2, 2, 3]),
        (2, 6, 20, 12),
    ),
    "residual": (
        lambda: nnunet("ResidualEncoderUNet", nn.Conv3d, [[3, 3, 3]] * 3, [[1, 1, 1], [2, 2, 2], [1, 2, 2]], [8, 16, 20], [1, 2, 2]),
        (2, 8, 12, 20),
    ),
    "plain-2d": (
        lambda: nnunet("PlainConvUNet", nn.Conv2d, [[3, 3]] * 3, [[1, 1], [2, 2], [2, 2]], [8, 16, 24], [2, 2, 2]),
        (2, 28, 20),
    ),
}

# Convolutions of one or two inputs: channels of each, output channels, kernel, stride, size.
CONVS = [
    ([5], 7, [3, 3, 3], [1, 1, 1], [5, 9, 11]),
    ([32], 48, [3, 3, 3], [1, 1, 1], [19, 33, 18]),
    ([17, 9], 33, [3, 3, 3], [1, 1, 1], [4, 13, 6]),
    ([6], 20, [1, 3, 3], [1, 1, 1], [3, 21, 7]),
    ([20], 20, [5, 3, 3], [1, 1, 1], [9, 4, 4]),
    ([4], 18, [3, 1, 1], [1, 1, 1], [6, 5, 4]),
    ([8, 3], 16, [1, 1, 1], [1, 1, 1], [4, 5, 6]),
    ([9], 21, [3, 3, 3], [2, 2, 2], [7, 10, 13]),
    ([9], 21, [3, 3, 3], [1, 2, 2], [4, 9, 12]),
    ([12], 16, [1, 3, 3], [1, 2, 2], [3, 8, 9]),
    ([16], 16, [2, 2, 2], [2, 2, 2], [6, 8, 4]),
    ([3], 19, [5, 5, 5], [1, 1, 1], [7, 6, 9]),
]
# Transposed convolutions: channels, output channels, stride, size.
TRANSPOSED = [(20, 12, [2, 2, 2], [3, 4, 5]), (8, 17, [1, 2, 2], [3, 5, 4]), (6, 4, [2, 1, 2], [2, 3, 3])]
# Instance norm with LeakyReLU: channels, size.
NORMED = [(5, [9, 20, 17]), (16, [1, 2, 3])]


def given(name, *shape):
    return torch.from_numpy(values(name, shape) - np.float32(0.5))


def main():
    torch.manual_seed(0)
    tensors, cases = {}, {}

    def keep(name, tensor):
        tensors[name] = tensor.detach().flatten()[::STEP].contiguous().clone()

    with torch.no_grad():
        for name, (build, shape) in NETWORKS.items():
            network = build().eval()
            for key, tensor in network.state_dict().items():
                # nnU-Net's modules have several names; the longer ones are aliases.
                if tensor.dtype.is_floating_point and ".all_modules." not in key and not key.startswith("decoder.encoder."):
                    tensor.copy_(torch.from_numpy(scaled(key, tuple(tensor.shape))))
            output = network(given(f"{name}.input", 1, *shape))
            logits, attention = output if isinstance(output, tuple) else (output, [])
            keep(f"{name}.logits", logits)
            for i, alpha in enumerate(attention):
                keep(f"{name}.attention.{i}", alpha)
            cases[name] = {"size": list(shape[1:])}
        for i, (channels, out, kernel, stride, size) in enumerate(CONVS):
            name = f"conv.{i}"
            x = torch.cat([given(f"{name}.input.{k}", 1, c, *size) for k, c in enumerate(channels)], 1)
            weight = torch.from_numpy(scaled(f"{name}.weight", (out, sum(channels), *kernel)))
            bias = torch.from_numpy(scaled(f"{name}.bias", (out,)))
            keep(name, F.conv3d(x, weight, bias, stride=stride, padding=[(k - 1) // 2 for k in kernel]))
            cases[name] = {"channels": channels, "out": out, "kernel": kernel, "stride": stride, "size": size}
        for i, (channels, out, stride, size) in enumerate(TRANSPOSED):
            name = f"transposed.{i}"
            weight = torch.from_numpy(scaled(f"{name}.weight", (channels, out, *stride)))
            bias = torch.from_numpy(scaled(f"{name}.bias", (out,)))
            keep(name, F.conv_transpose3d(given(f"{name}.input", 1, channels, *size), weight, bias, stride=stride))
            cases[name] = {"channels": [channels], "out": out, "stride": stride, "size": size}
        for i, (channels, size) in enumerate(NORMED):
            name = f"normed.{i}"
            weight, bias = (torch.from_numpy(scaled(f"{name}.norm.{part}", (channels,))) for part in ("weight", "bias"))
            x = given(f"{name}.input", 1, channels, *size) + 40
            keep(name, F.leaky_relu(F.instance_norm(x, weight=weight, bias=bias, eps=1e-5), 0.01))
            cases[name] = {"channels": [channels], "size": size}

    import importlib.metadata as metadata

    versions = {name: metadata.version(name) for name in ("torch", "monai", "dynamic-network-architectures", "numpy")}
    path = pathlib.Path(__file__).with_name("networks.safetensors")
    save_file(tensors, path, metadata={"cases": json.dumps(cases), "versions": json.dumps(versions), "step": str(STEP)})
    print(path, path.stat().st_size, "bytes,", versions)


if __name__ == "__main__":
    main()
