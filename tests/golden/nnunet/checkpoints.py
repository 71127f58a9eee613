"""Writes checkpoints as nnU-Net's trainer saves them, with tiny tensors, and what they were written with.

    pip install torch==2.15.0 numpy==2.4.6
    python checkpoints.py

plain.pth       a plain network of three stages: aliases, momentum of a real optimizer, logs with numpy scalars and arrays,
                init_args with a torch.device, mirroring
kinds.pth       float16, bfloat16, float64, views with permuted strides and an offset, parameters, names of distributed
                and compiled training, a counter of integers; pickle protocol 4; no mirroring
old.pth         the format from before PyTorch 1.6
versions.json   the versions

Every number follows from the tensor's name and its place (see `numbers`), so that a test knows it without this file.
"""

import json
import platform
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent


def numbers(name, shape, dtype=torch.float32):
    """Quarters from -7.5 to 7.5, which every format holds exactly: ((7 i + sum of the name's bytes) mod 61 - 30) / 4."""
    count = int(np.prod(shape, dtype=int))
    values = ((7 * np.arange(count) + sum(name.encode())) % 61 - 30) / 4
    return torch.tensor(values, dtype=torch.float64).to(dtype).reshape(shape)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, stride, 1)
        self.norm = nn.InstanceNorm3d(outputs, eps=1e-5, affine=True)
        self.nonlin = nn.LeakyReLU(inplace=True)
        self.all_modules = nn.Sequential(self.conv, self.norm, self.nonlin)


class Blocks(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.convs = nn.Sequential(Block(inputs, outputs, stride))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.Sequential(*[nn.Sequential(Blocks(*sizes)) for sizes in [(1, 2, 1), (2, 3, 2), (3, 3, 2)]])


class Decoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.stages = nn.ModuleList([Blocks(6, 3, 1), Blocks(4, 2, 1)])
        self.transpconvs = nn.ModuleList([nn.ConvTranspose3d(3, 3, 2, 2), nn.ConvTranspose3d(3, 2, 2, 2)])
        self.seg_layers = nn.ModuleList([nn.Conv3d(3, 4, 1), nn.Conv3d(2, 4, 1)])


class Network(nn.Module):
    """The modules of a PlainConvUNet, under its names; it is never run."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder(self.encoder)


def plans():
    """Plans as nnU-Net writes them since 2.2, for the network of plain.pth; tests/it/nnunet.rs has the same."""
    resampling = {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None}
    configuration = {
        "preprocessor_name": "DefaultPreprocessor",
        "patch_size": [16, 16, 16],
        "spacing": [3.0, 1.5, 1.5],
        "normalization_schemes": ["CTNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": resampling,
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": {**resampling, "order": 1},
        "architecture": {
            "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
            "arch_kwargs": {
                "n_stages": 3,
                "features_per_stage": (2, 3, 3),
                "conv_op": "torch.nn.modules.conv.Conv3d",
                "kernel_sizes": [[3, 3, 3]] * 3,
                "strides": [[1, 1, 1], [2, 2, 2], [2, 2, 2]],
                "n_conv_per_stage": [1, 1, 1],
                "n_conv_per_stage_decoder": [1, 1],
                "conv_bias": True,
                "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
                "norm_op_kwargs": {"eps": 1e-05, "affine": True},
                "nonlin": "torch.nn.LeakyReLU",
                "nonlin_kwargs": {"inplace": True},
            },
        },
    }
    intensities = {"mean": -50.25, "percentile_00_5": -1004, "percentile_99_5": 1588.0, "std": 503.5}
    return {
        "dataset_name": "Dataset901_Tiny",
        "plans_name": "nnUNetPlans",
        "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [1, 2, 0],
        "transpose_backward": [2, 0, 1],
        "configurations": {"3d_fullres": configuration},
        "foreground_intensity_properties_per_channel": {"0": intensities},
        "an integer beyond 64 bits": 1 << 80,
    }


def checkpoint(weights, optimizer_state, axes):
    labels = {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "centre": 3}
    dataset = {"channel_names": {"0": "CT"}, "labels": labels, "regions_class_order": [1, 3, 2]}
    scores = [np.float32(0.25), np.float64(0.5), np.nan]
    return {
        "network_weights": weights,
        "optimizer_state": optimizer_state,
        "grad_scaler_state": {"scale": 65536.0, "growth_factor": 2.0, "_growth_tracker": 0},
        "logging": {
            "mean_fg_dice": scores,
            "dice_per_class_or_region": [[np.float32(score) for score in scores]] * 3,
            "epoch_end_timestamps": [1.5, 2.5],
            "lrs": np.array([0.01, 0.009]),
        },
        "_best_ema": np.float64(0.75),
        "current_epoch": 3,
        "init_args": {
            "plans": None if axes is None else plans(),
            "configuration": "3d_fullres",
            "fold": 0,
            "dataset_json": dataset,
            "unpack_dataset": True,
            "device": torch.device("cpu"),
        },
        "trainer_name": "nnUNetTrainerNoMirroring" if axes is None else "nnUNetTrainer",
        "inference_allowed_mirroring_axes": axes,
    }


def plain():
    network = Network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.99, nesterov=True)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(numbers(name, parameter.shape))
            parameter.grad = torch.full_like(parameter, 0.0)
    optimizer.step()
    return checkpoint(network.state_dict(), optimizer.state_dict(), (0, 1, 2))


def kinds():
    prefix = "_orig_mod.module."
    weights = OrderedDict()
    for name, dtype in [("half", torch.float16), ("brain", torch.bfloat16), ("double", torch.float64)]:
        weights[f"{prefix}{name}"] = numbers(name, (3, 5), dtype)
    weights[f"{prefix}parameter"] = nn.Parameter(numbers("parameter", (2, 2)))
    # Stored in another order than it is read: strides (2, 1, 4).
    weights[f"{prefix}permuted"] = numbers("permuted", (2, 2, 4)).permute(2, 0, 1).contiguous().permute(1, 2, 0)
    weights[f"{prefix}channels_last"] = numbers("channels_last", (2, 3, 2, 2, 2)).to(memory_format=torch.channels_last_3d)
    # Rows 1 and 2, columns 1 to 3 of a larger storage.
    larger = torch.zeros(4, 6)
    larger[1:3, 1:4] = numbers("view", (2, 3))
    weights[f"{prefix}view"] = larger[1:3, 1:4]
    weights[f"{prefix}scalar"] = numbers("scalar", ())
    weights[f"{prefix}empty"] = numbers("empty", (0, 3))
    weights[f"{prefix}norm.num_batches_tracked"] = torch.tensor(7)
    return checkpoint(weights, {}, None)


def main():
    torch.save(plain(), HERE / "plain.pth")
    torch.save(kinds(), HERE / "kinds.pth", pickle_protocol=4)
    torch.save({"network_weights": {"a": torch.zeros(2)}}, HERE / "old.pth", _use_new_zipfile_serialization=False)
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
