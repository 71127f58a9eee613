// Writes www/licences.txt, which the page and `islet licences` show: every package of Cargo.lock with its licence, and whether it is in
// the page or in the programs. Run it after a change of Cargo.lock; tests/it/supply.rs compares the two.
//
//   node tools/licences.mjs                the list
//   node tools/licences.mjs --texts FILE   the notices and licence texts of what is shipped, for a release
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const cargo = (...args) => execFileSync("cargo", args, { encoding: "utf8", maxBuffer: 1 << 28 });

/** What is linked into a build, as `name version`: without procedural macros, which run while it is built. */
function linked(...options) {
  const lines = cargo("tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}", ...options).trim().split("\n");
  return new Set(lines.map((line) => line.split(" ").slice(0, 2).join(" ").replace(" v", " ")));
}

const page = linked("--no-default-features", "--features", "webgpu", "--target", "wasm32-unknown-unknown");
const programs = new Set(["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"].flatMap((target) => [...linked("--target", target)]));
const inPage = (p) => page.has(`${p.name} ${p.version}`);
const inPrograms = (p) => programs.has(`${p.name} ${p.version}`);
const packages = JSON.parse(cargo("metadata", "--locked", "--format-version", "1", "--all-features")).packages
  .filter((p) => p.name !== "islet")
  .sort((a, b) => a.name.localeCompare(b.name, "en") || a.version.localeCompare(b.version, "en", { numeric: true }));
// Older manifests separate alternatives by a slash.
const licence = (p) => (p.license ?? `see ${p.license_file}`).replace(/\s*\/\s*/g, " OR ");

if (process.argv[2] === "--texts") {
  const texts = new Map();
  for (const p of packages.filter((p) => inPage(p) || inPrograms(p))) {
    const folder = dirname(p.manifest_path);
    const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice|copyright|unlicense)/i.test(name)).sort();
    const files = names.map((name) => join(folder, name)).filter((file) => statSync(file).isFile());
    for (const file of files) {
      const text = readFileSync(file, "utf8").trim();
      texts.set(text, [...(texts.get(text) ?? []), `${p.name} ${p.version}`]);
    }
    if (files.length === 0) console.warn(`${p.name} ${p.version} brings no text of its licence, ${licence(p)}`);
  }
  const parts = [...texts].map(([text, names]) => `${"=".repeat(100)}\n${names.join(", ")}\n\n${text}\n`);
  writeFileSync(process.argv[3], parts.join("\n"));
  console.log(`${texts.size} texts`);
} else {
  const where = (p) => [inPage(p) && "page", inPrograms(p) && "programs"].filter(Boolean).join(", ") || "not shipped";
  const lines = packages.map((p) => `${p.name} ${p.version} | ${licence(p)} | ${where(p)}`);
  const head = [
    "Islet is licensed under MIT OR Apache-2.0. Its page and its programs contain the packages below,",
    "each under the licence that is named with it. Packages that are not shipped are used to build or",
    "test Islet, or only on other systems. The shipped model was trained on NIH Pancreas-CT (Roth et",
    "al., TCIA 2016, CC BY 3.0) and on synthetic phantoms.",
    "",
    "package | licence | where",
  ];
  writeFileSync("www/licences.txt", [...head, ...lines, ""].join("\n"));
  console.log(`${packages.length} packages, ${packages.filter(inPage).length} in the page, ${packages.filter(inPrograms).length} in the programs`);
}
