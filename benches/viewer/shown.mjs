// Whether OHIF shows Islet's SEG and RTSTRUCT on the right voxels: the figures of docs/TRUST.md. OHIF's own build from npm in headless Chromium, and Orthanc.
//
//     node benches/viewer/shown.mjs [SERIES, a part of its name]
//
// Needs the native commands (cargo build --release), Chromium, Orthanc with DICOMweb (Debian: orthanc, orthanc-dicomweb), npm and tar. The first run fetches
// OHIF into target/. Exit code 1 if a voxel or a pixel is off, or if labels that are wrong on purpose are not noticed. With ISLET_PICTURES, a folder, what
// OHIF shows is kept there.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { dicom, text } from "../../tests/e2e/dicom.mjs";
import { cli, scratch } from "../../tests/e2e/harness.mjs";
import { startOrthanc, withoutOrthanc } from "../../tests/e2e/orthanc.mjs";
import { displaySets, isShown, readContours, readLabels, readPanes, readSeries, readVolume } from "./in_page.mjs";
import { compare, compareColours } from "./judge.mjs";
import { OHIF, ohif, serve } from "./ohif.mjs";
import { grid, ORGAN_HU, organsOf, placeOf, readNifti, writeNifti, writeSeries } from "./scene.mjs";

if (withoutOrthanc) throw new Error(withoutOrthanc);
const WAIT_MS = 180_000;
const wanted = process.argv[2] ?? "";
const orthanc = await startOrthanc();
const site = await serve(ohif(), orthanc);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-background-networking"],
});
let failures = 0;
let studies = 0;

/** Prints figures, and counts a failure unless they are as expected. */
function say(what, figures, isRight) {
  if (!isRight) failures++;
  console.log(`  ${isRight ? "ok  " : "OFF "} ${what}: ${Object.entries(figures).map(([name, n]) => `${n} ${name}`).join(", ")}`);
}

async function store(path) {
  const answer = await fetch(`${orthanc.url}/instances`, { method: "POST", body: readFileSync(path) });
  if (!answer.ok) throw new Error(`Orthanc refuses ${path}: ${answer.status} ${await answer.text()}`);
}

/** Opens a study in a new OHIF, as a person does by its address. */
async function open(root, sets) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${site.origin}/viewer?StudyInstanceUIDs=${root}`);
  await page.waitForFunction((sets) => window.services?.displaySetService.getActiveDisplaySets().length === sets, sets, { timeout: WAIT_MS });
  await page.getByText("Skip all").click({ timeout: WAIT_MS });
  return { page, ids: await page.evaluate(displaySets), close: () => context.close() };
}

/** Puts an overlay on its series with a double click, and waits until it is there. */
async function overlay(page, id) {
  await page.locator(`[id="thumbnail-${id}"]`).dblclick();
  await page.waitForFunction(isShown, id, { timeout: WAIT_MS });
}

const bytes = (base64) => Buffer.from(base64, "base64");
const labelled = (series, labels) => series.map((slice, i) => ({ ...slice, labels: bytes(labels[i]) }));
const picture = (page, name) => process.env.ISLET_PICTURES && page.screenshot({ path: join(process.env.ISLET_PICTURES, `${name.replaceAll(/\W+/g, "_")}.png`) });

/** Voxels that the viewer's own Hounsfield units and labels tell different things of. */
function againstHu(series, labels) {
  const figures = { organ: 0, right: 0, wrong: 0 };
  series.forEach((slice, z) => {
    const [hu, found] = [bytes(slice.pixels), bytes(labels[z])];
    for (let i = 0; i < found.length; i++) {
      const organ = 1 + ORGAN_HU.indexOf(hu.readInt16LE(2 * i));
      figures.organ += organ > 0 ? 1 : 0;
      figures.right += organ > 0 && organ === found[i] ? 1 : 0;
      figures.wrong += organ !== found[i] ? 1 : 0;
    }
  });
  return figures;
}

const isExact = ({ organ, right, wrong, astray = 0 }) => organ >= 30 && right === organ && wrong === 0 && astray === 0;

/** The SEG in the viewer's slices, its volume and on the screen. */
async function judgeSeg({ page, ids }, series, { truth, nifti, isVolume, name }) {
  await overlay(page, ids.SEG);
  const labels = await page.evaluate(readLabels, { id: ids.SEG, series: ids.CT });
  const figures = compare(labelled(series, labels), nifti);
  say("SEG against Islet's NIfTI", figures, isExact(figures));
  if (truth !== nifti) {
    const shapes = compare(labelled(series, labels), truth);
    say("SEG against the shapes", shapes, isExact(shapes));
    const hu = againstHu(series, labels);
    say("SEG against OHIF's Hounsfield units", hu, isExact(hu));
  }
  const middle = placeOf(truth, ...middleOf(truth));
  const panes = async (kind) => {
    for (const pane of await page.evaluate(readPanes, { place: middle, ids: [ids.SEG], type: "Labelmap" })) {
      const pixels = compareColours(pane, truth);
      say(`SEG, ${kind} ${pane.name}, pixels`, pixels, isExact(pixels));
    }
  };
  await panes("on the screen,");
  await picture(page, `${name} SEG`);
  if (!isVolume) return;
  const volume = await page.evaluate(readVolume, { id: ids.SEG });
  const [columns, rows, depth] = volume.dimensions;
  const found = bytes(volume.labels);
  const slices = Array.from({ length: depth }, (_, z) =>
    ({ ...volume, origin: placeOf(volume, 0, 0, z), columns, rows, labels: found.subarray(z * columns * rows, (z + 1) * columns * rows) }));
  const inVolume = compare(slices, truth);
  say("SEG, as a volume", inVolume, isExact(inVolume));
  await page.evaluate(() => { window.commandsManager.run("toggleHangingProtocol", { protocolId: "mpr" }); });
  await page.waitForFunction(() => window.services.viewportGridService.getState().viewports.size === 3, null, { timeout: WAIT_MS });
  await page.waitForTimeout(4000);
  await panes("three planes,");
  await picture(page, `${name} SEG planes`);
}

/** A voxel in the slice that has most of the labels, in the middle of one of the organs there. */
function middleOf({ columns, rows, slices, labels }) {
  const area = columns * rows;
  const counts = Array.from({ length: slices }, (_, z) => labels.subarray(z * area, (z + 1) * area).reduce((sum, label) => sum + (label > 0 ? 1 : 0), 0));
  const z = counts.indexOf(Math.max(...counts));
  const inside = [...labels.subarray(z * area, (z + 1) * area).keys()].filter((i) => labels[z * area + i] > 0);
  const i = inside[inside.length >> 1];
  return [i % columns, Math.floor(i / columns), z];
}

async function judgeContours({ page, ids }, series, { truth, name }) {
  await overlay(page, ids.RTSTRUCT);
  const { labels, stray } = await page.evaluate(readContours, { id: ids.RTSTRUCT, series: ids.CT });
  const figures = { ...compare(labelled(series, labels), truth), "contours on no slice": stray };
  say("RTSTRUCT", figures, isExact(figures) && stray === 0);
  await picture(page, `${name} RTSTRUCT`);
}

/** Has Islet write labels of a series in three formats; `{ seg, rtstruct, nifti }`. */
function written(name, ...args) {
  const [seg, rtstruct, nifti] = ["dcm", "rtstruct.dcm", "nii.gz"].map((ending) => join(scratch, `${name}.${ending}`));
  for (const path of [seg, rtstruct, nifti]) cli(...args, "--output", path);
  return { seg, rtstruct, nifti };
}

/** Every slice but the last, which has no organ, counts as accepted. */
function propagated(name, folder, labels) {
  const path = join(scratch, `${name}-labels.nii.gz`);
  writeNifti(path, labels);
  const accepted = [...Array(labels.slices - 1).keys()].join();
  return written(name, "propagate", "--input", folder, "--corrections", path, "--accepted", accepted);
}

/** Names slices that nobody has in a SEG of `writeSeries`, so that a viewer must place its frames by their positions. */
function withoutNames(path, root) {
  const renamed = readFileSync(path).toString("latin1").replaceAll(`${root}.3.`, `${root}.4.`);
  const unnamed = path.replace(".dcm", "-unnamed.dcm");
  writeFileSync(unnamed, Buffer.from(renamed, "latin1"));
  return unnamed;
}

/** Stores files in place of what was there of this study. */
async function storeAlone(paths) {
  for (const id of await fetch(`${orthanc.url}/patients`).then((answer) => answer.json())) await fetch(`${orthanc.url}/patients/${id}`, { method: "DELETE" });
  for (const path of paths) await store(path);
}

/** Opens a series with what Islet wrote of it, and judges all of it. `truth` is what the labels must be, the file itself if there is nothing better. */
async function judge({ name, root, folder, files, truth, isVolume = true }) {
  console.log(name);
  const slices = readdirSync(folder).map((file) => join(folder, file));
  const nifti = readNifti(files.nifti);
  const right = { truth: truth ?? nifti, nifti, isVolume, name };
  await storeAlone([...slices, files.seg, files.rtstruct]);
  const viewer = await open(root, 3);
  const series = await viewer.page.evaluate(readSeries, viewer.ids.CT);
  await judgeSeg(viewer, series, right);
  await viewer.close();
  // Without the first SEG's colours on the screen.
  if (truth) await storeAlone([...slices, withoutNames(files.seg, root), files.rtstruct]);
  const again = await open(root, 3);
  await judgeContours(again, series, right);
  if (truth) {
    await overlay(again.page, again.ids.SEG);
    const figures = compare(labelled(series, await again.page.evaluate(readLabels, { id: again.ids.SEG, series: again.ids.CT })), truth);
    say("SEG whose slices have other names, by position", figures, isExact(figures));
  }
  await again.close();
}

const [X, Y, Z] = [[2.5, 0, 0], [0, 1.5, 0], [0, 0, 3]];
const back = (step) => step.map((mm) => -mm);
/** Turns a step by degrees about the axis to the head and then about the one to the left. */
function turned([x, y, z], aboutZ, aboutX) {
  const [a, b] = [aboutZ, aboutX].map((degrees) => (degrees * Math.PI) / 180);
  const [x1, y1] = [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)];
  return [x1, y1 * Math.cos(b) - z * Math.sin(b), y1 * Math.sin(b) + z * Math.cos(b)];
}
const AXIAL = [48, 44, 22];
/** Series of the shapes: steps along a row, down a column and to the next slice, and how many of each. */
const SERIES = {
  "axial, slices upwards": [[X, Y, Z], AXIAL],
  "axial, slices downwards": [[X, Y, back(Z)], AXIAL],
  "axial, rows from the back to the front": [[X, back(Y), Z], AXIAL],
  coronal: [[X, back(Z), Y], [48, 22, 44]],
  // Frames of whole bytes in even numbers: see docs/TRUST.md.
  sagittal: [[Y, back(Z), back(X)], [48, 22, 48]],
  "oblique, 33 and 30 degrees": [[X, Y, Z].map((step) => turned(step, 33, 30)), [50, 60, 26]],
  "gantry tilt of 22 degrees": [[X, turned(Y, 0, 22), Z], [48, 44, 28]],
};

async function judgeShapes(name) {
  const root = `2.25.4711${++studies}`;
  const truth = organsOf(grid(...SERIES[name]));
  const folder = join(scratch, root);
  writeSeries(folder, truth, root);
  // A viewer cannot stack tilted slices to an upright volume.
  await judge({ name, root, folder, files: propagated(root, folder, truth), truth, isVolume: !name.includes("tilt") });
}

/** A phantom and the shipped model; as it is written, and as coronal slices of the same voxels. */
async function judgePredicted(isCoronal) {
  const root = `2.25.4711${++studies}`;
  const phantoms = join(scratch, `phantoms-${root}`);
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9201");
  let folder = join(phantoms, "Pancreas-CT/PANCREAS_1001/phantom");
  const [side, depth] = [192, 48];
  let study = "";
  if (isCoronal) {
    const pixels = readdirSync(folder).sort().map((file) => readFileSync(join(folder, file)).subarray(-2 * side * side));
    folder = join(scratch, root);
    // The phantom has 2 x 2 x 3 mm, its first slice nearest to the head.
    const coronal = grid([[2, 0, 0], [0, 0, -3], [0, 2, 0]], [side, depth, side]);
    writeSeries(folder, coronal, root, (x, y, z) => pixels[y].readInt16LE(2 * (z * side + x)));
    study = root;
  } else {
    study = text(dicom(readFileSync(join(folder, "1-001.dcm")))["0020000D"]);
  }
  const files = written(root, "predict", "--model", "www/models/pancreas.safetensors", "--input", folder, "--device", "cpu");
  await judge({ name: `islet predict, ${isCoronal ? "coronal" : "axial"}`, root: study, folder, files });
}

/** Labels that are wrong by a little, as functions of a voxel. */
const WRONG = {
  "one column to the side": ({ columns }) => ([x, y, z]) => [(x + 1) % columns, y, z],
  "one slice off": ({ slices }) => ([x, y, z]) => [x, y, (z + 1) % slices],
  "slices reversed": ({ slices }) => ([x, y, z]) => [x, y, slices - 1 - z],
  "left for right": ({ columns }) => ([x, y, z]) => [columns - 1 - x, y, z],
};

/** Wrong labels, written by Islet on a good series: none of the judges may take them for right. */
async function judgeWrong(name) {
  const root = `2.25.4711${++studies}`;
  const truth = organsOf(grid(...SERIES["axial, slices upwards"]));
  const folder = join(scratch, root);
  writeSeries(folder, truth, root);
  const { columns, rows } = truth;
  const from = WRONG[name](truth);
  const labels = truth.labels.map((_, i) => {
    const [x, y, z] = from([i % columns, Math.floor(i / columns) % rows, Math.floor(i / (columns * rows))]);
    return truth.labels[x + columns * (y + rows * z)];
  });
  const files = propagated(root, folder, { ...truth, labels });
  await storeAlone([...readdirSync(folder).map((file) => join(folder, file)), files.seg, files.rtstruct]);
  const { page, ids, close } = await open(root, 3);
  const series = await page.evaluate(readSeries, ids.CT);
  console.log(`wrong on purpose: ${name}`);
  await overlay(page, ids.SEG);
  const seg = await page.evaluate(readLabels, { id: ids.SEG, series: ids.CT });
  const bySlices = compare(labelled(series, seg), truth);
  say("SEG is noticed against the shapes", bySlices, !isExact(bySlices));
  const byHu = againstHu(series, seg);
  say("SEG is noticed against OHIF's Hounsfield units", byHu, !isExact(byHu));
  const [pane] = await page.evaluate(readPanes, { place: placeOf(truth, ...middleOf(truth)), ids: [ids.SEG], type: "Labelmap" });
  const pixels = compareColours(pane, truth);
  say("SEG is noticed on the screen", pixels, !isExact(pixels));
  await overlay(page, ids.RTSTRUCT);
  const contours = compare(labelled(series, (await page.evaluate(readContours, { id: ids.RTSTRUCT, series: ids.CT })).labels), truth);
  say("RTSTRUCT is noticed", contours, !isExact(contours));
  await close();
}

const runs = {
  "islet predict, axial": () => judgePredicted(false),
  "islet predict, coronal": () => judgePredicted(true),
  ...Object.fromEntries(Object.keys(SERIES).map((name) => [name, () => judgeShapes(name)])),
  ...Object.fromEntries(Object.keys(WRONG).map((name) => [`wrong on purpose: ${name}`, () => judgeWrong(name)])),
};
const { Version: version } = await fetch(`${orthanc.url}/system`).then((answer) => answer.json());
console.log(`OHIF ${OHIF}, Orthanc ${version}, Chromium ${browser.version()}`);
try {
  for (const [name, run] of Object.entries(runs).filter(([name]) => name.includes(wanted))) {
    try {
      await run();
    } catch (error) {
      failures++;
      console.log(`  OFF  ${name}: ${String(error).split("\n")[0]}`);
    }
  }
} finally {
  await browser.close();
  await site.close();
  await orthanc.stop();
}
console.log(failures === 0 ? "everything lies where it belongs" : `${failures} checks failed`);
rmSync(scratch, { recursive: true, force: true });
process.exit(failures === 0 ? 0 : 1);
