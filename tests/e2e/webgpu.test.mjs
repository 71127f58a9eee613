// The page on WebGPU, with Chromium's software adapter: slow, but the same mask and not one complaint.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dicom } from "./dicom.mjs";
import { loseGpu, workers } from "./faults.mjs";
import { choose, cli, count, download, dsc, hook, launch, mask, nifti, niftiHeader, open, scratch, SLICES, spread, state, tab, tensors, weakModel } from "./harness.mjs";

let chromium;
let slice;
let model;
const phantoms = join(scratch, "gpu");
before(async () => {
  cli("phantom", "--output", phantoms, "--cases", "3", "--seed", "9101");
  model = weakModel(phantoms, "e2e-gpu");
  chromium = await launch({ webgpu: true });
  slice = join(SLICES, "1-120.dcm");
  if (!existsSync(slice)) {
    slice = join(phantoms, "Pancreas-CT/PANCREAS_1001/phantom/1-024.dcm");
  }
});
after(async () => {
  await chromium?.close();
  model?.remove();
});

async function segment(query) {
  const { page, seen } = await open(chromium.browser, query);
  await state(page, "ready", 120_000);
  const device = await hook(page, "device").getAttribute("data-device");
  await choose(page, slice);
  await state(page, "done", 120_000);
  const found = await mask(page);
  await page.context().close();
  return { device, found, errors: seen.errors };
}

test("WebGPU gives the CPU's mask, without a console error", { timeout: 300_000 }, async () => {
  const cpu = await segment("?device=cpu");
  const gpu = await segment("?device=webgpu");
  assert.deepEqual([cpu.device, gpu.device], ["cpu", "webgpu"]);
  assert.ok(count(gpu.found) > 0);
  assert.ok(dsc(cpu.found.data, gpu.found.data) >= 0.99, `DSC ${dsc(cpu.found.data, gpu.found.data)}`);
  assert.deepEqual(gpu.errors, []);
});

/** The voxels along y and x of a phantom's part that the small 3-D model reads in two patches, and of one that it reads in four. */
const [TWO_PATCHES, FOUR_PATCHES] = [[96, 144], [144, 144]];
/** Air around it: the model sees values as they are spread over the whole image. */
const AIR = 20;

/** A phantom's voxels around its pancreas, in air: the software adapter takes some seconds for each patch. */
function blockAroundOrgan([height, width]) {
  const label = nifti(join(phantoms, "TCIA_pancreas_labels-02-05-2017/label1002.nii.gz"));
  const [depth, rows, columns] = label.dims;
  const place = (of, size, all) => {
    const places = [...label.data.keys()].filter((i) => label.data[i]).map(of);
    const middle = places.reduce((sum, at) => sum + at, 0) / places.length;
    return Math.max(0, Math.min(all - size, Math.round(middle - size / 2)));
  };
  const [top, left] = [place((i) => Math.floor(i / columns) % rows, height, rows), place((i) => i % columns, width, columns)];
  // Slices count downwards.
  const block = Buffer.concat([niftiHeader([depth, height, width], [-3, 2, 2]), Buffer.alloc(2 * depth * height * width)]);
  for (let z = 0; z < depth; z++) {
    const slice = dicom(readFileSync(join(phantoms, `Pancreas-CT/PANCREAS_1002/phantom/1-${String(z + 1).padStart(3, "0")}.dcm`)))["7FE00010"];
    for (let i = 0; i < height * width; i++) {
      const [y, x] = [Math.floor(i / width), i % width];
      const inside = Math.min(y, height - 1 - y, x, width - 1 - x) >= AIR;
      const hu = inside ? slice.readInt16LE(2 * ((top + y) * columns + left + x)) : -1024;
      block.writeInt16LE(hu, 352 + 2 * (z * height * width + i));
    }
  }
  const path = join(scratch, `block-${height}.nii`);
  writeFileSync(path, block);
  return path;
}

/** Segments a part of a phantom with the small 3-D model; `meanwhile` runs while the compute worker is at work. */
async function segmentWhole(query, { size = TWO_PATCHES, meanwhile = async () => {}, before } = {}) {
  const begun = Date.now();
  const { page, seen } = await open(chromium.browser, `${query}&model=models/pancreas-3d-phantoms.safetensors`, undefined, { before });
  await state(page, "ready", 120_000);
  await choose(page, blockAroundOrgan(size));
  await page.waitForFunction(() => /Patch \d+ of \d+/.test(document.querySelector("[data-testid=status]").textContent), null, {
    timeout: 240_000, polling: 20,
  });
  const loaded = Date.now();
  const patches = Number((await hook(page, "status").innerText()).match(/Patch \d+ of (\d+)/)?.[1]);
  await meanwhile(page);
  await page.waitForFunction(() => /^[\d.]+ mL$/.test(document.querySelector("[data-testid=volume-ml]")?.textContent.trim() ?? ""), null, { timeout: 400_000 });
  await state(page, "done", 240_000);
  const seconds = [loaded - begun, Date.now() - loaded].map((ms) => (ms / 1000).toFixed(1));
  const badge = hook(page, "device");
  const [device, note] = [await badge.getAttribute("data-device"), await badge.getAttribute("title")];
  const found = await mask(page);
  await page.context().close();
  return { device, note, found, seconds, patches, errors: seen.errors };
}

test("a model of whole volumes runs on WebGPU: a small patch equals the CPU's, and so do the labels", { timeout: 900_000 }, async () => {
  let deviation;
  const cpu = await segmentWhole("?device=cpu");
  const gpu = await segmentWhole("?device=webgpu", { meanwhile: async (page) => {
    const [compute] = await workers(page, "compute");
    deviation = await compute.evaluate(() => globalThis.isletDeviationFromCpu);
  } });
  const told = ({ seconds: [loading, segmenting] }) => `loading ${loading} s, segmenting ${segmenting} s`;
  console.log(`${gpu.patches} patches. WebGPU on the software adapter: ${deviation} of the largest value off; ${told(gpu)}. CPU: ${told(cpu)}`);
  assert.deepEqual([cpu.device, gpu.device], ["cpu", "webgpu"]);
  assert.ok(deviation > 0 && deviation <= 1e-4, `${deviation} of the largest value`);
  assert.ok(count(gpu.found) > 0);
  assert.deepEqual(gpu.found.dims, cpu.found.dims);
  assert.ok(dsc(cpu.found.data, gpu.found.data) >= 0.999, `DSC ${dsc(cpu.found.data, gpu.found.data)}`);
  assert.deepEqual(gpu.errors, []);
});

test("a GPU that is lost in the middle leaves the model of whole volumes to the CPU, and the page says so", { timeout: 600_000 }, async () => {
  const lost = await segmentWhole("?device=webgpu", { size: FOUR_PATCHES, meanwhile: loseGpu });
  assert.equal(lost.device, "cpu");
  assert.match(lost.note, /^WebGPU failed, so the CPU computes: /);
  assert.ok(count(lost.found) > 0);
});

test("a GPU that cannot hold a model of whole volumes leaves it to the CPU, and the page says so", { timeout: 600_000 }, async () => {
  // One channel of a patch of 48 x 64 x 64 voxels takes 768 KiB. The worker's second look at the adapter is for its limits.
  const small = () => {
    const ask = GPU.prototype.requestAdapter;
    let asked = 0;
    GPU.prototype.requestAdapter = async function (...given) {
      const adapter = await ask.apply(this, given);
      if (++asked > 1) Object.defineProperty(adapter, "limits", { value: { maxStorageBufferBindingSize: 1 << 16 } });
      return adapter;
    };
  };
  // Only the session worker's script passes here; it starts the other one, with this put in front of its program.
  const prefixed = (prefix) => {
    const Started = self.Worker;
    self.Worker = function (script, options) {
      if (!script.includes("worker_gpu_loader")) return new Started(script, options);
      const request = new XMLHttpRequest();
      request.open("GET", script, false);
      request.send();
      const program = request.responseText.replaceAll("./", new URL("./", self.location.href).href);
      return new Started(URL.createObjectURL(new Blob([`(${prefix})();\n${program}`], { type: "text/javascript" })), options);
    };
  };
  const refused = await segmentWhole("?device=webgpu", { before: (context) => context.route("**/worker_loader.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${prefixed})(${JSON.stringify(String(small))});\n${await response.text()}` });
  }) });
  assert.equal(refused.device, "cpu");
  assert.match(refused.note, /^WebGPU failed, so the CPU computes: .*needs a buffer of 1 MiB, expected at most 0 MiB/);
  assert.ok(count(refused.found) > 0);
});

test("left to itself, the page prefers the CPU to a software adapter", { timeout: 120_000 }, async () => {
  const auto = await segment("");
  assert.equal(auto.device, "cpu");
});

test("WebGPU learns too, and its model goes out and comes back", { timeout: 600_000 }, async () => {
  const label = nifti(join(phantoms, "TCIA_pancreas_labels-02-05-2017/label1003.nii.gz"));
  // A dozen slices in the middle of the organ: the software adapter takes a second for each.
  const [middle] = spread(label, 1);
  const filled = Array.from({ length: 12 }, (_, i) => middle - 6 + i);
  const files = filled.map((z) => join(phantoms, `Pancreas-CT/PANCREAS_1003/phantom/1-${String(z + 1).padStart(3, "0")}.dcm`));
  const area = 192 * 192;
  const labels = Buffer.concat(filled.map((z) => Buffer.from(label.data.subarray(z * area, (z + 1) * area))));
  const { page, seen } = await open(chromium.browser, `?device=webgpu&model=${model.url}`);
  await choose(page, files);
  await state(page, "done", 300_000);
  assert.equal(await hook(page, "device").getAttribute("data-device"), "webgpu");
  const corrected = [2, 4, 7, 9];
  await page.evaluate(([labels, slices]) =>
    window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices), [labels.toString("base64"), corrected]);
  await tab(page, "learn");
  await page.locator("details.settings").evaluate((details) => { details.open = true; });
  await hook(page, "tune-steps").fill("4");
  await hook(page, "tune-steps").dispatchEvent("change");
  await hook(page, "fine-tune").click();
  await hook(page, "tune-keep").waitFor({ timeout: 500_000 });
  const number = async (name) => parseFloat(await hook(page, name).innerText());
  const scores = await Promise.all(["tune-before", "tune-after", "replay-before", "replay-after"].map(number));
  console.log(`WebGPU, four steps: set aside ${scores[0]} before, ${scores[1]} after; phantoms ${scores[2]} and ${scores[3]}`);
  assert.ok(scores.every((score) => score >= 0 && score <= 1), `${scores}`);
  await state(page, "done", 300_000);
  const tuned = await mask(page);
  const saved = await download(page, "export-model", join(scratch, "gpu-tuned.safetensors"));
  assert.ok(Object.values(tensors(saved)).every((values) => values.every(Number.isFinite)));
  // On the CPU the same file gives the same mask, and it is not the one that was started from.
  const native = (name, model) => {
    const output = join(scratch, name);
    cli("predict", "--model", model, "--input", join(phantoms, "Pancreas-CT/PANCREAS_1003"), "--output", output);
    return nifti(output).data;
  };
  const [after, before] = [native("gpu-after.nii.gz", saved), native("gpu-before.nii.gz", model.path)];
  assert.notDeepEqual(after, before, "four steps change something");
  await page.reload();
  await state(page, "ready", 120_000);
  await hook(page, "file-input").first().setInputFiles(saved);
  await choose(page, files);
  await state(page, "done", 300_000);
  const back = await mask(page);
  const untouched = [...filled.keys()].filter((i) => !corrected.includes(i));
  const of = (mask) => Uint8Array.from(untouched.flatMap((i) => [...mask.data.subarray(i * area, (i + 1) * area)]));
  assert.ok(dsc(of(back), of(tuned)) >= 0.999, `DSC ${dsc(of(back), of(tuned))}`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
