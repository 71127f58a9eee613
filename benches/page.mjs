// The page's figures in docs/performance.md: how soon it reacts, how soon the first mask is there on the CPU path, what blocks its thread while a series is
// segmented, and what memory is left after the same series was opened and closed ten times. Headless Chromium, dist/ from a server on this machine.
//
//     node benches/page.mjs [RUNS=5]
//
// Needs dist/ (./serve.sh --build-only) and Chromium. Without ../shared/ct82 the synthetic sample stands for the series of 240 slices.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cli, CT82, drop, hook, launch, open, scratch, SLICES, state } from "../tests/e2e/harness.mjs";

const runs = Number(process.argv[2] ?? 5);
const real = existsSync(CT82);
const chromium = await launch();
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const line = (what, values, unit) =>
  console.log(`${what}: ${median(values).toFixed(unit === "ms" ? 0 : 1)} ${unit} (median of ${values.length}, ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`);

/** Notes, from the page's first moment: when its controls stand and the thread is free to answer, when the model is ready; and tasks above 50 ms. */
const watch = () => {
  window.noted = { tasks: [] };
  new PerformanceObserver((list) => window.noted.tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration])))
    .observe({ type: "longtask", buffered: true });
  const look = () => {
    const { noted } = window;
    if (!noted.interactive && document.querySelector("[data-testid=try-sample]")) {
      noted.interactive = -1;
      // After the frame that shows them.
      requestAnimationFrame(() => setTimeout(() => { noted.interactive = performance.now(); }));
    }
    if (!noted.ready && document.querySelector("[data-testid=status]")?.dataset.state === "ready") noted.ready = performance.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
};
const fresh = async () => {
  const { page } = await open(chromium.browser, "", { width: 1280, height: 720 }, { watch });
  await state(page, "ready");
  await page.waitForFunction(() => window.noted.interactive > 0);
  return page;
};
const noted = (page) => page.evaluate(() => window.noted);
const forget = (page) => page.evaluate(() => { window.noted.tasks = []; });

// A slice to drop: a patient's, or a phantom's.
let slice = join(SLICES, "1-120.dcm");
if (!real) {
  cli("phantom", "--output", join(scratch, "bench"), "--cases", "1", "--seed", "9101");
  slice = join(scratch, "bench/Pancreas-CT/PANCREAS_1001/phantom/1-020.dcm");
}
const figures = { interactive: [], ready: [], first: [], startTask: [] };
for (let run = 0; run < runs; run++) {
  const page = await fresh();
  const start = await noted(page);
  figures.interactive.push(start.interactive);
  figures.ready.push(start.ready);
  figures.startTask.push(Math.max(0, ...start.tasks.map((task) => task[1])));
  const dropped = performance.now();
  await drop(page, slice);
  await state(page, "done");
  figures.first.push(performance.now() - dropped);
  await page.context().close();
}
line("page reacts to input, from the start of navigation", figures.interactive, "ms");
line("model ready, from there as well", figures.ready, "ms");
line("longest task of the page's thread until then", figures.startTask, "ms");
line(`first mask after a ${real ? "patient's" : "phantom's"} slice is dropped`, figures.first, "ms");

async function openSeries(page) {
  if (real) await hook(page, "folder-input").first().setInputFiles(SLICES);
  else await hook(page, "try-sample").first().click();
  await hook(page, "slice-index").waitFor({ timeout: 120_000 });
}
async function longTasks(name, begin) {
  const page = await fresh();
  await forget(page);
  const started = performance.now();
  await begin(page);
  await hook(page, "slice-index").waitFor({ timeout: 120_000 });
  await state(page, "done", 600_000);
  const { tasks } = await noted(page);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name} segmented in ${seconds} s: ${tasks.length} tasks above 50 ms on the page's thread${tasks.length ? `, longest ${Math.max(...tasks.map((t) => t[1])).toFixed(0)} ms` : ""}`);
  await page.context().close();
}
await longTasks("the sample, 48 slices,", (page) => hook(page, "try-sample").first().click());
if (real) await longTasks("a patient's series, 240 slices,", openSeries);

/** Resident memory of the processes that hold pages and their workers, in MiB. */
async function resident() {
  const devtools = await chromium.browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  const status = (id) => existsSync(`/proc/${id}/status`) ? readFileSync(`/proc/${id}/status`, "utf8") : execFileSync("ps", ["-o", "rss=", "-p", String(id)], { encoding: "utf8" });
  const kib = (id) => Number(status(id).match(/VmRSS:\s+(\d+)/)?.[1] ?? status(id));
  return processInfo.filter(({ type }) => type === "renderer").reduce((sum, { id }) => sum + kib(id), 0) / 1024;
}
const page = await fresh();
const memory = [await resident()];
for (let turn = 0; turn < 10; turn++) {
  await openSeries(page);
  // Some slices segmented, then closed at work, as people do.
  await page.waitForFunction(() => /[1-9]\d? /.test(document.querySelector("[data-testid=status]").textContent) || document.querySelector("[data-testid=status]").dataset.state === "done");
  await hook(page, "close").click();
  await state(page, "ready");
  memory.push(await resident());
}
console.log(`memory of page and workers at the start and after opening and closing ${real ? "240 slices" : "the sample"} 1 to 10 times, in MiB: ${memory.map((m) => m.toFixed(0)).join(", ")}`);
await chromium.close();
