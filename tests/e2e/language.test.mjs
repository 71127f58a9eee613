// The page in its languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hook, launch, open, state } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

const device = "?device=cpu";
const size = { width: 1280, height: 720 };

/** Every text, title and label of the page that has a word in it, by the panel it is in. */
const said = (page) => page.evaluate(() => {
  const found = [];
  const walk = document.createTreeWalker(document.querySelector(".app"), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.data.trim());
    else found.push(...["title", "aria-label", "placeholder", "alt", "aria-valuetext"].map((name) => node.getAttribute(name)?.trim() ?? ""));
  }
  return [...new Set(found.filter((text) => /\p{L}{2}/u.test(text)))];
});

/** What is the same in both: names, units, and what the core says of the data and the model, which is English. */
const COMMON = [
  /^Islet$/, /^(English|Deutsch)$/, /^CPU x \d+$/, /^WebGPU$/, /^Sample \d+ \(synthetic\)$/, /^Roth /, /^[\d., x·]+(mm|mL|cm²|HU|px)$/, /^[LRAPSI] [\d.]+ mm$/, /^\d+ cm$/,
  /^DSC$/, /^DICOM (SEG|RTSTRUCT|SR)$/, /^3D Slicer \(seg\.nrrd\)$/, /^(Abdomen|Label)( \(\w\))?$/, /^(Axial|Sagittal)\b/, /^Gate \d$/, /^\d+ × \d+ × \d+  ·/, /^Esc$/, /^(MIP|MinIP|3D|2 × 2)$/, /^CC BY/, /phantom/i, /demonstration/i, /^MIT OR/, /^Synthetic: /,
];

test("German reaches every panel, keeps what is open, and is remembered", async () => {
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  const language = hook(page, "language");
  const empty = await said(page);
  await language.selectOption("de");
  assert.match(await page.locator(".welcome").innerText(), /Ein CT des Abdomens hierher ziehen/);
  const same = (english, german) => english.filter((text) => german.includes(text) && !COMMON.some((common) => common.test(text)));
  assert.deepEqual(same(empty, await said(page)), [], "of the empty page");

  await language.selectOption("en");
  await hook(page, "try-sample").first().click();
  await hook(page, "slice-index").waitFor();
  await hook(page, "attention-toggle").click();
  const [english, slice] = [await said(page), await hook(page, "slice-index").innerText()];
  await language.selectOption("de");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  assert.equal(await hook(page, "slice-index").innerText(), slice, "the study is open as it was");
  await page.waitForFunction(() => {
    const { width, height } = document.querySelector("[data-testid=viewer] .frame canvas");
    const { data } = document.querySelector("[data-testid=viewer] .frame canvas").getContext("2d").getImageData(0, 0, width, height);
    return width === 192 && height === 192 && data.some((value, i) => i % 4 !== 3 && value > 100);
  });
  const german = await said(page);
  assert.ok(english.length > 60 && german.length > 60, `${english.length} and ${german.length} texts`);
  assert.deepEqual(same(english, german), [], "of the page with a series");
  assert.match(await hook(page, "status").innerText(), /Segmentiert|Fertig/);
  await page.waitForFunction(() => document.activeElement === document.querySelector("[data-testid=language]"));

  await page.reload();
  await state(page, "ready");
  assert.match(await page.locator(".welcome").innerText(), /hierher ziehen/);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  assert.equal(await hook(page, "language").inputValue(), "de");
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});

test("the browser's language is the page's first, if it speaks that", async () => {
  for (const [locale, lang, ready] of [["de-AT", "de", /Bereit/], ["fr-FR", "en", /Ready/]]) {
    const { page } = await open(chromium.browser, device, size, { locale });
    await state(page, "ready");
    assert.match(await hook(page, "status").innerText(), ready);
    assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
    await page.context().close();
  }
});
