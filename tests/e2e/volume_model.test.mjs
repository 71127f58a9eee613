// A release of nnU-Net, dropped as its zip: the page segments the whole series with it as predict does, lists its organs, and offers
// nothing that needs probabilities.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, count, drop, hook, launch, mask, nifti, open, scratch, state, tab, zip } from "./harness.mjs";

const PANCREAS = 3;
let chromium;
let slices;

before(async () => {
  chromium = await launch();
  cli("phantom", "--output", join(scratch, "phantom"), "--cases", "1", "--seed", "9101");
  const folder = join(scratch, "phantom/Pancreas-CT/PANCREAS_1001/phantom");
  slices = readdirSync(folder).sort().map((file) => join(folder, file));
});
after(() => chromium?.close());

/** Plans for the network of tests/golden/nnunet/varied.pth, on voxels of this size. */
function plans(spacing) {
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
    dataset_name: "Dataset901_Tiny", plans_name: "nnUNetPlans", image_reader_writer: "SimpleITKIO",
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
function release(name, { spacing = [6, 5, 5], labels = { background: 0, spleen: 1, liver: 2, pancreas: PANCREAS }, cut = 1 } = {}) {
  const dataset = {
    channel_names: { 0: "CT" }, file_ending: ".nii.gz", numTraining: 3, licence: "CC BY-NC 4.0", name: "Tiny", labels,
  };
  const checkpoint = readFileSync("tests/golden/nnunet/varied.pth");
  const folder = "Dataset901_Tiny/nnUNetTrainer__nnUNetPlans__3d_fullres";
  const path = join(scratch, name);
  writeFileSync(path, zip([
    [`${folder}/plans.json`, Buffer.from(JSON.stringify(plans(spacing)))],
    [`${folder}/dataset.json`, Buffer.from(JSON.stringify(dataset))],
    [`${folder}/fold_0/checkpoint_final.pth`, checkpoint.subarray(0, Math.ceil(cut * checkpoint.length))],
  ]));
  return path;
}

/** Waits until the organs are listed, and returns them as `{ name: mL }`. */
async function organs(page) {
  await hook(page, "organs").locator("li").first().waitFor({ timeout: 120_000 });
  const rows = await hook(page, "organs").locator("li").allTextContents();
  return rows.map((row) => row.match(/^(\D+?)([\d.]+) mL$/).slice(1));
}

test("a dropped release segments the whole series as predict does, and its organs are listed", async () => {
  const path = release("Dataset901_Tiny.zip");
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices);
  await state(page, "done");
  await drop(page, path);
  const listed = await organs(page);
  await state(page, "done");

  const [model, predicted] = [join(scratch, "tiny.safetensors"), join(scratch, "tiny.nii.gz")];
  cli("import", "--nnunet", path, "--output", model);
  cli("predict", "--model", model, "--input", join(slices[0], ".."), "--output", predicted);
  const { dims, data } = nifti(predicted);
  const ours = await mask(page);
  assert.deepEqual(ours.dims, dims);
  const others = data.reduce((sum, label, i) => sum + ((label === PANCREAS) !== (ours.data[i] !== 0) ? 1 : 0), 0);
  assert.ok(others <= 1e-4 * data.length, `${others} of ${data.length} voxels differ`);
  assert.ok(count(ours) > 30, `${count(ours)} voxels of pancreas`);

  assert.equal(listed[0][0], "pancreas", "the pancreas comes first");
  const found = new Set(data.filter((label) => label !== 0));
  found.add(PANCREAS);
  assert.equal(listed.length, found.size);

  // NIfTI holds every organ.
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "export-nifti").click()]);
  assert.match(download.suggestedFilename(), /_organs\.nii\.gz$/);
  const saved = join(scratch, "organs_of_the_page.nii.gz");
  await download.saveAs(saved);
  const organsOfThePage = nifti(saved).data;
  const differing = data.reduce((sum, label, i) => sum + (label !== organsOfThePage[i] ? 1 : 0), 0);
  assert.ok(differing <= 1e-4 * data.length, `${differing} of ${data.length} voxels differ`);

  // What it comes from, and that it is not for commercial use, is said; what needs probabilities is grey with the reason.
  assert.match(await hook(page, "model-origin").textContent(), /Imported from Dataset901_Tiny .*CC BY-NC 4\.0/);
  assert.match(await hook(page, "not-commercial").textContent(), /not for commercial use/);
  assert.match(await page.locator("footer").innerText(), /Model imported from Dataset901_Tiny; licence: .*CC BY-NC 4\.0/);
  for (const name of ["threshold", "check-mirrored", "map-probability", "map-uncertainty", "fine-tune"]) {
    assert.ok(await hook(page, name).isDisabled(), name);
  }
  assert.match(await hook(page, "map-probability").getAttribute("title"), /without probabilities/);
  assert.match(await hook(page, "fine-tune").getAttribute("title"), /cannot be fine-tuned/);

  // A model that cannot be used changes nothing.
  for (const [bad, says] of [
    [release("cut.zip", { cut: 0.5 }), /cut\.zip/],
    [release("colon.zip", { labels: { background: 0, spleen: 1, liver: 2, colon: 3 } }), /pancreas/],
  ]) {
    await drop(page, bad);
    await state(page, "error");
    assert.match(await hook(page, "error").textContent(), says, basename(bad));
    assert.deepEqual((await mask(page)).data, ours.data);
    await hook(page, "error").locator("button").click();
  }

  // A model of slices works again.
  await drop(page, "www/models/pancreas.safetensors");
  await hook(page, "organs").waitFor({ state: "detached" });
  await state(page, "done");
  assert.ok(!(await hook(page, "threshold").isDisabled()));
  assert.match(await page.locator("footer").innerText(), /Model trained on NIH Pancreas-CT/);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("its progress is told, slices can be looked at meanwhile, and it can be stopped and started again", async () => {
  const { page, seen } = await open(chromium.browser);
  // Many small steps, so that there is something to stop.
  await drop(page, release("slow.zip", { spacing: [2, 2, 2] }));
  await choose(page, slices);
  await page.waitForFunction(() => /Patch \d+ of \d+/.test(document.querySelector("[data-testid=status]").textContent), null, {
    timeout: 120_000, polling: 20,
  });
  await hook(page, "slice-slider").fill("3");
  await page.waitForFunction(() => document.querySelector("[data-testid=slice-index]").textContent.startsWith("4 "));
  await page.waitForFunction(() => /Patch \d+ of \d+, about \d+ (s|min) left/.test(document.querySelector("[data-testid=status]").textContent), null, {
    timeout: 120_000, polling: 20,
  });
  await hook(page, "volume-stop").click();
  await hook(page, "volume-again").waitFor();
  await state(page, "done");
  assert.equal(count(await mask(page)), 0);
  await hook(page, "volume-again").click();
  await hook(page, "volume-stop").waitFor();
  await tab(page, "result");
  assert.equal(await hook(page, "organs").count(), 0);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
