// Faults forced from outside the page, and what is there again afterwards: for tests/e2e/faults.test.mjs (once each) and benches/faults.mjs (20 times each).
//
// Nothing in the page helps with this. Workers are reached through the browser's devtools: one closes itself, one is made to trap in its own
// WebAssembly, one has its memory taken away. Only the poisoned file needs more, a reader of files that hands out too much, put in front of the worker's
// program on its way to the browser.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { choose, cli, hook, look, mask, nifti, open, scratch, spread, state, tab } from "./harness.mjs";

/** Slices of the series: as few as keep a test short. */
const [DEPTH, SIDE] = [16, 192];
/** The limit of the promise, and of waiting: a page that is not back by then is not back. */
export const LIMIT_S = 10;
const WAIT_MS = 60_000;

const material = {};
/** A phantom's series, its label, and a model that says of itself that it is another. */
export function phantom(depth = DEPTH) {
  if (material[depth]) return material[depth];
  const folder = join(scratch, `faults-${depth}`);
  cli("phantom", "--output", folder, "--cases", "1", "--seed", "9101", "--slices", String(depth));
  const label = nifti(join(folder, "TCIA_pancreas_labels-02-05-2017/label1001.nii.gz")).data;
  const slices = Array.from({ length: depth }, (_, i) => join(folder, `Pancreas-CT/PANCREAS_1001/phantom/1-${String(i + 1).padStart(3, "0")}.dcm`));
  material[depth] = { slices, label, model: otherModel(join(scratch, "other.safetensors")) };
  return material[depth];
}

/** The shipped model with another remark in its passport, so that one sees which model is in use. */
function otherModel(path) {
  const bytes = readFileSync("www/models/pancreas.safetensors");
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length));
  const training = JSON.parse(header.__metadata__["islet.training"]);
  header.__metadata__["islet.training"] = JSON.stringify({ ...training, remarks: "The model of this test." });
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([size, text, bytes.subarray(8 + length)]));
  return path;
}

const SHOWN = 10;
const THRESHOLD = "0.6";
/** A page with another model, a series, corrections on three slices, a place and a threshold of its own. */
export async function atWork(browser, options = {}) {
  const { slices, label, model } = phantom();
  const { page, seen } = await open(browser, options.query ?? "?device=cpu", { width: 1280, height: 720 }, { watch: options.watch, before: options.before });
  await state(page, "ready");
  await choose(page, model);
  await choose(page, slices);
  await hook(page, "slice-index").waitFor();
  await state(page, "done", WAIT_MS * 3);
  const corrected = spread({ dims: [DEPTH, SIDE, SIDE], data: label }, 3);
  await page.evaluate(([labels, slices]) => window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices),
    [Buffer.from(label).toString("base64"), corrected]);
  await page.waitForFunction(() => document.querySelector("[data-testid=fine-tune]").textContent.includes("3 slices"));
  await tab(page, "result");
  await hook(page, "threshold").fill(THRESHOLD);
  await look(page, SHOWN);
  await state(page, "done", WAIT_MS);
  return { page, seen, corrected, mask: await mask(page) };
}

/** The voxels in which two masks differ. */
export const otherVoxels = (found, expected) => found.data.reduce((sum, label, i) => sum + (label !== expected.data[i] ? 1 : 0), 0);

/** What is missing after a return, in words; empty if all is there. */
export async function missing(page, before) {
  const missing = [];
  await state(page, "done", WAIT_MS * 3);
  const corrected = await hook(page, "fine-tune").innerText();
  if (!corrected.includes("3 slices")) missing.push(`corrections (${corrected})`);
  const shown = await hook(page, "slice-index").innerText();
  if (!shown.startsWith(`${SHOWN + 1} `)) missing.push(`the slice (${shown})`);
  await tab(page, "result");
  const threshold = await hook(page, "threshold").inputValue();
  if (threshold !== THRESHOLD) missing.push(`the threshold (${threshold})`);
  await tab(page, "explain");
  const model = await hook(page, "model-remarks").textContent();
  if (!model.includes("The model of this test")) missing.push(`the model (${model})`);
  await tab(page, "result");
  const after = await mask(page);
  const other = otherVoxels(after, before.mask);
  if (other > 0) missing.push(`the mask (${other} voxels)`);
  return missing;
}

/** The workers of a kind: "session" or "compute". One that is at work answers late. */
export async function workers(page, kind) {
  const named = (worker) => Promise.race([worker.evaluate(() => self.name).catch(() => "gone"), new Promise((wake) => setTimeout(wake, 400, "compute"))]);
  const all = await Promise.all(page.workers().map(async (worker) => [worker, await named(worker)]));
  return all.filter(([, name]) => name === kind).map(([worker]) => worker);
}

const sessionWorker = async (page) => {
  const [worker] = await workers(page, "session");
  if (!worker) throw new Error("there is no session worker");
  return worker;
};

/** Ends a worker as the browser does: without an error that anybody hears. */
const end = (worker) => worker.evaluate(() => self.close()).catch(() => {});

/** A trap in the worker's own WebAssembly, outside any promise, as a panic is. */
const trap = (worker) => worker.evaluate(async () => {
  const wasm = await wasm_bindgen();
  setTimeout(() => wasm.__wbindgen_malloc(0xffffffff, 1));
}).catch(() => {});

/** Takes all memory that the worker's WebAssembly has and can get, down to blocks of 64 KiB. */
const exhaust = (worker) => worker.evaluate(async () => {
  const wasm = await wasm_bindgen();
  for (let pages = 8192; pages >= 1; pages /= 2) {
    try { for (;;) wasm.memory.grow(pages); } catch { /* no more of this size */ }
  }
  for (let bytes = 1 << 26; bytes >= 1 << 16; bytes /= 2) {
    try { for (;;) wasm.__wbindgen_malloc(bytes, 1); } catch { /* no more of this size */ }
  }
});

/** Waits until the page says that it is back, or until it says that a file is left out (`sign` is "error"). */
const back = async (page, sign = "recovered") => {
  await hook(page, sign).waitFor({ timeout: WAIT_MS });
  if (sign === "recovered") await hook(page, "slice-index").waitFor({ timeout: WAIT_MS });
};

/** Each kind of fault of the session's worker: forces it on a page at work and waits until the page is back. */
export const SESSION_FAULTS = {
  "session worker ended by the browser": async (page, sign) => {
    await end(await sessionWorker(page));
    await back(page, sign);
  },
  "session worker traps": async (page, sign) => {
    await trap(await sessionWorker(page));
    await back(page, sign);
  },
  "session worker out of memory": async (page, sign) => {
    await exhaust(await sessionWorker(page));
    // What needs memory next meets the end of it.
    page.evaluate(() => window.islet.mask()).catch(() => {});
    await back(page, sign);
  },
};

/** A compute worker is lost in the middle of a segmentation, which the others finish. */
export async function loseComputeWorker(page, how) {
  const [worker] = await workers(page, "compute");
  if (!worker) throw new Error("there is no compute worker");
  if (how === "ended") await end(worker);
  else worker.evaluate(() => { setTimeout(() => { throw new Error("killed from outside"); }); }).catch(() => {});
}

/** The worker's GPU device is destroyed once it has been given work `after` times. Resolves when it knows that. */
export async function loseGpu(page, after = 0) {
  const [worker] = await workers(page, "compute");
  if (!worker) throw new Error("there is no compute worker");
  await worker.evaluate((after) => {
    const create = GPUDevice.prototype.createCommandEncoder;
    let given = 0;
    GPUDevice.prototype.createCommandEncoder = function (...descriptor) {
      if (given === after) {
        console.info("The device is destroyed.");
        this.destroy();
      }
      given += 1;
      return create.apply(this, descriptor);
    };
  }, after);
}

/** Has the session's and the CPU's workers of a context run what `program` gives before their own program, from now on. */
export const beforeWorkers = (context, program) => context.route("**/worker_loader.js", async (route) => {
  const answer = await route.fetch();
  await route.fulfill({ response: answer, body: `${program()}\n${await answer.text()}` });
});

/** Has every file whose name contains `files.part` end the worker that reads it, in workers that start from now on. For `before` of `open`. */
export const deadly = (files) => (context) =>
  // More bytes than any memory has.
  beforeWorkers(context, () => `{
      const read = FileReaderSync.prototype.readAsArrayBuffer;
      FileReaderSync.prototype.readAsArrayBuffer = function (file) {
        return file.name.includes(${JSON.stringify(files.part)}) ? 4_000_000_000 : read.call(this, file);
      };
    }`);

/** A slice under a deadly name. */
export function poison(name = "poison.dcm") {
  const path = join(scratch, name);
  writeFileSync(path, readFileSync(phantom().slices[5]));
  return path;
}

/** A person opens something, which is refused. Deaths before count no more: the next one is a first one. */
export async function beginAnew(page) {
  const path = join(scratch, "no-scan.bin");
  writeFileSync(path, "This is no scan.");
  await choose(page, path);
  await hook(page, "error").waitFor({ timeout: WAIT_MS });
  await hook(page, "error").getByRole("button").click();
}

/** Seconds that something took. */
export async function seconds(what) {
  const started = performance.now();
  await what();
  return (performance.now() - started) / 1000;
}
