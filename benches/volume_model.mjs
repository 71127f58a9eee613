// How long a model of whole volumes takes in the page, and how much memory: patient 1 of CT-82, in headless Chromium, on the CPU path.
//
//     node benches/volume_model.mjs MODEL...
//
// MODEL is a release zip, two for a cascade, or a model file (docs/MODELS.md). Prints the seconds from the choice of the model to its use,
// and from the series' choice to its organs; and the largest proportional set size of the renderer, in which page and workers run: before
// the model, during its import, with it, during the segmentation, and 10 s after it. Needs dist/
// (./serve.sh --build-only), Chromium, Linux and ../shared/ct82.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SLICES, choose, launch, open, state } from "../tests/e2e/harness.mjs";

/** MiB of the largest renderer. */
function memory() {
  const of = (pid) => {
    try {
      const isRenderer = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer");
      return isRenderer ? Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) / 1024 : 0;
    } catch {
      return 0; // The process has ended.
    }
  };
  return Math.round(Math.max(...readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(of)));
}

let peak = 0;
setInterval(() => (peak = Math.max(peak, memory())), 200).unref();
/** The peak since the last call. */
function takePeak() {
  const found = Math.max(peak, memory());
  peak = 0;
  return found;
}
const seconds = (since) => ((Date.now() - since) / 1000).toFixed(0);

const chromium = await launch();
const { page } = await open(chromium.browser);
await state(page, "ready");
const before = memory();
takePeak();
const dropped = Date.now();
await choose(page, process.argv.slice(2));
await page.waitForFunction(() => /Model (imported|trained)(?! on NIH)/.test(document.querySelector("footer").innerText), null, { timeout: 300_000 });
const [imported, importing] = [seconds(dropped), takePeak()];
await page.waitForTimeout(5000);
const loaded = memory();
takePeak();
const chosen = Date.now();
await choose(page, readdirSync(SLICES).sort().map((file) => join(SLICES, file)));
await state(page, "busy", 60_000);
await state(page, "done", 900_000);
const [segmented, segmenting] = [seconds(chosen), takePeak()];
await page.waitForTimeout(10_000);
console.log("| import s | segmentation s | MiB before | importing | with the model | segmenting | afterwards |");
console.log("|---|---|---|---|---|---|---|");
console.log(`| ${[imported, segmented, before, importing, loaded, segmenting, memory()].join(" | ")} |`);
await chromium.close();
