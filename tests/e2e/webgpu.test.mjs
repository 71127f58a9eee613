// The page on WebGPU, with Chromium's software adapter: slow, but the same mask and not one complaint.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, count, dsc, hook, launch, mask, open, scratch, SLICES, state } from "./harness.mjs";

let chromium;
let slice;
before(async () => {
  chromium = await launch({ webgpu: true });
  slice = join(SLICES, "1-120.dcm");
  if (!existsSync(slice)) {
    cli("phantom", "--out", join(scratch, "gpu"), "--cases", "1", "--seed", "9101");
    slice = join(scratch, "gpu/Pancreas-CT/PANCREAS_1001/phantom/1-024.dcm");
  }
});
after(() => chromium?.close());

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

test("left to itself, the page prefers the CPU to a software adapter", { timeout: 120_000 }, async () => {
  const auto = await segment("");
  assert.equal(auto.device, "cpu");
});
