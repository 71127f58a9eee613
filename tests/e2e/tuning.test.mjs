// Correction and fine-tuning in the page, on the CPU path: by mouse, from a weak model to a better one, out of the page and back in.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, download, drop, dsc, hook, launch, look, mask, nifti, open, scratch, spread, state, tab, tensors, weakModel } from "./harness.mjs";

const AREA = 192 * 192;
let chromium;
let model;
let phantoms;
let truth;

before(async () => {
  phantoms = join(scratch, "phantoms");
  cli("phantom", "--output", phantoms, "--cases", "3", "--seed", "9101");
  truth = nifti(join(phantoms, "TCIA_pancreas_labels-02-05-2017/label1003.nii.gz"));
  model = weakModel(phantoms, "e2e-weak");
  chromium = await launch();
});
after(async () => {
  await chromium?.close();
  model?.remove();
});

const series = () => Array.from({ length: 48 }, (_, i) =>
  join(phantoms, `Pancreas-CT/PANCREAS_1003/phantom/1-${String(i + 1).padStart(3, "0")}.dcm`));

/** A page with phantom 1003, segmented by the weak model. */
async function opened(query = "") {
  const { page, seen } = await open(chromium.browser, `?device=cpu&model=${model.url}${query}`);
  await choose(page, series());
  await state(page, "done");
  return { page, seen };
}

/** Accepts slices with their true labels, as a script does. */
async function correct(page, slices) {
  const labels = Buffer.from(truth.data).toString("base64");
  await page.evaluate(([labels, slices]) =>
    window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices), [labels, slices]);
  await page.waitForFunction((n) => document.querySelector("[data-testid=fine-tune]").textContent.includes(`${n} slices`), slices.length);
}

async function steps(page, count) {
  await tab(page, "learn");
  await page.locator("details.settings").evaluate((details) => { details.open = true; });
  await hook(page, "tune-steps").fill(String(count));
  await hook(page, "tune-steps").dispatchEvent("change");
}

const slice = ({ data }, z) => data.subarray(z * AREA, (z + 1) * AREA);
const number = async (page, name) => parseFloat(await hook(page, name).innerText());

/** Draws a slice's label with the mouse, row by row. */
async function paint(page, label) {
  const box = await page.locator(".frame canvas").boundingBox();
  const at = (x, y) => [box.x + ((x + 0.5) / 192) * box.width, box.y + ((y + 0.5) / 192) * box.height];
  for (let y = 0; y < 192; y++) {
    for (let x = 0; x < 192; x++) {
      if (!label[y * 192 + x]) continue;
      const from = x;
      while (x + 1 < 192 && label[y * 192 + x + 1]) x++;
      await page.mouse.move(...at(from, y));
      await page.mouse.down();
      await page.mouse.move(...at(x, y));
      await page.mouse.up();
    }
  }
}

test("corrected by mouse, fine-tuned, kept, exported, and dropped in again: the same mask", { timeout: 600_000 }, async () => {
  const { page, seen } = await opened();
  await page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((e) => e.duration)))
      .observe({ type: "longtask", buffered: false });
  });
  const slices = spread({ dims: [48, 192, 192], data: truth.data }, 5);
  const untuned = await mask(page);
  await tab(page, "correct");
  await hook(page, "tool-brush").click();
  await hook(page, "brush-size").fill("0.5");
  for (const z of slices) {
    await look(page, z);
    await page.keyboard.press("c");
    await paint(page, slice(truth, z));
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("[data-testid=accept]").textContent === "Accepted");
  }
  const corrected = await mask(page);
  for (const z of slices) assert.equal(dsc(slice(corrected, z), slice(truth, z)), 1, `slice ${z} is what was drawn`);
  // Undo and redo across slices.
  await page.keyboard.press("Control+z");
  await page.waitForFunction(() => document.querySelector("[data-testid=accept]").textContent === "Accept slice");
  await page.keyboard.press("Control+y");
  await page.waitForFunction(() => document.querySelector("[data-testid=accept]").textContent === "Accepted");

  await steps(page, 40);
  await hook(page, "fine-tune").click();
  await hook(page, "tune-progress").waitFor();
  await hook(page, "tune-keep").waitFor({ timeout: 400_000 });
  const [was, is] = [await number(page, "tune-before"), await number(page, "tune-after")];
  assert.ok(is > was, `DSC on the slice set aside: ${was} before, ${is} after`);
  await state(page, "done", 120_000);

  const others = [...Array(48).keys()].filter((z) => !slices.includes(z));
  const whole = (mask) => Uint8Array.from(others.flatMap((z) => [...slice(mask, z)]));
  const tuned = await mask(page);
  const [before, now] = [dsc(whole(untuned), whole(truth)), dsc(whole(tuned), whole(truth))];
  console.log(`weak model, phantom: untouched slices ${before.toFixed(3)} before, ${now.toFixed(3)} after`);
  assert.ok(now > before, `untouched slices: ${before} before, ${now} after`);
  for (const z of slices) assert.equal(dsc(slice(tuned, z), slice(truth, z)), 1, "what was corrected stays");

  // A/B over the picture.
  await look(page, others[Math.floor(others.length / 2)]);
  const picture = () => page.locator(".frame canvas").evaluate((canvas) => canvas.toDataURL());
  const b = await picture();
  await page.keyboard.press("b");
  await page.waitForFunction(() => document.querySelector("[data-testid=tune-compare]").getAttribute("aria-pressed") === "true");
  await page.waitForTimeout(300);
  const a = await picture();
  assert.notEqual(a, b, "the picture shows the old mask");
  await page.keyboard.press("b");
  // And side by side.
  await page.keyboard.press("s");
  await page.waitForTimeout(500);
  const beside = (pane) => page.locator(`[data-pane=${pane}] .frame canvas`).evaluate((canvas) => canvas.toDataURL());
  assert.deepEqual([await beside("before") === a, await beside("axial") === b], [true, true], "the old mask on the left, the new one on the right");
  // What was completed from the same slices is better, and the page says so and goes back to it.
  const completed = dsc(whole(corrected), whole(truth));
  const better = (await number(page, "tune-propagated")) > is;
  assert.equal(better, completed > now, `completed ${completed}, tuned ${now}`);
  assert.equal(Boolean(await hook(page, "tune-advice").innerText()), better);
  await hook(page, "tune-keep").click();
  await page.locator("[data-layout=axial]").waitFor();
  assert.equal(dsc((await mask(page)).data, (better ? corrected : tuned).data), 1, "the better masks are shown");
  await tab(page, "correct");
  await hook(page, "correct-next").click();
  await tab(page, "learn");

  const saved = await download(page, "export-model", join(scratch, "tuned.safetensors"));
  const long = await page.evaluate(() => window.long);
  console.log(`tasks over 50 ms on the page's thread while it learned: ${long.length ? long.map((ms) => `${ms} ms`).join(", ") : "none"}`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();

  const again = await opened();
  await drop(again.page, saved);
  await state(again.page, "busy");
  await state(again.page, "done", 120_000);
  const back = await mask(again.page);
  for (const z of others) assert.equal(dsc(slice(back, z), slice(tuned, z)), 1, `slice ${z} after the model came back`);
  const predicted = join(scratch, "tuned.nii.gz");
  cli("predict", "--model", saved, "--input", join(phantoms, "Pancreas-CT/PANCREAS_1003"), "--output", predicted);
  assert.ok(dsc(nifti(predicted).data, back.data) >= 0.999, "and predict says the same");
  assert.deepEqual(again.seen.errors, []);
  await again.page.context().close();
});

/** The tensors that the page and the command line learn from the same accepted slices in some steps. */
async function learnedTwice(accepted, count) {
  const { page } = await opened();
  await correct(page, spread({ dims: [48, 192, 192], data: truth.data }, accepted));
  await tab(page, "learn");
  const data = await download(page, "export-corrections", join(scratch, `corrections-${accepted}.zip`));
  await steps(page, count);
  // A third of the usual rate: rounding differs between wasm and native code, and grows faster at 1e-3.
  await hook(page, "tune-rate").fill("0.0003");
  await hook(page, "tune-rate").dispatchEvent("change");
  await hook(page, "fine-tune").click();
  await hook(page, "tune-keep").waitFor({ timeout: 200_000 });
  const ours = tensors(await download(page, "export-model", join(scratch, `page-${accepted}-${count}.safetensors`)));
  await page.context().close();
  const out = join(scratch, `natively-${accepted}-${count}`);
  cli("train", "--init", model.path, "--tune", "all", "--steps", String(count), "--learning-rate", "0.0003", "--data", data, "--out", out);
  const theirs = tensors(join(out, "model.safetensors"));
  assert.deepEqual(Object.keys(ours), Object.keys(theirs));
  return { ours, theirs };
}

/** The largest and the root mean square difference of the tensors with these names. */
function difference(a, b, names) {
  let [largest, squares, count] = [0, 0, 0];
  for (const name of names) {
    a[name].forEach((value, i) => {
      const apart = Math.abs(value - b[name][i]);
      largest = Math.max(largest, apart);
      squares += apart ** 2;
      count += 1;
    });
  }
  return { largest, rms: Math.sqrt(squares / count) };
}

test("the command line learns what the page learns from the exported corrections", { timeout: 400_000 }, async () => {
  // Two accepted slices: one to learn from, from which nothing is completed.
  const few = await learnedTwice(2, 10);
  const { largest } = difference(few.ours, few.theirs, Object.keys(few.ours));
  console.log(`two slices: largest difference after ten steps ${largest.toExponential(2)}`);
  assert.ok(largest <= 1e-4, `weights differ by ${largest}`);

  // Five, and what is completed from four of them. The running statistics of one step say whether both saw the same samples.
  const once = await learnedTwice(5, 1);
  const seen = difference(once.ours, once.theirs, Object.keys(once.ours).filter((name) => name.includes("running")));
  assert.ok(seen.largest <= 1e-6, `running statistics differ by ${seen.largest} after one step`);
  // A gradient that is nearly zero has the sign of its rounding, and Adam makes a whole step of it.
  const { ours, theirs } = await learnedTwice(5, 10);
  const weights = Object.keys(ours).filter((name) => !name.includes("running"));
  const [apart, moved] = [difference(ours, theirs, weights).rms, difference(ours, once.ours, weights).rms];
  console.log(`five slices: in nine more steps the weights have moved by ${moved.toExponential(2)} (root mean square), and differ by ${apart.toExponential(2)}`);
  assert.ok(apart <= 0.03 * moved, `weights differ by ${apart}, and have moved by ${moved}`);
});

test("a number of steps that is being typed stays while masks arrive", async () => {
  const { page } = await opened();
  const slices = spread({ dims: [48, 192, 192], data: truth.data }, 4);
  await correct(page, slices);
  await tab(page, "learn");
  await page.locator("details.settings").evaluate((details) => { details.open = true; });
  await hook(page, "tune-steps").fill("7");
  // The same slices are accepted again, and all others follow anew.
  await correct(page, slices);
  await page.waitForTimeout(1000);
  await state(page, "done");
  assert.equal(await hook(page, "tune-steps").inputValue(), "7");
  await page.context().close();
});

test("Stop stops within a second, and rolling back brings the old mask", { timeout: 300_000 }, async () => {
  const { page } = await opened();
  const before = await mask(page);
  await correct(page, spread({ dims: [48, 192, 192], data: truth.data }, 4));
  await steps(page, 500);
  await hook(page, "fine-tune").click();
  // Two rounds of ten steps, so that there is something to offer.
  await page.waitForFunction(() => parseInt(document.querySelector("[data-testid=tune-progress]")?.textContent.match(/Step (\d+)/)?.[1]) > 44,
    null, { timeout: 200_000 });
  const started = Date.now();
  await hook(page, "tune-stop").click();
  await hook(page, "tune-rollback").waitFor();
  assert.ok(Date.now() - started < 1000, `${Date.now() - started} ms`);
  await hook(page, "tune-rollback").click();
  await state(page, "done");
  const slices = spread({ dims: [48, 192, 192], data: truth.data }, 4);
  await tab(page, "correct");
  await page.keyboard.press("b");
  await page.waitForFunction(() => document.querySelector("[data-testid=propagation]")?.dataset.shown === "model");
  const back = await mask(page);
  for (let z = 0; z < 48; z++) {
    assert.equal(dsc(slice(back, z), slice(slices.includes(z) ? truth : before, z)), 1, `slice ${z}`);
  }
  await page.context().close();
});

test("a worker killed while it learns loses neither the corrections nor the model", { timeout: 300_000 }, async () => {
  const { page } = await opened();
  const slices = spread({ dims: [48, 192, 192], data: truth.data }, 4);
  const before = await mask(page);
  await correct(page, slices);
  await steps(page, 500);
  await hook(page, "fine-tune").click();
  await page.waitForFunction(() => /Step [1-9]/.test(document.querySelector("[data-testid=tune-progress]")?.textContent),
    null, { timeout: 100_000 });
  // Any worker but the session's holds a replica. One that is at work answers late, the session's at once.
  const named = (worker) => Promise.race([worker.evaluate(() => self.name), new Promise((wake) => setTimeout(wake, 500, "at work"))]);
  const workers = await Promise.all(page.workers().map(async (worker) => [worker, await named(worker)]));
  const [victim] = workers.find(([, name]) => name !== "session") ?? [];
  assert.ok(victim, `the workers are ${workers.map(([, name]) => name)}`);
  victim.evaluate(() => { setTimeout(() => { throw new Error("killed by the test"); }); }).catch(() => {});
  await hook(page, "error").waitFor({ timeout: 60_000 });
  assert.match(await hook(page, "error").innerText(), /Fine-tuning.*killed by the test.*corrections and the model are as they were/s);
  await hook(page, "error").getByRole("button").click();
  const offered = await hook(page, "tune-rollback").count();
  if (offered) await hook(page, "tune-rollback").click();
  await state(page, "done");
  await tab(page, "correct");
  await page.keyboard.press("b");
  await page.waitForFunction(() => document.querySelector("[data-testid=propagation]")?.dataset.shown === "model");
  const back = await mask(page);
  for (let z = 0; z < 48; z++) {
    assert.equal(dsc(slice(back, z), slice(slices.includes(z) ? truth : before, z)), 1, `slice ${z}`);
  }
  // And it can be tried again.
  await steps(page, 1);
  await hook(page, "fine-tune").click();
  await hook(page, "tune-keep").waitFor({ timeout: 100_000 });
  await page.context().close();
});

test("corrections are kept in the browser if asked for, come back, and can be wiped", async () => {
  const { page } = await opened();
  const slices = spread({ dims: [48, 192, 192], data: truth.data }, 3);
  await correct(page, slices);
  await tab(page, "learn");
  await hook(page, "autosave").check();
  const kept = () => page.evaluate(async () => {
    const names = [];
    try {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("corrections");
      for await (const name of folder.keys()) names.push(name);
    } catch { /* none */ }
    return names;
  });
  await page.waitForTimeout(1500);
  assert.equal((await kept()).length, 1);
  await page.reload();
  await choose(page, series());
  await page.waitForFunction(() => document.querySelector("[data-testid=fine-tune]")?.textContent.includes("3 slices"));
  await state(page, "done");
  for (const z of slices) assert.equal(dsc(slice(await mask(page), z), slice(truth, z)), 1);
  await tab(page, "learn");
  await hook(page, "wipe").click();
  await page.waitForTimeout(500);
  assert.deepEqual(await kept(), []);
  assert.equal(await hook(page, "autosave").isChecked(), false);
  await page.context().close();
});

test("memory stays flat over two hundred steps", { timeout: 400_000 }, async () => {
  const { page } = await opened();
  await correct(page, spread({ dims: [48, 192, 192], data: truth.data }, 4));
  await steps(page, 110);
  await hook(page, "fine-tune").click();
  const reached = (step) => page.waitForFunction((step) =>
    parseInt(document.querySelector("[data-testid=tune-progress]")?.textContent.match(/Step (\d+)/)?.[1]) >= step, step, { timeout: 300_000 });
  /** Resident memory of every process of this browser, in MB. */
  const resident = () => execFileSync("ps", ["-eo", "rss=,args="], { encoding: "utf8" }).split("\n")
    .filter((line) => line.includes("--type=renderer")).reduce((sum, line) => sum + parseInt(line), 0) / 1024;
  await reached(20);
  const early = resident();
  await reached(210);
  const late = resident();
  console.log(`renderer memory: ${early.toFixed(0)} MB after 20 steps, ${late.toFixed(0)} MB after 210`);
  assert.ok(late < early * 1.1 + 20, `${early} MB, then ${late} MB`);
  await hook(page, "tune-stop").click();
  await page.context().close();
});
