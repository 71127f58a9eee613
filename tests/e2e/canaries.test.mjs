// Values of a patient planted in every attribute of a series are found nowhere they should not be: console, storage, caches, addresses, names and contents of
// files that are exported, the fine-tuned model.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CANARIES, found, planted, secrets } from "./canaries.mjs";
import { choose, cli, hook, launch, open, scratch, state, tab } from "./harness.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

const SLICES = 12;
/** The slices of a phantom with canaries, some of them with pancreas. */
function series() {
  const folder = join(scratch, "canaries");
  cli("phantom", "--output", folder, "--cases", "1", "--seed", "9301", "--slices", String(SLICES));
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".dcm")).sort();
  return files.map((name, i) => {
    const path = join(scratch, `slice-${i}.dcm`);
    writeFileSync(path, planted(readFileSync(join(folder, name)), i));
    return path;
  });
}

/** What a click saves, with its name. Chromium drops what a page saves beyond ten files within a second, so this waits first. */
async function saved(page, name) {
  await page.waitForTimeout(150);
  const [file] = await Promise.all([page.waitForEvent("download"), hook(page, name).click()]);
  const path = join(scratch, `canary-${name}`);
  await file.saveAs(path);
  return { name: file.suggestedFilename(), bytes: readFileSync(path) };
}

/** All that the page's origin keeps in this browser, as text. */
const kept = (page) => page.evaluate(async () => {
  const kept = [...Object.entries(localStorage), ...Object.entries(sessionStorage)].map(String);
  const latin = new TextDecoder("latin1");
  const walk = async (folder) => {
    for await (const [name, entry] of folder.entries()) {
      kept.push(`file ${name}`);
      if (entry.kind === "directory") await walk(entry);
      else kept.push(latin.decode(await (await entry.getFile()).arrayBuffer()));
    }
  };
  await walk(await navigator.storage.getDirectory());
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) kept.push(`cached ${request.url}`);
  }
  kept.push(document.cookie, location.href, document.title, JSON.stringify(history.state), window.name);
  return { text: kept.join("\n"), databases: (await indexedDB.databases()).length };
});

test("planted values of a patient are found nowhere they should not be", { timeout: 400_000 }, async () => {
  const files = series();
  assert.equal(found(readFileSync(files[3])).length, secrets().length, "every value is in the files");
  const { page } = await open(chromium.browser, "?device=cpu", undefined, { serviceWorkers: "allow" });
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  const asked = [];
  page.context().on("request", (request) => asked.push(request.url() + (request.postData() ?? "")));
  await state(page, "ready");
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true), null, { timeout: 60_000 });
  await choose(page, files);
  await state(page, "done", 120_000);
  // The table of attributes has been looked at, and a measurement is there.
  await hook(page, "attributes-open").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=attributes]").innerText.includes("CANARYNAME"));
  await hook(page, "attributes-close").click();
  const picture = await page.locator("[data-pane=axial] .frame canvas").boundingBox();
  await hook(page, "ellipse-toggle").click();
  await page.mouse.move(picture.x + picture.width / 3, picture.y + picture.height / 3);
  await page.mouse.down();
  await page.mouse.move(picture.x + picture.width / 2, picture.y + picture.height / 2, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.press("Escape");
  // Corrections kept in the browser, and a model that has learned from them.
  await tab(page, "correct");
  await page.evaluate(async () => {
    const { data } = await window.islet.mask();
    data.fill(1, data.length / 2, data.length / 2 + 40);
    window.islet.correct(data, [2, 5, 8, 10]);
  });
  await tab(page, "learn");
  await page.waitForFunction(() => document.querySelector("[data-testid=fine-tune]").textContent.includes("4 slices"));
  await hook(page, "autosave").check();
  await page.locator("details.settings").evaluate((details) => { details.open = true; });
  await hook(page, "tune-steps").fill("1");
  await hook(page, "tune-steps").dispatchEvent("change");
  await hook(page, "fine-tune").click();
  await hook(page, "tune-keep").waitFor({ timeout: 200_000 });
  await hook(page, "tune-keep").click();
  await state(page, "done", 120_000);
  const exports = [await saved(page, "export-nifti"), await saved(page, "export-model"), await saved(page, "export-corrections")];
  await tab(page, "result");
  exports.push(await saved(page, "export-measurements"));
  await page.locator("[data-testid=take-away] summary").click();
  const withPatient = await saved(page, "export-seg");
  assert.ok(found(withPatient.bytes).includes("CANARYNAME"), "the search finds what is there: this file is to name the patient");
  const measurementsOfPatient = await saved(page, "export-sr");
  assert.ok(found(measurementsOfPatient.bytes).includes("CANARYNAME"), "and this one");
  const reportOfPatient = await saved(page, "export-report-patient");
  assert.ok(found(reportOfPatient.bytes).includes("CANARYID0815"), "so is the report");
  await page.waitForFunction(() => !document.querySelector("[data-testid=export-report]").disabled);
  await hook(page, "seg-without-patient").check();
  for (const name of ["export-seg", "export-rtstruct", "export-sr", "export-seg-nrrd", "export-stl", "export-glb", "export-csv", "export-json", "export-session", "export-png", "export-report"]) {
    exports.push(await saved(page, name));
  }
  for (const { name, bytes } of exports) {
    assert.deepEqual(found(name), [], `the name ${name}`);
    assert.deepEqual(found(bytes), [], `the content of ${name}`);
  }
  assert.deepEqual(found(said.join("\n")), [], "console");
  assert.deepEqual(found(asked.join("\n")), [], "addresses and bodies of requests");
  await page.waitForTimeout(1500);
  const { text, databases } = await kept(page);
  assert.match(text, /file corrections/, "corrections are kept");
  assert.match(text, /cached .*worker/, "the page is in its cache");
  assert.deepEqual(found(text), [], "storage, caches, cookies, address and title");
  assert.equal(databases, 0);
  // What is written of one who is no patient: names in the page are for people who opened the files.
  assert.ok(Object.keys(CANARIES).length > 35);
  await page.context().close();
});
