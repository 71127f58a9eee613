// The texts in the corners, their key, what of them is in a saved picture, and the table of attributes with its search.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { planted } from "./canaries.mjs";
import { choose, cli, download, hook, launch, open, organHu, scratch, state } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

/** Six slices with a patient, who is planted. */
function series() {
  const folder = join(scratch, "annotated");
  cli("phantom", "--output", folder, "--cases", "1", "--seed", "9302", "--slices", "6");
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".dcm")).sort();
  return files.map((name, i) => {
    const path = join(scratch, `annotated-${i}.dcm`);
    writeFileSync(path, planted(readFileSync(join(folder, name)), i));
    return path;
  });
}

/** The brightest value in each corner of a saved picture, in the order of the corners on the screen. */
async function corners(page, path, boxes) {
  return page.evaluate(async ([base64, boxes]) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
    const panes = document.querySelector(".panes").getBoundingClientRect();
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const scale = bitmap.width / panes.width;
    return boxes.map(({ x, y, width, height }) => {
      const { data } = context.getImageData((x - panes.x) * scale, (y - panes.y) * scale, width * scale, height * scale);
      return data.filter((_, i) => i % 4 !== 3).reduce((most, value) => Math.max(most, value), 0);
    });
  }, [readFileSync(path).toString("base64"), boxes]);
}

test("corners say what the files say, one key hides them, and a saved picture never names the patient", { timeout: 120_000 }, async () => {
  const { page, seen } = await open(chromium.browser);
  await choose(page, series());
  await state(page, "done", 90_000);
  // The view has gone to the mask by then and stays there.
  await organHu(page);
  const texts = async () => (await page.locator(".corner").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
  await page.waitForFunction(() => document.querySelector("[data-testid=corner-patient]")?.innerText.includes("CANARYNAME"));
  const value = (path, group, element) => {
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from([group & 255, group >> 8, element & 255, element >> 8, 0x44, 0x53]));
    return bytes.subarray(at + 8, at + 8 + bytes.readUInt16LE(at + 6)).toString().split("\\").map(Number);
  };
  const slice = Number((await hook(page, "slice-index").innerText()).split(" ")[0]);
  const z = value(join(scratch, `annotated-${slice - 1}.dcm`), 0x20, 0x32)[2];
  const thickness = value(join(scratch, "annotated-0.dcm"), 0x18, 0x50)[0];
  const [patient, study, position, view] = await texts();
  assert.equal(patient, "CANARYNAME, ANNA CANARYID0815");
  assert.match(study, /^1947-02-11 /);
  assert.equal(position, `${z < 0 ? "I" : "S"} ${Math.abs(z).toFixed(1)} mm Thickness ${thickness.toFixed(2)} mm`);
  assert.equal(view, "W 400 L 40 1.0×");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("2");
  assert.equal((await texts())[3], "W 150 L 90 1.6×", "they follow zoom and window");
  await page.keyboard.press("0");

  // In a saved picture: position and window, if they are shown, and never the patient.
  const boxes = await Promise.all(["corner-patient", "corner-study", "corner-view"].map((name) => hook(page, name).boundingBox()));
  await page.locator("[data-testid=take-away] summary").click();
  const shown = await corners(page, await download(page, "export-png", join(scratch, "shown.png")), boxes);
  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  assert.deepEqual(await texts(), []);
  await page.locator("[data-testid=take-away] summary").click();
  const hidden = await corners(page, await download(page, "export-png", join(scratch, "hidden.png")), boxes);
  await page.keyboard.press("Escape");
  assert.ok(shown[2] > 150, `window and zoom are drawn: ${shown}`);
  assert.deepEqual([shown[0], shown[1], ...hidden].map((value) => value < 60), [true, true, true, true, true], `${shown} and ${hidden}`);

  // The table, and its search.
  await hook(page, "attributes-open").click();
  const rows = page.locator("[data-testid=attributes] tbody tr");
  await rows.first().waitFor();
  assert.ok(await rows.count() > 60);
  await hook(page, "attributes-search").fill("patientname 0010,0010");
  assert.equal(await rows.count(), 1);
  assert.deepEqual(await rows.locator("td").allInnerTexts(), ["(0010,0010)", "PatientName", "PN", "CANARYNAME^ANNA"]);
  await hook(page, "attributes-search").fill("0028,0010");
  assert.equal((await rows.locator("td").allInnerTexts()).at(-1), "192");
  await hook(page, "attributes-search").fill("canarystreet 5");
  assert.equal((await rows.locator("td").allInnerTexts())[1], "InstitutionAddress");
  // The first Escape empties the search, the second closes the table.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("[data-testid=attributes]").open);
  // The browser tells of the closing a moment later.
  await page.locator("[data-testid=attributes] tr").first().waitFor({ state: "detached" });
  assert.equal(await page.locator("[data-testid=attributes] tr").count(), 0, "nothing of it stays");

  // The window has the same letters everywhere, and the slab is in view below it, in either language.
  await page.keyboard.press("u");
  for (const language of ["en", "de"]) {
    await hook(page, "language").selectOption(language);
    await page.waitForFunction((language) => document.documentElement.lang === language, language);
    const window = (await hook(page, "window").innerText()).replace(/\s+/g, " ");
    assert.match(window, /^W \d+ L \d+$/);
    assert.ok((await hook(page, "corner-view").innerText()).replace(/\s+/g, " ").startsWith(`${window} `), window);
    const [panel, slab] = [await page.locator("aside.left").boundingBox(), await hook(page, "slab").boundingBox()];
    assert.ok(slab.y + slab.height <= panel.y + panel.height, `${language}: the slab ends at ${slab.y + slab.height}, the panel at ${panel.y + panel.height}`);
  }
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
