"""Writes predictor/: tiny random models as nnU-Net and TotalSegmentator lay them out, a scan for each, and what
nnU-Net's own predictor and TotalSegmentator's own Python API make of it. Offline, on the CPU.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install nnunetv2==2.8.1 TotalSegmentator==2.18.0
    /tmp/venv/bin/python tests/golden/nnunet/predictor.py [folder for the larger arrays]

For each model NAME:
  NAME/model/                nnU-Net's result folder (for `total` the release zip, NAME/Dataset297_....zip)
  NAME/scan_0000.nii.gz      the scan, 16 bit
  NAME/labels.nii.gz         the labels that the package wrote
  NAME/stages.safetensors.gz `preprocessed` [c, z, y, x] and, for fold 0 without mirroring, `patch_logits`
                             [z, y, x, c]: the slices `patch_slices` of the first patch, which lies at
                             `first_position` of the padded volume, and its first 40 classes; versions
In the folder given, NAME.safetensors holds the half logits [z, y, x, c] of the whole volume.
"""

import gzip
import importlib.metadata
import json
import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="predictor_"))
os.environ.update(nnUNet_raw=str(SCRATCH), nnUNet_preprocessed=str(SCRATCH), nnUNet_results=str(SCRATCH),
                  TOTALSEG_HOME_DIR=str(SCRATCH / "home"), nnUNet_def_n_proc="1", nnUNet_compile="f")

import nibabel as nib
import numpy as np
import torch
from acvl_utils.cropping_and_padding.padding import pad_nd_image
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from safetensors.numpy import save, save_file
from scipy.ndimage import gaussian_filter

HERE = pathlib.Path(__file__).with_name("predictor")
DUMPS = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
PACKAGES = ["nnunetv2", "TotalSegmentator", "dynamic-network-architectures", "acvl-utils", "batchgenerators", "numpy",
            "scipy", "scikit-image", "SimpleITK", "nibabel", "torch"]
VERSIONS = json.dumps({name: importlib.metadata.version(name) for name in PACKAGES})
TOTAL = "Dataset297_TotalSegmentator_total_3mm_1559subj"
TOTAL_TRAINER = "nnUNetTrainer_4000epochs_NoMirroring"
PANCREAS = 7
RESAMPLING = {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None}
CT = {"max": 900.0, "mean": 32.5, "median": 30.0, "min": -900.0, "percentile_00_5": -420.0, "percentile_99_5": 380.0,
      "std": 210.25}
LABELS = {"background": 0, "liver": 1, "pancreas": 2, "spleen": 3}


def smooth(rng, shape, sigma):
    noise = gaussian_filter(rng.standard_normal(shape), sigma)
    return noise / noise.std()


def scan(rng, shape, border):
    """HU in steps of 8, `[x, y, z]`, with zeros around."""
    hu = np.where(smooth(rng, shape, 3) > 0, 90, -110) + 60 * smooth(rng, shape, 1.5)
    hu = (np.round(hu / 8) * 8).astype(np.int16)
    hu[hu == 0] = 8
    inside = np.zeros(shape, bool)
    inside[tuple(slice(border, n - border) for n in shape)] = True
    return np.where(inside, hu, 0).astype(np.int16)


def architecture(kind, features, kernels, strides):
    stages = len(features)
    depth = {"plain": {"n_conv_per_stage": [2] * stages, "n_conv_per_stage_decoder": [2] * (stages - 1)},
             "residual": {"n_blocks_per_stage": [1, 2, 1][:stages], "n_conv_per_stage_decoder": [1] * (stages - 1)}}
    name = {"plain": "PlainConvUNet", "residual": "ResidualEncoderUNet"}[kind]
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet." + name,
        "arch_kwargs": {
            "n_stages": stages, "features_per_stage": features, "conv_op": "torch.nn.modules.conv.Conv3d",
            "kernel_sizes": kernels, "strides": strides, **depth[kind], "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d", "norm_op_kwargs": {"eps": 1e-05, "affine": True},
            "dropout_op": None, "dropout_op_kwargs": None, "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True}},
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def plans(name, spacing, patch, transpose, network, intensities=CT):
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2,
        "patch_size": patch, "median_image_size_in_voxels": [40.0, 40.0, 40.0], "spacing": spacing,
        "normalization_schemes": ["CTNormalization"], "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape", "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": RESAMPLING, "resampling_fn_seg_kwargs": {**RESAMPLING, "is_seg": True, "order": 1},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": {**RESAMPLING, "order": 1}, **network, "batch_dice": True,
    }
    return {
        "dataset_name": name, "plans_name": "nnUNetPlans", "original_median_spacing_after_transp": spacing,
        "original_median_shape_after_transp": [40, 40, 40], "image_reader_writer": "SimpleITKIO",
        "transpose_forward": transpose, "transpose_backward": [int(i) for i in np.argsort(transpose)],
        "configurations": {"3d_fullres": configuration}, "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager", "foreground_intensity_properties_per_channel": {"0": intensities},
    }


def random_weights(manager, outputs, seed, spread, called, inputs):
    torch.manual_seed(seed)
    configuration = manager.get_configuration(called)
    network = get_network_from_plans(
        configuration.network_arch_class_name, configuration.network_arch_init_kwargs,
        configuration.network_arch_init_kwargs_req_import, inputs, outputs, allow_init=True, deep_supervision=True)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if ".norm." in name:
                parameter.copy_(torch.randn_like(parameter) * 0.3 + (1 if name.endswith("weight") else 0))
            elif "seg_layers" in name:
                # No class has a head larger than the others', so that many occur.
                row = torch.randn_like(parameter).flatten(1) if parameter.ndim > 1 else torch.zeros_like(parameter)
                length = row.norm(dim=1, keepdim=True) if parameter.ndim > 1 else 1
                parameter.copy_((row / length * spread).reshape(parameter.shape))
                if outputs == 118:  # so that the pancreas is not among the rare labels
                    parameter[[PANCREAS, 57]] = parameter[[57, PANCREAS]]
            # What half precision holds, so that a model file in half precision is the same model.
            parameter.copy_(parameter.half().float())
    return network


def write_model(folder, plan, dataset, folds, trainer, axes, outputs, seed, spread=2.0, called="3d_fullres", inputs=1):
    folder.mkdir(parents=True)
    (folder / "plans.json").write_text(json.dumps(plan, indent=1))
    (folder / "dataset.json").write_text(json.dumps(dataset, indent=1))
    for fold in folds:
        network = random_weights(PlansManager(json.loads(json.dumps(plan))), outputs, seed + fold, spread, called, inputs)
        optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.99, nesterov=True)
        log = {"mean_fg_dice": [np.float64(0.5)], "ema_fg_dice": [np.float64(0.5)], "train_losses": [np.float32(-0.1)],
               "dice_per_class_or_region": [[np.float32(0.4)]], "lrs": [0.01], "epoch_start_timestamps": [1.5]}
        checkpoint = {
            "network_weights": network.state_dict(), "optimizer_state": optimizer.state_dict(),
            "grad_scaler_state": {"scale": 65536.0, "growth_factor": 2.0}, "logging": log,
            "_best_ema": np.float64(0.5), "current_epoch": 1000,
            "init_args": {"plans": plan, "configuration": called, "fold": fold, "dataset_json": dataset,
                          "unpack_dataset": True, "device": torch.device("cpu")},
            "trainer_name": trainer, "inference_allowed_mirroring_axes": axes,
        }
        (folder / f"fold_{fold}").mkdir()
        torch.save(checkpoint, folder / f"fold_{fold}" / "checkpoint_final.pth")


def write_stages(path, predictor, scan_file, name):
    """The preprocessed scan, and the logits of its first patch."""
    configuration = predictor.configuration_manager
    data, _, _ = configuration.preprocessor_class(verbose=False).run_case(
        [str(scan_file)], None, predictor.plans_manager, configuration, predictor.dataset_json)
    data = torch.from_numpy(np.ascontiguousarray(data))
    padded, _ = pad_nd_image(data, configuration.patch_size, "constant", {"value": 0}, True, None)
    first = predictor._internal_get_sliding_window_slicers(padded.shape[1:])[0]
    predictor.network.load_state_dict(predictor.list_of_parameters[0])
    predictor.network.eval()
    with torch.inference_mode():
        logits = predictor.network(padded[first][None])[0]
        whole = predictor.predict_logits_from_preprocessed_data(data)
    last = lambda tensor: np.ascontiguousarray(np.moveaxis(tensor.numpy(), 0, -1))
    slices = np.array({"total": [8], "residual": [7]}.get(name, [0, 3, 7]), np.int32)
    arrays = {"preprocessed": data.numpy().astype(np.float32), "patch_logits": last(logits[:40])[slices].copy(),
              "patch_slices": slices,
              "first_position": np.array([s.start for s in first[1:]], np.int32)}
    content = save(arrays, metadata={"versions": VERSIONS})
    path.write_bytes(gzip.compress(content, 9, mtime=0))
    if DUMPS:
        DUMPS.mkdir(parents=True, exist_ok=True)
        save_file({"half_logits": last(whole)}, str(DUMPS / f"{name}.safetensors"))
    print(name, "preprocessed", tuple(data.shape), "half logits", tuple(whole.shape), "patches",
          len(predictor._internal_get_sliding_window_slicers(padded.shape[1:])))


def nnunet(name, kind, seed, shape, scan_mm, spacing, patch, transpose=(0, 1, 2), folds=(0,), axes=None, border=2,
           features=(4, 8, 12), kernels=None, strides=None):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    network = {"architecture": architecture(kind, list(features), kernels or [[3, 3, 3]] * 3,
                                            strides or [[1, 1, 1], [2, 2, 2], [2, 2, 2]])}
    plan = plans("Dataset001_" + name, spacing, patch, list(transpose), network)
    dataset = {"channel_names": {"0": "CT"}, "labels": LABELS, "numTraining": 8, "file_ending": ".nii.gz"}
    trainer = "nnUNetTrainer" if axes else "nnUNetTrainerNoMirroring"
    write_model(folder / "model", plan, dataset, folds, trainer, axes, len(LABELS), seed)
    rng = np.random.default_rng(seed)
    affine = np.diag([-scan_mm[2], -scan_mm[1], scan_mm[0], 1.0])
    affine[:3, 3] = [60, 50, -300]
    scan_file = folder / "scan_0000.nii.gz"
    nib.save(nib.Nifti1Image(scan(rng, shape[::-1], border), affine), scan_file)
    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(folder / "model"), folds)
    predictor.predict_from_files_sequential([[str(scan_file)]], [str(SCRATCH / name)])
    shutil.copy(SCRATCH / f"{name}.nii.gz", folder / "labels.nii.gz")
    write_stages(folder / "stages.safetensors.gz", predictor, scan_file, name)
    report(folder)


def total():
    """A release zip of TotalSegmentator's 3 mm model, with the old format of plans."""
    from totalsegmentator.map_to_binary import class_map
    folder = HERE / "total"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    network = {
        "UNet_class_name": "PlainConvUNet", "UNet_base_num_features": 4, "unet_max_num_features": 12,
        "n_conv_per_stage_encoder": [2, 2, 2], "n_conv_per_stage_decoder": [2, 2], "num_pool_per_axis": [2, 2, 2],
        "pool_op_kernel_sizes": [[1, 1, 1], [2, 2, 2], [2, 2, 2]], "conv_kernel_sizes": [[3, 3, 3]] * 3,
    }
    plan = plans(TOTAL, [3.0, 3.0, 3.0], [16, 16, 16], [0, 1, 2], network)
    dataset = {"channel_names": {"0": "CT"}, "numTraining": 1559, "file_ending": ".nii.gz",
               "labels": {"background": 0, **{label: value for value, label in class_map["total"].items()}}}
    results = SCRATCH / "home" / "nnunet" / "results"
    model = results / TOTAL / f"{TOTAL_TRAINER}__nnUNetPlans__3d_fullres"
    write_model(model, plan, dataset, (0,), TOTAL_TRAINER, None, 118, 297, spread=3.0)
    with zipfile.ZipFile(folder / f"{TOTAL}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(results.rglob("*")):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(str(path.relative_to(results)), (2023, 7, 1, 0, 0, 0)),
                                 path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    config = {"totalseg_id": "none", "send_usage_stats": False, "prediction_counter": 0,
              "statistics_disclaimer_shown": True}
    (SCRATCH / "home" / "config.json").write_text(json.dumps(config))
    rng = np.random.default_rng(297)
    affine = np.array([[0, 0, 2.4, -40], [-1.6, 0, 0, 50], [0, 1.7, 0, -300], [0, 0, 0, 1.0]])
    scan_file = folder / "scan_0000.nii.gz"
    nib.save(nib.Nifti1Image(scan(rng, (44, 40, 28), 1), affine), scan_file)
    from totalsegmentator.python_api import totalsegmentator
    totalsegmentator(scan_file, SCRATCH / "total.nii.gz", ml=True, fast=True, device="cpu", quiet=True,
                     nr_thr_saving=1)
    labels = nib.load(SCRATCH / "total.nii.gz")
    nib.save(nib.Nifti1Image(np.asanyarray(labels.dataobj).astype(np.uint8), labels.affine), folder / "labels.nii.gz")
    from totalsegmentator.alignment import as_closest_canonical
    from totalsegmentator.resampling import change_spacing
    image = nib.load(scan_file)
    zoomed = change_spacing(as_closest_canonical(nib.Nifti1Image(image.get_fdata(), image.affine)), 3.0, order=1,
                            dtype=np.int32)
    nib.save(zoomed, SCRATCH / "zoomed_0000.nii.gz")
    predictor = nnUNetPredictor(tile_step_size=0.8, use_mirroring=False, device=torch.device("cpu"), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(model), (0,))
    write_stages(folder / "stages.safetensors.gz", predictor, SCRATCH / "zoomed_0000.nii.gz", "total")
    report(folder)


def cascade():
    """A coarse model, and one that reads its labels beside the image."""
    folder = HERE / "cascade"
    shutil.rmtree(folder, ignore_errors=True)
    network = {"architecture": architecture("plain", [4, 8], [[3, 3, 3]] * 2, [[1, 1, 1], [2, 2, 2]])}
    plan = plans("Dataset001_cascade", [4.0, 4.0, 4.0], [16, 16, 16], [0, 1, 2], network)
    low = plan["configurations"].pop("3d_fullres")
    plan["configurations"] = {
        "3d_lowres": {**low, "next_stage": "3d_cascade_fullres"},
        "3d_fullres": {**low, "spacing": [2.5, 2.4, 2.3]},
        "3d_cascade_fullres": {"inherits_from": "3d_fullres", "previous_stage": "3d_lowres"},
    }
    dataset = {"channel_names": {"0": "CT"}, "labels": LABELS, "numTraining": 8, "file_ending": ".nii.gz"}
    # A seed without near ties in the first stage: where rounding decides one voxel there otherwise, as with the seeds 11,
    # 21, 22 and 25, a hundred voxels of the second stage follow.
    for called, inputs, seed in [("3d_lowres", 1, 23), ("3d_cascade_fullres", len(LABELS), 15)]:
        write_model(folder / called, plan, dataset, (0,), "nnUNetTrainerNoMirroring", None, len(LABELS), seed,
                    called=called, inputs=inputs)
    rng = np.random.default_rng(11)
    scan_file = folder / "scan_0000.nii.gz"
    nib.save(nib.Nifti1Image(scan(rng, (27, 31, 24), 2), np.diag([-2.1, -2.0, 2.2, 1.0])), scan_file)
    previous = None
    for called in ("3d_lowres", "3d_cascade_fullres"):
        predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
        predictor.initialize_from_trained_model_folder(str(folder / called), (0,))
        out = SCRATCH / called
        out.mkdir()
        predictor.predict_from_files_sequential([[str(scan_file)]], [str(out / "scan")], folder_with_segs_from_prev_stage=previous)
        previous = str(out)
        print(called, np.unique(np.asanyarray(nib.load(out / "scan.nii.gz").dataobj), return_counts=True))
    shutil.copy(out / "scan.nii.gz", folder / "labels.nii.gz")
    report(folder)


def report(folder):
    labels = np.asanyarray(nib.load(folder / "labels.nii.gz").dataobj)
    values, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts)
    values, counts = values[order], counts[order]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(folder.name, labels.shape, len(values), "labels", dict(zip(values[:9].tolist(), counts[:9].tolist())),
          size, "bytes")


def main():
    nnunet("isotropic", "plain", 1, (30, 29, 32), (2.0, 2.2, 1.9), [2.5, 2.5, 2.5], [16, 16, 16])
    nnunet("anisotropic", "plain", 2, (36, 13, 40), (1.1, 4.0, 0.9), [4.5, 1.4, 1.3], [8, 16, 16], (1, 0, 2), border=1,
           kernels=[[1, 3, 3], [3, 3, 3], [3, 3, 3]], strides=[[1, 1, 1], [1, 2, 2], [2, 2, 2]])
    nnunet("small", "plain", 3, (15, 26, 13), (2.0, 2.0, 2.0), [2.5, 2.5, 2.5], [16, 16, 16])
    nnunet("residual", "residual", 6, (26, 20, 22), (2.0, 2.0, 2.1), [2.2, 2.3, 2.4], [16, 16, 16], folds=(0, 1),
           axes=(0, 1, 2), features=(4, 4, 8))
    total()
    cascade()
    shutil.rmtree(SCRATCH)


if __name__ == "__main__":
    main()
