// A model that tells several organs apart, in the page: it shows the pancreas, and says so.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, count, drop, dsc, hook, launch, mask, nifti, open, scratch, state } from "./harness.mjs";

const MODEL = "www/models/pancreas.safetensors";
let chromium;

before(async () => {
  chromium = await launch();
});
after(() => chromium?.close());

/**
 * The shipped model with a channel each for the background and a liver that it never sees. Beside a background of 0 the softmax of the
 * pancreas is the sigmoid that it was.
 */
function withLiver(path) {
  const bytes = readFileSync(MODEL);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString());
  metadata["islet.config"] = JSON.stringify({ ...JSON.parse(metadata["islet.config"]), classes: 3 });
  metadata["islet.labels"] = JSON.stringify({ 1: "liver", 2: "pancreas" });
  const header = { __metadata__: metadata };
  const parts = [];
  let at = 0;
  const order = Object.entries(tensors).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  for (const [name, { dtype, shape, data_offsets: [from, until] }] of order) {
    assert.equal(dtype, "F16");
    let part = bytes.subarray(8 + length + from, 8 + length + until);
    if (name.startsWith("head.")) {
      const others = Buffer.alloc(2 * part.length);
      if (name === "head.bias") others.writeUInt16LE(0xd640, 2); // -100 for the liver
      part = Buffer.concat([others, part]);
      shape[0] = 3;
    }
    header[name] = { dtype, shape, data_offsets: [at, at + part.length] };
    at += part.length;
    parts.push(part);
  }
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([start, json, ...parts]));
}

test("of several organs the page shows the pancreas, and predict writes each under its label", async () => {
  const model = join(scratch, "organs.safetensors");
  withLiver(model);
  cli("phantom", "--output", join(scratch, "phantom"), "--cases", "1", "--seed", "9101");
  const slice = join(scratch, "phantom/Pancreas-CT/PANCREAS_1001/phantom/1-025.dcm");
  const { page, seen } = await open(chromium.browser);
  await choose(page, slice);
  await state(page, "done");
  const alone = await mask(page);
  assert.ok(count(alone) > 30, `${count(alone)} pixels of pancreas`);
  assert.equal(await hook(page, "model-organs").count(), 0);

  await drop(page, model);
  // In a panel behind a tab.
  await hook(page, "model-organs").waitFor({ state: "attached" });
  assert.match(await hook(page, "model-organs").textContent(), /segments .*liver, pancreas.*shows .* the pancreas/);
  await state(page, "done");
  const organs = await mask(page);
  assert.ok(dsc(organs.data, alone.data) >= 0.999, `DSC ${dsc(organs.data, alone.data)}`);

  const predicted = join(scratch, "organs.nii.gz");
  cli("predict", "--model", model, "--input", slice, "--output", predicted);
  const { data } = nifti(predicted);
  assert.ok(dsc(data, organs.data) >= 0.999 && data.every((label) => label === 0 || label === 2));
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
