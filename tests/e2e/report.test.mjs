// The report for printing: saved from the page, opened as a file, its values against the page and against the files of a phantom, one sheet of A4, its
// pictures by their pixels, no patient unless wanted. With ISLET_LOOK set to a folder, pictures of it are left there.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { choose, hook, launch, look, open, organHu, scratch, state, tab } from "./harness.mjs";
import { openWithRelease } from "./tiny_release.mjs";
import { AREA, DEPTH, SIDE, chromium, label, opened, slice, slices } from "./viewed.mjs";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const A4_PX = { width: 794, height: 1123 };

/** Saves a report; `{ name, path }`. */
async function save(page, button = "export-report") {
  if (!(await hook(page, button).isVisible())) await page.locator("[data-testid=take-away] summary").click();
  const [file] = await Promise.all([page.waitForEvent("download", { timeout: 120_000 }), hook(page, button).click()]);
  const path = join(scratch, `${Date.now()}-${file.suggestedFilename()}`);
  await file.saveAs(path);
  await page.waitForFunction((button) => !document.querySelector(`[data-testid=${button}]`).disabled, button);
  await page.keyboard.press("Escape");
  return { name: file.suggestedFilename(), path, html: readFileSync(path, "utf8") };
}

/** Opens a report as a file, judges what is the same for all, and gives its page. */
async function read(page, { path, html }, name) {
  assert.ok(!/<script|https?:\/\/|<link|url\(/.test(html), "it asks for nothing");
  const report = await page.context().newPage();
  await report.setViewportSize(A4_PX);
  const said = [];
  report.on("console", (message) => said.push(message.text()));
  await report.goto(`file://${path}`);
  if (process.env.ISLET_LOOK) await report.screenshot({ path: join(process.env.ISLET_LOOK, `${name}.png`), fullPage: true });
  const pdf = await report.pdf({ preferCSSPageSize: true });
  if (process.env.ISLET_LOOK) writeFileSync(join(process.env.ISLET_LOOK, `${name}.pdf`), pdf);
  assert.equal(pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g).length, 1, "one sheet");
  const [, width, height] = pdf.toString("latin1").match(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/).map(Number);
  assert.ok(Math.abs(width - 595) < 2 && Math.abs(height - 842) < 2, `${width} x ${height} points`);
  const wide = await report.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, "nothing sticks out");
  await report.evaluate(AXE);
  const { violations } = await report.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`)), []);
  assert.deepEqual(said, [], "the policy refuses nothing that it has");
  return report;
}

/** RGBA of the picture of a report with this name; `{ width, height, count(is) }`. */
const pixels = (report, name, kind) => report.evaluate(async ([name, kind]) => {
  const svg = [...document.querySelectorAll("svg[role=img]")].find((svg) => svg.getAttribute("aria-label").startsWith(name));
  const image = Object.assign(new Image(), { src: svg.querySelector("image").getAttribute("href") });
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const is = { orange: (r, g, b) => r > b + 20, white: (r, g, b) => r === 255 && g === 255 && b === 255 }[kind];
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += is(data[i], data[i + 1], data[i + 2]) ? 1 : 0;
  return { width: image.width, height: image.height, count };
}, [name, kind]);

const cells = (report) => report.evaluate(() => [...document.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
const text = (report) => report.evaluate(() => document.body.innerText.replace(/\s+/g, " "));

/** The label's voxels in viewing order, which is the phantom's own, by slice and by plane. */
function ground() {
  const values = [];
  const bySlice = Array(DEPTH).fill(0);
  const sum = [0, 0, 0];
  for (let z = 0; z < DEPTH; z++) {
    const { hu } = slice(z);
    for (let i = 0; i < AREA; i++) {
      if (label[z * AREA + i] !== 1) continue;
      const [y, x] = [Math.floor(i / SIDE), i % SIDE];
      values.push(hu(x, y));
      bySlice[z] += 1;
      [z, y, x].forEach((index, axis) => { sum[axis] += index; });
    }
  }
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  const { spacing, origin } = slice(0);
  const mm = [Math.abs(slice(1).origin[2] - origin[2]), ...spacing];
  const filled = bySlice.flatMap((count, z) => (count > 0 ? [z + 1] : []));
  return { ml: (values.length * mm[0] * mm[1] * mm[2]) / 1000, mean, sd, first: filled[0], last: filled.at(-1), bySlice, mm };
}

test("a report says what the page shows and the files say, on one sheet", { timeout: 400_000 }, async () => {
  const { page, seen } = await opened();
  await state(page, "done", 240_000);
  const expected = ground();
  // One slice that is accepted no more, and a measurement.
  await look(page, 5);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("[data-testid=fine-tune]").textContent.includes("47 slices"));
  const box = await page.locator("[data-pane=axial] .frame canvas").boundingBox();
  await hook(page, "ruler-toggle").click();
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.press("Escape");
  await tab(page, "result");
  const measured = (await hook(page, "measurement").innerText()).match(/[\d.]+ mm/)[0];
  const shown = { hu: await organHu(page), ml: await hook(page, "volume-ml").innerText() };

  const saved = await save(page);
  const report = await read(page, saved, "one-en");
  const all = await text(report);
  const key = all.match(/[0-9a-f]{32,64}/)[0];
  assert.equal(saved.name, `islet_${key.slice(0, 8)}_report.html`);
  const [[name, ml, hu, pieces, range, corrected], ...more] = await cells(report);
  assert.deepEqual([name, more.length], ["Pancreas", 0]);
  assert.equal(ml, shown.ml);
  assert.ok(Math.abs(parseFloat(ml) - expected.ml) <= 0.051, `${ml}, ${expected.ml} by hand`);
  assert.equal(hu, shown.hu);
  assert.equal(hu, `${expected.mean.toFixed(0)} ± ${expected.sd.toFixed(0)} HU`);
  assert.equal(range, `${expected.first} to ${expected.last}`);
  assert.deepEqual([pieces, corrected], ["1", String(DEPTH)]);
  assert.ok(all.includes(`Accepted slices: 1–5, 7–${DEPTH}`) && all.includes("Corrected slices, not accepted: 6"), all);
  assert.ok(all.includes(`${SIDE} × ${SIDE} pixels, ${DEPTH} slices`));
  const [z, y, x] = expected.mm.map((mm) => mm.toFixed(3));
  assert.ok(all.includes(`${x} × ${y} × ${z} mm`), all);
  assert.ok(all.includes(`1 Length: ${measured} · Axial 6 / ${DEPTH}`), all);
  assert.ok(all.includes(`SHA-256 ${createHash("sha256").update(readFileSync("www/models/pancreas.safetensors")).digest("hex")}`));
  assert.match(all, /Not a medical device.*Without patient data.*20\d\d-\d\d-\d\d \d\d:\d\d:\d\d, Islet \d+\.\d+\.\d+/);
  assert.match(all, /Trained on: .*\d+ cases\. The page cannot tell whether this patient is among them\./);
  // Warnings are those of the page.
  for (const warning of await page.locator("[data-testid=volume-doubt], [data-testid=caveats] li, [data-testid=unlike] li").allTextContents()) {
    assert.ok(all.includes(warning), warning);
  }
  // Pictures: the planes have the mask, as many pixels of it as the slice through the middle has; the surface lies on white.
  const axial = await pixels(report, "Axial", "orange");
  const index = parseInt(all.match(/Axial (\d+) \/ 48 · [SI]/)[1]) - 1;
  assert.deepEqual([axial.width, axial.height], [SIDE, SIDE]);
  assert.ok(Math.abs(axial.count - expected.bySlice[index]) <= 0.02 * expected.bySlice[index], `${axial.count} orange pixels, ${expected.bySlice[index]} in the mask`);
  for (const plane of ["Coronal", "Sagittal"]) {
    const picture = await pixels(report, plane, "orange");
    assert.deepEqual([picture.width, picture.height], [SIDE, DEPTH]);
    assert.ok(picture.count > 10, `${plane}: ${picture.count}`);
  }
  const surface = await pixels(report, "Surface", "orange");
  const white = await pixels(report, "Surface", "white");
  assert.ok(surface.count > 5000 && white.count > 50_000, `${surface.count} pixels of the surface, ${white.count} of paper`);
  // The scale is drawn as long as it says, in mm of the picture.
  const scales = await report.evaluate(() => [...document.querySelectorAll(".planes svg")].map((svg) => {
    const { width } = svg.querySelector("path:last-of-type").getBBox();
    return [width, svg.viewBox.baseVal.width, svg.viewBox.baseVal.height, svg.querySelectorAll("path").length];
  }));
  assert.deepEqual(scales.map(([bar, ...rest]) => [Math.round(bar), ...rest]), [
    [100, SIDE * expected.mm[2], SIDE * expected.mm[1], 2], [100, SIDE * expected.mm[2], DEPTH * expected.mm[0], 2],
    [100, SIDE * expected.mm[1], DEPTH * expected.mm[0], 2]]);
  const letters = await report.evaluate(() => [...document.querySelectorAll(".planes svg")].map((svg) => [...svg.querySelectorAll("text")].map((t) => t.textContent).join("")));
  assert.deepEqual(letters, ["RLAP100 mm", "RLSI100 mm", "APSI100 mm"]);
  await report.close();

  await hook(page, "language").selectOption("de");
  const german = await read(page, await save(page), "one-de");
  const words = await text(german);
  assert.match(words, /Kein Medizinprodukt.*Ohne Patientendaten.*Pankreas/);
  assert.ok(words.includes(`Bestätigte Schichten: 1–5, 7–${DEPTH}`), words);
  assert.deepEqual((await cells(german))[0].slice(1, 3), [shown.ml, shown.hu]);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("the patient is in it only if wanted; the file is named after the series only then", { timeout: 200_000 }, async () => {
  const { page, seen } = await opened();
  await state(page, "done", 120_000);
  const patient = await hook(page, "corner-patient").innerText();
  const [name, id] = patient.split("\n");
  assert.ok(name.length > 3 && id.length > 3, patient);
  const [study] = (await hook(page, "corner-study").innerText()).split("\n");
  const without = await save(page);
  const named = await save(page, "export-report-patient");
  for (const secret of [name, id, study]) {
    assert.ok(secret.length > 3 && named.html.includes(secret), `${secret} is wanted`);
    assert.ok(!without.html.includes(secret) && !without.name.includes(secret), `${secret} is not wanted`);
  }
  assert.ok(!named.name.startsWith("islet_") && named.name.endsWith("_report.html"), named.name);
  await (await read(page, named, "patient-en")).close();
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("with several organs each that is shown has its line", { timeout: 400_000 }, async () => {
  const { page, seen } = await open(chromium.browser);
  const listed = await openWithRelease(page, slices());
  const report = await read(page, await save(page), "several-en");
  const rows = await cells(report);
  assert.deepEqual(rows.map(([name]) => name.toLowerCase()), listed.map(({ organ }) => organ));
  assert.deepEqual(rows.map(([, ml]) => ml.replace(" *", "")), listed.map(({ size }) => size));
  assert.deepEqual(rows.map(([, , hu]) => hu), listed.map(({ hu }) => hu));
  assert.ok(rows.every(([, , , pieces]) => parseInt(pieces) > 0), `${rows}`);
  await report.close();
  // One that is hidden is not in it.
  await hook(page, "organs").locator(`li[data-organ=${listed[1].organ}] [data-testid=organ-eye]`).click();
  const fewer = await read(page, await save(page), "fewer-en");
  assert.deepEqual((await cells(fewer)).map(([name]) => name.toLowerCase()), listed.filter((_, i) => i !== 1).map(({ organ }) => organ));
  await hook(page, "language").selectOption("de");
  await (await read(page, await save(page), "several-de")).close();
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("a lone slice has an area and no surface", { timeout: 200_000 }, async () => {
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices()[24]);
  await state(page, "done", 60_000);
  const report = await read(page, await save(page), "lone");
  const [[, area]] = await cells(report);
  assert.match(area, /^\d+\.\d\d cm²$/);
  assert.equal(area, await hook(page, "volume-ml").innerText());
  const all = await text(report);
  assert.match(all, /Area .*A single slice has an area, not a volume\./);
  assert.deepEqual([await report.locator(".planes svg").count(), await report.locator(".surface").count()], [1, 0]);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

let plain;
after(() => plain?.close());

test("without WebGL 2 a sentence stands for the surface", { timeout: 200_000 }, async () => {
  plain = await launch({ flags: ["--disable-3d-apis"] });
  const { page, seen } = await open(plain.browser);
  await choose(page, slices().slice(20, 26));
  await state(page, "done", 120_000);
  const report = await read(page, await save(page), "no-webgl");
  assert.match(await text(report), /There is no picture of the surface, because the browser has no WebGL 2\./);
  assert.equal(await report.locator(".planes svg").count(), 3);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
