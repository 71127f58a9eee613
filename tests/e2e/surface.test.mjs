// The surfaces of organs beside the planes: where they lie, what a click on them does, their pieces, keys and layouts, what happens without
// WebGL 2; and slabs on the planes. On a phantom, whose files say what is where.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { choose, frame, hook, launch, look, open, state, tab } from "./harness.mjs";
import { AREA, DEPTH, SIDE, canvas, chromium, inside, label, opened, pane, place, rgba, row, screen, slice, slices } from "./viewed.mjs";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const surface = (page) => pane(page, "surface");
const stage = (page) => surface(page).locator("canvas");
const attribute = async (page, name) => surface(page).getAttribute(`data-${name}`);
const layout = (page) => page.locator(".panes").getAttribute("data-layout");

/** The phantom with its label as its mask, and the four panes with the surface in them. */
async function withSurface(options) {
  const { page, seen } = await opened(options);
  await state(page, "done", 120_000);
  await page.keyboard.press("l");
  await drawn(page);
  return { page, seen };
}

/** Waits until there is a surface, and the canvas shows everything as it is. */
async function drawn(page) {
  await page.waitForFunction(() => {
    const { triangles, current } = document.querySelector("[data-pane=surface]")?.dataset ?? {};
    return Number(triangles) > 0 && current === "true";
  }, null, { timeout: 60_000 });
  await frame(page);
}

/** RGBA of the surface as it is on the screen; `at(x, y)` in CSS pixels of the canvas. */
async function pixels(page) {
  await frame(page);
  await page.waitForFunction(() => document.querySelector("[data-pane=surface]").dataset.current === "true");
  const { width, height, bytes } = await stage(page).evaluate((own) => {
    const copy = Object.assign(document.createElement("canvas"), { width: own.width, height: own.height });
    const context = copy.getContext("2d");
    context.drawImage(own, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let binary = "";
    for (let i = 0; i < data.length; i += 8192) binary += String.fromCharCode(...data.subarray(i, i + 8192));
    return { width: copy.width, height: copy.height, bytes: btoa(binary) };
  });
  const data = Buffer.from(bytes, "base64");
  return { width, height, at: (x, y) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)] };
}

/** The mask's orange in any light, and not the yellow, red and green lines of the crosshair. */
const isMask = ([r, g, b]) => r > 50 && g / r > 0.5 && g / r < 0.85 && b / r < 0.4;
const isStray = ([r, g, b]) => r > 60 && b > 60 && g < 0.45 * r;

/** How many pixels there are of a kind, and from where to where: [left, top, right, bottom]. */
function found({ width, height, at }, is) {
  let count = 0;
  const box = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!is(at(x, y))) continue;
      count += 1;
      box.splice(0, 4, Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y));
    }
  }
  return { count, box };
}

/** In mm (LPS): the first voxel's place, the steps of columns, rows and slices, and the ends of the mask with half a voxel around it. */
function ground() {
  const { origin, spacing } = slice(0);
  const steps = [spacing[1], spacing[0], slice(1).origin[2] - origin[2]];
  const ends = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
  for (let i = 0; i < label.length; i++) {
    if (label[i] !== 1) continue;
    const at = [i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / AREA)];
    for (let axis = 0; axis < 3; axis++) {
      const mm = origin[axis] + at[axis] * steps[axis];
      const half = Math.abs(steps[axis]) / 2;
      ends[0][axis] = Math.min(ends[0][axis], mm - half);
      ends[1][axis] = Math.max(ends[1][axis], mm + half);
    }
  }
  return { origin, steps, ends };
}

/** Where a point in mm is on the canvas, seen from anterior with everything in view. */
function fromAnterior({ ends: [low, high] }, [width, height]) {
  const radius = Math.hypot(...[0, 1, 2].map((axis) => high[axis] - low[axis])) / 2;
  const scale = Math.min(width, height) / 2 / radius;
  return ([x, , z]) => [width / 2 + (x - (low[0] + high[0]) / 2) * scale, height / 2 - (z - (low[2] + high[2]) / 2) * scale];
}

test("the surface lies where the mask is, and a click on it puts the crosshair there", async () => {
  const { page, seen } = await withSurface();
  assert.equal(await hook(page, "surface-notice").count(), 0);
  const seenPixels = await pixels(page);
  const where = ground();
  const onScreen = fromAnterior(where, [seenPixels.width, seenPixels.height]);
  const { count, box } = found(seenPixels, isMask);
  assert.ok(count > 500, `${count} pixels of the mask`);
  const [left, top] = onScreen([where.ends[0][0], 0, where.ends[1][2]]);
  const [right, bottom] = onScreen([where.ends[1][0], 0, where.ends[0][2]]);
  [left, top, right, bottom].forEach((wanted, i) =>
    assert.ok(Math.abs(box[i] - wanted) < 6, `the mask is seen in ${box}, expected ${[left, top, right, bottom].map(Math.round)}`));
  const letters = () => surface(page).locator(".letter").allInnerTexts();
  assert.deepEqual(await letters(), ["R", "L", "S", "I"]);

  // A click where a voxel deep in the mask lies: the crosshair goes to what is in front of it.
  const [z, y, x] = inside(label);
  let front = y;
  for (let row = 0; row < SIDE; row++) if (label[z * AREA + row * SIDE + x] === 1) { front = row; break; }
  const box2 = await stage(page).boundingBox();
  const [u, v] = onScreen([0, 1, 2].map((axis) => where.origin[axis] + [x, y, z][axis] * where.steps[axis]));
  await page.mouse.click(box2.x + (u * box2.width) / seenPixels.width, box2.y + (v * box2.height) / seenPixels.height);
  const crosshair = async () => [(await place(page, "axial"))[0] - 1, (await place(page, "coronal"))[0] - 1, (await place(page, "sagittal"))[0] - 1];
  const at = await crosshair();
  [[z, 1], [front, 3], [x, 1]].forEach(([wanted, tolerance], i) =>
    assert.ok(Math.abs(at[i] - wanted) <= tolerance, `the crosshair is at ${at}, expected ${[z, front, x]}`));
  // From posterior the same voxel has its back in front.
  let back = y;
  for (let row = 0; row < SIDE; row++) if (label[z * AREA + row * SIDE + x] === 1) back = row;
  await hook(page, "view-P").click();
  assert.deepEqual(await letters(), ["L", "R", "S", "I"]);
  await page.mouse.click(box2.x + ((seenPixels.width - u) * box2.width) / seenPixels.width, box2.y + (v * box2.height) / seenPixels.height);
  const behind = await crosshair();
  assert.ok(Math.abs(behind[1] - back) <= 3 && Math.abs(behind[0] - z) <= 1, `the crosshair is at ${behind}, expected ${[z, back, x]}`);
  // A click beside it leaves the crosshair.
  await page.mouse.click(box2.x + 5, box2.y + box2.height - 5);
  assert.deepEqual(await crosshair(), behind);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("pieces are counted, strays are magenta, and a correction brings a new surface", async () => {
  const { page, seen } = await withSurface();
  assert.equal(await hook(page, "surface-pieces").count(), 0, "the phantom's pancreas is in one piece");
  assert.equal(found(await pixels(page), isStray).count, 0);
  const before = await attribute(page, "triangles");
  // A block far from everything, on three slices: right, anterior.
  const [z, y, x] = inside(label);
  const strayed = Uint8Array.from(label);
  for (let k = z - 1; k <= z + 1; k++) for (let j = 60; j < 66; j++) for (let i = 40; i < 46; i++) strayed[k * AREA + j * SIDE + i] = 1;
  await page.evaluate(([labels, slices]) => window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices),
    [Buffer.from(strayed).toString("base64"), [z - 1, z, z + 1]]);
  await hook(page, "surface-pieces").waitFor({ timeout: 30_000 });
  assert.match(await hook(page, "surface-pieces").innerText(), /pancreas: 2 pieces/);
  assert.notEqual(await attribute(page, "triangles"), before);
  await hook(page, "view-all").click();
  const stray = found(await pixels(page), isStray);
  assert.ok(stray.count > 20, `${stray.count} pixels of the stray block`);
  await tab(page, "result");
  await hook(page, "mask-toggle").uncheck();
  await page.waitForFunction(() => document.querySelector("[data-pane=surface]").dataset.triangles === "0");
  assert.equal(found(await pixels(page), (p) => isMask(p) || isStray(p)).count, 0, "hidden with the mask");
  assert.match(await hook(page, "surface-notice").innerText(), /every organ is hidden/);
  await hook(page, "mask-toggle").check();
  await drawn(page);
  await tab(page, "correct");
  await page.keyboard.press("Control+z");
  await hook(page, "surface-pieces").waitFor({ state: "detached", timeout: 30_000 });
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("by keyboard and by mouse: turning, zoom, standard views, alone and back", async () => {
  const { page, seen } = await withSurface();
  await stage(page).focus();
  const angles = async () => [await attribute(page, "azimuth"), await attribute(page, "elevation"), await attribute(page, "zoom")];
  assert.deepEqual(await angles(), ["0", "0", "1.00"]);
  const slice0 = await hook(page, "slice-index").innerText();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("+");
  assert.deepEqual(await angles(), ["350", "20", "1.25"]);
  assert.equal(await hook(page, "slice-index").innerText(), slice0, "arrows do not scroll while the surface has the focus");
  for (const [key, azimuth, elevation, letters] of [["2", "180", "0", "LRSI"], ["3", "90", "0", "APSI"], ["4", "270", "0", "PASI"], ["5", "180", "90", "LRAP"], ["6", "0", "-90", "RLAP"], ["1", "0", "0", "RLSI"]]) {
    await page.keyboard.press(key);
    assert.deepEqual((await angles()).slice(0, 2), [azimuth, elevation]);
    assert.equal((await surface(page).locator(".letter").allInnerTexts()).join(""), letters);
  }
  assert.match(await hook(page, "window").innerText(), /W 400\s+L 40/, "digits do not change the window");
  await page.keyboard.press("0");
  assert.deepEqual(await angles(), ["0", "0", "1.00"]);
  // The mouse: a drag over half of the smaller side turns by 90 degrees, the wheel zooms.
  const box = await stage(page).boundingBox();
  const half = Math.min(box.width, box.height) / 2;
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(...middle);
  await page.mouse.down();
  await page.mouse.move(middle[0] - half / 2, middle[1], { steps: 4 });
  await page.mouse.up();
  assert.ok(Math.abs(Number(await attribute(page, "azimuth")) - 45) <= 1, `turned to ${await attribute(page, "azimuth")}`);
  assert.equal((await surface(page).locator(".letter").allInnerTexts())[0].length, 2, "oblique");
  await page.mouse.wheel(0, -100);
  await page.waitForFunction(() => Number(document.querySelector("[data-pane=surface]").dataset.zoom) > 1.2);

  await stage(page).dblclick({ position: { x: 8, y: box.height - 8 } });
  assert.equal(await layout(page), "surface");
  assert.ok((await stage(page).boundingBox()).width > 1.5 * box.width);
  assert.ok(Math.abs(Number(await attribute(page, "azimuth")) - 45) <= 1, "the look stays");
  await page.keyboard.press("z");
  assert.equal(await layout(page), "three");
  await canvas(page, "coronal").focus();
  await page.keyboard.press("z");
  assert.equal(await layout(page), "coronal");
  await page.keyboard.press("d");
  assert.equal(await layout(page), "surface");
  await page.keyboard.press("ArrowLeft");
  assert.ok(Math.abs(Number(await attribute(page, "azimuth")) - 55) <= 1, "alone on the screen it has the keys without the focus");
  await page.keyboard.press("d");
  assert.equal(await layout(page), "three");
  // The four panes are equally large, and stay when another series is opened.
  const boxes = [];
  for (const name of ["axial", "coronal", "surface", "sagittal"]) boxes.push(await pane(page, name).boundingBox());
  for (const own of boxes) assert.ok(Math.abs(own.width - boxes[0].width) <= 1 && Math.abs(own.height - boxes[0].height) <= 1);
  await hook(page, "try-sample").first().click();
  await page.waitForFunction(() => document.querySelector("header").innerText.includes("Sample"));
  assert.equal(await layout(page), "three");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("it is drawn only when something has changed, and comes back after the browser took the graphics away", async () => {
  const { page, seen } = await withSurface();
  await page.evaluate(() => {
    window.drawn = 0;
    const draw = WebGL2RenderingContext.prototype.drawElements;
    WebGL2RenderingContext.prototype.drawElements = function (...what) { window.drawn += 1; return draw.apply(this, what); };
  });
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => window.drawn), 0, "nothing has changed");
  await hook(page, "view-L").click();
  await page.waitForTimeout(800);
  // Where drawing is slow, once with few triangles and once more with all.
  const once = await page.evaluate(() => window.drawn);
  assert.ok(once === 1 || once === 2, `drawn ${once} times`);
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => window.drawn), once);
  const before = found(await pixels(page), isMask).count;
  await stage(page).evaluate((own) => { window.taken = own.getContext("webgl2").getExtension("WEBGL_lose_context"); window.taken.loseContext(); });
  await page.waitForFunction(() => document.querySelector("[data-pane=surface]").dataset.graphics === "lost");
  assert.match(await hook(page, "surface-notice").innerText(), /has taken the graphics away/);
  await page.evaluate(() => window.taken.restoreContext());
  await page.waitForFunction(() => document.querySelector("[data-pane=surface]").dataset.graphics === "ready");
  // A busy machine brings the graphics back and draws a moment later.
  const isAsBefore = async () => Math.abs(found(await pixels(page), isMask).count - before) <= 0.02 * before;
  for (let tries = 0; tries < 50 && !(await isAsBefore()); tries++) await page.waitForTimeout(200);
  assert.ok(await isAsBefore(), "as it was");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("axe finds nothing against the pane, in either language", async () => {
  const { page } = await withSurface();
  for (const language of ["en", "de"]) {
    await hook(page, "language").selectOption(language);
    await drawn(page);
    await hook(page, "slab").selectOption("maximum");
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`)), []);
  }
  assert.match(await stage(page).getAttribute("aria-label"), /^Oberflächen der sichtbaren Organe/);
  await page.context().close();
});

test("slabs are mean, largest and smallest of the files' own values, and the mask stays the plane's", async () => {
  const { page, seen } = await opened();
  await page.keyboard.press("l");
  const [z] = inside(label);
  await look(page, z);
  await tab(page, "result");
  await hook(page, "mask-toggle").uncheck();
  // Slices of 3 mm: 9 mm are three of them. T goes on to the mean, then to MIP.
  await page.keyboard.press("t");
  assert.equal(await hook(page, "slab").inputValue(), "mean");
  await hook(page, "slab-mm").fill("9");
  await hook(page, "slab-mm").press("Enter");
  await hook(page, "slab-mm").evaluate((own) => own.blur());
  const grey = (value) => Math.round(Math.min(1, Math.max(0, (value + 160) / 400)) * 255);
  const around = [slice(z - 1), slice(z), slice(z + 1)];
  const kinds = {
    mean: (values) => { const mean = values.reduce((a, b) => a + b) / values.length; return Math.sign(mean) * Math.round(Math.abs(mean)); },
    maximum: (values) => Math.max(...values),
    minimum: (values) => Math.min(...values),
  };
  for (const [kind, of] of Object.entries(kinds)) {
    await hook(page, "slab").selectOption(kind);
    await page.waitForTimeout(400);
    const axial = await rgba(page, "axial");
    for (let y = 0; y < SIDE; y += 17) {
      for (let x = 0; x < SIDE; x += 5) {
        assert.equal(axial.at(x, y)[0], grey(of(around.map(({ hu }) => hu(x, y)))), `${kind} at ${[y, x]}`);
      }
    }
    // Rows of 2 mm: 9 mm are five of them.
    const row0 = (await place(page, "coronal"))[0] - 1;
    const coronal = await rgba(page, "coronal");
    for (const k of [0, z]) {
      const { hu } = slice(k);
      for (let x = 0; x < SIDE; x += 5) {
        const values = [-2, -1, 0, 1, 2].map((d) => hu(x, row0 + d));
        assert.equal(coronal.at(x, row(k))[0], grey(of(values)), `${kind}, coronal, slice ${k}, column ${x}`);
      }
    }
    assert.match(await pane(page, "axial").locator("[data-testid=slab-name]").innerText(), / 9\.0 mm$/);
    assert.match(await pane(page, "coronal").locator("[data-testid=slab-name]").innerText(), / 10\.0 mm$/);
  }
  await hook(page, "mask-toggle").check();
  const [, y, x] = inside(label);
  const masked = await rgba(page, "axial");
  let inMask = 0;
  for (let i = 0; i < AREA; i++) {
    const [r, , b] = masked.at(i % SIDE, Math.floor(i / SIDE));
    if (r > b + 20) inMask += 1;
  }
  assert.equal(inMask, label.subarray(z * AREA, (z + 1) * AREA).reduce((sum, own) => sum + (own === 1 ? 1 : 0), 0), `around ${[y, x]}`);
  await page.keyboard.press(".");
  assert.equal(await hook(page, "slab-mm").inputValue(), "10");
  await page.keyboard.press(",");
  await page.keyboard.press("t");
  assert.equal(await hook(page, "slab").inputValue(), "");
  await page.waitForFunction(() => document.querySelectorAll("[data-testid=slab-name]").length === 0);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

let without;
after(() => without?.close());

test("without WebGL 2 a sentence says so, and everything else works", async () => {
  without = await launch({ flags: ["--disable-3d-apis"] });
  const { page, seen } = await open(without.browser);
  await choose(page, slices());
  await state(page, "done", 120_000);
  await page.keyboard.press("l");
  await page.waitForFunction(() => document.querySelector("[data-pane=surface]")?.dataset.graphics === "missing", null, { timeout: 30_000 });
  assert.match(await hook(page, "surface-notice").innerText(), /does not offer WebGL 2.*Everything else works/);
  assert.equal(await stage(page).isVisible(), false);
  assert.deepEqual(await place(page, "coronal").then(([, count]) => count), SIDE);
  await page.mouse.click(...await screen(page, "axial", 60, 30));
  assert.deepEqual(await place(page, "sagittal"), [61, SIDE]);
  assert.equal((await place(page, "axial"))[1], DEPTH);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
