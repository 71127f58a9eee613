// The brush on coronal and sagittal planes: the voxels under it change, on every slice that it crosses, and undo takes it back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, frame, hook, look, mask, open, state, tab } from "./harness.mjs";
import { AREA, SIDE, canvas, chromium, inside, label, opened, orange, place, rgba, row, screen, slices } from "./viewed.mjs";

/** Drags over a plane, and waits until the session has taken it. */
async function drag(page, name, from, to) {
  const undone = () => hook(page, "undo").isEnabled();
  await page.mouse.move(...await screen(page, name, ...from));
  await page.mouse.down();
  await page.mouse.move(...await screen(page, name, ...to), { steps: 6 });
  const whilePressed = await rgba(page, name);
  await page.mouse.up();
  await frame(page);
  assert.ok(await undone());
  return whilePressed;
}

const changed = (before, after) => {
  const voxels = [];
  for (let i = 0; i < before.length; i++) {
    if ((before[i] !== 0) !== (after[i] !== 0)) voxels.push([Math.floor(i / AREA), Math.floor((i % AREA) / SIDE), i % SIDE]);
  }
  return voxels;
};

test("a stroke on a coronal or sagittal plane changes the voxels under it", async () => {
  const { page, seen } = await opened();
  const [z, y, x] = inside(label);
  await page.keyboard.press("l");
  await look(page, z);
  await page.mouse.click(...await screen(page, "axial", x, y));
  await tab(page, "correct");
  await hook(page, "tool-brush").click();
  await hook(page, "brush-size").fill("3.5");
  const before = (await mask(page)).data;
  for (const [name, column, axis, at] of [["coronal", 30, 1, y], ["sagittal", 40, 2, x]]) {
    const [shown] = await place(page, name);
    assert.equal(shown, at + 1, `${name} shows the plane through the organ`);
    const drawn = await drag(page, name, [column, row(z - 8)], [column, row(z + 8)]);
    assert.ok(orange(drawn.at(column, row(z))), "it is seen while the button is pressed");
    const voxels = changed(before, (await mask(page)).data);
    // Pixels of 2 mm and slices of 3 mm: a radius of 7 mm is three columns either way, and two slices.
    const inPlane = axis === 1 ? 2 : 1;
    assert.ok(voxels.every((voxel) => voxel[axis] === at), `${name}: on this plane alone`);
    assert.ok(voxels.every((voxel) => Math.abs(voxel[inPlane] - column) <= 4), "within the brush");
    const crossed = [...new Set(voxels.map(([z]) => z))].sort((a, b) => a - b);
    assert.deepEqual(crossed, Array.from({ length: 21 }, (_, i) => z - 10 + i), "every slice it crosses");
    assert.ok([7, 8].includes(voxels.filter(([k]) => k === z).length));
    await hook(page, "undo").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=redo]").disabled === false);
    assert.deepEqual(changed(before, (await mask(page)).data), [], "undo takes all of it back");
    assert.equal(orange((await rgba(page, name)).at(column, row(z))), false);
  }
  assert.ok(await canvas(page, "coronal").isVisible());
  assert.deepEqual(seen.errors ?? [], []);
  await page.context().close();
});

test("the mask of the whole organ grows by a margin, and undo takes that back", async () => {
  const { page, seen } = await open(chromium.browser, "?device=cpu");
  await choose(page, slices());
  await state(page, "done");
  await tab(page, "correct");
  await hook(page, "whole-organ").click();
  const before = (await mask(page)).data;
  await hook(page, "widen").click();
  await page.waitForFunction(() => /slices have changed/.test(document.querySelector("[data-testid=whole-changed]").textContent));
  const after = (await mask(page)).data;
  assert.ok(before.every((label, i) => label === 0 || after[i] !== 0), "nothing is removed");
  // A margin of 2 mm is one pixel of 2 mm in each slice, and less than the 3 mm between slices.
  const beside = (i) => [i - 1, i + 1, i - SIDE, i + SIDE].some((other) => before[other]);
  assert.ok(after.every((label, i) => (label !== 0) === (before[i] !== 0 || beside(i))), "every voxel beside the mask, and no other");
  await hook(page, "undo").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=redo]").disabled === false);
  await hook(page, "smooth").click();
  await page.waitForFunction(() => /^[1-9]\d* slices have changed/.test(document.querySelector("[data-testid=whole-changed]").textContent));
  const smooth = (await mask(page)).data;
  const count = (data) => data.reduce((sum, label) => sum + (label ? 1 : 0), 0);
  assert.ok(changed(before, smooth).length > 0 && Math.abs(count(smooth) / count(before) - 1) < 0.2, "smoother, of about the same size");
  await hook(page, "undo").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=redo]").disabled === false);
  assert.deepEqual(changed(before, (await mask(page)).data), []);
  assert.deepEqual(seen.errors ?? [], []);
  await page.context().close();
});
