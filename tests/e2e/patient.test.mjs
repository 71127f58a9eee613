// The page with a real patient of CT-82, on the CPU path: what docs/performance.md says of it. Seconds are printed and not asserted: they are the machine's.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cli, count, drop, dsc, hook, launch, mask, nifti, open, scratch, SLICES, state, withoutCt82 } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

test("a slice dropped on a cold page has a mask, for at most 4 MB", { skip: withoutCt82 }, async () => {
  const { page, seen } = await open(chromium.browser);
  const started = performance.now();
  await drop(page, join(SLICES, "1-120.dcm"));
  await state(page, "done");
  const seconds = (performance.now() - started) / 1000;
  assert.ok(count(await mask(page)) > 0);
  await page.waitForTimeout(200);
  console.log(`first mask after ${seconds.toFixed(2)} s; ${seen.bytes} bytes and a model of ${seen.modelBytes}`);
  assert.ok(seen.bytes > 100_000 && seen.bytes <= 4e6, `${seen.bytes} bytes`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("the whole series gives predict's mask, and a volume within 15 % of the label's 57.8 mL", { skip: withoutCt82, timeout: 600_000 }, async () => {
  const predicted = join(scratch, "patient.nii.gz");
  cli("predict", "--model", "www/models/pancreas.safetensors", "--input", SLICES, "--output", predicted);
  const { page, seen } = await open(chromium.browser);
  const started = performance.now();
  await hook(page, "folder-input").first().setInputFiles(SLICES);
  await hook(page, "slice-index").waitFor();
  await state(page, "done", 500_000);
  const ml = parseFloat(await hook(page, "volume-ml").innerText());
  console.log(`240 slices in ${((performance.now() - started) / 1000).toFixed(1)} s, ${ml} mL`);
  assert.ok(Math.abs(ml - 57.8) < 0.15 * 57.8, `${ml} mL`);
  const [ours, theirs] = [await mask(page), nifti(predicted)];
  assert.deepEqual(ours.dims, theirs.dims);
  assert.ok(dsc(ours.data, theirs.data) >= 0.999, `DSC ${dsc(ours.data, theirs.data)}`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
