// Another series beside the open one, at the same place in the patient.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, frame, hook, launch, niftiHeader, open, scratch, state } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

/** A scan whose value is `hu` of its place in mm (LPS), with this many voxels and this spacing, from its first voxel on. */
function scan(name, dims, spacing, first, hu) {
  const [width, height, depth] = dims;
  const header = niftiHeader([...dims].reverse(), [...spacing].reverse(), first);
  const bytes = Buffer.concat([header, Buffer.alloc(2 * width * height * depth)]);
  for (let z = 0, at = 352; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 2) bytes.writeInt16LE(Math.round(hu(first[0] + x * spacing[0], first[1] + y * spacing[1], first[2] + z * spacing[2])), at);
    }
  }
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

/** Straight slopes, so that interpolation between voxels is exact. */
const now = (l, p, s) => l + 2 * p + 3 * s;
const before_ = (l, p, s) => 500 - 2 * l - p + s;

async function withTwo(size) {
  const { page, seen } = await open(chromium.browser, "?device=cpu", size);
  await state(page, "ready");
  const files = [scan("now.nii", [64, 48, 20], [2, 2, 3], [-60, -40, -30], now), scan("earlier.nii", [50, 60, 12], [3, 1.5, 4], [-70, -45, -20], before_)];
  await choose(page, files);
  await hook(page, "slice-index").waitFor();
  await state(page, "done");
  return { page, seen };
}

/** The value and the position (LPS) that the page shows for a place of a picture, as fractions of it. */
async function valueAt(page, pane, x, y) {
  const box = await page.locator(`[data-pane=${pane}] canvas`).boundingBox();
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  await frame(page);
  const text = await hook(page, "value").innerText();
  const [, hu, l, p, s] = text.match(/(-?\d+) HU\s+·\s+L (-?[\d.]+)\s+P (-?[\d.]+)\s+S (-?[\d.]+) mm/) ?? [];
  assert.ok(hu !== undefined, `no value in "${text}"`);
  return [hu, l, p, s].map(Number);
}

test("another series of the drop is shown at the same place, whatever its grid", async () => {
  const { page, seen } = await withTwo();
  await hook(page, "series-beside").click();
  await hook(page, "beside-bar").waitFor();
  assert.equal(await hook(page, "beside-name").innerText(), "earlier.nii");
  assert.equal(await hook(page, "series-beside").getAttribute("aria-pressed"), "true");
  const compare = async (what) => {
    await page.waitForTimeout(400);
    for (const [x, y] of [[0.3, 0.4], [0.6, 0.5], [0.5, 0.7]]) {
      const [left, l, p, s] = await valueAt(page, "axial", x, y);
      assert.ok(Math.abs(left - now(l, p, s)) <= 1.1, `${what}: ${left} HU at L ${l} P ${p} S ${s}`);
      const [right, ...place] = await valueAt(page, "beside", x, y);
      assert.ok(Math.abs(right - before_(...place)) <= 1.1, `${what}: ${right} HU beside at ${place}`);
      // The same pixel of both pictures is the same place.
      assert.ok(Math.abs(place[0] - l) <= 2.1 && Math.abs(place[1] - p) <= 2.1, `${what}: ${place} beside ${[l, p, s]}`);
    }
  };
  await compare("at the start");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await compare("two slices on");

  // Shifted by 6 mm towards the head, and then so far that it does not reach here.
  const [unshifted, , , s] = await valueAt(page, "beside", 0.5, 0.5);
  await hook(page, "beside-shift").fill("6");
  await hook(page, "beside-shift").press("Enter");
  await page.waitForTimeout(400);
  const [shifted, , , there] = await valueAt(page, "beside", 0.5, 0.5);
  assert.ok(Math.abs(there - s - 6) < 0.11 && shifted - unshifted === 6, `${shifted} HU at S ${there}, before ${unshifted} at S ${s}`);
  assert.equal(await hook(page, "beside-outside").count(), 0);
  await hook(page, "beside-shift").fill("500");
  await hook(page, "beside-shift").press("Enter");
  await hook(page, "beside-outside").waitFor();
  await hook(page, "beside-shift").fill("0");
  await hook(page, "beside-shift").press("Enter");
  await hook(page, "beside-outside").waitFor({ state: "detached" });

  // Another plane keeps it; the key and the cross close it.
  await hook(page, "layout-coronal").click();
  await page.waitForTimeout(400);
  const [coronal, ...place] = await valueAt(page, "beside", 0.5, 0.5);
  assert.ok(Math.abs(coronal - before_(...place)) <= 1.1, `${coronal} HU beside at ${place} of the coronal plane`);
  await hook(page, "beside-close").click();
  await hook(page, "beside-bar").waitFor({ state: "detached" });
  await page.keyboard.press("y");
  await hook(page, "beside-bar").waitFor();
  await page.keyboard.press("y");
  await hook(page, "beside-bar").waitFor({ state: "detached" });
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("opening the other series, or another one, shows one series again", async () => {
  const { page, seen } = await withTwo();
  await hook(page, "series-beside").click();
  await hook(page, "beside-bar").waitFor();
  await hook(page, "other-series").click();
  await hook(page, "beside-bar").waitFor({ state: "detached" });
  await hook(page, "series-beside").click();
  await hook(page, "beside-bar").waitFor();
  assert.equal(await hook(page, "beside-name").innerText(), "now.nii");
  // The open series alone: the same images, so the same key.
  await choose(page, [join(scratch, "earlier.nii")]);
  await hook(page, "beside-bar").waitFor({ state: "detached" });
  await state(page, "done");
  await choose(page, [join(scratch, "now.nii"), join(scratch, "earlier.nii")]);
  await hook(page, "series-beside").click();
  await hook(page, "beside-bar").waitFor();
  await hook(page, "try-sample").first().click();
  await hook(page, "beside-bar").waitFor({ state: "detached" });
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
