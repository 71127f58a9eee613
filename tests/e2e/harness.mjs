// The page in headless Chromium, served from dist/ as serve.sh serves it.
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, gunzipSync } from "node:zlib";
import { chromium } from "playwright-core";

/** Where `launch` serves the page. */
export const PORT = 8931 + (process.pid % 500);
export const CT82 = new URL("../../../shared/ct82", import.meta.url).pathname;
export const SLICES = join(CT82, "Pancreas-CT/PANCREAS_0001/11-24-2015-PANCREAS0001-Pancreas-18957/Pancreas-99667");
export const withoutCt82 = existsSync(CT82) ? false : "../shared/ct82 is not here";
export const scratch = mkdtempSync(join(tmpdir(), "islet-e2e-"));

/** Runs `islet` with these arguments; `cargo test --release` has built it. */
export function cli(...args) {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  // Not the developer's own cache folder.
  const env = { ...process.env, XDG_CACHE_HOME: scratch };
  return execFileSync(join(target, "release", "islet"), args, { encoding: "utf8", env });
}

/** Starts the server and the browser; `webgpu` adds the software adapter, `flags` more of the browser's own. */
export async function launch({ webgpu = false, flags = [] } = {}) {
  const serve = ["node_modules/sirv-cli/bin.js", "dist", "--host", "127.0.0.1", "--port", String(PORT), "--quiet"];
  const server = spawn(process.execPath, serve, { stdio: "ignore" });
  server.unref();
  process.on("exit", () => server.kill());
  const background = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", ...background, ...(webgpu ? ["--enable-unsafe-webgpu"] : ["--disable-gpu"]), ...flags],
  });
  const answers = () => fetch(`http://127.0.0.1:${PORT}/`).then((r) => r.ok, () => false);
  for (let tries = 0; !(await answers()); tries++) {
    if (tries === 100) throw new Error("the file server does not answer; was dist/ built?");
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return {
    browser,
    async close() {
      await browser.close();
      server.kill();
    },
  };
}

/**
 * Opens the page. Collects console errors, and the bytes that came over the wire, the model's apart. Without a service worker, which would store the whole
 * page anew for every test; `offline.test.mjs` is about that one. `watch` runs in the page before anything else, and `before` with the browser's
 * context before the page is opened. `origin` serves the page in place of the harness.
 */
export async function open(browser, query = "?device=cpu", size = { width: 1280, height: 720 }, { watch, before, origin, ...options } = {}) {
  const context = await browser.newContext({ viewport: size, serviceWorkers: "block", ...options });
  const page = await context.newPage();
  if (watch) await page.addInitScript(watch);
  if (before) await before(context);
  const seen = { errors: [], bytes: 0, modelBytes: 0, hosts: new Set() };
  page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  context.on("requestfinished", async (request) => {
    const url = new URL(request.url());
    seen.hosts.add(url.hostname);
    const { responseBodySize } = await request.sizes().catch(() => ({ responseBodySize: 0 }));
    if (url.pathname.endsWith(".safetensors")) seen.modelBytes += responseBodySize;
    else seen.bytes += responseBodySize;
  });
  await page.goto(`${origin ?? `http://127.0.0.1:${PORT}`}/${query}`);
  return { page, seen };
}

export const hook = (page, name) => page.locator(`[data-testid=${name}]`);

/** Shows a panel beside the picture: result, explain, correct or learn. */
export async function tab(page, name) {
  const button = hook(page, `tab-${name}`);
  if ((await button.getAttribute("aria-selected")) !== "true") await button.click();
}

/** The Hounsfield units of the organ in use, which come a moment after its mask. */
export async function organHu(page) {
  await page.waitForFunction(() => document.querySelector("[data-testid=organ-hu]").textContent !== "", null, { timeout: 200_000 });
  return hook(page, "organ-hu").innerText();
}

/** A picture by the name of its plane, its canvas, and the place that stands in its corner: `[index, planes]`. */
export const pane = (page, name) => page.locator(`[data-pane=${name}]`);
export const canvas = (page, name) => pane(page, name).locator(".frame canvas");
export const place = async (page, name) => (await pane(page, name).locator(".place").innerText()).match(/(\d+) \/ (\d+)/).slice(1).map(Number);

/** Where the middle of a pixel is on the screen. */
export async function screen(page, name, x, y) {
  const [box, width, height] = [await canvas(page, name).boundingBox(), ...await canvas(page, name).evaluate((c) => [c.width, c.height])];
  return [box.x + ((x + 0.5) / width) * box.width, box.y + ((y + 0.5) / height) * box.height];
}

/** Waits until what has changed is painted. */
export const frame = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Waits until `data-state` is one of `states`. */
export async function state(page, states, timeout = 60_000) {
  const wanted = [].concat(states);
  await page.waitForFunction(
    (wanted) => wanted.includes(document.querySelector("[data-testid=status]")?.dataset.state),
    wanted,
    { timeout, polling: 50 },
  );
}

export const choose = (page, files) => hook(page, "file-input").first().setInputFiles(files);

/** Drops files as a person does: a drop event with a DataTransfer. */
export async function drop(page, files) {
  const contents = [].concat(files).map((path) => [path.split("/").pop(), readFileSync(path).toString("base64")]);
  const transfer = await page.evaluateHandle((contents) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of contents) {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, contents);
  await page.locator("main").dispatchEvent("drop", { dataTransfer: transfer });
}

/** A zip of [path, bytes] pairs, stored. */
export function zip(files) {
  const [records, directory] = [[], []];
  let at = 0;
  for (const [path, bytes] of files) {
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    records.push(Buffer.from("PK\x03\x04"), common, name, bytes);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(at, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), common, end, name);
    at += 30 + name.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...records, ...directory, Buffer.from("PK\x05\x06"), end]);
}

/** The mask of `window.islet.mask()`, as { dims: [depth, height, width], data }. */
export async function mask(page) {
  const { dims, runs } = await page.evaluate(async () => {
    const { width, height, depth, data } = await window.islet.mask();
    const runs = [];
    for (let start = 0, i = 1; i <= data.length; i++) {
      if (i === data.length || data[i] !== data[start]) {
        runs.push(i - start);
        start = i;
      }
    }
    return { dims: [depth, height, width], runs: [data[0], ...runs] };
  });
  const data = new Uint8Array(dims[0] * dims[1] * dims[2]);
  let at = 0;
  let label = runs[0];
  for (const run of runs.slice(1)) {
    data.fill(label, at, at + run);
    at += run;
    label = 1 - label;
  }
  return { dims, data };
}

/** Labels of a .nii.gz, and its dimensions [z, y, x]. Takes the types that labels come in, little-endian. */
export function nifti(path) {
  const bytes = gunzipSync(readFileSync(path));
  const dims = [bytes.readInt16LE(46), bytes.readInt16LE(44), bytes.readInt16LE(42)];
  const [start, count] = [Math.max(352, bytes.readFloatLE(108)), dims[0] * dims[1] * dims[2]];
  const type = bytes.readInt16LE(70);
  const [size, read] = { 2: [1, "readUInt8"], 4: [2, "readInt16LE"], 16: [4, "readFloatLE"], 64: [8, "readDoubleLE"], 512: [2, "readUInt16LE"] }[type] ?? [];
  if (!size) throw new Error(`${path} has voxels of type ${type}`);
  if (size === 1) return { dims, data: bytes.subarray(start, start + count) };
  return { dims, data: Uint8Array.from({ length: count }, (_, i) => bytes[read](start + size * i)) };
}

export function dsc(a, b) {
  let [both, total] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i] && b[i] ? 2 : 0;
    total += (a[i] ? 1 : 0) + (b[i] ? 1 : 0);
  }
  return total === 0 ? 1 : both / total;
}

export const count = (mask) => mask.data.reduce((sum, label) => sum + (label ? 1 : 0), 0);

/** The tensors of a safetensors file in single precision, by name. */
export function tensors(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  delete header.__metadata__;
  return Object.fromEntries(Object.entries(header).map(([name, { dtype, data_offsets: [from, until] }]) => {
    if (dtype !== "F32") throw new Error(`${name} is ${dtype}`);
    const values = new Float32Array((until - from) / 4);
    for (let i = 0; i < values.length; i++) values[i] = bytes.readFloatLE(8 + length + from + 4 * i);
    return [name, values];
  }));
}

/** A small network that has hardly learned, made from phantoms and served as `models/NAME`; `{ url, path, remove }`. */
export function weakModel(phantoms, name) {
  const run = join(scratch, name);
  cli("train", "--data", phantoms, "--train-cases", "1001", "--val-cases", "1002", "--preset", "tiny", "--epochs", "6",
    "--batch-size", "6", "--validate-every", "6", "--learning-rate", "0.003", "--out", run);
  const path = join(run, "model.safetensors");
  const served = `dist/models/${name}.safetensors`;
  copyFileSync(path, served);
  return { url: `models/${name}.safetensors`, path, remove: () => rmSync(served, { force: true }) };
}

/** Shows a slice, counted from 0. */
export async function look(page, z) {
  await hook(page, "slice-slider").fill(String(z));
  await page.waitForFunction(
    (z) => document.querySelector("[data-testid=slice-index]").textContent.startsWith(`${z + 1} `), z);
  await page.waitForTimeout(150);
}

/** `count` slices spread over those where the label is not empty. */
export function spread({ dims, data }, count) {
  const area = dims[1] * dims[2];
  const filled = [...Array(dims[0]).keys()].filter((z) => data.subarray(z * area, (z + 1) * area).some((l) => l));
  const span = filled.at(-1) - filled[0];
  return Array.from({ length: count }, (_, i) => filled[0] + Math.floor(((i + 0.5) / count) * span));
}

/** The header of a NIfTI file of i16 voxels, which follow it; dims and spacing `[z, y, x]`, and the first voxel's place `[L, P, S]`, in mm. */
export function niftiHeader([depth, height, width], [z, y, x], [l, p, s] = [0, 0, 0]) {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [3, width, height, depth, 1, 1, 1, 1].forEach((n, i) => header.writeInt16LE(n, 40 + 2 * i));
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  [1, x, y, Math.abs(z), 1, 1, 1, 1].forEach((n, i) => header.writeFloatLE(n, 76 + 4 * i));
  header.writeFloatLE(352, 108);
  header.writeFloatLE(1, 112);
  header.writeInt16LE(1, 254);
  // NIfTI counts to the right and to anterior, where DICOM counts to the left and to posterior.
  [[-x, 0, 0, -l], [0, -y, 0, -p], [0, 0, z, s]].flat().forEach((n, i) => header.writeFloatLE(n, 280 + 4 * i));
  header.write("n+1\0", 344, "latin1");
  return header;
}

/** Saves what a click on a hook downloads. */
export async function download(page, name, path) {
  const [file] = await Promise.all([page.waitForEvent("download"), hook(page, name).click()]);
  await file.saveAs(path);
  return path;
}
