// Makes dist/ (or the folder named) an app that works without a network: writes the version into index.html, and sw.js with every file's hash.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const dist = process.argv[2] ?? "dist";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const worker = readFileSync(new URL("../www/sw.js", import.meta.url), "utf8");

const index = join(dist, "index.html");
const unnamed = readFileSync(index, "utf8").replace(/<meta name="islet-version"[^>]*>/, "");
const files = {};
for (const name of readdirSync(dist, { recursive: true }).map((name) => name.replaceAll("\\", "/")).sort()) {
  // Siblings for servers that compress hold the same file once more.
  const left = /\.(br|gz)$/.test(name) || ["sw.js", "index.html"].includes(name) || !statSync(join(dist, name)).isFile();
  if (!left) files[name] = sha256(readFileSync(join(dist, name)));
}
const version = sha256(JSON.stringify([files, unnamed, worker])).slice(0, 16);
const named = unnamed.replace(/<meta charset="?utf-8"?\s*\/?>/i, (charset) => `${charset}<meta name="islet-version" content="${version}">`);
if (named === unnamed) throw new Error(`${index} has no <meta charset>`);
writeFileSync(index, named);
// Under the address that pages are opened by.
files["./"] = sha256(named);
// Only who has a GPU loads its kernels; from then on they are kept, too.
const later = Object.keys(files).filter((name) => name.startsWith("worker_gpu"));
const head = { VERSION: version, FILES: files, LATER: later };
const lines = Object.entries(head).map(([name, value]) => `const ${name} = ${JSON.stringify(value, null, 1)};\n`);
writeFileSync(join(dist, "sw.js"), lines.join("") + worker);
console.log(`version ${version}: ${Object.keys(files).length} files for use without a network`);
