// How often, and how soon, the page is back by itself after a fault: the figures of docs/TRUST.md. Headless Chromium, dist/ from a server on this machine.
//
//     node benches/faults.mjs [TIMES=20] [KIND, a part of its name]
//
// Needs dist/ (./serve.sh --build-only), the native commands (cargo build --release) and Chromium. The page has a series of 16 slices, another model than the
// shipped one, three accepted slices, a threshold and a place of its own; it is back when the series is open again with its corrections, and it is whole when
// every mask is the same as before, the model, the threshold and the place included.
import {
  atWork, beginAnew, deadly, LIMIT_S, loseComputeWorker, loseGpu, missing, otherVoxels, phantom, poison, seconds, SESSION_FAULTS,
} from "../tests/e2e/faults.mjs";
import { choose, hook, launch, mask, open, state, tab } from "../tests/e2e/harness.mjs";

const times = Number(process.argv[2] ?? 20);
const wanted = process.argv[3] ?? "";
const chromium = await launch();
const { browser } = chromium;

/** Forces a fault again and again on a page at work; yields { took, lost }. */
async function* atWorkAgain(options, force) {
  const at = await atWork(browser, options);
  try {
    for (let turn = 0; turn < times; turn++) {
      await beginAnew(at.page);
      const took = await seconds(() => force(at.page));
      yield { took, lost: await missing(at.page, at) };
    }
  } finally {
    await at.page.context().close();
  }
}

/** A compute worker lost in the middle of a segmentation, again and again. It is back when another worker runs. */
async function* computeWorkerLost(how) {
  const { page } = await open(browser);
  const { slices } = phantom();
  const opened = async (how) => {
    await choose(page, slices);
    await hook(page, "slice-index").waitFor({ timeout: 60_000 });
    const took = how ? await seconds(() => Promise.all([page.waitForEvent("worker", { timeout: 60_000 }), loseComputeWorker(page, how)])) : 0;
    await state(page, "done", 120_000);
    const masks = await mask(page);
    await hook(page, "close").click();
    await state(page, "ready");
    return { took, masks };
  };
  await state(page, "ready");
  const whole = (await opened(null)).masks;
  for (let turn = 0; turn < times; turn++) {
    const { took, masks } = await opened(how);
    const other = otherVoxels(masks, whole);
    yield { took, lost: other > 0 ? [`the mask (${other} voxels)`] : [] };
  }
  await page.context().close();
}

/** The GPU's device destroyed while it segments, each time a bit later and in a page of its own. It is back when the CPU computes. */
async function* gpuLost() {
  const gpu = await launch({ webgpu: true });
  const { slices } = phantom();
  const opened = async (query) => {
    const { page } = await open(gpu.browser, query);
    await state(page, "ready", 120_000);
    return page;
  };
  const segmented = async (page) => {
    await state(page, "done", 120_000);
    const found = { masks: await mask(page), device: await hook(page, "device").getAttribute("data-device") };
    await page.context().close();
    return found;
  };
  try {
    const alone = await opened("?device=cpu");
    await choose(alone, slices);
    const whole = (await segmented(alone)).masks;
    for (let turn = 0; turn < times; turn++) {
      const page = await opened("?device=webgpu");
      await loseGpu(page, turn);
      const destroyed = page.waitForEvent("console", { predicate: (message) => message.text() === "The device is destroyed.", timeout: 120_000 });
      const replaced = page.waitForEvent("worker", { timeout: 180_000 });
      await choose(page, slices);
      await destroyed;
      const took = await seconds(() => replaced);
      const { masks, device } = await segmented(page);
      const other = otherVoxels(masks, whole);
      yield { took, lost: [...(other > 0 ? [`the mask (${other} voxels)`] : []), ...(device === "cpu" ? [] : [`the device is ${device}`])] };
    }
  } finally {
    await gpu.close();
  }
}

const noRoom = () => { StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("no room", "QuotaExceededError")); };
const close = (page) => hook(page, "error").getByRole("button").click();

/** Switches keeping on where the quota is used up, then gives room again, and the next change is kept. */
async function storageFull(page) {
  const devtools = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  await tab(page, "learn");
  await hook(page, "autosave").uncheck();
  await hook(page, "autosave").check();
  await hook(page, "error").waitFor({ timeout: 20_000 });
  await close(page);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  await hook(page, "autosave").uncheck();
  await hook(page, "autosave").check();
  await page.waitForFunction(async () => {
    try {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("corrections");
      for await (const entry of folder.values()) if ((await entry.getFile()).size > 0) return true;
    } catch { /* not yet */ }
    return false;
  }, null, { timeout: 20_000, polling: 100 });
}

const kinds = {
  ...Object.fromEntries(Object.entries(SESSION_FAULTS).map(([name, force]) => [name, () => atWorkAgain({}, (page) => force(page))])),
  "file that ends every worker": () => atWorkAgain({ before: deadly({ part: "poison" }) }, async (page) => {
    await choose(page, poison());
    await hook(page, "error").waitFor({ timeout: 60_000 });
    await close(page);
    await hook(page, "slice-index").waitFor({ timeout: 60_000 });
  }),
  "storage refused": () => atWorkAgain({ watch: noRoom }, async (page) => {
    await tab(page, "learn");
    await hook(page, "autosave").uncheck();
    await hook(page, "autosave").check();
    await hook(page, "error").waitFor({ timeout: 20_000 });
    await close(page);
  }),
  "storage full": () => atWorkAgain({}, storageFull),
  "tab put to sleep": () => atWorkAgain({}, async (page) => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    await new Promise((wake) => setTimeout(wake, 1000));
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
  }),
  "compute worker ended by the browser": () => computeWorkerLost("ended"),
  "compute worker fails": () => computeWorkerLost("throws"),
  "GPU device destroyed": gpuLost,
};

for (const [name, run] of Object.entries(kinds).filter(([name]) => name.includes(wanted))) {
  const [took, failures] = [[], []];
  try {
    for await (const { took: s, lost } of run()) {
      if (lost.length > 0) failures.push(lost.join(", "));
      else if (s > LIMIT_S) failures.push(`${s.toFixed(1)} s`);
      took.push(s);
    }
  } catch (error) {
    // A page that is not back is not forced again.
    for (let turn = took.length; turn < times; turn++) failures.push(String(error).split("\n")[0]);
  }
  took.sort((a, b) => a - b);
  const figure = took.length > 0 ? `median ${took[took.length >> 1].toFixed(1)} s, worst ${took.at(-1).toFixed(1)} s` : "never back";
  console.log(`${name}: ${times - failures.length} of ${times} back and whole, ${figure}`);
  failures.forEach((failure) => console.log(`  lost: ${failure}`));
}
await chromium.close();
