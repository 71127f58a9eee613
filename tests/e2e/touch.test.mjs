// Fingers on a picture: one scrolls, two pinch or set the window.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hook, look } from "./harness.mjs";
import { canvas, opened } from "./viewed.mjs";

test("fingers: one scrolls, two pinch or set the window", async () => {
  const { page } = await opened({ hasTouch: true });
  await look(page, 20);
  const cdp = await page.context().newCDPSession(page);
  const box = await canvas(page, "axial").boundingBox();
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = (type, points) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const glide = async (from, to) => {
    await touch("touchStart", from.slice(0, 1));
    if (from.length > 1) await touch("touchStart", from);
    for (let i = 1; i <= 10; i++) await touch("touchMove", from.map(([x, y], f) => [x + ((to[f][0] - x) * i) / 10, y + ((to[f][1] - y) * i) / 10]));
    await touch("touchEnd", []);
    await page.waitForTimeout(100);
  };
  await glide([[cx + 80, cy - 60]], [[cx + 80, cy + 60]]);
  assert.equal(await hook(page, "slice-index").innerText(), "31 / 48", "120 px are ten slices");
  assert.match(await hook(page, "window").innerText(), /W 400\s+L 40/, "one finger leaves the window alone");
  // From 100 px apart to 200.
  await glide([[cx - 50, cy], [cx + 50, cy]], [[cx - 100, cy], [cx + 100, cy]]);
  const pinched = await canvas(page, "axial").boundingBox();
  assert.ok(pinched.width / box.width > 1.7 && pinched.width / box.width < 2.1, `${pinched.width / box.width} times as large`);
  assert.ok(Math.abs(pinched.x + pinched.width / 2 - cx) < 8, "around the middle of the fingers");
  await glide([[cx - 50, cy], [cx + 50, cy]], [[cx - 20, cy], [cx + 80, cy]]);
  assert.match(await hook(page, "window").innerText(), /W 460\s+L 40/);
  assert.equal((await canvas(page, "axial").boundingBox()).width, pinched.width);
  assert.equal(await hook(page, "slice-index").innerText(), "31 / 48", "two fingers leave the slice alone");
  await page.context().close();
});
