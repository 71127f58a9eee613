// A release of nnU-Net, dropped as its zip: the page segments the whole series with it as predict does, lists its organs, and offers
// what follows from the probability of the pancreas.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, count, drop, dsc, frame, hook, launch, mask, nifti, open, scratch, state, tab } from "./harness.mjs";
import { PANCREAS, release } from "./tiny_release.mjs";

let chromium;
let slices;

before(async () => {
  chromium = await launch();
  cli("phantom", "--output", join(scratch, "phantom"), "--cases", "1", "--seed", "9101");
  const folder = join(scratch, "phantom/Pancreas-CT/PANCREAS_1001/phantom");
  slices = readdirSync(folder).sort().map((file) => join(folder, file));
});
after(() => chromium?.close());

/** Waits until the organs are listed, and returns them as `{ name: mL }`. */
async function organs(page) {
  await hook(page, "organs").locator("li").first().waitFor({ timeout: 120_000 });
  const rows = await hook(page, "organs").locator("li").all();
  return Promise.all(rows.map(async (row) => [
    await row.getAttribute("data-organ"),
    (await row.locator("[data-testid=organ-size]").textContent()).match(/^([\d.]+) mL$/)[1],
  ]));
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

  // What it comes from, and that it is not for commercial use, is said; what runs on single slices is grey with the reason.
  assert.match(await hook(page, "model-origin").textContent(), /Imported from Dataset901_Tiny .*CC BY-NC 4\.0/);
  assert.match(await hook(page, "not-commercial").textContent(), /not for commercial use/);
  assert.match(await page.locator("footer").innerText(), /Model imported from Dataset901_Tiny; licence: .*CC BY-NC 4\.0/);
  for (const name of ["check-mirrored", "use-mean", "fine-tune"]) assert.ok(await hook(page, name).isDisabled(), name);
  assert.match(await hook(page, "check-mirrored").getAttribute("title"), /segments whole volumes/);
  assert.match(await hook(page, "fine-tune").getAttribute("title"), /cannot be fine-tuned/);

  // The mask follows the threshold, and the usual one brings the model's labels back. Other organs have labels alone.
  await tab(page, "result");
  const at = async (threshold) => {
    await hook(page, "threshold").fill(String(threshold));
    await state(page, "done");
    return (await mask(page)).data;
  };
  const [generous, strict] = [await at(0.2), await at(0.8)];
  const inside = (a, b) => a.every((label, i) => label === 0 || b[i] !== 0);
  const voxels = (labels) => labels.reduce((sum, label) => sum + label, 0);
  assert.ok(inside(strict, generous) && voxels(strict) < voxels(generous), `${voxels(strict)} and ${voxels(generous)} voxels`);
  assert.deepEqual(await at(0.5), ours.data);
  const other = listed.find(([name]) => name !== "pancreas")[0];
  await at(0.2);
  await hook(page, "organs").locator(`li[data-organ="${other}"] [data-testid=organ-correct]`).click();
  await page.waitForFunction(() => document.querySelector("[data-testid=threshold]").disabled);
  await tab(page, "explain");
  assert.match(await hook(page, "map-probability").getAttribute("title"), /probability of the pancreas alone/);
  await hook(page, "organ-back").click();
  await page.waitForFunction(() => !document.querySelector("[data-testid=threshold]").disabled);
  assert.equal(await hook(page, "threshold").inputValue(), "0.5");
  assert.deepEqual((await mask(page)).data, ours.data);

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

test("TotalSegmentator's zip, dropped before a scan, gives the organs of predict", async () => {
  // Written by tests/golden/nnunet/predictor.py, as TotalSegmentator publishes its 3 mm model: 117 organs, old plans.
  const folder = "tests/golden/nnunet/predictor/total";
  const zipped = join(folder, "Dataset297_TotalSegmentator_total_3mm_1559subj.zip");
  const scan = join(folder, "scan_0000.nii.gz");
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  await drop(page, zipped);
  await page.waitForFunction(() => /Dataset297_TotalSegmentator/.test(document.querySelector("footer").innerText), null, { timeout: 120_000 });
  await choose(page, [scan]);
  const listed = await organs(page);
  await state(page, "done");

  const [model, predicted] = [join(scratch, "total.safetensors"), join(scratch, "total.nii.gz")];
  cli("import", "--nnunet", zipped, "--output", model);
  cli("predict", "--model", model, "--input", scan, "--output", predicted);
  const expected = nifti(predicted).data;
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "export-nifti").click()]);
  const saved = join(scratch, "total_of_the_page.nii.gz");
  await download.saveAs(saved);
  const found = nifti(saved).data;
  const differing = expected.reduce((sum, label, i) => sum + (label !== found[i] ? 1 : 0), 0);
  assert.ok(differing <= 1e-4 * expected.length, `${differing} of ${expected.length} voxels differ`);
  const values = new Set(expected.filter((label) => label !== 0));
  values.add(7); // The pancreas is listed even where there is none.
  assert.equal(listed.length, values.size);
  assert.ok(values.size > 20, `${values.size} organs`);

  // What the import needed is given back: no worker but the session's is left once the scan is done.
  assert.deepEqual(page.workers().map((worker) => worker.url().split("/").pop()), ["worker_loader.js"]);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("two releases are a cascade: the region that the first finds is segmented by the second in a worker of its own", async () => {
  const coarse = release("Dataset901_Tiny.zip", { spacing: [12, 12, 12] });
  const fine = release("Dataset902_Fine.zip", { spacing: [6, 4, 4], called: "Dataset902_Fine" });
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  await choose(page, [fine, coarse]);
  await page.waitForFunction(() => /Dataset902_Fine/.test(document.querySelector("footer").innerText), null, { timeout: 120_000 });
  await choose(page, slices);
  await organs(page);
  await state(page, "done");

  const [model, predicted] = [join(scratch, "cascade.safetensors"), join(scratch, "cascade.nii.gz")];
  cli("import", "--nnunet", coarse, "--nnunet", fine, "--roi", "pancreas", "--output", model);
  cli("predict", "--model", model, "--input", join(slices[0], ".."), "--output", predicted);
  const { data } = nifti(predicted);
  const ours = await mask(page);
  const others = data.reduce((sum, label, i) => sum + ((label === PANCREAS) !== (ours.data[i] !== 0) ? 1 : 0), 0);
  assert.ok(others <= 1e-4 * data.length, `${others} of ${data.length} voxels differ`);
  assert.ok(count(ours) > 30, `${count(ours)} voxels of pancreas`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("a sample is segmented as a whole by the small 3-D model that comes with the page", async () => {
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  await hook(page, "try-sample-3d").click();
  await page.waitForFunction(() => /^[\d.]+ mL$/.test(document.querySelector("[data-testid=volume-ml]")?.textContent.trim() ?? ""), null, { timeout: 120_000 });
  await state(page, "done");
  assert.match(await page.locator("header").innerText(), /Sample 5000 .*synthetic/s);
  assert.match(await page.locator("footer").innerText(), /Model trained on 24 synthetic phantoms\./);
  const { dims, data } = await mask(page);
  assert.deepEqual(dims, [48, 192, 192]);

  // The phantom's own pancreas, and what predict finds with the same file.
  const [native, predicted] = [join(scratch, "sample"), join(scratch, "sample.nii.gz")];
  cli("phantom", "--output", native, "--cases", "1", "--seed", "5000");
  cli("predict", "--model", "www/models/pancreas-3d-phantoms.safetensors", "--input", join(native, "Pancreas-CT"), "--output", predicted);
  const truth = nifti(join(native, "TCIA_pancreas_labels-02-05-2017/label1001.nii.gz")).data;
  assert.ok(dsc(truth, data) > 0.8, `DSC ${dsc(truth, data)} with the phantom's pancreas`);
  assert.ok(dsc(nifti(predicted).data, data) >= 0.999, `DSC ${dsc(nifti(predicted).data, data)} with predict`);

  await tab(page, "explain");
  assert.match(await hook(page, "model-remarks").innerText(), /phantoms alone/);

  // The probability as a map, and the attention of each gate.
  const painted = () => page.evaluate(() => {
    const canvas = document.querySelector("[data-pane=axial] canvas");
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
  });
  const changed = (a, b) => a.some((value, i) => value !== b[i]);
  const plain = await painted();
  await hook(page, "map-probability").click();
  await page.waitForFunction(() => /probability/i.test(document.querySelector("[data-testid=map-note]").textContent));
  await frame(page);
  const probability = await painted();
  assert.ok(changed(plain, probability), "the probability is painted");
  await hook(page, "attention-toggle").click();
  const gates = await page.locator("[data-testid^=gate-]").count();
  assert.equal(gates, 6);
  const seenGates = new Set();
  for (let gate = 0; gate < gates; gate++) {
    await hook(page, `gate-${gate}`).click();
    await page.waitForTimeout(200);
    await frame(page);
    seenGates.add((await painted()).join());
  }
  assert.ok(seenGates.size > 3 && !seenGates.has(plain.join()), `${seenGates.size} pictures`);
  // A gate is held open over the whole scan, after the page has said how long that takes. It can be stopped.
  assert.match(await hook(page, "ablation-takes").innerText(), /whole scan once more, which takes about \d+ (s|min)\./);
  await hook(page, "ablate").click();
  await hook(page, "ablation-stop").click();
  await hook(page, "ablation").waitFor({ state: "detached" });
  await hook(page, "ablate").click();
  await page.waitForFunction(() => /Patch \d+ of \d+/.test(document.querySelector("[data-testid=ablation-progress]")?.textContent), null, {
    timeout: 120_000, polling: 20,
  });
  await hook(page, "gained").waitFor({ timeout: 300_000 });
  const opened = join(scratch, "sample_open.nii.gz");
  cli("predict", "--model", "www/models/pancreas-3d-phantoms.safetensors", "--open-gate", String(gates), "--input", join(native, "Pancreas-CT"), "--output", opened);
  const z = parseInt(await hook(page, "slice-index").textContent(), 10) - 1;
  const onSlice = (labels) => [...labels.subarray(z * 192 * 192, (z + 1) * 192 * 192)].map((label) => label !== 0);
  const [closedSlice, openSlice] = [nifti(predicted), nifti(opened)].map((file) => onSlice(Uint8Array.from(file.data)));
  const differing = (wanted) => closedSlice.filter((closed, i) => closed !== openSlice[i] && openSlice[i] === wanted).length;
  for (const [name, expected] of [["gained", differing(true)], ["lost", differing(false)]]) {
    const found = parseInt(await hook(page, name).textContent(), 10);
    assert.ok(Math.abs(found - expected) <= 2, `${name}: ${found}, predict --open-gate has ${expected}`);
  }
  assert.ok(differing(true) + differing(false) > 0, "the gate matters on this slice");
  assert.deepEqual((await mask(page)).data, data, "the mask is the model's own");
  // Another slice is told at once, and another gate is asked for anew.
  await hook(page, "slice-slider").fill(String(z));
  await hook(page, "gained").waitFor({ timeout: 5000 });
  await hook(page, "gate-0").click();
  await hook(page, "ablation").waitFor({ state: "detached" });
  assert.equal(await hook(page, "ablate").getAttribute("aria-pressed"), "false");
  await hook(page, "ablation-takes").waitFor();
  await hook(page, "attention-toggle").click();
  await hook(page, "use-shipped-model").click();
  await modelIs(page, /Model trained on NIH Pancreas-CT/);
  await hook(page, "use-shipped-model").waitFor({ state: "detached" });
  await state(page, "done");
  assert.deepEqual(seen.errors, []);
  assert.deepEqual([...seen.hosts], ["127.0.0.1"], "nothing leaves");
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

/** Waits until the footer says where the model in use comes from. */
async function modelIs(page, says) {
  const shows = (source) => new RegExp(source).test(document.querySelector("footer")?.innerText ?? "");
  await page.waitForFunction(shows, says.source, { timeout: 120_000 });
}

/** Reloads the page, and waits until the model that is kept in this browser has segmented the series. */
async function reloadWithKept(page) {
  await page.reload();
  await modelIs(page, /Model imported from Dataset901_Tiny/);
  await choose(page, slices);
  await tab(page, "result");
  await organs(page);
}

test("a model that is kept in this browser is in use when the page is opened again, until it is deleted", async () => {
  const { page } = await open(chromium.browser);
  await choose(page, slices);
  await drop(page, release("kept.zip"));
  await organs(page);
  await tab(page, "explain");
  assert.equal(await hook(page, "kept-model").count(), 0, "nothing is kept unasked");
  await hook(page, "keep-model").click();
  await hook(page, "kept-model").waitFor();
  assert.match(await hook(page, "kept-model").textContent(), /Kept in this browser: Dataset901_Tiny/);
  assert.equal(await hook(page, "keep-model").count(), 0);

  // A question stands before a reload with work that would be lost; there is none here.
  await reloadWithKept(page);

  // The shipped model for now, and the kept one again after a reload.
  await tab(page, "explain");
  await hook(page, "use-shipped-model").click();
  await modelIs(page, /Model trained on NIH Pancreas-CT/);
  await state(page, "done");
  await reloadWithKept(page);
  await tab(page, "explain");
  await hook(page, "forget-model").click();
  await hook(page, "kept-model").waitFor({ state: "detached" });
  await page.reload();
  await modelIs(page, /Model trained on NIH Pancreas-CT/);
  await page.context().close();
});

test("a kept model that is damaged is said so, one that was never written is not, and the shipped one is in use", async () => {
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("models", { create: true });
    // A page that is closed before it has written anything leaves this.
    await folder.getFileHandle("kept.safetensors", { create: true });
  });
  await page.reload();
  await modelIs(page, /Model trained on NIH Pancreas-CT/);
  await state(page, "ready");
  assert.equal(await hook(page, "error").count(), 0);
  await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("models", { create: true });
    const stream = await (await folder.getFileHandle("kept.safetensors", { create: true })).createWritable();
    await stream.write("no model");
    await stream.close();
  });
  await page.reload();
  await modelIs(page, /Model trained on NIH Pancreas-CT/);
  assert.match(await hook(page, "error").textContent(), /safetensors/);
  await page.context().close();
});
