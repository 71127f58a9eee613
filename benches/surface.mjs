// How smoothly the surfaces of ten organs turn beside three planes of a series of 240 slices of 512 x 512, how long it takes until they are
// there, and what blocks the page's thread meanwhile. In headless Chromium with its software renderer: a graphics card is faster.
//
//     node --test benches/surface.mjs
//
// Fails below 30 frames a second. Needs dist/, Chromium and `cargo build --release`. Run it on an idle
// machine.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, hook, launch, open, scratch, state } from "../tests/e2e/harness.mjs";

/** Those of the phantom's fourteen that are hidden: bone, lung, bowel and duodenum. */
const HIDDEN = ["bone", "lung", "bowel", "duodenum"];

let chromium;
before(async () => {
  cli("phantom", "--output", join(scratch, "organs"), "--cases", "1", "--seed", "9101", "--slices", "240", "--full-size", "--organs");
  chromium = await launch();
});
after(() => chromium?.close());

/** Frame times while `step` runs in the page at every frame for `seconds`, and the pictures of the surfaces that were begun meanwhile. */
const frames = (page, step, seconds) => page.evaluate(async ([step, seconds]) => {
  const act = new Function("frame", step);
  const times = [];
  window.drawn = 0;
  await new Promise((done) => {
    const tick = (now) => {
      times.push(now);
      if (now - times[0] > 1000 * seconds) return done();
      act(times.length);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  return { times, drawn: window.drawn };
}, [step, seconds]);

const press = (target, key) => `${target}.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true, cancelable: true }));`;
const SURFACE = "document.querySelector('[data-pane=surface] canvas')";

function said(what, { times, drawn }) {
  const lengths = times.slice(1).map((now, i) => now - times[i]).sort((a, b) => a - b);
  const share = (p) => lengths[Math.floor(p * (lengths.length - 1))].toFixed(1);
  const rate = (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
  console.log(`${what}: ${rate.toFixed(1)} frames a second, p50 ${share(0.5)} ms, p95 ${share(0.95)} ms, ${((1000 * drawn) / (times.at(-1) - times[0])).toFixed(1)} pictures of the surfaces`);
  return rate;
}

/** The part of the surfaces' canvas that is not black. */
const covered = (page) => page.locator("[data-pane=surface] canvas").evaluate((own) => {
  const copy = Object.assign(document.createElement("canvas"), { width: own.width, height: own.height }).getContext("2d");
  copy.drawImage(own, 0, 0);
  const { data } = copy.getImageData(0, 0, own.width, own.height);
  let lit = 0;
  for (let i = 0; i < data.length; i += 4) lit += data[i] + data[i + 1] + data[i + 2] > 0;
  return lit / (data.length / 4);
});

test("ten organs turn at the screen's pace beside three planes of 240 slices", { timeout: 600_000 }, async () => {
  const { page, seen } = await open(chromium.browser, "?device=cpu", { width: 1920, height: 1080 }, { bypassCSP: true });
  const name = "phantom_1001";
  await choose(page, join(scratch, `organs/imagesTr/${name}_0000.nii.gz`));
  await state(page, "done", 500_000);
  await choose(page, [join(scratch, `organs/labelsTr/${name}.nii.gz`), join(scratch, "organs/dataset.json")]);
  await page.waitForFunction(() => document.querySelectorAll("li[data-organ]").length >= 14, null, { timeout: 60_000 });
  await page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: "longtask" });
    const fence = WebGL2RenderingContext.prototype.fenceSync;
    WebGL2RenderingContext.prototype.fenceSync = function (...what) { window.drawn += 1; return fence.apply(this, what); };
  });
  for (const organ of HIDDEN) await page.locator(`li[data-organ="${organ}"] [data-testid=organ-eye]`).click();
  const started = Date.now();
  await page.keyboard.press("l");
  await page.waitForFunction(() => Number(document.querySelector("[data-pane=surface]")?.dataset.triangles) > 0 && !document.querySelector("[data-testid=surface-notice]"), null, { timeout: 120_000 });
  const seconds = (Date.now() - started) / 1000;
  const triangles = await page.locator("[data-pane=surface]").getAttribute("data-triangles");
  const long = await page.evaluate(() => window.long.splice(0));
  const size = async () => { const box = await page.locator("[data-pane=surface] canvas").boundingBox(); return `${Math.round(box.width)} x ${Math.round(box.height)}`; };
  console.log(`ten organs, ${triangles} triangles, are there after ${seconds.toFixed(1)} s; tasks over 50 ms: ${long.length ? long.join(", ") : "none"}`);
  const turning = said(`turning, ${await size()}`, await frames(page, press(SURFACE, "ArrowRight"), 5));
  const both = said("turning while slices are scrolled", await frames(page,
    press(SURFACE, "ArrowRight") + `if (frame % 2) { ${press("document.body", "ArrowDown")} }`, 5));
  // As opaque as they get.
  await hook(page, "tab-result").click();
  await page.locator("[data-testid=opacity]").evaluate((own) => { own.value = own.max; own.dispatchEvent(new Event("input", { bubbles: true })); });
  said("turning, all opaque", await frames(page, press(SURFACE, "ArrowRight"), 5));
  await page.keyboard.press("d");
  await page.waitForTimeout(300);
  said(`turning alone, ${await size()}`, await frames(page, press(SURFACE, "ArrowRight"), 5));
  assert.ok((await covered(page)) > 0.1, "hardly anything is drawn");
  assert.ok(Math.min(turning, both) >= 30, `${turning} and ${both} frames a second`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
