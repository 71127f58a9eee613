// Looking at a series as viewers of the field let one look: planes, crosshair, zoom, rulers and keys. On a phantom, whose files say what is where.
import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, hook, look, open, organHu, state, tab } from "./harness.mjs";
import { DEPTH, SIDE, AREA, chromium, label, slices, slice, opened, pane, canvas, place, values, screen, rgba, orange, inside, row } from "./viewed.mjs";

test("three planes are cuts of the same voxels and of the same mask, in true proportions, with their letters", async () => {
  const { page, seen } = await opened();
  const data = label;
  const [z, y, x] = inside(data);
  await page.keyboard.press("l");
  await look(page, z);
  await page.mouse.click(...await screen(page, "axial", x, y));
  assert.deepEqual([await place(page, "axial"), await place(page, "coronal"), await place(page, "sagittal")],
    [[z + 1, DEPTH], [y + 1, SIDE], [x + 1, SIDE]], "a click puts the crosshair there");
  await page.waitForTimeout(300);
  // The mask, voxel by voxel.
  const [axial, coronal, sagittal] = [await rgba(page, "axial"), await rgba(page, "coronal"), await rgba(page, "sagittal")];
  assert.deepEqual([coronal.width, coronal.height, sagittal.width, sagittal.height], [SIDE, DEPTH, SIDE, DEPTH]);
  for (const [name, picture, u, v] of [["axial", axial, x, y], ["coronal", coronal, x, row(z)], ["sagittal", sagittal, y, row(z)]]) {
    assert.ok(orange(picture.at(u, v)), `${name}: ${picture.at(u, v)} at the crosshair`);
  }
  for (let k = 0; k < DEPTH; k++) {
    for (let i = 0; i < SIDE; i++) {
      assert.equal(orange(coronal.at(i, row(k))), data[k * AREA + y * SIDE + i] === 1, `coronal, voxel ${[k, y, i]}`);
      assert.equal(orange(sagittal.at(i, row(k))), data[k * AREA + i * SIDE + x] === 1, `sagittal, voxel ${[k, i, x]}`);
    }
  }
  // The greys, from the files: window 400/40.
  await hook(page, "mask-toggle").uncheck();
  const bare = [await rgba(page, "coronal"), await rgba(page, "sagittal")];
  for (const k of [0, 11, z, DEPTH - 1]) {
    const { hu } = slice(k);
    const grey = (value) => Math.round(Math.min(1, Math.max(0, (value + 160) / 400)) * 255);
    for (let i = 0; i < SIDE; i += 3) {
      assert.equal(bare[0].at(i, row(k))[0], grey(hu(i, y)), `coronal, ${[k, y, i]}`);
      assert.equal(bare[1].at(i, row(k))[0], grey(hu(x, i)), `sagittal, ${[k, i, x]}`);
    }
  }
  await hook(page, "mask-toggle").check();
  // Proportions: 192 x 2 mm wide, 48 x 3 mm high.
  const box = await canvas(page, "coronal").boundingBox();
  assert.ok(Math.abs(box.width / box.height - (192 * 2) / (48 * 3)) < 0.02, `${box.width} x ${box.height}`);
  const letters = (name) => pane(page, name).locator(".letter").allInnerTexts();
  assert.deepEqual([await letters("axial"), await letters("coronal"), await letters("sagittal")],
    [["R", "L", "A", "P"], ["R", "L", "S", "I"], ["A", "P", "S", "I"]]);
  for (const name of ["axial", "coronal"]) {
    const [scale, picture] = [await pane(page, name).locator(".scale").boundingBox(), await canvas(page, name).boundingBox()];
    assert.ok(Math.abs(scale.width - (50 / 384) * picture.width) < 2.5, `5 cm on ${name} are ${scale.width} px`);
  }
  // A drag of the crosshair, and a click in another plane.
  await page.mouse.move(...await screen(page, "axial", x, y));
  await page.mouse.down();
  await page.mouse.move(...await screen(page, "axial", 60, 70), { steps: 4 });
  await page.mouse.up();
  assert.deepEqual([await place(page, "coronal"), await place(page, "sagittal")], [[71, SIDE], [61, SIDE]]);
  assert.match(await hook(page, "window").innerText(), /W 400\s+L 40/, "the window stays");
  await page.mouse.click(...await screen(page, "coronal", 100, row(30)));
  assert.deepEqual([await place(page, "axial"), await place(page, "sagittal")], [[31, DEPTH], [101, SIDE]]);
  const lines = await pane(page, "axial").locator(".cut.down").boundingBox();
  assert.ok(Math.abs(lines.x + 0.5 - (await screen(page, "axial", 100, 0))[0]) < 1.5, "its line is there too");
  // Wheel and keys move the plane in use.
  await page.mouse.move(...await screen(page, "coronal", 10, 5));
  await page.mouse.wheel(0, 100);
  await page.waitForFunction(() => document.querySelector("[data-pane=coronal] .place").textContent.includes("72 / 192"));
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await place(page, "coronal"), [71, SIDE]);
  // One alone, and back.
  await page.mouse.dblclick(...await screen(page, "sagittal", 20, 5));
  assert.equal(await page.locator(".panes").getAttribute("data-layout"), "sagittal");
  await page.keyboard.press("z");
  assert.equal(await page.locator(".panes").getAttribute("data-layout"), "three");
  await page.keyboard.press("l");
  assert.equal(await page.locator(".panes").getAttribute("data-layout"), "axial");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("the other planes follow corrections", async () => {
  const { page } = await opened();
  await page.keyboard.press("l");
  await look(page, 20);
  await page.mouse.click(...await screen(page, "axial", 30, 40));
  await page.waitForTimeout(200);
  const at = [[30, row(20), "coronal"], [40, row(20), "sagittal"]];
  for (const [u, v, name] of at) assert.ok(!orange((await rgba(page, name)).at(u, v)));
  /** Looks again for a while: a busy machine paints later. */
  const becomes = async (wanted, when) => {
    for (const [u, v, name] of at) {
      let is;
      for (let tries = 0; tries < 20 && is !== wanted; tries++) {
        await page.waitForTimeout(200);
        is = orange((await rgba(page, name)).at(u, v));
      }
      assert.equal(is, wanted, `${name} ${when}`);
    }
  };
  await page.keyboard.press("p");
  await page.mouse.click(...await screen(page, "axial", 30, 40));
  await becomes(true, "after a stroke");
  await page.keyboard.press("Control+z");
  await becomes(false, "after undo");
  await page.context().close();
});

test("zoom at the cursor, pan, fit, window, presets, invert, and what lies under the pointer", async () => {
  const { page } = await opened();
  await look(page, 20);
  const box = () => canvas(page, "axial").boundingBox();
  const whole = await box();
  const [px, py] = await screen(page, "axial", 50, 60);
  // HU and millimetres, from the file.
  await page.mouse.move(px, py);
  const { hu, origin, spacing } = slice(20);
  const expected = `${hu(50, 60)} HU · L ${(origin[0] + 50 * spacing[1]).toFixed(1)} P ${(origin[1] + 60 * spacing[0]).toFixed(1)} S ${origin[2].toFixed(1)} mm`;
  assert.equal((await values(page)).replace(/\s+/g, " "), expected);
  // Ctrl and wheel.
  await page.keyboard.down("Control");
  for (let i = 0; i < 3; i++) await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await page.waitForFunction((width) => document.querySelector("[data-pane=axial] canvas").getBoundingClientRect().width > 2 * width, whole.width);
  const near = await screen(page, "axial", 50, 60);
  assert.ok(Math.hypot(near[0] - px, near[1] - py) < 1, `the point moved to ${near} from ${[px, py]}`);
  assert.equal(await hook(page, "slice-index").innerText(), "21 / 48", "the wheel did not turn the slice");
  // The scale is shorter the nearer one looks, and true.
  const scale = pane(page, "axial").locator(".scale");
  const [mm] = [await scale.innerText()].map((text) => parseFloat(text) * (text.endsWith("cm") ? 10 : 1));
  assert.ok(mm < 50 && Math.abs((await scale.boundingBox()).width - (mm / 384) * (await box()).width) < 2.5);
  // Pan: middle, and Shift with left.
  const zoomed = await box();
  for (const [button, key] of [["middle", null], ["left", "Shift"]]) {
    const from = await box();
    if (key) await page.keyboard.down(key);
    await page.mouse.move(px, py);
    await page.mouse.down({ button });
    await page.mouse.move(px + 40, py + 25, { steps: 3 });
    await page.mouse.up({ button });
    if (key) await page.keyboard.up(key);
    const to = await box();
    assert.ok(Math.abs(to.x - from.x - 40) < 1 && Math.abs(to.y - from.y - 25) < 1, `${button}: ${to.x - from.x}, ${to.y - from.y}`);
  }
  assert.notDeepEqual(await box(), zoomed);
  await page.keyboard.press("0");
  const fitted = await box();
  for (const side of ["x", "y", "width", "height"]) assert.ok(Math.abs(fitted[side] - whole[side]) < 0.5, `fit: ${side}`);
  // Right drag zooms; with a tool in hand it has the window.
  const rightDrag = async () => {
    await page.mouse.move(px, py);
    await page.mouse.down({ button: "right" });
    await page.mouse.move(px, py - 40, { steps: 3 });
    await page.mouse.up({ button: "right" });
  };
  await rightDrag();
  assert.ok((await box()).width > 1.3 * whole.width);
  const held = await screen(page, "axial", 50, 60);
  assert.ok(Math.hypot(held[0] - px, held[1] - py) < 1.5, "around the point that was pressed");
  assert.match(await hook(page, "window").innerText(), /W 400\s+L 40/);
  const large = await box();
  await page.keyboard.press("p");
  await rightDrag();
  assert.match(await hook(page, "window").innerText(), /W 400\s+L 0/);
  assert.deepEqual(await box(), large);
  await page.keyboard.press("Escape");
  // Left drag: 30 px across widen by 60 HU, 20 px down raise the level by 20 HU.
  await page.keyboard.press("r");
  assert.ok(Math.abs((await box()).width - whole.width) < 0.5, "R resets the zoom too");
  await page.mouse.move(px, py);
  await page.mouse.down();
  await page.mouse.move(px + 30, py + 20, { steps: 2 });
  await page.mouse.up();
  assert.match(await hook(page, "window").innerText(), /W 460\s+L 60/);
  for (const [key, shown] of [["1", /W 400\s+L 40/], ["2", /W 150\s+L 90/], ["3", /W 1500\s+L -600/], ["4", /W 2500\s+L 480/], ["5", /W 340\s+L 70/]]) {
    await page.keyboard.press(key);
    assert.match(await hook(page, "window").innerText(), shown);
  }
  // Typed, out of range, and from the picture: the 1st and the 99th percentile of what the file says.
  await hook(page, "window-width").fill("300");
  await hook(page, "window-width").press("Tab");
  await hook(page, "window-level").fill("90000");
  await hook(page, "window-level").press("Tab");
  assert.match(await hook(page, "window").innerText(), /W 300\s+L 3000/, "a level that is too high is moved into range");
  const [, shownSlice] = (await hook(page, "slice-index").innerText()).match(/(\d+) \//);
  const file = slice(Number(shownSlice) - 1);
  const sorted = Array.from({ length: AREA }, (_, i) => file.hu(i % SIDE, Math.floor(i / SIDE))).sort((a, b) => a - b);
  const [low, high] = [0.01, 0.99].map((share) => sorted[Math.round(share * (AREA - 1))]);
  await hook(page, "window-percentiles").click();
  assert.equal(await hook(page, "window-width").inputValue(), String(high - low));
  assert.ok(Math.abs(Number(await hook(page, "window-level").inputValue()) - (low + high) / 2) <= 0.5);
  await page.keyboard.press("r");
  assert.deepEqual((await rgba(page, "axial")).at(2, 2), [0, 0, 0, 255], "air is black");
  await page.keyboard.press("i");
  assert.deepEqual((await rgba(page, "axial")).at(2, 2), [255, 255, 255, 255], "and white when inverted");
  await page.keyboard.press("i");
  assert.deepEqual((await rgba(page, "axial")).at(2, 2), [0, 0, 0, 255]);
  await page.context().close();
});

test("rulers measure millimetres in every plane, and go one by one", async () => {
  const { page } = await opened();
  await page.keyboard.press("l");
  await page.keyboard.press("m");
  const measure = async (name, from, to) => {
    await page.mouse.move(...await screen(page, name, ...from));
    await page.mouse.down();
    await page.mouse.move(...await screen(page, name, ...to), { steps: 3 });
    await page.mouse.up();
  };
  // Pixels of 2 mm: 60 and 80 of them. In the coronal plane 40 columns of 2 mm and 20 rows of 3 mm.
  await measure("axial", [20, 30], [80, 110]);
  await measure("coronal", [60, 10], [100, 30]);
  await measure("sagittal", [60, 10], [100, 30]);
  const lengths = async () => (await hook(page, "ruler").allInnerTexts()).map((text) => text.match(/^(\d+\.\d) mm$/)[1]).map(Number);
  const found = await lengths();
  // The pointer reports whole CSS pixels, so each end is off by up to one: 1.5 mm here, more in the smaller panes.
  [200, 100, 100].forEach((mm, i) => assert.ok(Math.abs(found[i] - mm) < [1.5, 3, 3][i], `${found} mm`));
  await page.keyboard.press("Escape");
  // Each belongs to its slice.
  await page.mouse.move(...await screen(page, "axial", 5, 5));
  await page.keyboard.press("ArrowDown");
  assert.equal((await lengths()).length, 2);
  await page.keyboard.press("ArrowUp");
  await pane(page, "coronal").locator(".length button").click();
  assert.equal((await lengths()).length, 2);
  await page.keyboard.press("Delete");
  assert.equal((await lengths()).length, 1);
  await page.context().close();
});

test("the sheet lists every key, keys can be changed, and a key that is taken is refused", async () => {
  const { page } = await opened();
  await page.keyboard.press("?");
  const help = hook(page, "help");
  await help.waitFor();
  const rows = await help.locator("tr[data-action]").evaluateAll((rows) => rows.map((row) => [row.dataset.action, row.querySelectorAll("kbd").length]));
  assert.ok(rows.length >= 45, `${rows.length} actions`);
  assert.ok(rows.every(([, keys]) => keys > 0), "each with its key");
  // The focus stays in it.
  for (let i = 0; i < rows.length + 6; i++) await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector("[data-testid=help]").contains(document.activeElement)));
  const change = async (action, key) => {
    await help.locator(`tr[data-action=${action}] button`).click();
    await page.keyboard.press(key);
  };
  const keys = (action) => help.locator(`tr[data-action=${action}] kbd`).allInnerTexts();
  await change("invert", "q");
  assert.deepEqual(await keys("invert"), ["Q"]);
  await change("attention", "p");
  assert.match(await hook(page, "keys-said").innerText(), /P is taken: Brush/);
  assert.deepEqual(await keys("attention"), ["A"]);
  await change("attention", "Escape");
  assert.ok(await help.isVisible(), "Escape ends the waiting, not the sheet");
  assert.deepEqual(await keys("attention"), ["A"]);
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
  const corner = async () => (await rgba(page, "axial")).at(2, 2)[0];
  await page.keyboard.press("i");
  assert.equal(await corner(), 0, "the old key does nothing");
  await page.keyboard.press("q");
  assert.equal(await corner(), 255);
  assert.match(await hook(page, "invert").getAttribute("title"), /\(Q\)/, "the tooltip says the new key");
  // Kept over a reload, until they are restored.
  await page.reload();
  await state(page, "ready");
  await page.keyboard.press("?");
  await help.waitFor();
  assert.deepEqual(await keys("invert"), ["Q"]);
  await hook(page, "keys-restore").click();
  assert.deepEqual(await keys("invert"), ["I"]);
  await hook(page, "help-close").click();
  await help.waitFor({ state: "hidden" });
  await page.context().close();
});

test("by keyboard alone, with a focus that is seen", async () => {
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  const focused = () => page.evaluate(() => document.activeElement.dataset.testid ?? "");
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      if ((await focused()) === name) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  await tabTo("try-sample");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  await page.keyboard.press("Enter");
  // Once the sample is segmented, the view has gone to its mask and stays there.
  await state(page, "done");
  await organHu(page);
  const slice = await hook(page, "slice-index").innerText();
  await tabTo("tab-result");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "tab-correct");
  assert.ok(await hook(page, "tool-brush").isVisible());
  assert.equal(await hook(page, "slice-index").innerText(), slice, "the arrows were the tabs'");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "tool-brush");
  await page.keyboard.press("Enter");
  assert.equal(await hook(page, "tool-brush").getAttribute("aria-pressed"), "true");
  // A picture takes the focus, is named, and shows that it has it.
  await page.keyboard.press("l");
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement.closest?.("[data-pane=coronal]"))); i++) await page.keyboard.press("Tab");
  const [coronal] = await place(page, "coronal");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), `Coronal ${coronal} / ${SIDE}`);
  assert.match(await page.evaluate(() => getComputedStyle(document.querySelector("[data-pane=coronal]"), "::after").borderTopWidth), /2px/);
  await page.keyboard.press("PageDown");
  assert.deepEqual(await place(page, "coronal"), [coronal + 10, SIDE], "and keys move it");
  await page.keyboard.press("+");
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  assert.match(await hook(page, "window").innerText(), /L 50/);
  await page.context().close();
});

test("whoever hears the page hears the result", async () => {
  const { page } = await open(chromium.browser);
  await choose(page, slices().slice(22, 25));
  await state(page, "done", 120_000);
  const ml = await hook(page, "volume-ml").innerText();
  assert.match(ml, /^\d+\.\d mL$/);
  assert.equal(await hook(page, "summary").textContent(), `Pancreas ${ml} on slices 1 to 3`);
  assert.equal(await hook(page, "summary").getAttribute("aria-live"), "polite");
  await page.context().close();
});
