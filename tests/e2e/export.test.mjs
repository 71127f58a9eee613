// What is taken away, by value. With ISLET_PYTHON set to a Python that has highdicom and nibabel, these judge the files too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { dicom, labels, text } from "./dicom.mjs";
import { gunzipSync } from "node:zlib";
import { choose, cli, count, drop, dsc, hook, launch, look, mask, nifti, niftiHeader, open, scratch, spread, state } from "./harness.mjs";
import { assertMeasured, gltf, measure, trackedGroups } from "./measured.mjs";
import { openWithRelease } from "./tiny_release.mjs";

const AREA = 192 * 192;
/** Part of the phantom, with half of its pancreas: what is segmented here is only to be taken away. */
const [FIRST, DEPTH] = [22, 12];
let chromium;
let folder;

before(async () => {
  const phantoms = join(scratch, "taken");
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9201");
  folder = join(phantoms, "Pancreas-CT/PANCREAS_1001/phantom");
  chromium = await launch();
});
after(() => chromium?.close());

const slices = () => Array.from({ length: DEPTH }, (_, i) => join(folder, `1-${String(FIRST + i).padStart(3, "0")}.dcm`));

const menu = (page) => page.locator("[data-testid=take-away] summary").click();

/** Clicks, and gives the file's name and where it was saved. */
async function take(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, name).click()]);
  const path = join(scratch, download.suggestedFilename());
  await download.saveAs(path);
  return { path, bytes: readFileSync(path), name: download.suggestedFilename() };
}

/** The voxels whose centres are inside the contours of a structure set (implicit VR), on the grid of upright slices. */
function filled(bytes, series) {
  const places = series.map((slice) => text(slice["00200032"]).split("\\").map(Number));
  assert.ok(series.every((slice) => text(slice["00200037"]).split("\\").map(Number).join() === "1,0,0,0,1,0"), "upright");
  const [rowMm, columnMm] = text(series[0]["00280030"]).split("\\").map(Number);
  const labels = new Uint8Array(AREA * series.length);
  // Contour Data (3006,0050).
  const tag = Buffer.from([0x06, 0x30, 0x50, 0x00]);
  for (let at = bytes.indexOf(tag); at >= 0; at = bytes.indexOf(tag, at + 4)) {
    const numbers = text(bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4))).split("\\").map(Number);
    const z = places.findIndex(([, , mm]) => Math.abs(mm - numbers[2]) < 0.01);
    assert.ok(z >= 0 && numbers.length % 3 === 0 && numbers.every(Number.isFinite), `a contour at ${numbers[2]} mm`);
    const points = Array.from({ length: numbers.length / 3 }, (_, i) =>
      [(numbers[3 * i] - places[z][0]) / columnMm, (numbers[3 * i + 1] - places[z][1]) / rowMm]);
    const rows = points.map(([, y]) => y);
    for (let y = Math.ceil(Math.min(...rows)); y <= Math.max(...rows); y++) {
      // Where the contour crosses this row; a pixel with an odd number of crossings before it is inside.
      const crossings = points.flatMap(([ax, ay], i) => {
        const [bx, by] = points[(i + 1) % points.length];
        return (ay <= y) !== (by <= y) ? [ax + ((y - ay) / (by - ay)) * (bx - ax)] : [];
      });
      for (let x = 0; x < 192; x++) if (crossings.filter((at) => at < x).length % 2) labels[z * AREA + y * 192 + x] = 1;
    }
  }
  return labels;
}

/** The fields of an NRRD file with gzipped bytes, and its voxels. */
function nrrd(bytes) {
  const end = bytes.indexOf("\n\n");
  const lines = bytes.toString("utf8", 0, end).split("\n").filter((line) => !line.startsWith("#"));
  assert.match(lines[0], /^NRRD000[45]$/);
  const fields = Object.fromEntries(lines.slice(1).map((line) => line.split(/:=|: /, 2)));
  assert.deepEqual([fields.type, fields.encoding], ["unsigned char", "gzip"]);
  return [fields, gunzipSync(bytes.subarray(end + 2))];
}

test("every export says the same of one series, and says it right", { timeout: 300_000 }, async () => {
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices());
  await state(page, "done", 240_000);
  const series = slices().map((path) => dicom(readFileSync(path)));
  const whole = await mask(page);
  const shown = parseFloat(await hook(page, "volume-ml").innerText());
  const ml = (count(whole) * 12) / 1000;
  assert.ok(Math.abs(ml - shown) < 0.06 && ml > 5, `${shown} mL shown, ${ml} mL in the mask`);

  const saved = await take(page, "export-nifti");
  assert.equal(dsc(nifti(saved.path).data, whole.data), 1);

  await measure(page, "ruler", [60, 70], [90, 110]);
  await measure(page, "ellipse", [70, 80], [90, 120]);

  await menu(page);
  // The segmentation: the same voxels; patient and study of the series; every frame where its slice is, and named after it.
  const segFile = await take(page, "export-seg");
  const seg = dicom(segFile.bytes);
  assert.equal(dsc(labels(seg), whole.data), 1);
  for (const tag of ["00100010", "00100020", "0020000D", "00200052"]) assert.equal(text(seg[tag]), text(series[0][tag]), tag);
  seg["52009230"].forEach((frame, z) => {
    const source = frame["00089124"][0]["00082112"][0];
    assert.equal(text(source["00081155"]), text(series[z]["00080018"]), `frame ${z}`);
    assert.equal(text(frame["00209113"][0]["00200032"]), text(series[z]["00200032"]), `frame ${z}`);
  });
  assert.equal(text(seg["00620002"][0]["00620008"]), "AUTOMATIC");
  assert.match(text(seg["00080023"]), /^20\d{6}$/);

  // The structure set: contours around the same voxels, of this patient and study.
  const structures = await take(page, "export-rtstruct");
  assert.equal(dsc(filled(structures.bytes, series), whole.data), 1);
  for (const tag of ["00100010", "00100020", "0020000D", "00200052"]) assert.ok(structures.bytes.includes(text(series[0][tag])), tag);
  assert.match(structures.name, /_pancreas\.rtstruct\.dcm$/);
  // 3D Slicer's segmentation: the same voxels on the same grid, named.
  const slicer = await take(page, "export-seg-nrrd");
  const [head, voxels] = nrrd(slicer.bytes);
  assert.equal(dsc(voxels, whole.data), 1);
  assert.equal(head.sizes, `192 192 ${DEPTH}`);
  const origin = text(series[0]["00200032"]).split("\\").map(Number);
  assert.deepEqual(head["space origin"].slice(1, -1).split(",").map(Number), origin);
  const directions = head["space directions"].split(" ").map((vector) => vector.slice(1, -1).split(",").map(Number));
  const up = Number(text(series[1]["00200032"]).split("\\")[2]) - origin[2];
  assert.deepEqual(directions, [[2, 0, 0], [0, 2, 0], [0, 0, up]]);
  assert.deepEqual([head.Segment0_Name, head.Segment0_LabelValue], ["pancreas", "1"]);

  // Without the patient: the same mask, and not a byte of who it is.
  await hook(page, "seg-without-patient").check();
  const nobody = await take(page, "export-seg");
  const nobodysContours = await take(page, "export-rtstruct");
  assert.equal(dsc(filled(nobodysContours.bytes, series), whole.data), 1);
  assert.equal(dsc(labels(dicom(nobody.bytes)), whole.data), 1);
  const secrets = ["00100010", "00100020", "0020000D", "0020000E", "00080018", "00200052"].map((tag) => text(series[7][tag]));
  assert.ok(secrets.every((secret) => secret.length > 3), `${secrets}`);
  for (const secret of secrets) {
    for (const file of [nobody, nobodysContours]) {
      assert.ok(!file.bytes.includes(secret) && !file.name.includes(secret), `${secret} is in ${file.name}`);
    }
    assert.ok(segFile.bytes.includes(secret), `${secret} is not in ${segFile.name}`);
  }

  // Dropped beside its series it is the truth, and the mask agrees with it to the last voxel.
  await drop(page, segFile.path);
  await hook(page, "truth-dsc").waitFor();
  assert.equal(await hook(page, "truth-dsc").innerText(), "1.000");
  assert.match(await hook(page, "truth-volume").innerText(), /(^|[^\d])0\.0 mL/);
  // In orange again, for the picture below; the menu lies over the switch.
  await menu(page);
  await hook(page, "compare-truth").uncheck();
  await menu(page);

  // The report of measurements: volume and Hounsfield units of the mask, and what was drawn.
  const sr = await take(page, "export-sr");
  assert.ok(sr.name.startsWith("islet_") && secrets.every((secret) => !sr.bytes.includes(secret)), sr.name);
  await hook(page, "seg-without-patient").uncheck();
  const own = await take(page, "export-sr");
  assert.match(own.name, /_measurements\.sr\.dcm$/);
  for (const tag of ["00100010", "00100020", "0020000D"]) assert.equal(text(dicom(own.bytes)[tag]), text(series[0][tag]), tag);
  const groups = trackedGroups(dicom(own.bytes));
  assertMeasured(groups, series, whole, ml);
  assert.deepEqual(trackedGroups(dicom(sr.bytes)).map(({ name, numbers }) => [name, numbers]), groups.map(({ name, numbers }) => [name, numbers]));

  // The surface: closed, and as large as the mask.
  const stl = (await take(page, "export-stl")).bytes;
  const triangles = stl.readUInt32LE(80);
  assert.equal(stl.length, 84 + 50 * triangles);
  const edges = new Map();
  const corners = new Set();
  let six = 0;
  for (let t = 0; t < triangles; t++) {
    const corner = (i) => [0, 1, 2].map((axis) => stl.readFloatLE(84 + 50 * t + 12 + 12 * i + 4 * axis));
    const [a, b, c] = [corner(0), corner(1), corner(2)];
    six += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
    for (const [from, to] of [[a, b], [b, c], [c, a]]) {
      const edge = [from.join(), to.join()].sort().join("|");
      edges.set(edge, (edges.get(edge) ?? 0) + 1);
      corners.add(from.join());
    }
  }
  assert.ok([...edges.values()].every((n) => n === 2), "every edge belongs to two triangles");
  assert.ok(Math.abs(six / 6000 / ml - 1) < 0.01, `${six / 6000} mL inside the surface, ${ml} mL in the mask`);

  // The scene: the same surface in metres, in the colour of the mask.
  const scene = gltf((await take(page, "export-glb")).bytes);
  assert.deepEqual(scene.surfaces.map(({ name }) => name), ["Pancreas"]);
  const [{ points, litres, material }] = scene.surfaces;
  assert.equal(points, corners.size);
  assert.ok(Math.abs((litres * 1000) / (six / 6000) - 1) < 1e-3, `${litres} L in the scene, ${six / 6000} mL in the STL`);
  assert.equal(material.alphaMode, "OPAQUE");
  // 230, 159 and 0 of sRGB as light.
  const light = [0.7912979, 0.3467041, 0, 1];
  assert.ok(material.pbrMetallicRoughness.baseColorFactor.every((part, i) => Math.abs(part - light[i]) < 1e-4), `${material.pbrMetallicRoughness.baseColorFactor}`);

  // The numbers, against the series' own pixels.
  const json = JSON.parse((await take(page, "export-json")).bytes);
  const inside = [];
  series.forEach((slice, z) => {
    const pixels = slice["7FE00010"];
    for (let i = 0; i < AREA; i++) if (whole.data[z * AREA + i]) inside.push(pixels.readInt16LE(2 * i));
  });
  const mean = inside.reduce((sum, hu) => sum + hu, 0) / inside.length;
  assert.ok(Math.abs(json.pancreas.hu.mean_hu - mean) < 1e-6, `${json.pancreas.hu.mean_hu} HU, ${mean} by hand`);
  inside.sort((a, b) => a - b);
  const middle = (inside[(inside.length - 1) >> 1] + inside[inside.length >> 1]) / 2;
  assert.equal(json.pancreas.hu.median_hu, middle);
  assert.ok(Math.abs(json.pancreas.volume_ml - ml) < 1e-9);
  assert.equal(json.model.sha256, createHash("sha256").update(readFileSync("www/models/pancreas.safetensors")).digest("hex"));
  assert.match(json.statement, /not a medical device/);
  assert.match(json.made_at, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/);

  const table = (await take(page, "export-csv")).bytes.toString().trim().split("\r\n").map((line) => line.split(","));
  assert.equal(table.length, DEPTH + 1);
  const column = (name) => table.slice(1).map((line) => parseFloat(line[table[0].indexOf(name)]));
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum(column("volume_ml")) - ml) < 1e-6 && Math.abs(sum(column("area_mm2")) * 3 - ml * 1000) < 1e-3);
  const ofSlice = Array.from({ length: DEPTH }, (_, z) => count({ data: whole.data.subarray(z * AREA, (z + 1) * AREA) }));
  assert.deepEqual(column("pixels"), ofSlice);

  // The picture: as large as the stage, with the mask's orange, and lettering that the canvas alone has not.
  const [z] = spread(whole, 1);
  await look(page, z);
  const png = await take(page, "export-png");
  const drawn = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const stage = document.querySelector(".panes").getBoundingClientRect();
    const frame = document.querySelector(".frame").getBoundingClientRect();
    const scale = image.width / stage.width;
    /** Pixels in a rectangle of the page for which `is` holds. */
    const pixels = (rect, is) => {
      let found = 0;
      for (let y = Math.round((rect.top - stage.top) * scale); y < (rect.bottom - stage.top) * scale; y++) {
        for (let x = Math.round((rect.left - stage.left) * scale); x < (rect.right - stage.left) * scale; x++) {
          const [r, g, b] = data.subarray(4 * (y * image.width + x));
          found += is(r, g, b) ? 1 : 0;
        }
      }
      return found;
    };
    const letter = document.querySelector(".letter.west").getBoundingClientRect();
    const bar = document.querySelector(".scale").getBoundingClientRect();
    return {
      size: [image.width, image.height],
      stage: [stage.width, stage.height],
      orange: pixels(frame, (r, g, b) => r > 150 && g > 90 && b < 60) / (scale * scale),
      letter: pixels(letter, (r, g, b) => r > 190 && g > 190 && b > 190),
      bar: pixels(bar, (r, g, b) => r > 150 && g > 150 && b > 150),
      frame: frame.width,
    };
  }, png.bytes.toString("base64"));
  assert.ok(drawn.size.every((n, i) => n >= Math.round(drawn.stage[i]) && n >= 192), `${drawn.size} px of ${drawn.stage}`);
  // The outline and part of the fill are orange: between a tenth of the mask's pixels and all of them.
  const onPage = ofSlice[z] * (drawn.frame / 192) ** 2;
  assert.ok(drawn.orange > onPage / 10 && drawn.orange < onPage * 1.2, `${drawn.orange} orange pixels, ${onPage} in the mask`);
  assert.ok(drawn.letter > 10 && drawn.bar > 30, `${drawn.letter} pixels of the letter, ${drawn.bar} of the scale`);
  assert.deepEqual(seen.errors, []);

  if (process.env.ISLET_PYTHON) {
    const check = (path, ...more) =>
      execFileSync(process.env.ISLET_PYTHON, ["tests/golden/seg_check.py", "check", path, saved.path, ...more], { encoding: "utf8" });
    // The slices that were opened, and no others of their series.
    const opened = join(scratch, "opened");
    mkdirSync(opened);
    for (const slice of slices()) copyFileSync(slice, join(opened, basename(slice)));
    console.log(check(segFile.path, opened), check(nobody.path));
    // What highdicom finds in the report is what was found above.
    for (const file of [own, sr]) {
      const found = JSON.parse(execFileSync(process.env.ISLET_PYTHON, ["tests/golden/sr_check.py", file.path], { encoding: "utf8" }));
      console.log(found.dciodvfy.join("\n"));
      const number = ({ name, derivation, value, unit }) => [[name, derivation].filter(Boolean).join(" "), [value, unit]];
      const seen = found.groups.map(({ name, numbers }) => [name, Object.fromEntries(numbers.map(number))]);
      assert.deepEqual(seen, groups.map(({ name, numbers }) => [name, numbers]));
      assert.deepEqual([found.groups[0].finding, found.groups[0].sites], ["Pancreas", [["Pancreas", ""]]]);
      assert.equal(found.evidence.length, DEPTH);
    }
  } else {
    console.log("skipped: highdicom and dciodvfy on the SEG, ISLET_PYTHON is not set");
  }
  await page.context().close();
});

/** A NIfTI-1 file of the slices' pixels, 2 x 2 x 3 mm. */
function niftiOf(paths) {
  return Buffer.concat([niftiHeader([paths.length, 192, 192], [3, 2, 2]), ...paths.map((path) => dicom(readFileSync(path))["7FE00010"])]);
}

test("a series that is not in DICOM gives a segmentation of nobody; a person's hand shows", { timeout: 300_000 }, async () => {
  const path = join(scratch, "somebody.nii");
  writeFileSync(path, niftiOf(slices().slice(0, 4)));
  const { page, seen } = await open(chromium.browser);
  await choose(page, path);
  await state(page, "done", 240_000);
  await menu(page);
  assert.equal(await hook(page, "seg-without-patient").count(), 0, "there is nothing to leave out");
  const whole = await mask(page);
  assert.ok(count(whole) > 100, `${count(whole)} voxels`);
  await look(page, 1);
  await page.keyboard.press("Enter");
  const json = async () => JSON.parse((await take(page, "export-json")).bytes);
  assert.deepEqual((await json()).accepted_slices, [2]);
  const seg = dicom((await take(page, "export-seg")).bytes);
  assert.equal(dsc(labels(seg), whole.data), 1);
  assert.equal(text(seg["00100010"]), "");
  assert.equal(seg["00081115"], undefined, "no series to refer to");
  assert.equal(text(seg["00620002"][0]["00620008"]), "SEMIAUTOMATIC");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("of several organs the report and the scene have those that are shown, with the page's numbers", { timeout: 400_000 }, async () => {
  const { page, seen } = await open(chromium.browser);
  const listed = await openWithRelease(page, slices());
  const saved = async () => {
    await menu(page);
    const groups = trackedGroups(dicom((await take(page, "export-sr")).bytes));
    const { surfaces } = gltf((await take(page, "export-glb")).bytes);
    await page.keyboard.press("Escape");
    return { groups, surfaces };
  };
  const { groups, surfaces } = await saved();
  assert.deepEqual(groups.map(({ name }) => name.toLowerCase()), listed.map(({ organ }) => organ));
  const hu = ({ numbers }) => ["Mean", "Standard Deviation"].map((kind) => numbers[`Attenuation Coefficient ${kind}`][0].toFixed(0)).join(" ± ");
  assert.deepEqual(groups.map((group) => `${hu(group)} HU`), listed.map((row) => row.hu));
  assert.deepEqual(groups.map(({ numbers }) => `${numbers.Volume[0].toFixed(1)} mL`), listed.map(({ size }) => size));
  assert.deepEqual(surfaces.map(({ name }) => name), groups.map(({ name }) => name));
  surfaces.forEach(({ litres, material }, i) => {
    const [ml] = groups[i].numbers.Volume;
    assert.ok(Math.abs((litres * 1000) / ml - 1) < 0.03, `${litres * 1000} mL in the scene, ${ml} mL`);
    // The pancreas, which the tools act on, is opaque; the others have the page's opacity.
    const alpha = material.pbrMetallicRoughness.baseColorFactor[3];
    assert.ok(material.alphaMode === (i === 0 ? "OPAQUE" : "BLEND") && Math.abs(alpha - (i === 0 ? 1 : 0.35)) < 1e-6, `${material.alphaMode} ${alpha}`);
  });
  await hook(page, "organs").locator(`li[data-organ=${listed[1].organ}] [data-testid=organ-eye]`).click();
  const fewer = await saved();
  const left = groups.map(({ name }) => name).filter((_, i) => i !== 1);
  assert.deepEqual([fewer.groups.map(({ name }) => name), fewer.surfaces.map(({ name }) => name)], [left, left]);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
