// The walk of docs/walkthrough.md: from a dropped series to a saved DICOM SEG in twelve actions. With ISLET_SCREENSHOTS=FOLDER the pictures of that page are
// written there anew.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, drop, frame, hook, launch, open, scratch, state } from "./harness.mjs";

const PICTURES = process.env.ISLET_SCREENSHOTS;

let chromium;
let slices;
before(async () => {
  cli("phantom", "--output", join(scratch, "walk"), "--cases", "1", "--seed", "9301");
  const folder = join(scratch, "walk/Pancreas-CT/PANCREAS_1001/phantom");
  slices = readdirSync(folder).sort().map((name) => join(folder, name));
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
  chromium = await launch();
});
after(() => chromium?.close());

const accepted = (page, count) => page.waitForFunction((count) =>
  document.querySelectorAll("[data-testid=accepted-slices] button").length === count, count);

test("a series becomes a corrected DICOM SEG in twelve actions", async () => {
  const { page, seen } = await open(chromium.browser, "?device=cpu", { width: 1280, height: 720 });
  await state(page, "ready");
  let actions = 0;
  const act = (action) => { actions += 1; return action(); };
  const picture = async (name) => {
    if (!PICTURES) return;
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(PICTURES, `${name}.jpg`), type: "jpeg", quality: 70 });
  };

  // 1: the series is segmented by itself.
  await act(() => choose(page, slices));
  await state(page, "done");
  assert.match(await hook(page, "volume-ml").innerText(), /^[\d.]+ mL$/);
  await picture("1-segmented");

  // 2 to 5: the slice that the model is least sure of, corrected and accepted.
  const before = await hook(page, "slice-index").innerText();
  await act(() => page.keyboard.press("n"));
  await frame(page);
  assert.notEqual(await hook(page, "slice-index").innerText(), before);
  await act(() => page.keyboard.press("p"));
  const box = await page.locator("[data-pane=axial] canvas").boundingBox();
  const [x, y] = [box.x + 0.52 * box.width, box.y + 0.45 * box.height];
  await act(async () => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 12, y + 4, { steps: 6 });
    await page.mouse.up();
  });
  await act(() => page.keyboard.press("Enter"));
  await picture("2-corrected");

  // 6 to 9: two more slices, whose masks are right. From the second on, all others follow.
  for (let more = 0; more < 2; more++) {
    await act(() => page.keyboard.press("n"));
    await frame(page);
    await act(() => page.keyboard.press("Enter"));
    await accepted(page, 2 + more);
    await page.waitForFunction(() => document.querySelector("[data-testid=propagation]")?.dataset.state === "done");
  }
  await picture("3-completed");

  // 10: the ways to complete the other slices are compared, and the best is shown.
  await act(() => hook(page, "complete").click());
  await page.waitForFunction(() => document.querySelector("[data-testid=best-way]")?.textContent.trim());
  await picture("4-compared");

  // 11 and 12: the result as DICOM SEG.
  await act(() => hook(page, "take-away").locator("summary").click());
  const [file] = await act(() => Promise.all([page.waitForEvent("download"), hook(page, "export-seg").click()]));
  const saved = join(scratch, file.suggestedFilename());
  await file.saveAs(saved);
  assert.ok(actions <= 12, `${actions} actions`);

  // It is what the page shows: dropped on it, it agrees in every voxel.
  assert.equal(readFileSync(saved).toString("latin1", 128, 132), "DICM");
  await drop(page, saved);
  await page.waitForFunction(() => document.querySelector("[data-testid=truth-dsc]")?.textContent.trim() === "1.000");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
