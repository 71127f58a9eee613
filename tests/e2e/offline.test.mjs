// The page as an app: without a network, from any server and sub-path, and from one version to the next.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { hook, launch, scratch, state } from "./harness.mjs";
import { serve } from "./site.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

/** `dist/` as another version: some of its files changed, and its list written anew. */
function version(name, changes) {
  const dist = join(scratch, name);
  cpSync("dist", dist, { recursive: true });
  for (const [file, text] of Object.entries(changes)) writeFileSync(join(dist, file), text);
  execFileSync(process.execPath, ["tools/offline.mjs", dist]);
  return dist;
}

const visit = async (context, url) => {
  const page = await context.newPage();
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(String(error)));
  await page.goto(url);
  return page;
};

/** Waits until the page belongs to a service worker. */
const stored = (page) => page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, { timeout: 60_000 });
const built = (page) => page.evaluate(() => document.querySelector("meta[name=islet-version]").content);
const text = (page, path) => page.evaluate((path) => fetch(path).then((answer) => answer.text()), path);
const caches = (page) => page.evaluate(() => caches.keys());

async function segmentSample(page) {
  await state(page, "ready");
  await hook(page, "try-sample").first().click();
  await hook(page, "slice-index").waitFor();
  await state(page, "done", 240_000);
  const ml = parseFloat(await hook(page, "volume-ml").innerText());
  assert.ok(ml > 20 && ml < 150, `${ml} mL`);
}

test("after one visit below a sub-path, the sample is segmented without server and network", async () => {
  const site = await serve("dist", { prefix: "/a/b/" });
  const context = await chromium.browser.newContext();
  const page = await visit(context, `${site.url}?device=cpu`);
  await state(page, "ready");
  await stored(page);
  assert.deepEqual(site.asked.filter((path) => !path.startsWith("/a/b/")), [], "everything is asked for below the sub-path");
  assert.deepEqual(site.asked.filter((path) => path.includes("worker_gpu")), [], "and the GPU's kernels not at all");
  await site.close();
  await context.setOffline(true);
  await page.reload();
  await segmentSample(page);
  assert.equal(await hook(page, "device").getAttribute("data-device"), "cpu");
  // A page opened anew, too, by either name.
  const other = await visit(context, `${site.url}index.html?device=cpu`);
  await state(other, "ready");
  assert.deepEqual([...page.errors, ...other.errors], []);
  await context.close();
});

test("a new version waits until it is asked for, whole; the old page keeps its files", async () => {
  const old = version("one", { "worker_loader.js": readFileSync("dist/worker_loader.js", "utf8") + "// one\n" });
  const fresh = version("two", { "worker_loader.js": readFileSync("dist/worker_loader.js", "utf8") + "// two\n" });
  const site = await serve(old);
  const context = await chromium.browser.newContext();
  const page = await visit(context, `${site.url}?device=cpu`);
  await state(page, "ready");
  await stored(page);
  const first = await built(page);
  const loader = (page) => text(page, "./worker_loader.js").then((text) => text.match(/\/\/ (\w+)\n$/)[1]);
  assert.equal(await hook(page, "new-version").count(), 0, "nothing is newer");

  // A server in the middle of being changed: the list is new, a file is not. None of it is taken.
  site.root = join(scratch, "half");
  cpSync(fresh, site.root, { recursive: true });
  writeFileSync(join(site.root, "worker_loader.js"), readFileSync(join(old, "worker_loader.js")));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    const worker = registration.installing;
    if (worker) await new Promise((over) => worker.addEventListener("statechange", () => worker.state === "redundant" && over()));
  });
  assert.equal(await loader(page), "one");
  assert.equal((await caches(page)).length, 1, "and what was fetched of it is gone");

  // The whole new version: fetched and kept apart, while this page has the old one, also after a reload and with its worker started anew.
  site.root = fresh;
  await page.reload();
  await hook(page, "new-version").waitFor({ timeout: 60_000 });
  assert.equal(await built(page), first);
  assert.equal(await loader(page), "one");
  await state(page, "ready");

  // Another tab with the old version holds it back.
  const other = await visit(context, `${site.url}?device=cpu`);
  assert.equal(await built(other), first);
  await hook(page, "new-version").click();
  await page.waitForFunction(() => /other tabs/.test(document.querySelector("[data-testid=new-version]").textContent));
  assert.equal(await loader(other), "one");
  await other.close();
  await page.waitForTimeout(300);
  await Promise.all([page.waitForEvent("load"), hook(page, "new-version").click()]);
  assert.notEqual(await built(page), first);
  assert.equal(await loader(page), "two");
  await state(page, "ready");
  assert.equal((await caches(page)).length, 1, "the old version is gone");
  assert.deepEqual(page.errors, []);
  await site.close();
  await context.close();
});

test("a new version is there at the next start, once every tab was closed", async () => {
  const [old, fresh] = [version("three", { "icon-192.png": "three" }), version("four", { "icon-192.png": "four" })];
  const site = await serve(old);
  const context = await chromium.browser.newContext();
  const page = await visit(context, `${site.url}?device=cpu`);
  await state(page, "ready");
  await stored(page);
  site.root = fresh;
  site.asked.length = 0;
  await page.reload();
  await hook(page, "new-version").waitFor({ timeout: 60_000 });
  const fetched = new Set(site.asked.filter((path) => !path.endsWith("sw.js")));
  assert.deepEqual([...fetched].sort(), ["/", "/icon-192.png"], "what has not changed is not fetched again");
  await page.close();
  await new Promise((wake) => setTimeout(wake, 500));
  const next = await visit(context, `${site.url}?device=cpu`);
  assert.equal(await text(next, "./icon-192.png"), "four");
  await site.close();
  await context.close();
});

test("the page can be installed: manifest, icons of the stated sizes", async () => {
  const site = await serve("dist");
  const context = await chromium.browser.newContext();
  const page = await visit(context, `${site.url}?device=cpu`);
  const devtools = await context.newCDPSession(page);
  const { url, errors } = await devtools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.match(url, /manifest\.webmanifest$/);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // A window without profile, as tests have it, is the one thing that stands against it.
  assert.deepEqual(installabilityErrors.map((error) => error.errorId).filter((id) => id !== "in-incognito"), []);
  const { icons } = JSON.parse(readFileSync("dist/manifest.webmanifest", "utf8"));
  for (const { src, sizes } of icons) {
    const png = readFileSync(join("dist", src));
    assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes, src);
  }
  await site.close();
  await context.close();
});
