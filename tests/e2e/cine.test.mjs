// Cine plays through the slices at its speed, on every plane, turns or begins again at the end, and stops on any other move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hook, look } from "./harness.mjs";
import { DEPTH, opened, screen } from "./viewed.mjs";

/** Collects the slices that are shown for some time. */
const watched = (page, ms) => page.evaluate((ms) => new Promise((done) => {
  const seen = [];
  const output = document.querySelector("[data-testid=slice-index]");
  const note = () => {
    const slice = Number(output.textContent.split(" ")[0]);
    if (seen.at(-1) !== slice) seen.push(slice);
  };
  note();
  const observer = new MutationObserver(note);
  observer.observe(output, { childList: true, characterData: true, subtree: true });
  setTimeout(() => { observer.disconnect(); done(seen); }, ms);
}), ms);
const playing = async (page) => await hook(page, "cine").getAttribute("aria-pressed") === "true";

test("cine shows every slice in turn, goes on at the end as was chosen, and stops on any other move", { timeout: 120_000 }, async () => {
  const { page, seen } = await opened();
  await look(page, DEPTH - 4);
  await hook(page, "cine-speed").selectOption("5");
  await hook(page, "cine").click();
  const round = await watched(page, 2500);
  assert.ok(await playing(page));
  assert.ok(round.length >= 6 && round.length <= 14, `about 12 slices in 2.5 s: ${round}`);
  round.slice(1).forEach((slice, i) => assert.equal(slice, (round[i] % DEPTH) + 1, `${round}`));
  assert.ok(round.includes(DEPTH) && round.includes(1), `it begins again: ${round}`);
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.querySelector("[data-testid=cine]").getAttribute("aria-pressed") === "false");
  assert.equal((await watched(page, 700)).length, 1, "it has stopped");

  await hook(page, "cine-turn").click();
  await look(page, DEPTH - 3);
  await hook(page, "cine").click();
  const turned = await watched(page, 2500);
  assert.ok(turned.includes(DEPTH) && turned.every((slice) => slice > DEPTH / 2), `it turns back: ${turned}`);
  turned.slice(1).forEach((slice, i) => assert.equal(Math.abs(slice - turned[i]), 1, `${turned}`));
  await page.mouse.move(...await screen(page, "axial", 90, 90));
  await page.mouse.wheel(0, 100);
  await page.waitForFunction(() => document.querySelector("[data-testid=cine]").getAttribute("aria-pressed") === "false");

  // The key, on a coronal plane; another plane stops it.
  await hook(page, "layout-coronal").click();
  await page.keyboard.press("k");
  const coronal = await watched(page, 1500);
  assert.ok(coronal.length >= 4, `${coronal}`);
  await hook(page, "layout-axial").click();
  assert.equal(await playing(page), false);

  // No task is long while it plays.
  const longest = await page.evaluate(async () => {
    let longest = 0;
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longest = Math.max(longest, duration); }).observe({ entryTypes: ["longtask"] });
    document.querySelector("[data-testid=cine]").click();
    await new Promise((done) => setTimeout(done, 3000));
    document.querySelector("[data-testid=cine]").click();
    return longest;
  });
  assert.ok(longest <= 50, `a task of ${longest} ms while cine plays`);
  assert.deepEqual(seen.errors, []);
  await page.context().close();
});
