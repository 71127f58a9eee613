// How soon the page completes a series after a slice is accepted: patient 2 of CT-82, in headless Chromium, on the CPU path.
//
//     node benches/propagation.mjs [SLICES=5]
//
// Prints, for each accepted slice from the second on, the seconds from the key that accepts it to the completed masks, the volume, and the
// longest task on the page's own thread. Needs dist/ (./serve.sh --build-only), Chromium and ../shared/ct82.
import { hook, launch, look, spread, tab } from "../tests/e2e/harness.mjs";
import { manualLabel, openPatientTwo } from "./patient_two.mjs";

const count = Number(process.argv[2] ?? 5);

/** Notes every task above 50 ms on the page's thread. */
function watchTasks() {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({ type: "longtask" });
}

const chromium = await launch();
const { page } = await openPatientTwo(chromium.browser, "?device=cpu", { watch: watchTasks });
await tab(page, "correct");
const label = manualLabel();
const area = label.dims[1] * label.dims[2];
console.log("| accepted | seconds | volume, mL | longest task, ms |");
console.log("|---|---|---|---|");
const slices = spread(label, count);
/** Waits until so many slices are accepted and all others are completed from them; one alone completes none. */
const completed = (count) => page.waitForFunction((count) => {
  const status = document.querySelector("[data-testid=propagation]");
  return count < 2 ? !status : status?.dataset.state === "done" && status.textContent.includes(` ${count} `);
}, count, { polling: 20 });
await page.evaluate(() => addEventListener("keydown", () => { window.longest = 0; window.asked = performance.now(); }, true));
for (const [i, slice] of slices.entries()) {
  const data = Buffer.from(label.data.subarray(slice * area, (slice + 1) * area)).toString("base64");
  await page.evaluate(([data, slice, area, depth]) => {
    const labels = new Uint8Array(depth * area);
    labels.set(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), slice * area);
    window.islet.correct(labels, [slice]);
  }, [data, slice, area, label.dims[0]]);
  await completed(i + 1);
  if (i === 0) continue;
  // The mask is there and accepted; now a person takes that back, and accepts it again.
  await look(page, slice);
  await page.keyboard.press("Enter");
  await completed(i);
  await page.waitForTimeout(1000);
  await page.keyboard.press("Enter");
  await completed(i + 1);
  const [seconds, longest] = await page.evaluate(() => [(performance.now() - window.asked) / 1000, window.longest]);
  const volume = await hook(page, "volume-ml").innerText();
  console.log(`| ${i + 1} | ${seconds.toFixed(1)} | ${volume} | ${longest.toFixed(0)} |`);
}
await chromium.close();
