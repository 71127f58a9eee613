// The result and its reasons: how masks are made and shown, maps, a gate held open, mirrored input, and what is said of it all.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, count, frame, hook, launch, look, mask, niftiHeader, open, scratch, state, tab } from "./harness.mjs";

let chromium;
let phantoms;
before(async () => {
  phantoms = join(scratch, "phantoms");
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9101");
  chromium = await launch();
});
after(() => chromium?.close());

const [FIRST, DEPTH, SIDE] = [14, 20, 192];
const AREA = SIDE * SIDE;
const VOXEL_ML = 12 / 1000;
const MASK_RGB = [230, 159, 0];
const GAINED_RGB = [86, 180, 233];
const LOST_RGB = [204, 121, 167];
/** Both ends of viridis. */
const [LOW_RGB, HIGH_RGB] = [[68, 1, 84], [253, 231, 37]];

const slices = (from, until) => Array.from({ length: until - from }, (_, i) =>
  join(phantoms, `Pancreas-CT/PANCREAS_1001/phantom/1-${String(from + i + 1).padStart(3, "0")}.dcm`));
const text = async (page, name) => (await hook(page, name).innerText()).trim();
const ml = async (page) => parseFloat(await text(page, "volume-ml"));
/** The picture's pixels, RGBA. */
const pixels = async (page) => {
  await frame(page);
  return page.locator("[data-testid=viewer] .frame canvas").first().evaluate((canvas) =>
    [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]);
};
const at = (rgba, i) => rgba.slice(4 * i, 4 * i + 3);
const near = (a, b, tolerance, what) =>
  assert.ok(a.every((c, i) => Math.abs(c - b[i]) <= tolerance), `${what}: found ${a}, expected ${b}`);
/** Moves a slider, as its own events do. */
const slide = (page, name, value) => hook(page, name).fill(String(value));
/** Until `read` gives something that `holds`, and what that is. */
async function until(read, holds, what, patience = 20_000) {
  for (const end = Date.now() + patience; ; await new Promise((wake) => setTimeout(wake, 50))) {
    const found = await read();
    if (holds(found)) return found;
    if (Date.now() > end) throw new Error(`${what}: still ${JSON.stringify(found)}`);
  }
}
/** The mask once it is made at the settings last chosen, and its volume as the page shows it. */
async function settled(page) {
  const found = await mask(page);
  const volume = await until(() => ml(page), (v) => Math.abs(v - count(found) * VOXEL_ML) <= 0.051, `mL of ${count(found)} voxels`);
  return { ...found, volume };
}
const onSlice = ({ data }, z) => data.subarray(z * AREA, (z + 1) * AREA);
/** The slices of a phantom around its pancreas, segmented, and the one with most of the mask. */
async function sample() {
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices(FIRST, FIRST + DEPTH));
  await state(page, "done");
  const made = await settled(page);
  const sums = Array.from({ length: DEPTH }, (_, z) => onSlice(made, z).reduce((a, b) => a + b, 0));
  const z = sums.indexOf(Math.max(...sums));
  await look(page, z);
  const labels = onSlice(made, z);
  const deep = labels.findIndex((_, i) => [-2 * SIDE, -SIDE, -2, -1, 0, 1, 2, SIDE, 2 * SIDE].every((d) => labels[i + d]));
  return { page, seen, made, z, labels, deep, far: 30 * SIDE + SIDE / 2 };
}
/** Voxels outside the largest component (26-neighbours), by a flood of our own. */
function strays({ dims: [depth, height, width], data }) {
  const component = new Int32Array(data.length);
  const sizes = [0];
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || component[start]) continue;
    const name = sizes.push(0) - 1;
    const queue = [start];
    component[start] = name;
    while (queue.length) {
      const i = queue.pop();
      sizes[name]++;
      const [z, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      for (let dz = -1; dz <= 1; dz++) for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
        const [a, b, c] = [z + dz, y + dy, x + dx];
        if (a < 0 || b < 0 || c < 0 || a >= depth || b >= height || c >= width) continue;
        const n = (a * height + b) * width + c;
        if (data[n] && !component[n]) { component[n] = name; queue.push(n); }
      }
    }
  }
  const largest = sizes.indexOf(Math.max(...sizes));
  return { count: sizes.length - 1, kept: Uint8Array.from(component, (c) => (c && c === largest ? 1 : 0)) };
}

test("the mask is as opaque as one likes, cut where one likes, and cleaned up", async () => {
  const { page, seen, made, z, labels, deep } = await sample();
  // Opacity: the colour inside the outline is the blend of grey and orange, at every setting.
  await slide(page, "opacity", 0);
  const [grey] = at(await pixels(page), deep);
  for (const opacity of [0.2, 0.5, 1]) {
    await slide(page, "opacity", opacity);
    near(at(await pixels(page), deep), MASK_RGB.map((c) => grey + (c - grey) * opacity), 1, `opacity ${opacity}`);
  }
  await page.keyboard.down(" ");
  near(at(await pixels(page), deep), [grey, grey, grey], 0, "Space hides it");
  await page.keyboard.up(" ");
  // Threshold: the volume falls as it rises, and is always that of the mask; back at a half the mask is what it was.
  let last = Infinity;
  const counts = {};
  for (const threshold of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    await slide(page, "threshold", threshold);
    const { data, volume } = await settled(page);
    counts[threshold] = count({ data });
    assert.ok(counts[threshold] < last, `${counts[threshold]} voxels at ${threshold}, ${last} below; ${volume} mL`);
    last = counts[threshold];
  }
  assert.equal(counts[0.5], count(made));
  // The slice looked at follows: a pixel that only the low threshold takes is orange there, and grey at the high one.
  await slide(page, "threshold", 0.05);
  const low = onSlice(await settled(page), z);
  const edge = low.findIndex((label, i) => label && !labels[i]);
  assert.ok(edge > 0, "the low threshold adds to the slice");
  const [r, g, b] = at(await pixels(page), edge);
  assert.ok(r > b + 20 && r > g, `${[r, g, b]} is orange`);
  await slide(page, "threshold", 0.95);
  await settled(page);
  const [r2, g2, b2] = at(await pixels(page), edge);
  assert.ok(r2 === g2 && g2 === b2, `${[r2, g2, b2]} is grey`);
  await slide(page, "threshold", 0.5);
  assert.deepEqual((await settled(page)).data, made.data);
  // Clean-up: what is shown, counted and taken away is the largest component. A slice that a person emptied but for a square cuts the mask in two;
  // the square touches neither part and stays.
  const sums = Array.from({ length: DEPTH }, (_, slice) => onSlice(made, slice).reduce((a, b) => a + b, 0));
  let before = 0;
  const cut = sums.findIndex((sum) => (before += sum) > count(made) / 3);
  await page.evaluate(([length, start, width, slice]) => {
    const labels = new Uint8Array(length);
    for (let y = 4; y < 8; y++) for (let x = 4; x < 8; x++) labels[start + y * width + x] = 1;
    window.islet.correct(labels, [slice]);
  }, [DEPTH * AREA, cut * AREA, SIDE, cut]);
  await until(() => ml(page), (v) => Math.abs(v - (count(made) - sums[cut] + 16) * VOXEL_ML) < 0.06, "the slice is corrected");
  const raw = await settled(page);
  const expected = strays(raw);
  assert.equal(expected.count, 3, "two parts and the square");
  expected.kept.set(onSlice(raw, cut), cut * AREA);
  await hook(page, "clean-up").focus();
  await page.keyboard.press("Space");
  const removed = count(raw) - count({ data: expected.kept });
  const said = await until(() => text(page, "clean-up-removes"), (s) => /mL/.test(s), "what it removes");
  const clean = await settled(page);
  assert.ok(removed > 1000);
  assert.deepEqual(clean.data, expected.kept);
  assert.ok(Math.abs(parseFloat(said.match(/([\d.]+) mL/)[1]) - removed * VOXEL_ML) <= 0.051, `${said}, ${removed} voxels`);
  await hook(page, "clean-up").uncheck();
  assert.deepEqual((await settled(page)).data, raw.data);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("probability and uncertainty lie over the picture, and mirrored input tells where to look", async () => {
  const { page, seen, made, deep, far, z } = await sample();
  await hook(page, "mask-toggle").uncheck();
  const [inside, outside] = [deep, far].map((i) => (rgba) => at(rgba, i));
  const plain = await pixels(page);
  const over = (rgb, i) => rgb.map((c) => at(plain, i)[0] * 0.4 + c * 0.6);
  await tab(page, "explain");
  await hook(page, "map-probability").click();
  const rgba = await until(() => pixels(page), (now) => String(inside(now)) !== String(inside(plain)), "the map");
  near(inside(rgba), over(HIGH_RGB, deep), 12, "sure inside");
  near(outside(rgba), over(LOW_RGB, far), 12, "sure outside");
  assert.match(await text(page, "map-note"), /Probability of pancreas.*0\.50/);
  await hook(page, "map-uncertainty").click();
  await until(() => text(page, "map-note"), (note) => /^Uncertainty/.test(note), "the note");
  near(inside(await pixels(page)), over(LOW_RGB, deep), 25, "no doubt where it is sure");
  // Slices to look at first: there at once, by doubt; a button goes there, by keyboard too.
  await tab(page, "result");
  const firsts = () => page.locator("[data-testid=look-first] button").allInnerTexts();
  const byDoubt = await firsts();
  assert.ok(byDoubt.length > 1 && byDoubt.length <= 6 && new Set(byDoubt).size === byDoubt.length, `${byDoubt}`);
  await hook(page, "first-1").focus();
  await page.keyboard.press("Enter");
  await until(() => text(page, "slice-index"), (s) => s === `${byDoubt[1]} / ${DEPTH}`, "the slice");
  // The check stops where it is, and goes on.
  await hook(page, "check-mirrored").click();
  await until(() => text(page, "check-mirrored"), (s) => /Stop: [1-9]\d* of 20/.test(s), "some slices");
  await hook(page, "check-mirrored").click();
  await until(() => text(page, "check-mirrored"), (s) => /^Check/.test(s), "it stops");
  assert.ok(await hook(page, "use-mean").isDisabled());
  assert.deepEqual((await settled(page)).data, made.data, "the check changes no mask");
  await hook(page, "check-mirrored").click();
  await until(() => text(page, "check-mirrored"), (s) => /^Checked/.test(s), "all slices", 60_000);
  await until(() => page.locator("aside.right").innerText(), (s) => /mirrored input disagrees/.test(s), "the list by disagreement");
  await tab(page, "explain");
  await until(() => text(page, "map-note"), (note) => /^Disagreement/.test(note), "the note");
  // The mean of both, cut at a half; the shipped model never saw a mirrored abdomen, so it says less.
  await tab(page, "result");
  await look(page, z);
  await hook(page, "use-mean").check();
  const mean = await settled(page);
  assert.ok(count(mean) !== count(made), "the mean makes another mask");
  await hook(page, "use-mean").uncheck();
  assert.deepEqual((await settled(page)).data, made.data);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("a gate held open shows what changes, and the numbers are those of the masks", async () => {
  const { page, seen, labels, z } = await sample();
  await tab(page, "explain");
  assert.ok(await hook(page, "ablate").isDisabled(), "no gate is chosen yet");
  let changed = 0;
  for (const gate of [0, 1, 2, 3]) {
    await hook(page, `gate-${gate}`).click();
    if (gate === 0) {
      await hook(page, "ablate").focus();
      await page.keyboard.press("Enter");
    }
    const number = async (name) => (await text(page, name)).match(/^(\d+) px, (\d+) mm²$/).slice(1).map(Number);
    await hook(page, "gained").waitFor();
    const [[gained, gainedMm2], [lost, lostMm2]] = [await number("gained"), await number("lost")];
    assert.deepEqual([gainedMm2, lostMm2], [gained * 4, lost * 4], "pixels of 2 x 2 mm");
    const pixelsBefore = labels.reduce((a, b) => a + b, 0);
    const dsc = (2 * (pixelsBefore - lost)) / (2 * pixelsBefore + gained - lost);
    assert.ok(Math.abs(parseFloat(await text(page, "ablation-dsc")) - dsc) < 6e-4, `gate ${gate}: DSC ${dsc}`);
    const rgba = await pixels(page);
    const drawn = (rgb) => Array.from({ length: AREA }, (_, i) => i).filter((i) => String(at(rgba, i)) === String(rgb));
    const [blue, purple] = [drawn(GAINED_RGB), drawn(LOST_RGB)];
    assert.ok(blue.length <= gained && (gained === 0) === (blue.length === 0), `gate ${gate}: ${blue.length} of ${gained}`);
    assert.ok(purple.length <= lost && (lost === 0) === (purple.length === 0), `gate ${gate}: ${purple.length} of ${lost}`);
    assert.ok(blue.every((i) => !labels[i]) && purple.every((i) => labels[i]), "gained outside the mask, lost inside");
    assert.equal(gained + lost > 0, dsc < 1);
    changed += gained + lost;
    if (gained + lost > 0) assert.ok(parseFloat(await text(page, "ablation-change")) > 0);
  }
  assert.ok(changed > 0, "some gate of the shipped model matters");
  assert.match(await page.locator("aside.right").innerText(), /Attention, not probability/);
  // It follows the slice, and goes away.
  await look(page, z + 1);
  await hook(page, "gained").waitFor();
  await hook(page, "ablate").click();
  await hook(page, "ablation").waitFor({ state: "detached" });
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("a size says when it is not the organ's volume, and an image when it is unlike the training data", async () => {
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  const opened = async (files) => {
    await choose(page, files);
    await state(page, "busy", 3000).catch(() => {});
    await state(page, "done");
  };
  const warnings = () => hook(page, "unlike").count();
  await opened(slices(0, 48));
  assert.deepEqual([await text(page, "volume-kind"), await text(page, "caveats").catch(() => "")], ["Volume", ""]);
  assert.equal(await warnings(), 0, "a phantom is like the training data");
  await opened(slices(20, 30));
  await until(() => text(page, "caveats"), (s) => /first slice/.test(s) && /last slice/.test(s), "cut on both sides");
  assert.equal(await text(page, "volume-kind"), "Volume inside the series");
  await opened(slices(24, 25));
  await until(() => text(page, "caveats"), (s) => /an area, not a volume/.test(s), "a lone slice");
  assert.match(await text(page, "volume-ml"), /^[\d.]+ cm²$/);
  const area = parseFloat(await text(page, "volume-ml"));
  assert.ok(Math.abs(area - count(await mask(page)) * 0.04) < 0.006, `${area} cm²`);
  assert.doesNotMatch(await text(page, "caveats"), /beyond the series/);
  // Water everywhere, with noise, for one value alone would be a label: no air, no enhancement; 4 mm pixels, 9 mm slices.
  const water = join(scratch, "water.nii");
  writeFileSync(water, nii([6, 60, 70], [9, 4, 4], (i) => (i % 3) - 1));
  await opened([water]);
  const said = await until(() => text(page, "unlike").catch(() => ""), (s) => /No air/.test(s), "the warning");
  for (const word of [/Hardly any enhancement \(0 %/, /Pixels of 4\.0 mm/, /Slices 9\.0 mm apart/]) assert.match(said, word);
  // In German too.
  await hook(page, "language").selectOption("de");
  assert.match(await text(page, "unlike"), /Anders als die Trainingsdaten.*Keine Luft/s);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

/** A NIfTI file of i16 voxels, dims and spacing `[z, y, x]`. */
function nii([depth, height, width], [z, y, x], value) {
  const bytes = Buffer.concat([niftiHeader([depth, height, width], [z, y, x]), Buffer.alloc(2 * depth * height * width)]);
  for (let i = 0; i < depth * height * width; i++) bytes.writeInt16LE(value(i), 352 + 2 * i);
  return bytes;
}
