// The scans of ../shared/cases, each dropped on the page: read, noted or refused as its expected.json says.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cli, count, drop, launch, mask, nifti, open, scratch } from "./harness.mjs";

const CASES = new URL("../../../shared/cases", import.meta.url).pathname;
const withoutCases = existsSync(CASES) ? false : "../shared/cases is not here";
const MODEL = new URL("../../www/models/pancreas.safetensors", import.meta.url).pathname;

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

/** The files of a case, without dead links. */
const files = (path) => !existsSync(path) ? [] : statSync(path).isDirectory()
  ? readdirSync(path).sort().flatMap((name) => files(join(path, name)))
  : [path];

/** Labelled pixels of each slice, in ascending order, so that the direction of the slices does not count. */
const bySlice = ({ dims, data }) => Array.from({ length: dims[0] }, (_, z) =>
  count({ data: data.subarray(z * dims[1] * dims[2], (z + 1) * dims[1] * dims[2]) })).sort((a, b) => a - b);

/** What `predict` makes of each reference of a case. */
function references(name) {
  const own = readdirSync(CASES).filter((file) => file.startsWith(`${name}.reference`));
  return own.map((file, i) => {
    const output = join(scratch, `${name}-${i}.nii.gz`);
    cli("predict", "--model", MODEL, "--input", join(CASES, file), "--output", output);
    return bySlice(nifti(output));
  });
}

/** Drops a case on a page of its own. Returns its errors, notes and warnings and, if a series opened, its mask. */
async function dropped(name) {
  const { page } = await open(chromium.browser, "?device=cpu");
  await drop(page, files(join(CASES, name)));
  await page.waitForFunction(() => document.querySelector("[data-testid=error]")
    || document.querySelector("[data-testid=status]")?.dataset.state === "done", null, { timeout: 60_000 });
  const isOpen = await page.evaluate(() => Boolean(document.querySelector("[data-testid=slice-index]")));
  const said = await page.evaluate(() => ["error", "notes", "unlike", "caveats", "listed-series"].flatMap((name) =>
    [...document.querySelectorAll(`[data-testid=${name}]`)].map((place) => place.textContent)).join("\n"));
  const found = isOpen ? await mask(page) : null;
  await page.context().close();
  return { said, found };
}

/** Cases that are about `predict --output`, `evaluate`, `train` or a segmentation without its scan. */
const ELSEWHERE = /^(n03|n07|n09|e|t|d15)/;
const names = withoutCases ? [] : readdirSync(CASES).flatMap((file) => file.match(/^(.*)\.expected\.json$/)?.[1] ?? [])
  .filter((name) => !ELSEWHERE.test(name));

test("there are cases", { skip: withoutCases }, () => assert.ok(names.length >= 20, `${names.length} cases`));

for (const name of names) {
  test(`case ${name}`, async () => {
    const expected = JSON.parse(readFileSync(join(CASES, `${name}.expected.json`), "utf8"));
    const { said, found } = await dropped(name);
    const words = expected.noted ?? expected.refused_or_noted;
    if (words) assert.ok(words.some((word) => said.includes(word)), `${words} in: ${said.slice(0, 3000)}`);
    for (const word of expected.not_said ?? []) assert.ok(!said.includes(word), `"${word}" is said`);
    if (expected.refused_or_noted && !found) return;
    assert.ok(found, `no series opened: ${said.slice(0, 3000)}`);
    if (expected.dims) assert.deepEqual(found.dims, expected.dims);
    if (expected.any_reference) {
      const right = references(name);
      assert.ok(right.some((reference) => String(reference) === String(bySlice(found))), `${bySlice(found)} is none of ${right}`);
    }
    if (expected.same_as) assert.deepEqual(bySlice(found), bySlice((await dropped(expected.same_as)).found));
  });
}
