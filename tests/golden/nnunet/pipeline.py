"""Writes pipeline.safetensors.gz, for tests/it/volume_pipeline.rs: what nnU-Net's and TotalSegmentator's own
functions make of small volumes, step by step. The versions are in the file's metadata.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install nnunetv2==2.8.1 TotalSegmentator==2.18.0
    /tmp/venv/bin/python tests/golden/nnunet/pipeline.py
"""

import gzip
import importlib.metadata
import json
import os
import pathlib

for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ.setdefault(name, "/tmp")

import nibabel as nib
import numpy as np
import torch
from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.inference.sliding_window_prediction import compute_gaussian, compute_steps_for_sliding_window
from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
from nnunetv2.utilities.label_handling.label_handling import convert_labelmap_to_one_hot
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from safetensors.numpy import save
from scipy.ndimage import gaussian_filter
from totalsegmentator.alignment import as_closest_canonical, undo_canonical
from totalsegmentator.cropping import crop_to_mask
from totalsegmentator.resampling import change_spacing

PACKAGES = ["nnunetv2", "TotalSegmentator", "acvl-utils", "batchgenerators", "numpy", "scipy", "scikit-image",
            "nibabel", "torch"]
CT = {"percentile_00_5": -150.0, "percentile_99_5": 180.0, "mean": 40.5, "std": 61.25}
CLASSES = 5

rng = np.random.default_rng(16)
out = {}
settings = {}


def smooth(shape, sigma=1.5, scale=1.0):
    noise = gaussian_filter(rng.standard_normal(shape), sigma)
    return noise / noise.std() * scale


def scan(shape, border=0):
    """HU with edges sharp enough for a cubic to overshoot, inside a border of zeros."""
    hu = np.where(smooth(shape) > 0.3, 120, -90) + smooth(shape, 1.0, 40)
    hu = np.round(hu).astype(np.int16)
    hu[hu == 0] = 1
    if border:
        inside = np.zeros(shape, bool)
        inside[tuple(slice(border, n - border - 1) for n in shape)] = True
        hu[~inside] = 0
    return hu


def plans(name, spacing, patch, transpose=(0, 1, 2), schemes=("CTNormalization",), mask=(False,), labels=None):
    resampling = {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": name, "preprocessor_name": "DefaultPreprocessor", "batch_size": 2,
        "patch_size": list(patch), "spacing": list(spacing), "normalization_schemes": list(schemes),
        "use_mask_for_norm": list(mask), "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": resampling,
        "resampling_fn_seg_kwargs": {**resampling, "is_seg": True, "order": 1},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": {**resampling, "order": 1},
        "architecture": {"network_class_name": "", "arch_kwargs": {}, "_kw_requires_import": []},
        "batch_dice": False,
    }
    return PlansManager({
        "dataset_name": "Dataset001_" + name, "plans_name": "nnUNetPlans", "image_reader_writer": "SimpleITKIO",
        "transpose_forward": list(transpose), "transpose_backward": [int(i) for i in np.argsort(transpose)],
        "configurations": {name: configuration}, "experiment_planner_used": "none", "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {str(i): CT for i in range(len(schemes))},
    })


def case(name, channels, from_mm, to_mm, patch=(8, 8, 8), transpose=(0, 1, 2), regions=False, previous=False, **norm):
    manager = plans(name, to_mm, patch, transpose, **norm)
    configuration = manager.get_configuration(name)
    dataset = {"labels": {"background": 0, "a": 1, "b": 2, "c": 3, "d": 4}, "file_ending": ".nii.gz",
               "channel_names": {"0": "CT"}}
    if regions:
        dataset["labels"] = {"background": 0, "all": [1, 2, 3], "core": [2, 3], "tip": 3}
        dataset["regions_class_order"] = [1, 2, 3]
    data = np.stack(channels).astype(np.float32)
    seg = None
    if previous:
        seg = np.clip(np.round(smooth(data.shape[1:]) * 1.5 + 1), 0, 3).astype(np.int8)[None]
        out[f"{name}.previous"] = seg[0].astype(np.uint8)
    properties = {"spacing": list(from_mm)}
    result, resampled_seg, properties = DefaultPreprocessor(verbose=False).run_case_npy(
        data, seg, properties, manager, configuration, dataset)
    if previous:
        out[f"{name}.one_hot"] = convert_labelmap_to_one_hot(resampled_seg[0], [1, 2, 3], np.uint8)
    heads = 3 if regions else CLASSES
    logits = np.stack([smooth(result.shape[1:], 1.2, 3) for _ in range(heads)]).astype(np.float16)
    labels, probabilities = convert_predicted_logits_to_segmentation_with_correct_shape(
        torch.from_numpy(logits.copy()), manager, configuration, manager.get_label_manager(dataset), properties,
        return_probabilities=True)
    direct = convert_predicted_logits_to_segmentation_with_correct_shape(
        torch.from_numpy(logits.copy()), manager, configuration, manager.get_label_manager(dataset), properties)
    out[f"{name}.hu"] = np.stack(channels)
    out[f"{name}.input"] = result.astype(np.float32)
    out[f"{name}.logits"] = np.ascontiguousarray(np.moveaxis(logits, 0, -1))
    out[f"{name}.labels"] = direct.astype(np.uint8)
    out[f"{name}.probability"] = probabilities[1].astype(np.float16)
    settings[name] = {"from_mm": list(from_mm), "to_mm": list(to_mm), "patch": list(patch),
                      "transpose": list(transpose), "regions": regions, "schemes": list(norm.get("schemes", ["CTNormalization"])),
                      "mask": list(norm.get("mask", [False])),
                      "crop": [[int(v) for v in pair] for pair in properties["bbox_used_for_cropping"]]}
    print(name, data.shape, "->", result.shape, "crop", properties["bbox_used_for_cropping"])


def preprocessing():
    case("downsampled", [scan((13, 15, 17), 1)], (2.0, 1.5, 1.25), (2.5, 2.5, 2.5))
    case("upsampled", [scan((5, 9, 7))], (2.5, 2.0, 2.0), (1.1, 1.3, 1.7), previous=True)
    case("separate", [scan((6, 11, 13), 1)], (5.0, 0.8, 0.8), (5.0, 1.1, 1.3), previous=True)
    case("separate_z_changes", [scan((9, 11, 12))], (6.0, 1.0, 1.0), (4.0, 1.5, 1.2))
    case("transposed", [scan((11, 6, 13), 1)], (0.9, 4.0, 1.1), (3.5, 1.2, 1.0), transpose=(1, 0, 2))
    case("separate_last", [scan((11, 12, 6))], (0.8, 0.8, 4.0), (1.5, 1.4, 1.5))
    case("target_anisotropic", [scan((12, 9, 10))], (1.5, 1.5, 1.6), (5.0, 1.2, 1.3))
    case("unchanged", [scan((6, 7, 8), 1)], (2.0, 1.0, 1.0), (2.0, 1.0, 1.0))
    hollow = scan((10, 11, 12), 1)
    hollow[:4, :5, :4] = 0  # outside the object
    hollow[5:7, 5:8, 5:9] = 0  # a hole in it
    case("two_channels", [hollow, np.abs(hollow)], (1.5, 1.5, 1.5), (2.0, 1.9, 1.8),
         schemes=("ZScoreNormalization", "RescaleTo01Normalization"), mask=(True, False))
    case("slices", [scan((4, 11, 12))], (5.0, 1.5, 1.5), (1.2, 2.1), patch=(8, 8))
    case("regions", [scan((7, 8, 9))], (2.0, 1.5, 1.25), (1.7, 1.9, 2.5), regions=True)


class Ramp(torch.nn.Module):
    """A network that knows where in the patch a voxel lies, with numbers that are exact in single precision."""

    def forward(self, x):
        ramp = sum(torch.arange(n).reshape([-1 if i == j else 1 for j in range(x.ndim - 2)]) * 2.0**i
                   for i, n in enumerate(x.shape[2:])) / 64
        return torch.cat([x * ramp, x + ramp, ramp - 2 * x], 1)


def sliding(name, shape, patch, step, mirror):
    predictor = nnUNetPredictor(tile_step_size=step, use_mirroring=True, device=torch.device("cpu"), allow_tqdm=False)
    manager = plans(name, [1.0] * len(patch), patch)
    predictor.plans_manager, predictor.configuration_manager = manager, manager.get_configuration(name)
    predictor.network, predictor.allowed_mirroring_axes = Ramp(), mirror
    predictor.label_manager = manager.get_label_manager({"labels": {"background": 0, "a": 1, "b": 2}})
    data = smooth((1, *shape), 1.0, 1.0).astype(np.float16).astype(np.float32)
    logits = predictor.predict_sliding_window_return_logits(torch.from_numpy(data))
    out[f"{name}.data"] = data[0].astype(np.float16)
    out[f"{name}.half"] = np.ascontiguousarray(np.moveaxis(logits.numpy(), 0, -1))
    settings[name] = {"patch": list(patch), "step": step, "mirror": list(mirror or [])}
    print(name, shape, patch, tuple(logits.shape))


def windows():
    sliding("tiles", (14, 11, 19), (8, 6, 8), 0.5, None)
    sliding("tiles_wide", (9, 13, 17), (8, 8, 9), 0.8, (0, 2))
    sliding("padded", (5, 9, 4), (8, 8, 7), 0.5, (0, 1, 2))
    sliding("tiles_slices", (3, 11, 7), (8, 8), 0.5, (0, 1))
    for patch in [(8, 9, 16), (16, 12, 20), (24, 40)]:
        gaussian = compute_gaussian(patch, 1 / 8, 10, torch.float16, torch.device("cpu")).numpy()
        out["gaussian." + "x".join(map(str, patch))] = gaussian.view(np.uint16).astype(np.int32)
    settings["steps"] = [
        [size, patch, step, compute_steps_for_sliding_window((size,), (patch,), step)[0]]
        for size in (32, 33, 47, 48, 49, 80, 137, 273) for patch in (32, 28) for step in (0.5, 0.8)]


def totalsegmentator():
    hu = np.round(np.where(smooth((11, 9, 13)) > 0, 60, -1000) + smooth((11, 9, 13), 1, 5)).astype(np.int16)
    hu[:5] = -1024
    affine = np.array([[-0.02, 0.1, 1.31, 4], [0.03, 2.2, -0.1, 5], [1.9, 0.05, 0.02, 6], [0, 0, 0, 1.0]])
    image = nib.Nifti1Image(hu.astype(np.float64), affine)
    canonical = as_closest_canonical(image)
    out["ts.hu"] = np.ascontiguousarray(hu.transpose(2, 1, 0))
    out["ts.canonical"] = np.ascontiguousarray(canonical.get_fdata().astype(np.int16).transpose(2, 1, 0))
    settings["ts"] = {"affine": affine.tolist(), "to_mm": 3.0}
    for order in (1, 3):
        zoomed = change_spacing(canonical, 3.0, order=order, dtype=np.int32)
        out[f"ts.order{order}"] = np.ascontiguousarray(zoomed.get_fdata().astype(np.int16).transpose(2, 1, 0))
    finer = change_spacing(canonical, 0.9, order=1, dtype=np.int32)
    out["ts.finer"] = np.ascontiguousarray(finer.get_fdata().astype(np.int16).transpose(2, 1, 0))
    labels = rng.integers(0, 118, zoomed.shape).astype(np.uint8)
    back = change_spacing(nib.Nifti1Image(labels, zoomed.affine), 3.0, canonical.shape, order=0, dtype=np.uint8,
                          force_affine=canonical.affine)
    out["ts.coarse_labels"] = np.ascontiguousarray(labels.transpose(2, 1, 0))
    out["ts.labels"] = np.ascontiguousarray(undo_canonical(back, image).get_fdata().astype(np.uint8).transpose(2, 1, 0))
    mask = np.zeros(hu.shape, np.uint8)
    mask[4:6, 3:5, 6:9] = 7
    cropped, box = crop_to_mask(image, nib.Nifti1Image(mask, affine), addon=[4, 4, 4], dtype=np.int32)
    settings["ts"]["box"] = [[int(v) for v in pair] for pair in reversed(box)]
    settings["ts"]["cropped_affine"] = cropped.affine.tolist()
    orientations = []
    for _ in range(40):
        matrix = np.eye(4)
        matrix[:3, :3] = np.linalg.qr(rng.standard_normal((3, 3)))[0] * rng.uniform(0.5, 5, 3)
        matrix[:3, :3] += rng.uniform(-0.1, 0.1, (3, 3))
        orientations.append([matrix.tolist(), nib.io_orientation(matrix).astype(int).tolist()])
    settings["orientations"] = orientations


def main():
    preprocessing()
    windows()
    totalsegmentator()
    arrays = {name: np.ascontiguousarray(array) for name, array in out.items()}
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    metadata = {"settings": json.dumps(settings), "versions": json.dumps(versions)}
    data = gzip.compress(save(arrays, metadata=metadata), 9, mtime=0)
    pathlib.Path(__file__).with_name("pipeline.safetensors.gz").write_bytes(data)
    print(len(data), "bytes", versions)


if __name__ == "__main__":
    main()
