// The page for everybody: axe finds nothing in any of its states, in either language.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { choose, cli, drop, hook, launch, open, scratch, state } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

/** A picture of a body, as a PNG: one slice, segmented at once. */
const picture = (page) => page.evaluate(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 192, height: 192 });
  const context = canvas.getContext("2d");
  context.fillStyle = "#888";
  context.ellipse(96, 96, 80, 60, 0, 0, 7);
  context.fill();
  return canvas.toDataURL("image/png").split(",")[1];
});

test("axe finds nothing against the page, in any of its states and panels", async () => {
  const { page } = await open(chromium.browser);
  const found = {};
  const look = async (where) => { found[where] = await violations(page); };
  await state(page, "ready");
  await look("empty");
  await hook(page, "try-sample").first().click();
  await hook(page, "slice-index").waitFor();
  await look("at work");
  await hook(page, "layout-three").click();
  await look("three planes");
  await hook(page, "layout-axial").click();
  // What a file in DICOM says.
  const phantoms = join(scratch, "attributes");
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9501", "--slices", "6");
  await choose(page, join(phantoms, "Pancreas-CT/PANCREAS_1001/phantom/1-003.dcm"));
  await hook(page, "attributes-open").click();
  await hook(page, "attributes").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[data-testid=attributes] tbody tr").length > 20);
  await look("attributes");
  await hook(page, "attributes").locator("input").fill("patient");
  await look("attributes, searched");
  await hook(page, "attributes-close").click();
  const png = join(scratch, "body.png");
  writeFileSync(png, Buffer.from(await picture(page), "base64"));
  await drop(page, png);
  await page.waitForFunction(() => document.querySelector("header").innerText.includes("pixel size unknown"));
  await state(page, "done");
  await hook(page, "attention-toggle").click();
  await look("attention");
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    await look(`done, ${await tab.innerText()}`);
  }
  const box = await page.locator(".frame canvas").first().boundingBox();
  for (const tool of ["ellipse-toggle", "ruler-toggle"]) {
    await hook(page, tool).click();
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
    await page.mouse.up();
  }
  await page.keyboard.press("Escape");
  await page.getByRole("tab").first().click();
  await hook(page, "measurements").waitFor();
  await look("measurements");
  await hook(page, "help-button").click();
  await hook(page, "help").waitFor();
  await look("keys");
  await hook(page, "help-close").click();
  const broken = join(scratch, "report.docx");
  writeFileSync(broken, "this is no image");
  await drop(page, broken);
  await hook(page, "error").waitFor();
  await look("refused");
  await page.setViewportSize({ width: 820, height: 1180 });
  await look("tablet");
  await hook(page, "language").selectOption("de");
  await look("German");
  assert.ok(Object.keys(found).length >= 9, `looked at ${Object.keys(found)}`);
  const list = Object.entries(found).flatMap(([where, lines]) => lines.map((line) => `${where}: ${line}`));
  assert.deepEqual(list, []);
  await page.context().close();
});
