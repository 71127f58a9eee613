// A session in one file: saved, and opened again over the same images, before them, and when it is none.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { choose, download, hook, look, mask, scratch, open, state, tab } from "./harness.mjs";
import { DEPTH, canvas, chromium, place, screen, slices } from "./viewed.mjs";

test("corrections and the view come back from a session file", async () => {
  const { page, seen } = await open(chromium.browser, "?device=cpu");
  await choose(page, slices());
  await state(page, "done");
  await look(page, 20);
  await tab(page, "correct");
  await hook(page, "tool-brush").click();
  await page.mouse.click(...await screen(page, "axial", 30, 40));
  await hook(page, "accept").click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("4");
  await page.keyboard.press("l");
  assert.equal(await hook(page, "annotations-toggle").getAttribute("aria-pressed"), "true");
  await page.keyboard.press("u");
  const [saved, placed] = [(await mask(page)).data, await place(page, "coronal")];
  const path = join(scratch, "saved.session.json");
  await page.locator("[data-testid=take-away] summary").click();
  await download(page, "export-session", path);
  await page.context().close();
  const text = readFileSync(path, "utf8");
  assert.ok(text.startsWith('{"islet_session":1,') && !text.includes("PANCREAS_1001"));
  const sha256 = createHash("sha256").update(readFileSync("dist/models/pancreas.safetensors")).digest("hex");
  assert.equal(JSON.parse(text).place.model_sha256, sha256);

  // On a fresh page before the images: it waits, and says so.
  const next = await open(chromium.browser, "?device=cpu");
  await choose(next.page, [path]);
  await next.page.waitForFunction(() => /come back when the same images are opened/.test(document.querySelector("[data-testid=recovered]")?.textContent));
  await choose(next.page, slices());
  await state(next.page, "done");
  assert.deepEqual(await place(next.page, "axial"), [21, DEPTH]);
  assert.match(await hook(next.page, "window").innerText(), /W 2500\s+L 480/, "the window comes back");
  assert.equal(await hook(next.page, "annotations-toggle").getAttribute("aria-pressed"), "false", "and no texts in the corners");
  assert.deepEqual(await place(next.page, "coronal"), placed);
  assert.deepEqual(Buffer.from((await mask(next.page)).data), Buffer.from(saved));
  assert.equal(await hook(next.page, "accept").getAttribute("aria-pressed"), "true");

  // Onto the open images: undo brings back what was there before.
  await tab(next.page, "correct");
  await hook(next.page, "forget").click();
  await choose(next.page, [path]);
  await next.page.waitForFunction(() => /corrected slices of .* are back/.test(document.querySelector("[data-testid=recovered]")?.textContent));
  await next.page.waitForFunction(() => document.querySelector("[data-testid=accept]").getAttribute("aria-pressed") === "true");
  assert.deepEqual(Buffer.from((await mask(next.page)).data), Buffer.from(saved));
  await hook(next.page, "undo").click();
  await next.page.waitForFunction(() => document.querySelector("[data-testid=accept]").getAttribute("aria-pressed") === "false");

  assert.doesNotMatch(await hook(next.page, "recovered").innerText(), /another model/);

  // One that was saved with another model says so: what nobody corrected may differ.
  const other = JSON.parse(text);
  other.place.model_sha256 = "0123456789abcdef".repeat(4);
  const elsewhere = join(scratch, "elsewhere.session.json");
  writeFileSync(elsewhere, JSON.stringify(other));
  await choose(next.page, [elsewhere]);
  await next.page.waitForFunction(([now]) =>
    document.querySelector("[data-testid=recovered]")?.textContent.includes(`with another model (SHA-256 01234567...) than the one in use (${now}...)`), [sha256.slice(0, 8)]);

  // A damaged one is refused by name, and nothing open is lost.
  const damaged = join(scratch, "damaged.session.json");
  writeFileSync(damaged, text.slice(0, 200));
  await choose(next.page, [damaged]);
  await next.page.waitForFunction(() => /damaged\.session\.json.*cannot be read/s.test(document.body.innerText));
  assert.ok(await canvas(next.page, "axial").isVisible());
  for (const { errors } of [seen, next.seen]) assert.deepEqual(errors ?? [], []);
  await next.page.context().close();
});
