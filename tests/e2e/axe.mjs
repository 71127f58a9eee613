// What axe has against a page.
import { readFileSync } from "node:fs";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** What axe has against the page as it is now, in a line each. */
export async function violations(page) {
  // Evaluated from outside: the page itself forbids eval.
  if (!(await page.evaluate("window.axe"))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary.split("\n").slice(1).join(" ")}`));
}
