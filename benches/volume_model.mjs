// How long a model of whole volumes takes in the page, and how much memory: patient 1 of CT-82, in headless Chromium, on the CPU path.
//
//     node benches/volume_model.mjs MODEL
//
// MODEL is a release zip or a model file (docs/MODELS.md). Prints the seconds from the series' choice to its organs, and the largest
// proportional set size of the renderer, in which page and workers run, before the model, after it, and at its peak. Needs dist/
// (./serve.sh --build-only), Chromium, Linux and ../shared/ct82.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SLICES, choose, drop, hook, launch, open, state } from "../tests/e2e/harness.mjs";

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

const chromium = await launch();
const { page } = await open(chromium.browser);
await state(page, "ready");
const before = memory();
await drop(page, process.argv[2]);
await page.waitForTimeout(5000);
const loaded = memory();
let peak = loaded;
const timer = setInterval(() => (peak = Math.max(peak, memory())), 500);
const started = Date.now();
await choose(page, readdirSync(SLICES).sort().map((file) => join(SLICES, file)));
await hook(page, "organs").locator("li").first().waitFor({ timeout: 900_000 });
clearInterval(timer);
console.log("| seconds | MiB before the model | with the model | at the peak |");
console.log("|---|---|---|---|");
console.log(`| ${((Date.now() - started) / 1000).toFixed(0)} | ${before} | ${loaded} | ${peak} |`);
await chromium.close();
