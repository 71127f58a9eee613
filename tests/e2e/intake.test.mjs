// Whatever is dragged in is sorted: zips, other modalities, labels, gaps, NRRD, compressed DICOM.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { choose, cli, download, drop, dsc, frame, hook, launch, look, mask, nifti, open, scratch, state, zip } from "./harness.mjs";

const SYNTAXES = new URL("../../../shared/dicom", import.meta.url).pathname;
const withoutSyntaxes = existsSync(SYNTAXES) ? false : "../shared/dicom is not here";
const AREA = 192 * 192;

const sumsOf = ({ dims, data }) => Array.from({ length: dims[0] }, (_, z) => data.subarray(z * AREA, (z + 1) * AREA).reduce((a, b) => a + b, 0));

let chromium;
let phantoms;
/** Slices of the phantom that are enough here, around the one with the most pancreas. */
const DEPTH = 8;
let from;

const sliceFile = (id, i) => join(phantoms, `Pancreas-CT/PANCREAS_${id}/phantom/1-${String(i + 1).padStart(3, "0")}.dcm`);
const slice = (id, i) => readFileSync(sliceFile(id, i));
const wholeLabel = () => join(phantoms, "TCIA_pancreas_labels-02-05-2017/label1001.nii.gz");

/** The label of those slices alone: its length, its origin and its voxels. */
function croppedLabel() {
  const bytes = gunzipSync(readFileSync(wholeLabel()));
  bytes.writeInt16LE(DEPTH, 46);
  for (const row of [0, 1, 2]) {
    const shift = from * bytes.readFloatLE(280 + 16 * row + 8);
    bytes.writeFloatLE(bytes.readFloatLE(280 + 16 * row + 12) + shift, 280 + 16 * row + 12);
    bytes.writeFloatLE(bytes.readFloatLE(268 + 4 * row) + shift, 268 + 4 * row);
  }
  return gzipSync(Buffer.concat([bytes.subarray(0, 352), bytes.subarray(352 + from * AREA, 352 + (from + DEPTH) * AREA)]));
}

/** A copy of a file with every `from` replaced by a `to` of the same length. */
function replaced(bytes, ...changes) {
  const copy = Buffer.from(bytes);
  for (const [from, to] of changes) {
    assert.equal(from.length, to.length);
    let at = copy.indexOf(from, 0, "latin1");
    assert.ok(at >= 0, from);
    for (; at >= 0; at = copy.indexOf(from, at + 1, "latin1")) copy.write(to, at, "latin1");
  }
  return copy;
}

/** The number of a series' UID, so that a copy can be another series. */
const seriesUid = (bytes) => /\x20\x00\x0e\x00UI..([0-9.]+)/s.exec(bytes.toString("latin1"))[1];
const anotherSeries = (bytes, n) => [seriesUid(bytes), seriesUid(bytes).slice(0, -1) + ((Number(seriesUid(bytes).at(-1)) + n) % 10)];

function save(name, bytes) {
  writeFileSync(join(scratch, name), bytes);
  return join(scratch, name);
}

before(async () => {
  phantoms = join(scratch, "phantoms");
  cli("phantom", "--output", phantoms, "--cases", "2", "--seed", "9101");
  const sums = sumsOf(nifti(wholeLabel()));
  from = sums.indexOf(Math.max(...sums)) - DEPTH / 2;
  chromium = await launch();
});
after(() => chromium?.close());

const pixels = async (page) => {
  await frame(page);
  return page.locator("[data-testid=viewer] .frame canvas").first().evaluate((canvas) =>
    [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]);
};
/** The same of a grey picture, a byte a pixel: as text, which is quick to hand over. */
const greys = async (page) => Buffer.from(await page.locator("[data-testid=viewer] .frame canvas").first().evaluate((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
  return btoa(text);
}), "base64");
const notes = (page) => hook(page, "notes").innerText();
const waitForDepth = (page, depth) => page.waitForFunction(
  (depth) => document.querySelector("[data-testid=slice-index]")?.textContent.endsWith(`/ ${depth}`), depth);

test("a zip with folders is a series; a scout and an MR slice are listed; a label is compared; corrections come back", async () => {
  const series = Array.from({ length: DEPTH }, (_, i) => [`study/venous phase/1-${i}.dcm`, slice(1001, from + i)]);
  const first = slice(1002, 0);
  const scout = replaced(first, ["PRIMARY\\AXIAL", "LOCALIZER\\AXI"], anotherSeries(first, 1), ["Synthetic phantom", "Topogram, lateral"]);
  const mr = replaced(first, ["CS\x02\x00CT", "CS\x02\x00MR"], anotherSeries(first, 2));
  const archive = save("study.zip", zip([...series, ["study/scout.dcm", scout], ["study/LICENSE.txt", Buffer.from("CC BY 3.0")]]));
  const { page, seen } = await open(chromium.browser);
  await drop(page, [archive, save("mr.dcm", mr)]);
  await waitForDepth(page, DEPTH);
  const list = page.locator(".series li");
  assert.equal(await list.count(), 3);
  assert.match(await list.nth(0).innerText(), /Synthetic phantom\s+venous phase\s+8 slices/);
  const listed = hook(page, "listed-series");
  assert.match(await listed.nth(1).innerText(), /Topogram, lateral\s.*Not opened: it is a localizer/s);
  assert.match(await listed.nth(0).innerText(), /Not opened: its modality is MR, expected CT/);
  assert.doesNotMatch(await page.locator(".series").innerText(), /PHANTOM_1001/, "never whose it is");
  // The thumbnail is the middle slice through the abdomen window: air is black, the body is not.
  const small = await hook(page, "thumbnail").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const grey = (x, y) => data[4 * (y * canvas.width + x)];
    return { size: [canvas.width, canvas.height], corner: grey(1, 1), middle: grey(24, 24) };
  });
  assert.deepEqual([small.size, small.corner], [[48, 48], 0]);
  assert.ok(small.middle > 60, `the middle is ${small.middle}`);
  await state(page, "done", 180_000);

  // The label, dropped afterwards: the DSC is the one that evaluate writes.
  const labelFile = save("label1001.nii.gz", croppedLabel());
  await drop(page, labelFile);
  await hook(page, "truth-dsc").waitFor();
  const [truths, preds] = ["truths", "preds"].map((name) => join(scratch, name));
  [truths, preds].forEach((folder) => mkdirSync(folder, { recursive: true }));
  writeFileSync(join(truths, "label1001.nii.gz"), readFileSync(labelFile));
  await download(page, "export-nifti", join(preds, "label1001.nii.gz"));
  cli("evaluate", "--truth", truths, "--pred", preds, "--report", join(scratch, "evaluated.json"));
  const { mean } = JSON.parse(readFileSync(join(scratch, "evaluated.json"), "utf8"));
  const evaluated = mean["1"] ?? Object.values(mean)[0];
  assert.ok(evaluated.Dice > 0.8 && evaluated.Dice < 1, `DSC ${evaluated.Dice}`);
  assert.equal(await hook(page, "truth-dsc").innerText(), evaluated.Dice.toFixed(3));
  assert.match(await hook(page, "truth-extent").innerText(), /all 8 slices/);

  // Every pixel of the picture has the colour of what mask and label say of it.
  const [pred, truth] = [await mask(page), nifti(labelFile)];
  const z = DEPTH / 2;
  await look(page, z);
  await page.waitForTimeout(300);
  const painted = await pixels(page);
  await page.keyboard.down(" ");
  await page.waitForTimeout(150);
  const grey = await pixels(page);
  await page.keyboard.up(" ");
  const [p, t] = [pred, truth].map(({ data }) => data.subarray(z * AREA, (z + 1) * AREA));
  const outline = (m, i) => m[i] && [i - 1, i + 1, i - 192, i + 192].some((n) => !m[n]);
  const seenKinds = { both: 0, pred: 0, truth: 0 };
  const colours = { both: [0, 158, 115], pred: [213, 94, 0], truth: [86, 180, 233] };
  for (let i = 0; i < AREA; i++) {
    const kind = p[i] && t[i] ? "both" : p[i] ? "pred" : t[i] ? "truth" : null;
    if (!kind) continue;
    seenKinds[kind] += 1;
    const opacity = outline(p, i) || outline(t, i) ? 1 : 0.35;
    for (let c = 0; c < 3; c++) {
      const expected = grey[4 * i + c] + (colours[kind][c] - grey[4 * i + c]) * opacity;
      assert.ok(Math.abs(painted[4 * i + c] - expected) <= 1.5, `${kind} at ${i % 192}, ${Math.floor(i / 192)}: ${painted.slice(4 * i, 4 * i + 3)}`);
    }
  }
  assert.ok(seenKinds.both > 100 && seenKinds.pred > 0 && seenKinds.truth > 0, JSON.stringify(seenKinds));
  // Switched off, the mask is orange again.
  const middle = [...p.keys()].find((i) => p[i] && t[i] && !outline(p, i) && !outline(t, i));
  await hook(page, "compare-truth").click();
  await page.waitForTimeout(150);
  const plain = (await pixels(page)).slice(4 * middle, 4 * middle + 3);
  assert.ok(plain[0] > plain[2] + 20, `orange: ${plain}`);
  await hook(page, "compare-truth").click();

  // What is corrected counts at once, and leaves as a data set that brings it back.
  await page.evaluate(async ([labels, z]) => window.islet.correct(Uint8Array.from(labels), [z]), [[...truth.data], z]);
  await page.waitForFunction((before) => document.querySelector("[data-testid=truth-dsc]").textContent > before, evaluated.Dice.toFixed(3));
  await page.getByRole("tab").nth(3).click().catch(() => {});
  const saved = await download(page, "export-corrections", join(scratch, "islet_corrections.zip"));
  await drop(page, saved);
  await page.waitForFunction(() => /accepted already/.test(document.querySelector("[data-testid=notes]")?.innerText));
  await waitForDepth(page, DEPTH);
  assert.equal(await hook(page, "truth-dsc").count(), 0, "the truth went with its series");
  await state(page, "done", 180_000);
  const back = await mask(page);
  assert.equal(dsc(back.data.subarray(z * AREA, (z + 1) * AREA), t), 1, "the accepted slice is the label's");
  assert.ok(dsc(back.data.subarray((z + 1) * AREA, (z + 2) * AREA), pred.data.subarray((z + 1) * AREA, (z + 2) * AREA)) > 0.98);
  assert.deepEqual(seen.errors, []);

  // A gap and a slice given twice, each named with its place; the volume has all slices.
  const some = [...Array(DEPTH).keys()].filter((i) => i !== 2).map((i) => from + i);
  await choose(page, [...some, from + 5].map((i, n) => ({ name: `${n}.dcm`, mimeType: "", buffer: slice(1001, i) })));
  await page.waitForFunction(() => /missing/.test(document.querySelector("[data-testid=notes]")?.innerText));
  // As pydicom reads it, slice i of this phantom lies at 70.5 - 3 i mm.
  const [a, b, twice] = [1, 3, 5].map((i) => (70.5 - 3 * (from + i)).toFixed(1));
  assert.match(await notes(page), new RegExp(`1 slice is missing, between ${a} and ${b} mm`));
  assert.match(await notes(page), new RegExp(`1 of ${DEPTH} slices are there twice, pixel for pixel; one of each is used \\(at ${twice} mm`));
  await waitForDepth(page, DEPTH);

  // A label that lies elsewhere is refused in words, and nothing is lost.
  const cropped = readFileSync(new URL("../golden/grids/part.seg.nrrd", import.meta.url));
  await drop(page, save("elsewhere.seg.nrrd", cropped));
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /elsewhere\.seg\.nrrd.*2 x 2 x 2 voxels.*Drop it together with its image/s);
  await waitForDepth(page, DEPTH);
  await page.context().close();
});

/** The HU that the page reads at a pixel. */
async function huAt(page, [x, y], [width, height]) {
  const box = await page.locator("[data-testid=viewer] .frame canvas").first().boundingBox();
  await page.mouse.move(box.x + ((x + 0.5) / width) * box.width, box.y + ((y + 0.5) / height) * box.height);
  const text = await page.waitForFunction(() => /(-?\d+) HU/.exec(document.querySelector(".readout").innerText)?.[1]);
  return Number(await text.jsonValue());
}

test("NRRD is placed and measured, and compressed DICOM has the pixels of the slice it was made from", async () => {
  const { page, seen } = await open(chromium.browser);
  const grids = new URL("../golden/grids/", import.meta.url);
  const expected = JSON.parse(readFileSync(new URL("grids.json", grids)))["uint16.nrrd"];
  await drop(page, new URL("uint16.nrrd", grids).pathname);
  await waitForDepth(page, expected.viewing_dims[0]);
  const [, height, width] = expected.viewing_dims;
  await look(page, 3);
  for (const [x, y] of [[0, 0], [2, 1], [3, 2]]) {
    assert.equal(await huAt(page, [x, y], [width, height]), expected.viewing[(3 * height + y) * width + x], `at ${x}, ${y}`);
  }
  if (withoutSyntaxes) {
    console.log(`skipped: ${withoutSyntaxes}`);
    return page.context().close();
  }
  // The picture in the abdomen window: equal to the reference's, or as near as ../shared/dicom/README.md says in HU.
  const bound = { ".81": 1, ".91": 5, ".50": 64, ".51": 36 };
  const toGrey = (hu) => Math.round((Math.min(240, Math.max(-160, hu)) + 160) * (255 / 400));
  await hook(page, "mask-toggle").evaluate((toggle) => toggle.checked && toggle.click());
  const files = readdirSync(SYNTAXES).filter((name) => name.endsWith(".dcm") && !/\.5[35]\.dcm$/.test(name));
  assert.ok(files.length >= 12, files.join());
  let reference;
  for (const name of ["reference.dcm", ...files.filter((name) => name !== "reference.dcm")]) {
    await drop(page, join(SYNTAXES, name));
    await page.waitForFunction((name) => document.querySelector(".series .open")?.innerText.includes(name), name);
    await page.waitForTimeout(250);
    const grey = await greys(page);
    if (!reference) {
      reference = grey;
      // pydicom, at x, y.
      for (const [x, y, hu] of [[256, 256, 67], [150, 240, -37], [400, 300, 62], [256, 400, -88]]) {
        assert.equal(grey[512 * y + x], toGrey(hu), `at ${x}, ${y}`);
      }
    }
    const most = grey.reduce((most, g, i) => Math.max(most, Math.abs(g - reference[i])), 0);
    const allowed = bound[/\.\d+(?=\.dcm$)/.exec(name)?.[0]] ?? 0;
    assert.ok(most <= Math.ceil((allowed * 255) / 400), `${name}: ${most} greys off, ${allowed} HU allowed`);
  }
  // The retired ones are refused by name.
  await drop(page, join(SYNTAXES, readdirSync(SYNTAXES).find((name) => name.endsWith(".53.dcm"))));
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /1\.2\.840\.10008\.1\.2\.4\.53/);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
