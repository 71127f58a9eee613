// Length, angle and ellipse on the planes, their list, and the table that is saved. Expected values come from the phantom's files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { download, hook, look, scratch } from "./harness.mjs";
import { DEPTH, canvas, opened, pane, row, screen, slice } from "./viewed.mjs";

const drag = async (page, name, from, to) => {
  await page.mouse.move(...await screen(page, name, ...from));
  await page.mouse.down();
  await page.mouse.move(...await screen(page, name, ...to), { steps: 3 });
  await page.mouse.up();
};
/** The lines of the table as objects. */
const table = (path) => {
  const [header, ...lines] = readFileSync(path, "utf8").trim().split("\r\n").map((line) => line.match(/("[^"]*"|[^,]*)(,|$)/g).map((cell) => cell.replace(/,$/, "").replaceAll('"', "")));
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
};
/** The pixel [row, column] of a plane that a point of the patient in mm (LPS) lies on, by the first slice's place. */
const pixelOf = (plane, [x, y, z]) => {
  const { origin, spacing } = slice(0);
  const [column, line, k] = [(x - origin[0]) / spacing[1], (y - origin[1]) / spacing[0], (origin[2] - z) / 3];
  return { axial: [line, column], coronal: [row(Math.abs(k)), column], sagittal: [row(Math.abs(k)), line] }[plane];
};

test("length, angle and ellipse have the values of the files on every plane, and go into a table without names", { timeout: 180_000 }, async () => {
  const { page, seen } = await opened();
  await look(page, 20);
  await page.keyboard.press("o");
  assert.equal(await hook(page, "ellipse-toggle").getAttribute("aria-pressed"), "true");
  await drag(page, "axial", [60, 70], [90, 100]);
  // An angle: down 40 pixels, then 40 to the right: 90 degrees in pixels of 2 x 2 mm.
  await page.keyboard.press("w");
  await drag(page, "axial", [100, 60], [100, 100]);
  await page.mouse.move(...await screen(page, "axial", 120, 90), { steps: 3 });
  await page.mouse.click(...await screen(page, "axial", 140, 100));
  assert.ok(Math.abs(parseFloat(await hook(page, "angle").innerText()) - 90) < 2);
  // A point outside of the picture is moved to its border.
  await page.keyboard.press("m");
  const box = await canvas(page, "axial").boundingBox();
  await page.mouse.move(...await screen(page, "axial", 100, 150));
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height + 30, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.press("Escape");
  assert.equal(await hook(page, "measurement").count(), 3);
  assert.equal(await page.locator(".panes .rulers > ellipse").count(), 1);
  assert.equal(await page.locator(".panes .rulers > line").count(), 3);

  // On a coronal plane, whose pixels are 2 mm wide and 3 mm high.
  await hook(page, "layout-coronal").click();
  await page.keyboard.press("o");
  await drag(page, "coronal", [60, 12], [110, 30]);
  await page.keyboard.press("w");
  await drag(page, "coronal", [60, 30], [60, 10]);
  await page.mouse.click(...await screen(page, "coronal", 90, 30));
  // 20 rows of 3 mm up, then 30 columns of 2 mm and 20 rows back: 45 degrees. Pixels would say 56.
  assert.ok(Math.abs(parseFloat(await hook(page, "angle").innerText()) - 45) < 3);
  await page.keyboard.press("Escape");
  const index = Number((await hook(page, "slice-index").innerText()).split(" / ")[0]) - 1;

  // The table holds what the files say.
  await hook(page, "measurements").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[data-testid=measurement] span")[3]?.textContent.includes("HU"));
  const path = await download(page, "export-measurements", join(scratch, "measured.csv"));
  const text = readFileSync(path, "utf8");
  assert.ok(!/PANCREAS|phantom/i.test(text.split("\r\n").slice(1).join().replace(/"[^"]*not a medical[^"]*"/gi, "")), text);
  const rows = table(path);
  assert.deepEqual(rows.map(({ kind, plane, slice }) => `${kind} ${plane} ${slice}`),
    ["ellipse axial 21", "angle axial 21", "length axial 21", `ellipse coronal ${index + 1}`, `angle coronal ${index + 1}`]);
  for (const { kind, plane, points_lps_mm: points, ...found } of rows.filter((row) => row.kind === "ellipse")) {
    const corners = points.split("; ").map((point) => pixelOf(plane, point.split(" ").map(Number)));
    const [top, left, bottom, right] = [0, 1].map((axis) => corners.map((corner) => corner[axis])).flatMap((v) => [v]).reduce(
      ([a, b, c, d], v, axis) => axis === 0 ? [Math.min(...v), b, Math.max(...v), d] : [a, Math.min(...v), c, Math.max(...v)], [0, 0, 0, 0]);
    const [cy, cx, ry, rx] = [(top + bottom) / 2, (left + right) / 2, (bottom - top) / 2, (right - left) / 2];
    const inside = [];
    const slices = plane === "axial" ? [slice(20)] : Array.from({ length: DEPTH }, (_, k) => slice(k));
    for (let i = Math.floor(top); i <= bottom + 1; i++) {
      for (let j = Math.floor(left); j <= right + 1; j++) {
        // Points in the table are rounded to micrometres.
        if (((i - cy) / ry) ** 2 + ((j - cx) / rx) ** 2 > 1 + 1e-4) continue;
        inside.push(plane === "axial" ? slices[0].hu(j, i) : slices[row(i)].hu(j, index));
      }
    }
    const mean = inside.reduce((sum, hu) => sum + hu, 0) / inside.length;
    const sd = Math.sqrt(inside.reduce((sum, hu) => sum + (hu - mean) ** 2, 0) / inside.length);
    assert.equal(Number(found.pixels), inside.length, `${plane}: ${points}`);
    assert.ok(Math.abs(found.mean_hu - mean) < 1e-6 && Math.abs(found.sd_hu - sd) < 1e-6, `${plane}: ${found.mean_hu} ${mean}, ${found.sd_hu} ${sd}`);
    assert.deepEqual([Number(found.min_hu), Number(found.max_hu)], [Math.min(...inside), Math.max(...inside)]);
    const mm2 = Math.PI * rx * 2 * ry * (plane === "axial" ? 2 : 3);
    assert.ok(Math.abs(found.area_mm2 - mm2) < 1e-2 * mm2, `${found.area_mm2} ${mm2}`);
  }

  // The list goes there, and removes one.
  await hook(page, "measurement").nth(1).click();
  assert.equal(await page.locator(".panes").getAttribute("data-layout"), "axial");
  assert.equal(await hook(page, "slice-index").innerText(), `21 / ${DEPTH}`);
  await hook(page, "measurement-remove").nth(0).click();
  assert.equal(await hook(page, "measurement").count(), 4);
  assert.equal(await pane(page, "axial").locator("[data-testid=ellipse]").count(), 0);
  // They are there again with their series.
  await hook(page, "try-sample").first().click();
  await page.waitForFunction(() => document.querySelector(".facts").textContent.includes("Sample"));
  assert.equal(await hook(page, "measurement").count(), 0);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
