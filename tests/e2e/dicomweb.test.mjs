// A series from a server of DICOMweb on the page's own origin, and results back to it. The server is a real Orthanc.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { dicom, labels, text } from "./dicom.mjs";
import { choose, cli, count, download, dsc, hook, launch, mask, open, scratch, state } from "./harness.mjs";
import { reverseProxy, startOrthanc, withoutOrthanc } from "./orthanc.mjs";

/** Part of two phantoms. */
const [FIRST, DEPTH] = [24, 6];
const MR = "tests/golden/formats/dicom/other_mr.dcm";
let chromium;
let orthanc;
let proxy;
let folders;

before(async () => {
  chromium = await launch();
  if (withoutOrthanc) return;
  const phantoms = join(scratch, "served");
  cli("phantom", "--output", phantoms, "--cases", "2", "--seed", "9301");
  folders = [1001, 1002].map((id) => join(phantoms, `Pancreas-CT/PANCREAS_${id}/phantom`));
  orthanc = await startOrthanc();
  for (const path of [...slices(0), ...slices(1), MR]) {
    const answer = await fetch(`${orthanc.url}/instances`, { method: "POST", body: readFileSync(path) });
    assert.equal(answer.status, 200, path);
  }
  proxy = await reverseProxy(orthanc);
});
after(async () => {
  await chromium?.close();
  await proxy?.close();
  await orthanc?.stop();
});

const slices = (i) => Array.from({ length: DEPTH }, (_, z) => join(folders[i], `1-${String(FIRST + z).padStart(3, "0")}.dcm`));
const studies = (page) => hook(page, "server-study");
const series = (page) => hook(page, "server-series");
const says = (page, name, pattern) =>
  page.waitForFunction(([name, source]) => new RegExp(source).test(document.querySelector(`[data-testid=${name}]`)?.textContent ?? ""), [name, pattern.source], { timeout: 20_000 });

/** What Orthanc has of a modality: `{ tags, bytes }` of each instance, its own tools having read the tags. */
async function kept(modality) {
  const query = { Level: "Instance", Query: { Modality: modality } };
  const found = await fetch(`${orthanc.url}/tools/find`, { method: "POST", body: JSON.stringify(query) }).then((answer) => answer.json());
  return Promise.all(found.map(async (id) => ({
    tags: await fetch(`${orthanc.url}/instances/${id}/simplified-tags?ignore-length=3006-0050`).then((answer) => answer.json()),
    bytes: Buffer.from(await fetch(`${orthanc.url}/instances/${id}/file`).then((answer) => answer.arrayBuffer())),
  })));
}

/** The area of a closed polygon in mm² (shoelace formula), from ContourData. */
function area(contour) {
  const points = contour.ContourData.split("\\").map(Number);
  let twice = 0;
  for (let i = 0; i < points.length; i += 3) {
    const j = (i + 3) % points.length;
    twice += points[i] * points[j + 1] - points[j] * points[i + 1];
  }
  return Math.abs(twice) / 2;
}

test("a page without DICOMweb asks for none, until a person does; then it says that there is none", async () => {
  const { page, seen } = await open(chromium.browser);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await state(page, "ready");
  assert.deepEqual(asked.filter((path) => /dicom|dcm4chee|orthanc/i.test(path)), []);
  assert.deepEqual(seen.errors, []);
  await hook(page, "server-open").first().click();
  await says(page, "server-error", /^The server: no DICOMweb was found at .*\/dicom-web.*\/dicomweb/);
  assert.ok(asked.includes("/dicom-web/studies") && asked.includes("/dicomweb/studies"), `${asked}`);
  assert.deepEqual([...seen.hosts], ["127.0.0.1"]);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  assert.ok(await hook(page, "server").isHidden());
  assert.equal(await page.locator("[data-testid=status]").getAttribute("data-state"), "ready");
  await hook(page, "language").selectOption("de");
  await page.getByRole("button", { name: "Vom Server öffnen" }).click();
  await says(page, "server-error", /^Der Server: unter .*\/dicom-web.* war kein DICOMweb zu finden\. Wenn es eines gibt,/);
  await page.context().close();
});

test("an address of another origin is refused in a sentence, and is not asked", async () => {
  const asked = [];
  const before = (context) => context.on("request", (request) => asked.push(new URL(request.url())));
  for (const elsewhere of ["https://example.org/dicom-web", "//example.org/x", "blob:http://127.0.0.1/x"]) {
    const { page, seen } = await open(chromium.browser, `?device=cpu&dicomweb=${encodeURIComponent(elsewhere)}`, undefined, { before });
    await says(page, "error", /its address is .*, and this page asks http:\/\/127\.0\.0\.1:\d+ alone/);
    await hook(page, "server-open").first().click();
    await says(page, "server-error", /Serve the page and DICOMweb behind one reverse proxy/);
    assert.deepEqual(seen.errors, []);
    await page.context().close();
  }
  assert.deepEqual([...new Set(asked.map((url) => url.hostname))], ["127.0.0.1"]);
  assert.deepEqual(asked.filter((url) => url.pathname.includes("studies")), []);
});

test("a series from the server is what it is when it is dropped, and the results come back to the server", { skip: withoutOrthanc, timeout: 300_000 }, async () => {
  const asked = [];
  const before = async (context) => {
    context.on("request", (request) => asked.push(new URL(request.url())));
    await context.addCookies([{ name: "signed-in", value: "yes", url: proxy.origin }]);
  };
  const { page, seen } = await open(chromium.browser, "?device=cpu", undefined, { origin: proxy.origin, before });
  await state(page, "ready");
  assert.deepEqual(proxy.seen, [], "nothing is asked before a click");

  // By keyboard alone: open, search, choose the study, open its series.
  await hook(page, "server-open").first().focus();
  await page.keyboard.press("Enter");
  await says(page, "server-status", /^3 studies$/);
  const all = (await studies(page).allInnerTexts()).join("\n");
  for (const part of ["PHANTOM", "CT", "MR"]) assert.ok(all.includes(part), `${part} is not in ${all}`);
  await page.keyboard.type("1002");
  await page.keyboard.press("Enter");
  await says(page, "server-status", /^1 study$/);
  const patient = dicom(readFileSync(slices(1)[0]));
  assert.ok((await studies(page).innerText()).includes(text(patient["00100020"])));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await series(page).first().waitFor();
  assert.match(await series(page).innerText(), new RegExp(`CT[\\s\\S]*${DEPTH} images`));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await state(page, "done", 120_000);
  assert.ok(await hook(page, "server").isHidden());
  const served = await mask(page);
  const shown = await hook(page, "volume-ml").innerText();
  assert.ok(count(served) > 100 && served.dims[0] === DEPTH, `${count(served)} voxels`);

  // Each file was asked for once, as the server has it, with what signs a person in.
  const files = proxy.seen.filter(({ path }) => /\/instances\/[\d.]+$/.test(path));
  assert.equal(new Set(files.map(({ path }) => path)).size, DEPTH);
  assert.equal(files.length, DEPTH);
  for (const { method, headers } of files) {
    assert.equal(method, "GET");
    assert.equal(headers.accept, 'multipart/related; type="application/dicom"; transfer-syntax=*');
    assert.equal(headers.cookie, "signed-in=yes");
  }

  // Back to the server, with patient and study.
  await page.locator("[data-testid=take-away] summary").click();
  for (const what of ["seg", "rtstruct"]) {
    await hook(page, `store-${what}`).click();
    await says(page, "recovered", new RegExp(`^Stored on the server at /dicom-web: DICOM ${what.toUpperCase()}`));
  }
  const [seg, ...moreSegs] = await kept("SEG");
  const [contours, ...moreContours] = await kept("RTSTRUCT");
  assert.deepEqual([moreSegs, moreContours], [[], []]);
  for (const { tags } of [seg, contours]) {
    assert.equal(tags.PatientID, text(patient["00100020"]));
    assert.equal(tags.PatientName, text(patient["00100010"]));
    assert.equal(tags.StudyInstanceUID, text(patient["0020000D"]));
  }
  assert.equal(dsc(labels(dicom(seg.bytes)), served.data), 1);
  // The contours lie 0.49 voxels outside of the voxels' centres, so they hold a little less than the voxels.
  const ofSlices = contours.tags.ROIContourSequence[0].ContourSequence;
  const filled = [...Array(DEPTH).keys()].filter((z) => served.data.subarray(z * 192 * 192, (z + 1) * 192 * 192).some((label) => label));
  assert.equal(new Set(ofSlices.map((contour) => contour.ContourData.split("\\")[2])).size, filled.length);
  const [row, column] = text(patient["00280030"]).split("\\").map(Number);
  const share = ofSlices.reduce((sum, contour) => sum + area(contour), 0) / (count(served) * row * column);
  assert.ok(share > 0.95 && share <= 1, `the contours hold ${share} of the mask`);

  // The segmentation is listed there now, opens like a dropped one, and is the mask.
  await hook(page, "server-open").first().click();
  await says(page, "server-status", /^3 studies$/);
  await hook(page, "server-search").fill("1002");
  await hook(page, "server-find").click();
  await says(page, "server-status", /^1 study$/);
  await studies(page).click();
  await page.locator("[data-testid=server-series][data-modality=SEG]").click();
  await hook(page, "truth-dsc").waitFor();
  assert.equal(await hook(page, "truth-dsc").innerText(), "1.000");

  if (process.env.ISLET_PYTHON) {
    const opened = join(scratch, "from-the-server");
    mkdirSync(opened);
    for (const slice of slices(1)) copyFileSync(slice, join(opened, basename(slice)));
    const path = join(scratch, "from-the-server.dcm");
    writeFileSync(path, seg.bytes);
    const saved = await download(page, "export-nifti", join(scratch, "from-the-server.nii.gz"));
    console.log(execFileSync(process.env.ISLET_PYTHON, ["tests/golden/seg_check.py", "check", path, saved, opened], { encoding: "utf8" }));
  } else {
    console.log("skipped: highdicom and dciodvfy on the SEG of the server, ISLET_PYTHON is not set");
  }

  // The same files, dropped: the same mask and the same volume.
  await choose(page, slices(1));
  await state(page, "done", 120_000);
  await page.waitForFunction(() => !document.querySelector("[data-testid=truth-dsc]"));
  const dropped = await mask(page);
  assert.deepEqual(dropped.dims, served.dims);
  assert.equal(dsc(dropped.data, served.data), 1);
  assert.equal(await hook(page, "volume-ml").innerText(), shown);

  // One origin and no other; what changes something on the server was sent twice, on two clicks.
  const own = asked.filter((url) => !["blob:", "data:"].includes(url.protocol));
  assert.deepEqual([...new Set(own.map((url) => url.origin))], [proxy.origin]);
  assert.equal(proxy.seen.filter(({ method }) => method === "POST").length, 2);
  assert.ok(proxy.seen.every(({ method }) => ["GET", "POST"].includes(method)));
  assert.deepEqual(seen.errors, []);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!/PHANTOM|1002/.test(stored), stored);
  await page.context().close();
});

test("what goes wrong is said in a sentence, and what is open stays as it is", { skip: withoutOrthanc, timeout: 300_000 }, async () => {
  proxy.seen.length = 0;
  // Another path, relative to the page.
  const { page } = await open(chromium.browser, "?device=cpu&dicomweb=imaging/rs/", undefined, { origin: proxy.origin });
  await choose(page, slices(0));
  await state(page, "done", 120_000);
  const isAsBefore = async () => {
    assert.equal(await page.locator("[data-testid=status]").getAttribute("data-state"), "done");
    assert.match(await hook(page, "slice-index").innerText(), new RegExp(`${DEPTH}$`));
  };
  assert.deepEqual(proxy.seen, []);
  const search = async (words, instead, pattern) => {
    proxy.instead = instead;
    await hook(page, "server-search").fill(words);
    await hook(page, "server-find").click();
    await says(page, pattern.source.startsWith("^The server at") ? "server-error" : "server-status", pattern);
  };
  const answer = (status, type, body) => (_, __, response) => { response.writeHead(status, { "content-type": type }); response.end(body); return true; };
  await hook(page, "server-open").first().click();
  await says(page, "server-status", /^3 studies$/);
  assert.equal(await studies(page).count(), 3);
  const html = "<!doctype html><title>Sign in</title>";
  await search("", (_, __, response) => response.destroy(), /^The server at \/imaging\/rs: it cannot be reached \(.+\)\. .*try again/);
  await search("", answer(401, "text/html", html), /^The server at \/imaging\/rs: it does not let you in \(status 401\)\. Sign in/);
  await search("", answer(403, "application/json", "{}"), /^The server at \/imaging\/rs: it does not let you in \(status 403\)\./);
  await search("", answer(200, "text/html", html), /^The server at \/imaging\/rs: it answered with a web page, not as DICOMweb does\./);
  await search("", answer(200, "application/dicom+json", html), /^The server at \/imaging\/rs: its list cannot be read \(.+\)\./);
  await search("", answer(404, "text/plain", "gone"), /^The server at \/imaging\/rs: there is nothing at this address \(status 404\)\./);
  await search("", answer(503, "text/plain", "down"), /^The server at \/imaging\/rs: it answered with status 503\./);
  await search("", answer(200, "application/dicom+json", "[]"), /^The server has no studies$/);
  await search("Somebody^Else", undefined, /^No study of “Somebody\^Else”$/);
  assert.equal(await hook(page, "server-error").innerText(), "");
  await isAsBefore();

  // A study without CT: its series is listed, and is no button to press.
  await search("", undefined, /^3 studies$/);
  await studies(page).filter({ hasText: "MR" }).click();
  await says(page, "server-no-ct", /^This study has no CT series$/);
  assert.ok(await series(page).isDisabled());
  assert.deepEqual(await violations(page), []);

  // A download that ends in the middle: of the connection, of a file, of what a person may see.
  await search("1002", undefined, /^1 study$/);
  await studies(page).click();
  const interrupted = async (instead, pattern) => {
    let files = 0;
    proxy.instead = (path, request, response) => /\/instances\/[\d.]+$/.test(path) && ++files > 3 && instead(path, request, response);
    await series(page).and(page.locator("[data-modality=CT]")).click();
    await says(page, "server-error", pattern);
    await hook(page, "server-close").waitFor();
    await isAsBefore();
  };
  const head = { "content-type": 'multipart/related; type="application/dicom"; boundary=b' };
  const part = "--b\r\nContent-Type: application/dicom\r\n\r\nDICM";
  await interrupted((_, __, response) => response.destroy(), /^The server at \/imaging\/rs: the download ended after \d of 6 images: it cannot be reached/);
  await interrupted((_, __, response) => { response.writeHead(200, { ...head, "content-length": 9999 }); response.write(part, () => response.destroy()); return true; }, /ended after \d of 6 images: it cannot be reached/);
  await interrupted((_, __, response) => { response.writeHead(200, head); response.end(part); return true; }, /ended after \d of 6 images: its answer ends early/);
  await interrupted(answer(401, "text/html", html), /it does not let you in \(status 401\)\. Sign in/);
  // The list of images is shorter than the server says.
  proxy.instead = (path, _, response) => /\/instances\?.*offset=[1-9]/.test(path) ? answer(200, "application/dicom+json", "[]")(path, _, response)
    : /\/instances\?/.test(path) && answer(200, "application/dicom+json", '[{"00080018":{"vr":"UI","Value":["1.2"]}}]')(path, _, response);
  await series(page).and(page.locator("[data-modality=CT]")).click();
  await says(page, "server-error", /it counts 6 images in the series and lists 1\./);

  // Cancel, by the button and by closing the dialog; then it opens as if nothing had been.
  proxy.instead = (path, _, response) => /\/instances\/[\d.]+$/.test(path) && response;
  await series(page).and(page.locator("[data-modality=CT]")).click();
  await says(page, "server-progress", /^0 of 6 images$/);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "server-cancel");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Enter");
  await hook(page, "server-close").waitFor();
  assert.equal(await hook(page, "server-error").innerText(), "");
  await series(page).and(page.locator("[data-modality=CT]")).click();
  await says(page, "server-progress", /^0 of 6 images$/);
  await page.keyboard.press("Escape");
  assert.ok(await hook(page, "server").isHidden());
  await isAsBefore();

  // A server that does not store: for a reason of its own, in a language of its own, or not saying what it did.
  const before = (await kept("SEG")).length;
  const failed = '{"00081198":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2"]},"00081197":{"vr":"US","Value":[42752]}}]}}';
  for (const [instead, pattern] of [
    [answer(409, "application/dicom+json", failed), /^The server at \/imaging\/rs: it did not store the file: it has no room left \(A700\)\./],
    [answer(413, "text/html", html), /^The server at \/imaging\/rs: it answered with status 413\./],
    [answer(403, "text/html", html), /^The server at \/imaging\/rs: it does not let you in \(status 403\)\./],
    [answer(200, "application/dicom+json", "{}"), /^The server at \/imaging\/rs: it answered without saying that it has stored the file\./],
    [(_, __, response) => response.destroy(), /^The server at \/imaging\/rs: it cannot be reached/],
  ]) {
    proxy.instead = (path, request, response) => request.method === "POST" && instead(path, request, response);
    await page.locator("[data-testid=take-away] summary").click();
    await hook(page, "store-seg").click();
    await says(page, "error", pattern);
    assert.equal(await hook(page, "recovered").count(), 0, "nothing says that it was stored");
    // A press beside the menu closes it too.
    await page.locator("[data-testid=error] button").click();
  }
  assert.equal((await kept("SEG")).length, before);
  await isAsBefore();
  proxy.instead = undefined;
  await page.context().close();
});
