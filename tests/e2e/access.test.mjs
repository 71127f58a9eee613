// The page for everybody: axe finds nothing in any of its states, in either language.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { drop, hook, launch, open, scratch, state } from "./harness.mjs";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

/** What axe has against the page as it is now, in a line each. */
async function violations(page) {
  // Evaluated from outside: the page itself forbids eval.
  if (!(await page.evaluate("window.axe"))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary.split("\n").slice(1).join(" ")}`));
}

test("axe finds nothing against the page, empty, at work, with a result, and after a refusal", async () => {
  const { page } = await open(chromium.browser);
  const found = {};
  const look = async (where) => { found[where] = await violations(page); };
  await state(page, "ready");
  await look("empty");
  await hook(page, "try-sample").first().click();
  await hook(page, "slice-index").waitFor();
  await look("at work");
  await state(page, "done");
  await look("done");
  await hook(page, "attention-toggle").click();
  await look("attention");
  await hook(page, "layout-three").click();
  await look("three planes");
  await hook(page, "help-button").click();
  await hook(page, "help").waitFor();
  await look("keys");
  await hook(page, "help-close").click();
  for (const tab of ["explain", "correct", "learn"]) {
    await hook(page, `tab-${tab}`).click();
    await look(tab);
  }
  const broken = join(scratch, "report.docx");
  writeFileSync(broken, "this is no image");
  await drop(page, broken);
  await hook(page, "error").waitFor();
  await look("refused");
  await page.setViewportSize({ width: 820, height: 1180 });
  await look("tablet");
  await hook(page, "language").selectOption("de");
  await look("German");
  for (const [where, list] of Object.entries(found)) assert.deepEqual(list, [], where);
  await page.context().close();
});
