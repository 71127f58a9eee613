// A session in one file: saved, and opened again over the same images, before them, and when it is none.
import assert from "node:assert/strict";
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
  await page.keyboard.press("l");
  const [saved, placed] = [(await mask(page)).data, await place(page, "coronal")];
  const path = join(scratch, "saved.session.json");
  await page.locator("[data-testid=take-away] summary").click();
  await download(page, "export-session", path);
  await page.context().close();
  const text = readFileSync(path, "utf8");
  assert.ok(text.startsWith('{"islet_session":1,') && !text.includes("PANCREAS_1001"));

  // On a fresh page before the images: it waits, and says so.
  const next = await open(chromium.browser, "?device=cpu");
  await choose(next.page, [path]);
  await next.page.waitForFunction(() => /come back when the same images are opened/.test(document.querySelector("[data-testid=recovered]")?.textContent));
  await choose(next.page, slices());
  await state(next.page, "done");
  assert.deepEqual(await place(next.page, "axial"), [21, DEPTH]);
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

  // A damaged one is refused by name, and nothing open is lost.
  const damaged = join(scratch, "damaged.session.json");
  writeFileSync(damaged, text.slice(0, 200));
  await choose(next.page, [damaged]);
  await next.page.waitForFunction(() => /damaged\.session\.json.*cannot be read/s.test(document.body.innerText));
  assert.ok(await canvas(next.page, "axial").isVisible());
  for (const { errors } of [seen, next.seen]) assert.deepEqual(errors ?? [], []);
  await next.page.context().close();
});
