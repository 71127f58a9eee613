// The figures of docs/TUNING.md: a model that knows one patient of CT-82 is fine-tuned in headless Chromium, on the CPU path, on a few
// corrected slices of the other, and scored on all slices that were not corrected, and on phantoms that nobody learned from.
//
//     node benches/tuning.mjs MODEL.safetensors [SLICES=5] [MOVES=interpolation,gates,decoder,all] [STEPS, else the page's own]
//
// `interpolation` learns nothing: it fills the slices between the corrected ones with the page's own shape interpolation
// (key J) and leaves those beyond empty. It is what fine-tuning has to beat.
//
// Needs dist/ (./serve.sh --build-only), the release binary, Chromium and ../shared/ct82.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cli, download, dsc, hook, launch, mask, nifti, scratch, state, tab } from "../tests/e2e/harness.mjs";
import { acceptSlices, manualLabel, openPatientTwo } from "./patient_two.mjs";

const [model, slices = "5", moves = "interpolation,gates,decoder,all", steps] = process.argv.slice(2);
/** Mean DSC over eight phantoms drawn from seeds that no training uses. */
const phantoms = join(scratch, "held-out");
cli("phantom", "--output", phantoms, "--cases", "8", "--seed", "9001");
function onPhantoms(model) {
  const scores = Array.from({ length: 8 }, (_, i) => {
    const output = join(scratch, `pred${i}.nii.gz`);
    cli("predict", "--model", model, "--input", join(phantoms, `Pancreas-CT/PANCREAS_100${i + 1}`), "--output", output);
    return dsc(nifti(output).data, nifti(join(phantoms, `TCIA_pancreas_labels-02-05-2017/label100${i + 1}.nii.gz`)).data);
  });
  return scores.reduce((a, b) => a + b) / scores.length;
}

mkdirSync("dist/models", { recursive: true });
copyFileSync(model, "dist/models/bench.safetensors");
const chromium = await launch();
const before = onPhantoms(model);
console.log(`| moves | corrected | seconds | set aside | untouched slices | phantoms |`);
console.log(`|---|---|---|---|---|---|`);
for (const part of moves.split(",")) {
  const { page, seen } = await openPatientTwo(chromium.browser, "?device=cpu&model=models/bench.safetensors");
  const old = await mask(page);
  const label = manualLabel();
  if (String(label.dims) !== String(old.dims)) throw new Error(`label ${label.dims}, series ${old.dims}`);
  const corrected = await acceptSlices(page, label, Number(slices));
  const area = label.dims[1] * label.dims[2];
  const untouched = (mask) => Buffer.concat([...Array(label.dims[0]).keys()].filter((z) => !corrected.includes(z))
    .map((z) => mask.data.subarray(z * area, (z + 1) * area)));
  if (part === "interpolation") {
    await tab(page, "correct");
    await hook(page, "interpolate").click();
    await page.waitForTimeout(3000);
    const filled = await mask(page);
    const [first, last] = [Math.min(...corrected), Math.max(...corrected)];
    filled.data.fill(0, 0, first * area).fill(0, (last + 1) * area);
    console.log(`| interpolation | ${corrected.length} | - | - | ${dsc(untouched(filled), untouched(label)).toFixed(3)} | - |`);
    await page.context().close();
    continue;
  }
  await tab(page, "learn");
  await page.locator("details.settings").evaluate((details) => { details.open = true; });
  await hook(page, "tune-moves").selectOption(part);
  if (steps) {
    await hook(page, "tune-steps").fill(steps);
    await hook(page, "tune-steps").dispatchEvent("change");
  }
  const started = Date.now();
  await hook(page, "fine-tune").click();
  await hook(page, "tune-keep").waitFor({ timeout: 1_800_000 });
  const seconds = (Date.now() - started) / 1000;
  const read = (name) => hook(page, name).innerText();
  const aside = `${await read("tune-before")} to ${await read("tune-after")}`;
  await state(page, "done", 900_000);
  const [was, is] = [old, await mask(page)].map((mask) => dsc(untouched(mask), untouched(label)).toFixed(3));
  const tuned = await download(page, "export-model", join(scratch, `bench-${part}.safetensors`));
  console.log(`| ${part} | ${corrected.length} | ${seconds.toFixed(0)} | ${aside} | ${was} to ${is} | ${before.toFixed(3)} to ${onPhantoms(tuned).toFixed(3)} |`);
  if (seen.errors.length) console.log(seen.errors);
  await page.context().close();
}
await chromium.close();
rmSync("dist/models/bench.safetensors");
