"""A random model of the size of TotalSegmentator's 3 mm one on a whole scan: Islet and TotalSegmentator in the same run.

    pip install TotalSegmentator pydicom nibabel
    cargo build --release --bin islet
    python benches/whole_scan.py target/release/islet ../shared/ct82 [--folder DIR]

Writes the release zip (118 classes, 16.6 M parameters; weights that half precision holds) as TotalSegmentator lays them out, has both
programs segment patient 1 of CT-82 with it, and prints seconds, reading and writing included, the peak of memory, and the share of
voxels on which Islet with --exact agrees with TotalSegmentator. The release stays in --folder for `islet import` and for
`node benches/volume_model.mjs`.
"""
import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

DATASET = "Dataset297_TotalSegmentator_total_3mm_1559subj"
TRAINER = "nnUNetTrainer_4000epochs_NoMirroring"
FEATURES = [32, 64, 128, 256, 320]


def plans():
    resampling = {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None}
    name, stages = "resample_data_or_seg_to_shape", len(FEATURES)
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2,
        "patch_size": [112, 112, 128], "median_image_size_in_voxels": [100.0] * 3, "spacing": [3.0] * 3,
        "normalization_schemes": ["CTNormalization"], "use_mask_for_norm": [False], "UNet_class_name": "PlainConvUNet",
        "UNet_base_num_features": 32, "unet_max_num_features": 320, "n_conv_per_stage_encoder": [2] * stages,
        "n_conv_per_stage_decoder": [2] * (stages - 1), "num_pool_per_axis": [stages - 1] * 3,
        "pool_op_kernel_sizes": [[1] * 3] + [[2] * 3] * (stages - 1), "conv_kernel_sizes": [[3] * 3] * stages,
        "resampling_fn_data": name, "resampling_fn_data_kwargs": resampling, "resampling_fn_seg": name,
        "resampling_fn_seg_kwargs": {**resampling, "is_seg": True, "order": 1}, "resampling_fn_probabilities": name,
        "resampling_fn_probabilities_kwargs": {**resampling, "order": 1}, "batch_dice": True,
    }
    intensities = {"max": 3000.0, "mean": -50.4, "median": 0.0, "min": -1024.0, "percentile_00_5": -1004.0,
                   "percentile_99_5": 1588.0, "std": 503.4}
    return {
        "dataset_name": DATASET, "plans_name": "nnUNetPlans", "original_median_spacing_after_transp": [3.0] * 3,
        "original_median_shape_after_transp": [100] * 3, "image_reader_writer": "NibabelIOWithReorient",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2], "configurations": {"3d_fullres": configuration},
        "experiment_planner_used": "ExperimentPlanner", "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": intensities},
    }


def write_release(results):
    """Writes the model below `results` as TotalSegmentator installs it, and its zip beside it."""
    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
    from torch import nn
    from totalsegmentator.map_to_binary import class_map

    torch.manual_seed(1)
    stages = len(FEATURES)
    network = PlainConvUNet(
        1, stages, FEATURES, nn.Conv3d, 3, [1] + [2] * (stages - 1), 2, 118, 2, True, nn.InstanceNorm3d,
        {"eps": 1e-5, "affine": True}, None, None, nn.LeakyReLU, {"inplace": True}, deep_supervision=True,
    )
    with torch.no_grad():
        network.decoder.seg_layers[-1].weight.normal_(0, 0.3)
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())
    labels = {"background": 0, **{label: value for value, label in class_map["total"].items()}}
    dataset = {"channel_names": {"0": "CT"}, "labels": labels, "numTraining": 1559, "file_ending": ".nii.gz"}
    model = results / DATASET / f"{TRAINER}__nnUNetPlans__3d_fullres"
    (model / "fold_0").mkdir(parents=True)
    (model / "plans.json").write_text(json.dumps(plans()))
    (model / "dataset.json").write_text(json.dumps(dataset))
    checkpoint = {"network_weights": network.state_dict(), "init_args": {"configuration": "3d_fullres"},
                  "trainer_name": TRAINER, "inference_allowed_mirroring_axes": None}
    buffer = io.BytesIO()
    torch.save(checkpoint, buffer)
    (model / "fold_0" / "checkpoint_final.pth").write_bytes(buffer.getvalue())
    path = results.parent / f"{DATASET}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(model.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(results))
    return path


# A process of its own: what a process starts counts as large as its starter was, which here holds PyTorch and the scan.
TIMED = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(json.dumps([time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


def timed(command, **options):
    """Seconds, and the peak in MiB of the largest process that the command runs."""
    output = subprocess.run([sys.executable, "-c", TIMED, *command], check=True, stdout=subprocess.PIPE, **options).stdout
    return json.loads(output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("ct82", type=Path)
    parser.add_argument("--folder", type=Path, default=None)
    args = parser.parse_args()

    import nibabel
    import numpy as np

    from few_slices import read

    folder = args.folder or Path(tempfile.mkdtemp())
    home = folder / "home"
    results = home / "nnunet" / "results"
    release = write_release(results).rename(folder / f"{DATASET}.zip")
    config = {"totalseg_id": "none", "send_usage_stats": False, "prediction_counter": 0, "statistics_disclaimer_shown": True}
    (home / "config.json").write_text(json.dumps(config))
    _, hu, _, affine, _ = read(args.ct82, 1)
    scan = folder / "scan.nii.gz"
    nibabel.save(nibabel.Nifti1Image(hu.transpose(2, 1, 0).astype(np.int16), affine), scan)

    model, ours, exact, theirs = (folder / name for name in ("model.safetensors", "ours.nii.gz", "exact.nii.gz", "theirs.nii.gz"))
    subprocess.run([args.binary, "import", "--nnunet", release, "--output", model], check=True)
    predict = [args.binary, "predict", "--model", model, "--input", scan, "--output"]
    ours_time = timed([*predict, ours])
    exact_time = timed([*predict, exact, "--exact"])
    call = ("import sys; from totalsegmentator.python_api import totalsegmentator; "
            "totalsegmentator(sys.argv[1], sys.argv[2], ml=True, fast=True, device='cpu', quiet=True)")
    theirs_time = timed([sys.executable, "-c", call, scan, theirs], env=os.environ | {"TOTALSEG_HOME_DIR": str(home)})
    labels = [np.asanyarray(nibabel.load(path).dataobj) for path in (ours, exact, theirs)]
    print("| program | seconds | MiB at the peak | voxels equal to TotalSegmentator's |")
    print("|---|---|---|---|")
    for name, (seconds, mib), mask in zip(["Islet", "Islet --exact", "TotalSegmentator"], [ours_time, exact_time, theirs_time], labels):
        print(f"| {name} | {seconds:.0f} | {mib:.0f} | {100 * (mask == labels[2]).mean():.3f} % |")


if __name__ == "__main__":
    main()
