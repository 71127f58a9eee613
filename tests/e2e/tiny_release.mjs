// A release of nnU-Net that is small enough for a test: the network of tests/golden/nnunet/varied.pth, as a zip.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { choose, drop, hook, scratch, state, zip } from "./harness.mjs";

export const PANCREAS = 3;

/** Plans for the network of tests/golden/nnunet/varied.pth, on voxels of this size. */
function plans(spacing, dataset_name) {
  const resampling = (order) => ({ is_seg: false, order, order_z: 0, force_separate_z: null });
  const each = (taps) => [taps, taps, taps];
  const network = {
    n_stages: 3, features_per_stage: [2, 3, 3], conv_op: "torch.nn.modules.conv.Conv3d",
    kernel_sizes: [each(3), each(3), each(3)], strides: [each(1), each(2), each(2)],
    n_conv_per_stage: [1, 1, 1], n_conv_per_stage_decoder: [1, 1], conv_bias: true,
    norm_op: "torch.nn.modules.instancenorm.InstanceNorm3d", norm_op_kwargs: { eps: 1e-5, affine: true },
    dropout_op: null, dropout_op_kwargs: null, nonlin: "torch.nn.LeakyReLU", nonlin_kwargs: { inplace: true },
  };
  return {
    dataset_name, plans_name: "nnUNetPlans", image_reader_writer: "SimpleITKIO",
    transpose_forward: [0, 1, 2], transpose_backward: [0, 1, 2], label_manager: "LabelManager",
    configurations: {
      "3d_fullres": {
        preprocessor_name: "DefaultPreprocessor", patch_size: [16, 16, 16], spacing,
        normalization_schemes: ["CTNormalization"], use_mask_for_norm: [false],
        resampling_fn_data: "resample_data_or_seg_to_shape", resampling_fn_data_kwargs: resampling(3),
        resampling_fn_probabilities: "resample_data_or_seg_to_shape", resampling_fn_probabilities_kwargs: resampling(1),
        architecture: {
          network_class_name: "dynamic_network_architectures.architectures.unet.PlainConvUNet",
          arch_kwargs: network, _kw_requires_import: ["conv_op"],
        },
      },
    },
    foreground_intensity_properties_per_channel: {
      0: { max: 3025, mean: -50.25, median: 59, min: -1099, percentile_00_5: -1004, percentile_99_5: 1588, std: 503.5 },
    },
  };
}

/** Writes the zip of a release and returns its path. */
export function release(name, { spacing = [6, 5, 5], labels = { background: 0, spleen: 1, liver: 2, pancreas: PANCREAS }, cut = 1, called = "Dataset901_Tiny" } = {}) {
  const dataset = {
    channel_names: { 0: "CT" }, file_ending: ".nii.gz", numTraining: 3, licence: "CC BY-NC 4.0", name: "Tiny", labels,
  };
  const checkpoint = readFileSync("tests/golden/nnunet/varied.pth");
  const folder = `${called}/nnUNetTrainer__nnUNetPlans__3d_fullres`;
  const path = join(scratch, name);
  writeFileSync(path, zip([
    [`${folder}/plans.json`, Buffer.from(JSON.stringify(plans(spacing, called)))],
    [`${folder}/dataset.json`, Buffer.from(JSON.stringify(dataset))],
    [`${folder}/fold_0/checkpoint_final.pth`, checkpoint.subarray(0, Math.ceil(cut * checkpoint.length))],
  ]));
  return path;
}

/** Opens slices with the tiny release, and gives what the list of organs says of each: name, size and Hounsfield units. */
export async function openWithRelease(page, slices) {
  await drop(page, release("Dataset901_Tiny.zip"));
  await choose(page, slices);
  await hook(page, "organs").locator("li").first().waitFor({ timeout: 120_000 });
  await state(page, "done");
  const listed = await hook(page, "organs").locator("li").evaluateAll((rows) => rows.map((row) => ({
    organ: row.dataset.organ,
    size: row.querySelector("[data-testid=organ-size]").textContent,
    hu: row.querySelector("[data-testid=organ-facts]").textContent.split(" · ")[0],
  })));
  assert.ok(listed.length > 1, `${listed.length} organs`);
  return listed;
}
