// The page comes back from faults by itself. Each kind once; benches/faults.mjs forces each twenty times.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  atWork, deadly, LIMIT_S, loseComputeWorker, missing, phantom, poison, seconds, SESSION_FAULTS, workers,
} from "./faults.mjs";
import { choose, download, hook, launch, mask, open, scratch, state, tab } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

for (const [name, force] of Object.entries(SESSION_FAULTS)) {
  test(`${name}: series, corrections, model and view come back`, { timeout: 240_000 }, async (t) => {
    const at = await atWork(chromium.browser);
    const took = await seconds(() => force(at.page));
    const said = await hook(at.page, "recovered").innerText();
    assert.match(said, /The worker that holds the series stopped \(.+\): .+ was opened again, its 3 corrected slices are back/);
    await at.page.screenshot({ path: join(scratch, `${name.replaceAll(" ", "-")}.png`) });
    assert.deepEqual(await missing(at.page, at), []);
    assert.equal(await hook(at.page, "error").count(), 0);
    t.diagnostic(`back after ${took.toFixed(1)} s`);
    assert.ok(took < LIMIT_S, `${took} s`);
    await at.page.context().close();
  });
}

test("a compute worker that is lost while it segments is replaced, and every mask is the same", { timeout: 240_000 }, async () => {
  const { slices } = phantom(48);
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  await choose(page, slices);
  await hook(page, "slice-index").waitFor();
  await state(page, "done", 120_000);
  const whole = await mask(page);
  for (const how of ["ended", "throws"]) {
    await hook(page, "close").click();
    await state(page, "ready");
    await choose(page, slices);
    await hook(page, "slice-index").waitFor();
    const before = (await workers(page, "compute")).length;
    await loseComputeWorker(page, how);
    await state(page, "done", 120_000);
    assert.deepEqual(await mask(page), whole, how);
    assert.equal((await workers(page, "compute")).length, before, `as many workers as before, ${how}`);
  }
  await page.context().close();
});

test("a file that ends every worker is left out by name, and everything else comes back", { timeout: 240_000 }, async () => {
  const at = await atWork(chromium.browser, { before: deadly({ part: "poison" }) });
  await choose(at.page, [poison(), phantom().slices[0]]);
  await hook(at.page, "error").waitFor({ timeout: 60_000 });
  assert.match(await hook(at.page, "error").innerText(), /poison\.dcm.*stopped over it twice/s);
  await at.page.screenshot({ path: join(scratch, "poisoned.png") });
  await hook(at.page, "error").getByRole("button").click();
  assert.deepEqual(await missing(at.page, at), []);
  // Other files open as ever.
  await hook(at.page, "close").click();
  await hook(at.page, "close").click();
  await state(at.page, "ready");
  await choose(at.page, phantom().slices.slice(0, 3));
  await state(at.page, "done", 60_000);
  await at.page.context().close();
});

test("corrections of a series that ends every worker can be saved, and come back from the file", { timeout: 240_000 }, async () => {
  const files = { part: "none" };
  const { page } = await atWork(chromium.browser, { before: deadly(files) });
  files.part = "1-007";
  await SESSION_FAULTS["session worker traps"](page, "error");
  assert.match(await hook(page, "error").innerText(), /1-007\.dcm.*stopped over it twice/s);
  assert.equal(await hook(page, "slice-index").count(), 0, "the series is not open");
  await page.screenshot({ path: join(scratch, "kept.png") });
  assert.match(await hook(page, "save-kept").innerText(), /3 slices/);
  const saved = await download(page, "save-kept", join(scratch, "kept.zip"));
  // The page takes other files meanwhile, and the corrections stay.
  await hook(page, "try-sample").first().click();
  await state(page, "done", 60_000);
  assert.match(await hook(page, "save-kept").innerText(), /3 slices/);
  await page.context().close();
  const { page: later } = await open(chromium.browser);
  await state(later, "ready");
  await choose(later, [...phantom().slices, saved]);
  await later.waitForFunction(() => document.querySelector("[data-testid=fine-tune]")?.textContent.includes("3 slices"));
  await later.context().close();
});

test("a browser that refuses to store says so, and nothing else is lost", { timeout: 240_000 }, async () => {
  const refused = () => { StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("no room", "QuotaExceededError")); };
  const at = await atWork(chromium.browser, { watch: refused });
  await tab(at.page, "learn");
  await hook(at.page, "autosave").check();
  await hook(at.page, "error").waitFor();
  assert.match(await hook(at.page, "error").innerText(), /no room/);
  await hook(at.page, "error").getByRole("button").click();
  assert.deepEqual(await missing(at.page, at), []);
  await at.page.context().close();
});
