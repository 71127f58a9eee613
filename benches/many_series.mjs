// Two hundred series in a row through one page: memory of the page and its workers, and the time of a series. For docs/TRUST.md.
//
//     node benches/many_series.mjs [SERIES=200]
//
// Needs dist/ (./serve.sh --build-only), the native commands (cargo build --release) and Chromium. Two phantoms of 12 and 11 slices take turns, so that each opening
// replaces another series; every mask is that of the first time. The time of a sum that is always the same stands beside.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { choose, cli, hook, launch, mask, open, scratch, state } from "../tests/e2e/harness.mjs";

const count = Number(process.argv[2] ?? 200);
const folder = join(scratch, "many");
cli("phantom", "--output", folder, "--cases", "2", "--seed", "9401", "--slices", "12");
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".dcm")).sort().map((name) => join(folder, name));
const series = [files.slice(0, 12), files.slice(12, 23)];
const chromium = await launch();
const { page, seen } = await open(chromium.browser);
await state(page, "ready");

/** Resident memory of the processes that hold pages and their workers, in MiB. */
async function resident() {
  const devtools = await chromium.browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  const kib = (id) => (existsSync(`/proc/${id}/status`) ? Number(readFileSync(`/proc/${id}/status`, "utf8").match(/VmRSS:\s+(\d+)/)?.[1] ?? 0) : 0);
  return processInfo.filter(({ type }) => type === "renderer").reduce((sum, { id }) => sum + kib(id), 0) / 1024;
}
/** Milliseconds of a sum that is always the same: what tells a slower machine from a slower page. */
function fixedWork() {
  const started = performance.now();
  let sum = 0;
  for (let i = 1; i < 5e7; i++) sum += 1 / i;
  if (sum < 18) throw new Error(`a wrong sum: ${sum}`);
  return performance.now() - started;
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
/** The medians of some rows. */
const figure = (rows) => `${median(rows.map((row) => row.mib)).toFixed(0)} MiB, ${median(rows.map((row) => row.seconds)).toFixed(2)} s, fixed work ${median(rows.map((row) => row.fixed)).toFixed(0)} ms`;
const voxels = ({ data }) => data.reduce((sum, label) => sum + label, 0);
const first = [];
const rows = [];
let other = 0;
for (let turn = 0; turn < count; turn++) {
  const started = performance.now();
  await choose(page, series[turn % 2]);
  await page.waitForFunction((slices) => document.querySelector(".facts")?.textContent.includes(` × ${slices} `), series[turn % 2].length);
  await state(page, "done", 120_000);
  const seconds = (performance.now() - started) / 1000;
  const found = voxels(await mask(page));
  first[turn % 2] ??= found;
  other += found === first[turn % 2] ? 0 : 1;
  rows.push({ seconds, mib: await resident(), fixed: fixedWork() });
  if ((turn + 1) % 20 === 0) console.log(`${turn + 1} series, the last twenty: ${figure(rows.slice(-20))}`);
}
const part = (from, until) => rows.slice(from, until);
const [early, late] = [part(20, 60), part(-40)];
console.log(`series 21 to 60: ${figure(early)}; last 40: ${figure(late)}; ${other} of ${count} with another mask; errors on the console: ${seen.errors.length}`);
await hook(page, "close").click();
await chromium.close();
