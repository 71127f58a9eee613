// Writes a .br and a .gz beside every file of dist/ that shrinks; a static server sends them to browsers that take them.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

for (const name of readdirSync("dist", { recursive: true })) {
  const path = join("dist", name);
  if (!/\.(wasm|js|css|html|svg)$/.test(name) || !statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  writeFileSync(path + ".br", br);
  writeFileSync(path + ".gz", gzipSync(bytes, { level: 9 }));
  if (bytes.length > 100_000) console.log(`${name}: ${bytes.length} bytes, ${br.length} compressed`);
}
