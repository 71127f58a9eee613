// Patient 2 of CT-82 in the page, and slices accepted with their manual labels: what the benches of completing and of fine-tuning begin with.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CT82, hook, nifti, open, spread, state } from "../tests/e2e/harness.mjs";

const folder = join(CT82, "Pancreas-CT/PANCREAS_0002");
const series = (at) => readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? series(join(at, entry.name)) : entry.name.endsWith(".dcm") ? [at] : []);

/** The manual label, which for this case lies in the order of the series' files. */
export const manualLabel = () => nifti(join(CT82, "TCIA_pancreas_labels-02-05-2017/label0002.nii.gz"));

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

/** Opens the series with a query of the page's address and waits until it is segmented; `options` are those of `open`. */
export async function openPatientTwo(browser, query, options) {
  const { page, seen } = await open(browser, query, undefined, options);
  await hook(page, "folder-input").first().setInputFiles(series(folder)[0]);
  await hook(page, "slice-index").waitFor();
  await state(page, "done", 900_000);
  return { page, seen };
}

/** Accepts `count` slices, spread evenly over the label, with their manual labels. Returns which. */
export async function acceptSlices(page, label, count) {
  const accepted = spread(label, count);
  await page.evaluate(([runs, length, slices]) => {
    const labels = new Uint8Array(length);
    for (const [from, until] of runs) labels.fill(1, from, until);
    window.islet.correct(labels, slices);
  }, [runs(label.data), label.data.length, accepted]);
  return accepted;
}
