// Series of a thousand and of two thousand slices, 512 x 512: opened, and with how much memory, or refused, and with which words. For docs/TRUST.md.
//
//     node benches/large_series.mjs [SLICES=1000] [page|predict]
//
// Needs dist/ (./serve.sh --build-only), the native commands (cargo build --release), Chromium, and disk space in the folder for temporary files: half a
// megabyte a slice. The slices are those of a phantom, each pixel repeated to 512 x 512, over and over along the body.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, hook, launch, look, open, scratch, state } from "../tests/e2e/harness.mjs";

const slices = Number(process.argv[2] ?? 1000);
const only = process.argv[3] ?? "";
const [SMALL, SIDE] = [192, 512];

/** Writes the series and returns its folder. */
function written() {
  const phantoms = join(scratch, "large-phantom");
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9501");
  const names = readdirSync(phantoms, { recursive: true }).filter((name) => name.endsWith(".dcm")).sort();
  const templates = names.map((name) => readFileSync(join(phantoms, name)));
  const folder = join(scratch, "large");
  mkdirSync(folder);
  for (let z = 0; z < slices; z++) writeFileSync(join(folder, `${String(z).padStart(4, "0")}.dcm`), slice(templates[z % templates.length], z));
  return folder;
}

/** A slice of a phantom in explicit little endian as the `z`th of a large series. */
function slice(bytes, z) {
  const long = new Set(["OB", "OW", "SQ", "UN", "UT"]);
  const parts = [bytes.subarray(0, 132)];
  for (let at = 132; at < bytes.length;) {
    const [group, element] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    const vr = bytes.toString("latin1", at + 4, at + 6);
    const [head, length] = long.has(vr) ? [12, bytes.readUInt32LE(at + 8)] : [8, bytes.readUInt16LE(at + 6)];
    const value = bytes.subarray(at + head, at + head + length);
    const put = (value) => {
      const start = Buffer.from(bytes.subarray(at, at + head));
      if (head === 12) start.writeUInt32LE(value.length, 8);
      else start.writeUInt16LE(value.length, 6);
      parts.push(start, value);
    };
    const text = (text) => put(Buffer.from(text.length % 2 ? `${text}${vr === "UI" ? "\0" : " "}` : text, "latin1"));
    const key = (group << 16 | element) >>> 0;
    if (key === 0x00280010 || key === 0x00280011) put(Buffer.from([SIDE & 255, SIDE >> 8]));
    else if (key === 0x00280030) text("0.75\\0.75");
    else if (key === 0x00200013) text(String(z + 1));
    else if (key === 0x00200032) text(`-192\\-192\\${(-0.5 * z).toFixed(1)}`);
    else if (key === 0x00180050 || key === 0x00180088) text("0.5");
    else if (key === 0x00080018 || key === 0x00020003) text(`2.25.77${100000 + z}`);
    else if (key === 0x7fe00010) put(repeated(value));
    else if (key === 0x00020000) parts.push(bytes.subarray(at, at + head + length));
    else if (key !== 0x00201041) parts.push(bytes.subarray(at, at + head + length));
    at += head + length;
  }
  return withGroupLength(Buffer.concat(parts));
}

function repeated(small) {
  const large = Buffer.alloc(2 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    const row = Math.floor((y * SMALL) / SIDE) * SMALL;
    for (let x = 0; x < SIDE; x++) large.writeInt16LE(small.readInt16LE(2 * (row + Math.floor((x * SMALL) / SIDE))), 2 * (y * SIDE + x));
  }
  return large;
}

/** Sets the length of the file's own group (PS3.10 7.1). */
function withGroupLength(bytes) {
  let at = 144;
  while (bytes.readUInt16LE(at) === 2) {
    const long = ["OB", "UN"].includes(bytes.toString("latin1", at + 4, at + 6));
    at += long ? 12 + bytes.readUInt32LE(at + 8) : 8 + bytes.readUInt16LE(at + 6);
  }
  bytes.writeUInt32LE(at - 144, 140);
  return bytes;
}

const status = (id, key) => (existsSync(`/proc/${id}/status`) ? Number(readFileSync(`/proc/${id}/status`, "utf8").match(new RegExp(`${key}:\\s+(\\d+)`))?.[1] ?? 0) : 0);
const mib = (kib) => `${(kib / 1024).toFixed(0)} MiB`;

async function inPage(folder) {
  const chromium = await launch();
  const { page } = await open(chromium.browser);
  let crashed = false;
  page.on("crash", () => { crashed = true; });
  await state(page, "ready");
  const devtools = await chromium.browser.newBrowserCDPSession();
  let peak = 0;
  const resident = async (key) => {
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    return processInfo.filter(({ type }) => type === "renderer").reduce((sum, { id }) => sum + status(id, key), 0);
  };
  const empty = await resident("VmRSS");
  const clock = setInterval(() => resident("VmRSS").then((kib) => { peak = Math.max(peak, kib); }, () => {}), 100);
  const started = performance.now();
  await hook(page, "folder-input").first().setInputFiles(folder);
  const outcome = await Promise.race([
    hook(page, "slice-index").waitFor({ timeout: 580_000 }).then(() => "opened"),
    hook(page, "error").waitFor({ timeout: 580_000 }).then(() => "refused"),
    page.waitForEvent("crash", { timeout: 580_000 }).then(() => "dead"),
  ]).catch((error) => String(error).split("\n")[0]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`page, ${slices} slices: ${outcome} after ${seconds} s; ${mib(empty)} when empty, at most ${mib(peak)} until then`);
  if (outcome === "refused") console.log(`  ${(await hook(page, "error").innerText()).replaceAll("\n", " ")}`);
  if (outcome === "opened") {
    await page.waitForTimeout(20_000);
    await look(page, slices - 10);
    console.log(`  after 20 s of segmentation and a jump to the other end: ${mib(await resident("VmRSS"))}, at most ${mib(peak)}; the page says: ${await hook(page, "status").innerText()}`);
    if (await hook(page, "recovered").count()) console.log(`  ${await hook(page, "recovered").innerText()}`);
  }
  if (!crashed) {
    if (await hook(page, "error").count()) await hook(page, "error").getByRole("button").click();
    await hook(page, "try-sample").first().click();
    await state(page, "done", 240_000);
    console.log("  a sample opened afterwards is segmented");
  }
  clearInterval(clock);
  await chromium.close();
}

async function inPredict(folder) {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  const output = join(scratch, "large.nii.gz");
  const started = performance.now();
  const child = spawn(join(target, "release/islet"), ["predict", "--model", "www/models/pancreas.safetensors", "--input", folder, "--output", output, "--device", "cpu"]);
  let [peak, said] = [0, ""];
  child.stderr.on("data", (text) => { said += text; });
  const clock = setInterval(() => { peak = Math.max(peak, status(child.pid, "VmHWM")); }, 50);
  const code = await new Promise((done) => child.on("exit", done));
  clearInterval(clock);
  console.log(`predict, ${slices} slices: exit code ${code} after ${((performance.now() - started) / 1000).toFixed(1)} s, at most ${mib(peak)}${code ? `; ${said.trim().split("\n").at(-1)}` : ""}`);
}

const folder = written();
if (only !== "page") await inPredict(folder);
if (only !== "predict") await inPage(folder);
rmSync(folder, { recursive: true, force: true });
