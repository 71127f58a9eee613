// From three accepted slices, and a coronal plane, to the whole organ in the page, as on the command line; the switch to the model's masks, and undo.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, dsc, hook, launch, look, mask, nifti, open, place, scratch, screen, spread, state, tab } from "./harness.mjs";

let chromium;
let folder;
let label;

before(async () => {
  const phantoms = join(scratch, "propagation");
  cli("phantom", "--output", phantoms, "--cases", "1", "--seed", "9201");
  folder = join(phantoms, "Pancreas-CT/PANCREAS_1001/phantom");
  label = join(phantoms, "TCIA_pancreas_labels-02-05-2017/label1001.nii.gz");
  chromium = await launch();
});
after(async () => chromium?.close());

const series = () => Array.from({ length: 48 }, (_, i) => join(folder, `1-${String(i + 1).padStart(3, "0")}.dcm`));

/** Accepts slices with their true labels, as a script does. */
async function accept(page, truth, slices) {
  const labels = Buffer.from(truth.data).toString("base64");
  await page.evaluate(([labels, slices]) =>
    window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices), [labels, slices]);
}

const propagation = (page, is) => page.waitForFunction((is) =>
  document.querySelector("[data-testid=propagation]")?.dataset.state === is, is);

test("three accepted slices complete the others as islet propagate does", async () => {
  const truth = nifti(label);
  const slices = spread(truth, 3);
  const { page, seen } = await open(chromium.browser, "?device=cpu");
  await choose(page, series());
  await state(page, "done");
  const predicted = await mask(page);
  await tab(page, "correct");

  await accept(page, truth, slices);
  await propagation(page, "done");
  const completed = await mask(page);
  const [model, output] = ["model.nii.gz", "propagated.nii.gz"].map((name) => join(scratch, name));
  cli("predict", "--model", "www/models/pancreas.safetensors", "--input", folder, "--output", model);
  const same = ["--input", folder, "--corrections", label, "--accepted", slices.join(","), "--output", output];
  cli("propagate", ...same, "--predicted", model);
  assert.ok(dsc(completed.data, nifti(output).data) >= 0.999, "as the command line");
  assert.ok(dsc(completed.data, truth.data) > 0.8, `DSC ${dsc(completed.data, truth.data)}`);
  assert.match(await hook(page, "propagation").innerText(), /3 accepted slices, and from the model/);

  await page.keyboard.press("b");
  await page.waitForFunction(() => /model's mask/.test(document.querySelector("[data-testid=propagation]").textContent));
  const area = truth.dims[1] * truth.dims[2];
  const other = slices[0] + 1;
  const on = (data) => Buffer.from(data.subarray(other * area, (other + 1) * area));
  assert.ok(on((await mask(page)).data).equals(on(predicted.data)), "the model's mask again");
  await page.keyboard.press("b");
  await page.waitForFunction(() => /follow from/.test(document.querySelector("[data-testid=propagation]").textContent));

  await hook(page, "undo").click();
  await hook(page, "propagation").waitFor({ state: "detached" });
  assert.ok(Buffer.from((await mask(page)).data).equals(Buffer.from(predicted.data)), "undo restores the masks before");
  assert.deepEqual(seen.errors ?? [], []);
  await page.context().close();
});

test("one button compares the ways to complete the slices, shows the best, and the others on request", async () => {
  const truth = nifti(label);
  const slices = spread(truth, 5);
  const { page, seen } = await open(chromium.browser, "?device=cpu");
  await choose(page, series());
  await state(page, "done");
  await tab(page, "correct");
  await accept(page, truth, slices.slice(0, 2));
  await propagation(page, "done");
  assert.ok(await hook(page, "complete").isDisabled(), "two accepted slices leave none to judge by");
  await accept(page, truth, slices);
  await page.waitForFunction(() => document.querySelector("[data-testid=propagation]").textContent.includes("5 accepted"));
  const chips = hook(page, "accepted-slices").locator("button");
  assert.deepEqual(await chips.allInnerTexts(), slices.map((z) => String(z + 1)));
  await chips.first().click();
  await page.waitForFunction((place) => document.querySelector("[data-testid=slice-index]").textContent.includes(place), String(slices[0] + 1));

  await hook(page, "complete").click();
  await hook(page, "ways").waitFor({ timeout: 60_000 });
  assert.match(await hook(page, "best-way").innerText(), /Accepted slices .* left out in turn to judge by: 3\)/);
  const figure = async (name) => Number(await hook(page, name).innerText());
  const [from, between] = [await figure("dsc-accepted"), await figure("dsc-interpolation")];
  assert.ok(from > 0.7 && from > between, `completed ${from}, interpolated ${between}`);
  assert.equal(await hook(page, "way-accepted").getAttribute("aria-pressed"), "true");
  const voxelMl = async (data) => data.reduce((sum, l) => sum + (l ? 1 : 0), 0) * 2 * 2 * 3 / 1000;
  assert.ok(Math.abs(await voxelMl((await mask(page)).data) - await figure("volume-accepted")) < 0.06);
  await hook(page, "way-interpolation").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=propagation]").dataset.shown === "interpolation");
  const interpolated = (await mask(page)).data;
  assert.ok(Math.abs(await voxelMl(interpolated) - await figure("volume-interpolation")) < 0.06);
  const area = truth.dims[1] * truth.dims[2];
  assert.ok(!interpolated.subarray((slices[4] + 1) * area).some((l) => l), "nothing beyond the last accepted slice");

  await accept(page, truth, [slices[0] + 1]);
  await hook(page, "ways").waitFor({ state: "detached" });
  assert.deepEqual(seen.errors ?? [], []);
  await page.context().close();
});

test("Enter accepts the coronal plane that the keys act on, the other slices follow it, and undo takes that back", async () => {
  const truth = nifti(label);
  const slices = spread(truth, 3);
  const [, height, width] = truth.dims;
  const { page, seen } = await open(chromium.browser, "?device=cpu");
  await choose(page, series());
  await state(page, "done");
  await tab(page, "correct");
  await accept(page, truth, slices);
  await propagation(page, "done");
  const before = (await mask(page)).data;
  // Into the middle of the organ, and then onto the coronal plane through it, beside the organ's middle slice.
  const middle = slices[1] + 2;
  const inside = [...Array(height * width).keys()].filter((i) => before[middle * height * width + i]);
  const [y, x] = [Math.floor(inside[inside.length >> 1] / width), inside[inside.length >> 1] % width];
  await page.keyboard.press("l");
  await look(page, middle);
  await page.mouse.click(...await screen(page, "axial", x, y));
  assert.equal(await hook(page, "accept").innerText(), "Accept slice");
  await page.mouse.click(...await screen(page, "coronal", x, truth.dims[0] - 1 - middle));
  const [shown] = await place(page, "coronal");
  assert.deepEqual([await hook(page, "accept").innerText(), shown], ["Accept coronal plane", y + 1]);
  assert.equal(await hook(page, "accept").getAttribute("aria-pressed"), "false");

  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("[data-testid=accept]").ariaPressed === "true");
  await propagation(page, "done");
  assert.equal(await hook(page, "accept").innerText(), "Accepted");
  const after = (await mask(page)).data;
  const onPlane = (i) => Math.floor(i / width) % height === y;
  const changed = [...before.keys()].filter((i) => (before[i] !== 0) !== (after[i] !== 0));
  assert.ok(!changed.some(onPlane), "the plane is as it was accepted");
  assert.ok(changed.length > 0 && changed.length < 0.05 * inside.length * truth.dims[0], `${changed.length} voxels beside it follow`);
  assert.match(await hook(page, "propagation").innerText(), /3 accepted slices/);

  await page.keyboard.press("Control+z");
  await page.waitForFunction(() => document.querySelector("[data-testid=accept]").ariaPressed === "false");
  await propagation(page, "done");
  assert.ok(Buffer.from((await mask(page)).data).equals(Buffer.from(before)), "undo restores the masks before");
  assert.deepEqual(seen.errors ?? [], []);
  await page.context().close();
});
