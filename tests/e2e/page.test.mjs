// The page on the CPU path, with data that the project draws itself.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { choose, cli, count, download, drop, dsc, frame, hook, launch, mask, nifti, open, scratch, state, tab } from "./harness.mjs";

const MODEL = "www/models/pancreas.safetensors";
let chromium;
let phantoms;

before(async () => {
  phantoms = join(scratch, "phantoms");
  cli("phantom", "--output", phantoms, "--cases", "2", "--seed", "9101");
  chromium = await launch();
});
after(() => chromium?.close());

const slices = (id) => Array.from({ length: 48 }, (_, i) =>
  join(phantoms, `Pancreas-CT/PANCREAS_${id}/phantom/1-${String(i + 1).padStart(3, "0")}.dcm`));
const label = (id) => join(phantoms, `TCIA_pancreas_labels-02-05-2017/label${id}.nii.gz`);

/** Mean colour of the canvas over pixels where `where` holds. */
const pixel = (page, x, y) => page.locator("[data-testid=viewer] .frame canvas").evaluate((canvas, [x, y]) =>
  [...canvas.getContext("2d").getImageData(x, y, 1, 1).data], [x, y]);

test("a sample is segmented, and labelled as synthetic", async () => {
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  assert.equal(await hook(page, "device").getAttribute("data-device"), "cpu");
  await hook(page, "try-sample").click();
  await state(page, "done");
  assert.match(await page.locator("header").innerText(), /synthetic/);
  const ml = parseFloat(await hook(page, "volume-ml").innerText());
  const { dims, data } = await mask(page);
  assert.deepEqual(dims, [48, 192, 192]);
  assert.ok(Math.abs(ml - (count({ data }) * 12) / 1000) < 0.06, `${ml} mL shown; voxels are 3 x 2 x 2 mm`);
  assert.ok(ml > 20 && ml < 150, `${ml} mL`);
  // The same phantom drawn natively and segmented natively: no voxel may depend on the platform.
  const [native, predicted] = [join(scratch, "native"), join(scratch, "native.nii.gz")];
  cli("phantom", "--output", native, "--cases", "1", "--seed", "5000");
  cli("predict", "--model", MODEL, "--input", join(native, "Pancreas-CT"), "--output", predicted);
  assert.ok(dsc(nifti(predicted).data, data) >= 0.999, `DSC ${dsc(nifti(predicted).data, data)}`);
  assert.match(await hook(page, "model-remarks").innerText(), /demonstration/i);
  assert.deepEqual(seen.errors, []);
  assert.deepEqual([...seen.hosts], ["127.0.0.1"], "nothing leaves");
  assert.match(await page.locator("footer").innerText(), /Not a medical device.*Roth.*CC BY 3\.0/s);
  await page.context().close();
});

/** The bytes of the first file under `folder` in a zip whose files are stored, each with its size in its local header. */
function storedFile(path, folder) {
  const bytes = readFileSync(path);
  let at = 0;
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    const [size, nameLength, extraLength] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)];
    const start = at + 30 + nameLength + extraLength;
    if (bytes.toString("latin1", at + 30, at + 30 + nameLength).startsWith(folder)) return bytes.subarray(start, start + size);
    at = start + size;
  }
  throw new Error(`${path} has no file under ${folder}`);
}

test("the sample drawn in the browser has the voxels that the golden file pins", async () => {
  const golden = JSON.parse(readFileSync("tests/golden/phantom.json", "utf8"));
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  await hook(page, "try-sample").click();
  await state(page, "done");
  assert.match(await page.locator("header").innerText(), new RegExp(`Sample ${golden.seed} `));
  // The page gives its voxels away in the data set of accepted slices. One accepted slice, empty here, is enough.
  const { dims } = await mask(page);
  await page.evaluate((voxels) => window.islet.correct(new Uint8Array(voxels), [0]), dims[0] * dims[1] * dims[2]);
  await tab(page, "learn");
  const saved = await download(page, "export-corrections", join(scratch, "sample_corrections.zip"));
  const image = gunzipSync(storedFile(saved, "imagesTr/"));
  assert.equal(image.readInt16LE(70), 4, "the image is stored as signed 16-bit integers");
  const voxels = image.subarray(image.readFloatLE(108));
  assert.equal(createHash("sha256").update(voxels).digest("hex"), golden.voxels_sha256);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("a series gives the mask that predict gives, and exports it on the same grid", async () => {
  const predicted = join(scratch, "predicted.nii.gz");
  cli("predict", "--model", MODEL, "--input", join(phantoms, "Pancreas-CT/PANCREAS_1001"), "--output", predicted);
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices(1001));
  await state(page, "done");
  const [ours, theirs] = [await mask(page), nifti(predicted)];
  assert.deepEqual(ours.dims, theirs.dims);
  assert.ok(dsc(ours.data, theirs.data) >= 0.999, `DSC ${dsc(ours.data, theirs.data)}`);
  assert.ok(dsc(ours.data, nifti(label(1001)).data) > 0.85, "and the phantom's pancreas is found");
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "export-nifti").click()]);
  const saved = join(scratch, "saved.nii.gz");
  await download.saveAs(saved);
  assert.equal(dsc(nifti(saved).data, ours.data), 1);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("the picture stands upright, the mask lies on it, and attention shows at a click", async () => {
  const { page } = await open(chromium.browser);
  await choose(page, slices(1001));
  await state(page, "done");
  // The slice with the most pancreas, found from the label, which is in file order and as upright as the phantom.
  const truth = nifti(label(1001));
  const area = 192 * 192;
  const sums = Array.from({ length: 48 }, (_, z) => truth.data.subarray(z * area, (z + 1) * area).reduce((a, b) => a + b, 0));
  const z = sums.indexOf(Math.max(...sums));
  await hook(page, "slice-slider").fill(String(z));
  await page.waitForFunction((z) => document.querySelector("[data-testid=slice-index]").textContent.startsWith(`${z + 1} `), z);
  await page.waitForTimeout(300);
  const { data } = await mask(page);
  const inside = [...data.subarray(z * area, (z + 1) * area).keys()].filter((i) => data[z * area + i]);
  const middle = inside.find((i) => [i - 1, i + 1, i - 192, i + 192].every((n) => data[z * area + n]));
  const [x, y] = [middle % 192, Math.floor(middle / 192)];
  const [r, , b] = await pixel(page, x, y);
  assert.ok(r > b + 20, `the mask is orange at ${x}, ${y}: ${r} ${b}`);
  await page.keyboard.down(" ");
  await frame(page);
  const [r2, g2, b2] = await pixel(page, x, y);
  assert.ok(r2 === g2 && g2 === b2, "Space hides it");
  await page.keyboard.up(" ");
  // Up in the picture is anterior: the spine's bright half is the lower one.
  const bright = await page.locator(".frame canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, 192, 192);
    const half = (from, to) => { let n = 0; for (let i = from; i < to; i += 4) n += data[i] > 250 && data[i + 2] > 250 ? 1 : 0; return n; };
    return [half(0, data.length / 2), half(data.length / 2, data.length)];
  });
  assert.ok(bright[1] > bright[0], `bright pixels above and below: ${bright}`);
  const grey = await pixel(page, 96, 96);
  await hook(page, "attention-toggle").click();
  await page.waitForFunction((before) => {
    const canvas = document.querySelector(".frame canvas");
    const [r, g, b] = canvas.getContext("2d").getImageData(96, 96, 1, 1).data;
    return r !== before[0] || g !== before[1] || b !== before[2];
  }, grey, { timeout: 20_000 });
  await tab(page, "explain");
  for (const gate of [0, 1, 2, 3]) await hook(page, `gate-${gate}`).click();
  await page.context().close();
});

test("what cannot be read is refused by name with a hint, and what is open stays", async () => {
  const { page, seen } = await open(chromium.browser);
  await choose(page, slices(1001).slice(20, 21));
  await state(page, "done");
  assert.match(await hook(page, "volume-ml").innerText(), /cm²/, "a lone slice has an area");
  const before = await mask(page);
  const broken = join(scratch, "report.docx");
  writeFileSync(broken, "this is no image");
  await drop(page, broken);
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /report\.docx/);
  await state(page, "error");
  await hook(page, "error").getByRole("button").click();
  await state(page, "done");
  assert.equal(dsc((await mask(page)).data, before.data), 1);
  // Half a file.
  const half = join(scratch, "half.dcm");
  writeFileSync(half, readFileSync(slices(1001)[0]).subarray(0, 30_000));
  await drop(page, half);
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /half\.dcm/);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("two series in one drop: the larger is opened, the other offered", async () => {
  const { page } = await open(chromium.browser);
  await choose(page, [...slices(1002).slice(10, 16), ...slices(1001).slice(10, 30)].map((path) => ({
    name: path.replaceAll("/", "_"), mimeType: "", buffer: readFileSync(path),
  })));
  await state(page, "done");
  assert.equal((await mask(page)).dims[0], 20);
  await hook(page, "other-series").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=slice-index]").textContent.endsWith("/ 6"));
  await state(page, "done");
  assert.equal((await mask(page)).dims[0], 6);
  await page.context().close();
});

test("a picture is segmented without HU or millimetres, and says so", async () => {
  const { page } = await open(chromium.browser);
  await choose(page, slices(1001).slice(20, 21));
  await state(page, "done");
  mkdirSync(scratch, { recursive: true });
  await page.keyboard.down(" ");
  await frame(page);
  const png = await page.locator(".frame canvas").evaluate((canvas) => canvas.toDataURL("image/png").split(",")[1]);
  await page.keyboard.up(" ");
  const path = join(scratch, "slice.png");
  writeFileSync(path, Buffer.from(png, "base64"));
  await drop(page, path);
  await page.waitForFunction(() => document.querySelector("header").innerText.includes("pixel size unknown"));
  await state(page, "done");
  assert.match(await hook(page, "volume-ml").innerText(), /px/);
  assert.match(await page.locator(".notices").innerText(), /no Hounsfield/i);
  await page.context().close();
});

test("keys and wheel move through the slices and set the window", async () => {
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  await hook(page, "try-sample").click();
  await state(page, ["busy", "done"]);
  // The viewer is hidden while its parts are made, and a hidden element has no inner text.
  await hook(page, "slice-index").waitFor();
  const index = () => hook(page, "slice-index").innerText();
  await page.waitForFunction(() => document.querySelector("[data-testid=slice-index]")?.textContent === "25 / 48");
  await page.keyboard.press("ArrowUp");
  assert.equal(await index(), "24 / 48");
  await page.keyboard.press("PageDown");
  assert.equal(await index(), "34 / 48");
  await page.locator(".frame canvas").hover();
  await page.mouse.wheel(0, 100);
  await page.waitForFunction(() => document.querySelector("[data-testid=slice-index]").textContent === "35 / 48");
  await page.keyboard.press("4");
  assert.match(await page.locator(".readout").innerText(), /W 2500\s+L 480/);
  await page.keyboard.press("r");
  assert.match(await page.locator(".readout").innerText(), /W 400\s+L 40/);
  await page.context().close();
});

test("the page fits its window without scrolling, at three sizes", async () => {
  for (const [width, height] of [[1280, 720], [1920, 1080], [820, 1180]]) {
    const { page } = await open(chromium.browser, "?device=cpu", { width, height });
    await state(page, "ready");
    await hook(page, "try-sample").click();
    await hook(page, "slice-index").waitFor();
    const overflow = await page.evaluate(() => {
      const root = document.documentElement;
      return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight];
    });
    assert.deepEqual(overflow, [0, 0], `${width} x ${height}`);
    const frame = await page.locator(".frame").boundingBox();
    assert.ok(frame.width > 300 && frame.height > 300, `the picture is ${frame.width} x ${frame.height} at ${width} x ${height}`);
    await page.context().close();
  }
});

test("on a narrow screen the sheet with the series closes beside it, with Escape, and when a series opens", async () => {
  const { page, seen } = await open(chromium.browser, "?device=cpu", { width: 820, height: 1180 });
  await state(page, "ready");
  await hook(page, "try-sample").click();
  await state(page, "done", 60_000);
  const button = hook(page, "series-sheet");
  const isOpen = async (expected) => {
    await page.waitForFunction((is) => document.querySelector("[data-testid=series-sheet]").getAttribute("aria-expanded") === is, String(expected));
    assert.equal(await page.locator("aside.left").isVisible(), expected);
  };
  await button.click();
  await isOpen(true);
  await page.locator("aside.left h2").first().click();
  await isOpen(true);
  await page.mouse.click(700, 400);
  await isOpen(false);
  await button.click();
  await isOpen(true);
  await page.keyboard.press("Escape");
  await isOpen(false);
  await button.click();
  await page.locator("aside.left [data-testid=try-sample]").click();
  await page.waitForFunction(() => document.querySelector(".facts b")?.textContent.includes("5001"));
  await isOpen(false);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
