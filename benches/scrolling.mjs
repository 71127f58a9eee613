// How the page keeps up with a series of 240 slices of 512 x 512 that a small network segments: what
// blocks the page's thread meanwhile, and how many pictures a second it paints while one scrolls.
//
//     node --test benches/scrolling.mjs
//
// Fails above 50 ms of blocked thread, but for the file dialog, and below 10 pictures a second. Needs
// dist/, Chromium, `cargo build --release` and ../shared/ct82. Run it on an idle machine.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cli, hook, launch, open, scratch, SLICES, state, weakModel, withoutCt82 } from "../tests/e2e/harness.mjs";

let chromium;
let model;
before(async () => {
  if (withoutCt82) return;
  const phantoms = join(scratch, "speed");
  cli("phantom", "--output", phantoms, "--cases", "2", "--seed", "9101");
  model = weakModel(phantoms, "e2e-speed");
  chromium = await launch();
});
after(async () => {
  await chromium?.close();
  model?.remove();
});

/** Drops the series' files, which the page has in memory by then, so that what follows is the page's own. */
async function dropSlices(page) {
  await page.route("**/bench-slices/*", (route) => route.fulfill({ path: join(SLICES, route.request().url().split("/").pop()) }));
  const transfer = await page.evaluateHandle(async (names) => {
    const transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File([await (await fetch(`bench-slices/${name}`)).arrayBuffer()], name));
    return transfer;
  }, readdirSync(SLICES));
  await page.evaluate(() => window.long.splice(0));
  await page.locator("main").dispatchEvent("drop", { dataTransfer: transfer });
}

/** Opens the page, which notes what takes longer than 50 ms, and a series in it; resolves with the page once the series is segmented. */
async function segmented(how, openSeries) {
  const { page, seen } = await open(chromium.browser, `?device=cpu&model=${model.url}`);
  await state(page, "ready");
  await page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  });
  await openSeries(page);
  await page.waitForFunction(() => document.querySelector(".frame canvas")?.width === 512);
  await page.waitForTimeout(300);
  const opening = await page.evaluate(() => window.long.splice(0));
  await state(page, "done", 500_000);
  const later = await page.evaluate(() => window.long.splice(0));
  const said = (tasks) => (tasks.length ? tasks.map((ms) => `${ms} ms`).join(", ") : "none");
  console.log(`240 files, ${how}: tasks over 50 ms until they are open: ${said(opening)}; while they are segmented: ${said(later)}`);
  assert.ok(Math.max(0, ...later) <= 50, `the page was blocked for ${later} ms`);
  return { page, seen, opening };
}

test("nothing blocks the page while a series is segmented, and its slices pass at the screen's pace", { skip: withoutCt82, timeout: 600_000 }, async () => {
  // The browser itself makes the files of its dialog, all in one task.
  const other = await segmented("a folder from the file dialog", (page) => hook(page, "folder-input").first().setInputFiles(SLICES));
  await other.page.context().close();
  const { page, seen, opening } = await segmented("dropped", dropSlices);
  assert.ok(Math.max(0, ...opening) <= 50, `the page was blocked for ${opening} ms`);

  // Frames, and pictures painted, while the wheel turns.
  await page.evaluate(() => {
    window.frames_ms = [];
    window.painted = 0;
    const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...image) {
      window.painted += 1;
      return put.apply(this, image);
    };
    const tick = (now) => { window.frames_ms.push(now); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  });
  await page.locator(".frame canvas").hover();
  const started = Date.now();
  for (let turn = 0; Date.now() - started < 6000; turn++) {
    await page.mouse.wheel(0, turn % 200 < 100 ? 100 : -100);
    if (turn % 5 === 0) await page.keyboard.press(turn % 200 < 100 ? "ArrowDown" : "ArrowUp");
  }
  const { frames, painted, tasks } = await page.evaluate(() => ({ frames: window.frames_ms, painted: window.painted, tasks: window.long.splice(0) }));
  const times = frames.slice(1).map((now, i) => now - frames[i]).sort((a, b) => a - b);
  const share = (p) => times[Math.floor(p * (times.length - 1))].toFixed(1);
  const seconds = (frames.at(-1) - frames[0]) / 1000;
  console.log(`scrolling 512 x 512 x 240: frame times p50 ${share(0.5)} ms, p95 ${share(0.95)} ms, ${(painted / seconds).toFixed(0)} pictures a second, ${tasks.length} long tasks`);
  assert.ok(painted / seconds > 10, `${painted} pictures in ${seconds} s`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
