// Puts the hashes of the inline scripts of dist/index.html (or of the folder named) into its Content-Security-Policy, in place of
// 'unsafe-inline', so that no other inline script runs. Trunk writes such a script to start the page. Prints the policy as a header.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const index = join(process.argv[2] ?? "dist", "index.html");
const html = readFileSync(index, "utf8");
const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
const hashes = [...new Set(inline)].map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
const policy = html.match(/http-equiv="?Content-Security-Policy"?\s+content="([^"]*)"/i)?.[1];
if (!policy) throw new Error(`${index} has no Content-Security-Policy`);
const [before, scripts, after] = policy.split(/(script-src [^;]*)/);
// Hashes of an earlier run are replaced.
const sources = scripts.split(" ").filter((source) => source !== "'unsafe-inline'" && !source.startsWith("'sha256-"));
const strict = `${before}${[...sources, ...hashes].join(" ")}${after}`;
writeFileSync(index, html.replace(policy, () => strict));
console.log(`Content-Security-Policy: ${strict}; frame-ancestors 'none'`);
