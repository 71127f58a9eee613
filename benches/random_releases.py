"""Random models of the size of TotalSegmentator's, as release zips in its layout.

    pip install TotalSegmentator
    python benches/random_releases.py FOLDER

Writes the 3 mm model of 117 structures (Dataset297, 16.6 M parameters) and the 1.5 mm model of 24 organs (Dataset291, 31.2 M) into
FOLDER, for `islet import --nnunet`, benches/whole_scan.py and `node benches/volume_model.mjs`. The weights are ones that half precision
holds. A random class lies anywhere, so that the pancreas of the first would have the second compute the whole scan: its weights in the
head are those of the class whose box on patient 1 of CT-82 comes nearest to a pancreas', with a bias that is lower by 0.02. Its box is
180 x 81 x 136 mm; the pancreas of the two patients of ../shared/ct82 takes 139 x 60 x 71 and 175 x 83 x 69 mm.
"""
import io
import json
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Release:
    """What tells one of TotalSegmentator's models from another."""
    dataset: str
    trainer: str
    features: list
    patch: list
    spacing_mm: float
    # The key of TotalSegmentator's class_map or class_map_5_parts.
    classes: str


FAST = Release("Dataset297_TotalSegmentator_total_3mm_1559subj", "nnUNetTrainer_4000epochs_NoMirroring",
               [32, 64, 128, 256, 320], [112, 112, 128], 3.0, "total")
ORGANS = Release("Dataset291_TotalSegmentator_part1_organs_1559subj", "nnUNetTrainerNoMirroring",
                 [32, 64, 128, 256, 320, 320], [128, 128, 128], 1.5, "class_map_part_organs")
# The class of the random 297 whose weights the pancreas takes, and the other way round.
LIKE_A_PANCREAS = 57


def plans(release):
    resampling = {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None}
    name, stages = "resample_data_or_seg_to_shape", len(release.features)
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2,
        "patch_size": release.patch, "median_image_size_in_voxels": [100.0] * 3, "spacing": [release.spacing_mm] * 3,
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
        "dataset_name": release.dataset, "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": [release.spacing_mm] * 3,
        "original_median_shape_after_transp": [100] * 3, "image_reader_writer": "NibabelIOWithReorient",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2], "configurations": {"3d_fullres": configuration},
        "experiment_planner_used": "ExperimentPlanner", "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": intensities},
    }


def class_names(release):
    """The labels by their values, from 1."""
    from totalsegmentator.map_to_binary import class_map, class_map_5_parts

    return {**class_map, **class_map_5_parts}[release.classes]


def random_weights(release):
    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
    from torch import nn

    torch.manual_seed(1)
    stages, names = len(release.features), class_names(release)
    network = PlainConvUNet(
        1, stages, release.features, nn.Conv3d, 3, [1] + [2] * (stages - 1), 2, len(names) + 1, 2, True, nn.InstanceNorm3d,
        {"eps": 1e-5, "affine": True}, None, None, nn.LeakyReLU, {"inplace": True}, deep_supervision=True,
    )
    with torch.no_grad():
        network.decoder.seg_layers[-1].weight.normal_(0, 0.3)
        if LIKE_A_PANCREAS in names:
            pancreas = next(value for value, name in names.items() if name == "pancreas")
            head = network.decoder.seg_layers[-1]
            for parameter in (head.weight, head.bias):
                parameter[[pancreas, LIKE_A_PANCREAS]] = parameter[[LIKE_A_PANCREAS, pancreas]]
            head.bias[pancreas] -= 0.02
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())
    return network.state_dict()


def write_release(release, results):
    """Writes the model below `results` as TotalSegmentator installs it, and its zip beside it."""
    import torch

    labels = {"background": 0, **{label: value for value, label in class_names(release).items()}}
    dataset = {"channel_names": {"0": "CT"}, "labels": labels, "numTraining": 1559, "file_ending": ".nii.gz"}
    model = results / release.dataset / f"{release.trainer}__nnUNetPlans__3d_fullres"
    (model / "fold_0").mkdir(parents=True)
    (model / "plans.json").write_text(json.dumps(plans(release)))
    (model / "dataset.json").write_text(json.dumps(dataset))
    checkpoint = {"network_weights": random_weights(release), "init_args": {"configuration": "3d_fullres"},
                  "trainer_name": release.trainer, "inference_allowed_mirroring_axes": None}
    buffer = io.BytesIO()
    torch.save(checkpoint, buffer)
    (model / "fold_0" / "checkpoint_final.pth").write_bytes(buffer.getvalue())
    path = results.parent / f"{release.dataset}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(model.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(results))
    return path


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for release in (FAST, ORGANS):
            path = write_release(release, Path(scratch) / "results")
            print(path.rename(folder / path.name))


if __name__ == "__main__":
    main()
