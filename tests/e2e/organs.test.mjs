// Several organs in the page: those of a model of slices, of which it shows the pancreas and says so; those of a model of whole volumes
// and of a label map, which are listed, measured, coloured, found and corrected.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { choose, cli, count, drop, dsc, frame, hook, mask, nifti, open, organHu, scratch, state, tab } from "./harness.mjs";
import { release } from "./tiny_release.mjs";
import { chromium, slice, slices } from "./viewed.mjs";

const MODEL = "www/models/pancreas.safetensors";
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
/** The values of the tiny release. */
const [SPLEEN, LIVER, PANCREAS] = [1, 2, 3];
const NAMES = { [SPLEEN]: "spleen", [LIVER]: "liver", [PANCREAS]: "pancreas" };
/** The colours of 3D Slicer's table GenericAnatomyColors. */
const RGB = { [SPLEEN]: [157, 108, 162], [LIVER]: [221, 130, 101], [PANCREAS]: [249, 180, 111] };

/**
 * The shipped model with a channel each for the background and a liver that it never sees. Beside a background of 0 the softmax of the
 * pancreas is the sigmoid that it was.
 */
function withLiver(path) {
  const bytes = readFileSync(MODEL);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString());
  metadata["islet.config"] = JSON.stringify({ ...JSON.parse(metadata["islet.config"]), classes: 3 });
  metadata["islet.labels"] = JSON.stringify({ 1: "liver", 2: "pancreas" });
  const header = { __metadata__: metadata };
  const parts = [];
  let at = 0;
  const order = Object.entries(tensors).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  for (const [name, { dtype, shape, data_offsets: [from, until] }] of order) {
    assert.equal(dtype, "F16");
    let part = bytes.subarray(8 + length + from, 8 + length + until);
    if (name.startsWith("head.")) {
      const others = Buffer.alloc(2 * part.length);
      if (name === "head.bias") others.writeUInt16LE(0xd640, 2); // -100 for the liver
      part = Buffer.concat([others, part]);
      shape[0] = 3;
    }
    header[name] = { dtype, shape, data_offsets: [at, at + part.length] };
    at += part.length;
    parts.push(part);
  }
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([start, json, ...parts]));
}

test("of several organs the page shows the pancreas, and predict writes each under its label", async () => {
  const model = join(scratch, "organs.safetensors");
  withLiver(model);
  const middle = slices()[24];
  const { page, seen } = await open(chromium.browser);
  await choose(page, middle);
  await state(page, "done");
  const alone = await mask(page);
  assert.ok(count(alone) > 30, `${count(alone)} pixels of pancreas`);
  assert.equal(await hook(page, "model-organs").count(), 0);

  await drop(page, model);
  // In a panel behind a tab.
  await hook(page, "model-organs").waitFor({ state: "attached" });
  assert.match(await hook(page, "model-organs").textContent(), /segments .*liver, pancreas.*shows .* the pancreas/);
  await state(page, "done");
  const organs = await mask(page);
  assert.ok(dsc(organs.data, alone.data) >= 0.999, `DSC ${dsc(organs.data, alone.data)}`);

  const predicted = join(scratch, "organs.nii.gz");
  cli("predict", "--model", model, "--input", middle, "--output", predicted);
  const { data } = nifti(predicted);
  assert.ok(dsc(data, organs.data) >= 0.999 && data.every((label) => label === 0 || label === 2));
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("corrections come back with their images, interpolation says what it did, and the menu closes", async () => {
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices());
  await state(page, "done");
  await tab(page, "correct");
  const accept = async (z) => {
    await hook(page, "slice-slider").fill(String(z));
    await until(page, "slice-index", `${z + 1} / `);
    await page.waitForTimeout(200);
    await hook(page, "accept").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=accept]").getAttribute("aria-pressed") === "true");
  };
  await accept(20);
  await hook(page, "interpolate").click();
  await until(page, "interpolated", "Nothing to interpolate");
  await accept(24);
  await hook(page, "interpolate").click();
  await until(page, "interpolated", "3 slices between");
  await hook(page, "undo").click();
  await until(page, "interpolated", "");

  await hook(page, "take-away").locator("summary").click();
  const isOpen = () => hook(page, "take-away").evaluate((menu) => menu.open);
  assert.ok(await isOpen());
  await page.keyboard.press("Escape");
  assert.ok(!(await isOpen()), "Escape closes the menu");
  await hook(page, "take-away").locator("summary").click();
  await hook(page, "tab-result").click();
  assert.ok(!(await isOpen()), "a press elsewhere closes the menu");
  assert.match(await hook(page, "limits").textContent(), /On other people's scans it will mostly fail/);

  const drawn = await mask(page);
  await hook(page, "try-sample").first().click();
  await page.waitForFunction(() => /Corrections of .*2 slices.* are kept/.test(document.querySelector("[data-testid=notes]").textContent));
  await choose(page, slices());
  await page.waitForFunction(() => /Corrections of 2 slices have come back/.test(document.querySelector("[data-testid=notes]").textContent));
  await state(page, "done");
  assert.deepEqual((await mask(page)).data, drawn.data);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

/** What the tiny release says of the phantom, from `predict`: `{ dims, data, path }`. */
let predictedOnce;
function predictedOrgans() {
  if (!predictedOnce) {
    const [model, path] = [join(scratch, "tiny.safetensors"), join(scratch, "several.nii.gz")];
    cli("import", "--nnunet", release("Dataset901_Tiny.zip"), "--output", model);
    cli("predict", "--model", model, "--input", join(slices()[0], ".."), "--output", path);
    predictedOnce = { ...nifti(path), path };
  }
  return predictedOnce;
}

/** Voxels, mean and standard deviation in HU, and the voxel nearest to the centroid, of a label; by hand from the files. */
function measured({ dims, data }, label) {
  const [depth, height, width] = dims;
  const { spacing: [rowMm, columnMm] } = slice(0);
  const thicknessMm = Math.abs(slice(1).origin[2] - slice(0).origin[2]);
  const [voxels, values] = [[], []];
  for (let z = 0; z < depth; z++) {
    const { hu } = slice(z);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (data[(z * height + y) * width + x] !== label) continue;
        voxels.push([z, y, x]);
        values.push(hu(x, y));
      }
    }
  }
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const centre = [0, 1, 2].map((axis) => mean(voxels.map((voxel) => voxel[axis])));
  const steps = [thicknessMm, rowMm, columnMm];
  const distance = (voxel) => Math.hypot(...voxel.map((index, axis) => (index - centre[axis]) * steps[axis]));
  const middle = voxels.reduce((best, voxel) => (distance(voxel) < distance(best) ? voxel : best));
  const meanHu = mean(values);
  const sdHu = Math.sqrt(mean(values.map((value) => (value - meanHu) ** 2)));
  return { ml: voxels.length * steps[0] * steps[1] * steps[2] / 1000, meanHu, sdHu, middle };
}

const row = (page, label) => hook(page, "organs").locator(`li[data-label="${label}"]`);
const visibleRows = (page) => hook(page, "organs").locator("li:not([hidden])").evaluateAll((rows) => rows.map((r) => r.dataset.organ));
const until = (page, name, text) => page.waitForFunction(
  ([name, text]) => document.querySelector(`[data-testid=${name}]`)?.textContent.startsWith(text), [name, text]);

/** The colour of a pixel of the axial picture. The phantom's rows are upright in its files. */
const pixel = (page, x, y) => page.locator("[data-pane=axial] .frame canvas").evaluate(
  (canvas, [x, y]) => [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3), [x, y]);

/** What axe has against the page as it is now. */
async function violations(page) {
  if (!(await page.evaluate("window.axe"))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** A page with the phantom and the tiny release, all organs listed. */
async function withOrgans() {
  const opened = await open(chromium.browser);
  const { page } = opened;
  await drop(page, release("Dataset901_Tiny.zip"));
  await choose(page, slices());
  await hook(page, "organs").locator("li").first().waitFor({ timeout: 120_000 });
  await state(page, "done");
  return opened;
}

test("organs are listed with their colours, sizes and Hounsfield units, found by name, and gone to", async () => {
  const organs = predictedOrgans();
  const present = [PANCREAS, SPLEEN, LIVER].filter((label) => organs.data.includes(label));
  assert.ok(present.length >= 2 && present[0] === PANCREAS, `labels ${present}`);
  const { page, seen } = await withOrgans();
  // The view has gone to the middle of the pancreas by itself.
  const middle = measured(organs, PANCREAS).middle;
  await until(page, "slice-index", `${middle[0] + 1} / `);

  assert.deepEqual(await visibleRows(page), present.map((label) => NAMES[label]));
  for (const label of present) {
    const expected = measured(organs, label);
    const [ml] = (await row(page, label).locator("[data-testid=organ-size]").innerText()).match(/[\d.]+/);
    assert.ok(Math.abs(ml - expected.ml) <= 0.051 + 1e-3 * expected.ml, `${NAMES[label]}: ${ml} mL, expected ${expected.ml}`);
    const [mean, sd] = (await row(page, label).locator("[data-testid=organ-facts]").innerText()).match(/-?\d+/g).map(Number);
    assert.ok(Math.abs(mean - expected.meanHu) <= 0.7 && Math.abs(sd - expected.sdHu) <= 0.7, `${NAMES[label]}: ${mean} ± ${sd} HU`);
    const colour = await row(page, label).locator(".eye i").evaluate((i) => getComputedStyle(i).backgroundColor);
    assert.equal(colour, `rgb(${RGB[label].join(", ")})`);
  }

  const other = present[1];
  await hook(page, "organ-search").fill(NAMES[other].slice(0, 3).toUpperCase());
  assert.deepEqual(await visibleRows(page), [NAMES[other]]);
  await hook(page, "organ-search").fill("nothing of the kind");
  assert.deepEqual(await visibleRows(page), []);
  await hook(page, "organ-search").fill("");
  assert.equal((await visibleRows(page)).length, present.length);

  const there = measured(organs, other).middle;
  await row(page, other).locator("[data-testid=organ-jump]").focus();
  await page.keyboard.press("Enter");
  await until(page, "slice-index", `${there[0] + 1} / `);
  assert.deepEqual(await violations(page), []);
  await hook(page, "language").selectOption("de");
  await hook(page, "organs").locator("li").first().waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("the pictures show each organ in its colour, all, none, one or outlines alone", async () => {
  const { dims: [depth, height, width], data } = predictedOrgans();
  const { page, seen } = await withOrgans();
  const other = [SPLEEN, LIVER].find((label) => data.includes(label));
  const at = (z, y, x) => data[(z * height + y) * width + x];
  // A pixel inside the other organ, and one on its outline.
  const around = (z, y, x) => [at(z, y - 1, x), at(z, y + 1, x), at(z, y, x - 1), at(z, y, x + 1)];
  const find = (fits) => {
    for (let z = 1; z < depth - 1; z++) {
      for (let y = 1; y < height - 1; y++) {
        for (let x = 1; x < width - 1; x++) if (at(z, y, x) === other && fits(around(z, y, x))) return [z, y, x];
      }
    }
    throw new Error("no such pixel");
  };
  const [z, y, x] = find((labels) => labels.every((label) => label === other));
  await hook(page, "slice-slider").fill(String(z));
  await until(page, "slice-index", `${z + 1} / `);
  const painted = async (x, y, expected, what) => {
    await page.waitForTimeout(300);
    await frame(page);
    const found = await pixel(page, x, y);
    assert.ok(found.every((part, i) => Math.abs(part - expected[i]) <= 2), `${what}: ${found}, expected ${expected}`);
  };
  await hook(page, "organs-none").click();
  await page.waitForTimeout(300);
  await frame(page);
  const grey = await pixel(page, x, y);
  assert.ok(grey[0] === grey[1] && grey[1] === grey[2], `grey: ${grey}`);
  const mixed = RGB[other].map((part, i) => Math.round(grey[i] + (part - grey[i]) * 0.35));
  await row(page, other).locator("[data-testid=organ-eye]").click();
  await painted(x, y, mixed, "shown with its eye");
  assert.equal(await row(page, other).locator("[data-testid=organ-eye]").getAttribute("aria-pressed"), "true");
  await row(page, PANCREAS).locator("[data-testid=organ-only]").click();
  await painted(x, y, grey, "only the pancreas");
  await hook(page, "organs-all").click();
  await painted(x, y, mixed, "all");
  await hook(page, "opacity").fill("1");
  await painted(x, y, RGB[other], "opaque");

  // One organ with an opacity of its own.
  const name = row(page, other).locator("[data-testid=organ-jump]");
  await name.click();
  assert.equal(await name.getAttribute("aria-current"), "true");
  assert.equal(await hook(page, "own-opacity-of").innerText(), `Opacity of ${NAMES[other]}`);
  assert.equal(await hook(page, "own-opacity-reset").isDisabled(), true);
  await hook(page, "slice-slider").fill(String(z));
  await until(page, "slice-index", `${z + 1} / `);
  await hook(page, "own-opacity").fill("0.5");
  await painted(x, y, RGB[other].map((part, i) => Math.round(grey[i] + (part - grey[i]) * 0.5)), "its own opacity");
  await hook(page, "opacity").fill("0.35");
  await painted(x, y, RGB[other].map((part, i) => Math.round(grey[i] + (part - grey[i]) * 0.5)), "whatever the others have");
  await hook(page, "own-opacity-reset").click();
  await painted(x, y, mixed, "as all again");
  await hook(page, "own-opacity").fill("1");
  await hook(page, "outline-only").check();
  await painted(x, y, grey, "outlines alone");

  // The list in German, where a search finds the names of both languages.
  await hook(page, "language").selectOption("de");
  const german = { [SPLEEN]: "Milz", [LIVER]: "Leber" }[other];
  await until(page, "own-opacity-of", `Deckkraft: ${german}`);
  assert.equal(await row(page, other).locator("[data-testid=organ-jump]").innerText(), german);
  for (const search of [german, NAMES[other]]) {
    await hook(page, "organ-search").fill(search);
    assert.equal(await row(page, other).isVisible(), true, search);
    assert.equal(await row(page, PANCREAS).isVisible(), false, search);
  }
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("tools act on the organ that is chosen, and corrections of each are kept", async () => {
  const organs = predictedOrgans();
  const { page, seen } = await withOrgans();
  const other = [SPLEEN, LIVER].find((label) => organs.data.includes(label));
  const voxels = (label) => organs.data.reduce((sum, found) => sum + (found === label ? 1 : 0), 0);
  const near = (found, expected, what) => assert.ok(Math.abs(found - expected) <= 1e-4 * organs.data.length, `${what}: ${found}, expected ${expected}`);
  const pancreas = count(await mask(page));
  near(pancreas, voxels(PANCREAS), "voxels of the pancreas");

  await row(page, other).locator("[data-testid=organ-correct]").click();
  await until(page, "organ-title", NAMES[other]);
  const before = await mask(page);
  near(count(before), voxels(other), "voxels of the other organ");
  const { ml } = measured(organs, other);
  assert.ok(Math.abs(parseFloat(await hook(page, "volume-ml").innerText()) - ml) <= 0.051 + 1e-3 * ml);

  // A slice emptied and accepted by hand, with the tools of the page.
  await tab(page, "correct");
  const [, height, width] = organs.dims;
  const z = measured(organs, other).middle[0];
  const area = height * width;
  await hook(page, "slice-slider").fill(String(z));
  await until(page, "slice-index", `${z + 1} / `);
  await hook(page, "clear").click();
  await hook(page, "accept").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=accept]").getAttribute("aria-pressed") === "true");
  const drawn = await mask(page);
  assert.equal(drawn.data.subarray(z * area, (z + 1) * area).some((label) => label !== 0), false);

  await hook(page, "organ-back").click();
  await until(page, "organ-title", "Pancreas");
  assert.equal(count(await mask(page)), pancreas, "the pancreas is as it was");
  await tab(page, "result");
  await page.waitForFunction((label) => /1 slice corrected/.test(document.querySelector(`li[data-label="${label}"]`).textContent), other);
  await hook(page, "close").click();
  assert.match(await hook(page, "close").innerText(), /discard corrections/, "corrections of any organ are asked about");
  await row(page, other).locator("[data-testid=organ-correct]").click();
  await until(page, "organ-title", NAMES[other]);
  assert.deepEqual((await mask(page)).data, drawn.data, "what was drawn has come back");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("a dropped label map of several organs is shown whole beside the model's pancreas", async () => {
  const organs = predictedOrgans();
  const names = join(scratch, "dataset.json");
  writeFileSync(names, JSON.stringify({ labels: { background: 0, spleen: SPLEEN, liver: LIVER, pancreas: PANCREAS } }));
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices());
  await state(page, "done");
  assert.match(await organHu(page), /^-?\d+ ± \d+ HU$/);
  assert.equal(await hook(page, "organs").count(), 0);
  await drop(page, [organs.path, names]);
  await hook(page, "organs").locator("li").first().waitFor();
  const present = [PANCREAS, SPLEEN, LIVER].filter((label) => label === PANCREAS || organs.data.includes(label));
  assert.deepEqual(await visibleRows(page), present.map((label) => NAMES[label]));
  assert.equal(await hook(page, "organ-correct").count(), 0);
  // It is the ground truth of the pancreas at the same time, and what the model says of its uncertainty stays.
  assert.match(await hook(page, "truth-dsc").textContent(), /^[01]\.\d{3}$/);
  assert.ok(await hook(page, "first-0").count() === 1);
  const { ml } = measured(organs, present[1]);
  const listed = parseFloat(await row(page, present[1]).locator("[data-testid=organ-size]").innerText());
  assert.ok(Math.abs(listed - ml) <= 0.051, `${listed} mL, expected ${ml}`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
