// A phantom open in the page, with its label as its mask, and what its files say of each voxel.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { canvas, choose, cli, frame, hook, launch, nifti, open, scratch } from "./harness.mjs";

export { canvas, pane, place, screen } from "./harness.mjs";

export const [DEPTH, SIDE, AREA] = [48, 192, 192 * 192];
export let chromium;
let phantoms;
export let label;
export const slices = () => Array.from({ length: DEPTH }, (_, i) =>
  join(phantoms, `Pancreas-CT/PANCREAS_1001/phantom/1-${String(i + 1).padStart(3, "0")}.dcm`));

before(async () => {
  phantoms = join(scratch, "viewed");
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9101");
  label = nifti(join(phantoms, "TCIA_pancreas_labels-02-05-2017/label1001.nii.gz")).data;
  chromium = await launch();
});
after(() => chromium?.close());

/** Numbers of a DICOM element with a string value, in explicit little endian. */
function numbers(bytes, group, element) {
  const tag = Buffer.from([group & 255, group >> 8, element & 255, element >> 8, 0x44, 0x53]); // DS
  const at = bytes.indexOf(tag);
  return bytes.subarray(at + 8, at + 8 + bytes.readUInt16LE(at + 6)).toString().split("\\").map(Number);
}

/** A slice as its file has it: HU, the place of its first voxel, and the spacing of its rows and columns. */
export function slice(z) {
  const bytes = readFileSync(slices()[z]);
  const [slope, intercept] = [numbers(bytes, 0x28, 0x1053)[0], numbers(bytes, 0x28, 0x1052)[0]];
  const pixels = bytes.subarray(bytes.length - 2 * AREA);
  return {
    hu: (x, y) => slope * pixels.readInt16LE(2 * (y * SIDE + x)) + intercept,
    origin: numbers(bytes, 0x20, 0x32),
    spacing: numbers(bytes, 0x28, 0x30),
  };
}

/** A page with the phantom, and its label as the mask of every slice: known without waiting for the network. */
export async function opened(options) {
  const { page, seen } = await open(chromium.browser, "?device=cpu", { width: 1280, height: 720 }, options);
  await choose(page, slices());
  await hook(page, "slice-index").waitFor();
  await page.evaluate(([labels, slices]) => window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices),
    [Buffer.from(label).toString("base64"), [...Array(DEPTH).keys()]]);
  await page.waitForFunction((n) => document.querySelector("[data-testid=fine-tune]").textContent.includes(`${n} slices`), DEPTH);
  await frame(page);
  return { page, seen };
}

export const values = (page) => hook(page, "value").innerText();

/** RGBA of a picture, row by row. */
export async function rgba(page, name) {
  await frame(page);
  const { width, height, bytes } = await canvas(page, name).evaluate((c) => {
    const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
    let binary = "";
    for (let i = 0; i < data.length; i += 8192) binary += String.fromCharCode(...data.subarray(i, i + 8192));
    return { width: c.width, height: c.height, bytes: btoa(binary) };
  });
  const data = Buffer.from(bytes, "base64");
  return { width, height, at: (x, y) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)] };
}

export const orange = ([r, , b]) => r > b + 20;

/** A voxel deep in the mask, and which way the slices run. */
export function inside(data) {
  const is = (z, y, x) => data[z * AREA + y * SIDE + x] === 1;
  for (let z = 2; z < DEPTH - 2; z++) {
    for (let i = 0; i < AREA; i++) {
      const [y, x] = [Math.floor(i / SIDE), i % SIDE];
      if ([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 2, 0], [0, -2, 0], [0, 0, 2], [0, 0, -2]].every(([a, b, c]) => is(z + a, y + b, x + c))) return [z, y, x];
    }
  }
  throw new Error("the mask has no inside");
}

const superior = () => slice(1).origin[2] > slice(0).origin[2];
export const row = (z) => (superior() ? DEPTH - 1 - z : z);
