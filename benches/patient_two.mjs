// Patient 2 of CT-82 in the page with a model, some slices accepted with their manual labels: what the benches of fine-tuning begin with.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CT82, hook, mask, nifti, open, spread, state } from "../tests/e2e/harness.mjs";

const folder = join(CT82, "Pancreas-CT/PANCREAS_0002");
const series = (at) => readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? series(join(at, entry.name)) : entry.name.endsWith(".dcm") ? [at] : []);

/** The label, which for this case lies in the order of the series' files. */
function truth(dims) {
  const label = nifti(join(CT82, "TCIA_pancreas_labels-02-05-2017/label0002.nii.gz"));
  if (String(label.dims) !== String(dims)) throw new Error(`label ${label.dims}, series ${dims}`);
  return label;
}

/** Where the label is, as ranges. */
function runs(data) {
  const found = [];
  for (let i = 0; i < data.length; i++) {
    if (!data[i]) continue;
    const from = i;
    while (data[i + 1]) i++;
    found.push([from, i + 1]);
  }
  return found;
}

/** Opens the series on the CPU with a model of `dist/models`; `slices` slices, spread evenly over the label, are accepted. */
export async function openPatientTwo(browser, model, slices) {
  const { page, seen } = await open(browser, `?device=cpu&model=models/${model}`);
  await hook(page, "folder-input").first().setInputFiles(series(folder)[0]);
  await hook(page, "slice-index").waitFor();
  await state(page, "done", 900_000);
  const before = await mask(page);
  const label = truth(before.dims);
  const corrected = spread(label, slices);
  await page.evaluate(([runs, length, slices]) => {
    const labels = new Uint8Array(length);
    for (const [from, until] of runs) labels.fill(1, from, until);
    window.islet.correct(labels, slices);
  }, [runs(label.data), label.data.length, corrected]);
  return { page, seen, before, label, corrected };
}
