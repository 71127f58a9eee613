// What the page keeps in the browser, when it is killed while it saves: the figures of docs/TRUST.md. Chromium with a profile on disk, dist/ from a server here.
//
//     node benches/killed_page.mjs [TIMES=50] [KIND, a part of its name]
//
// Needs dist/ (./serve.sh --build-only), the native commands (cargo build --release), Chromium and Linux. Corrections, and then a model, are saved again and
// again, and the page's process or the whole browser is ended by SIGKILL at any moment of it. Then the page is opened again: what it has must be the old value
// or the new one, whole, without a word of an error. In every second kill there is no old one. Exit code 1 if it is anything else.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { phantom } from "../tests/e2e/faults.mjs";
import { choose, hook, launch, mask, PORT, scratch, spread, state, tab } from "../tests/e2e/harness.mjs";

const times = Number(process.argv[2] ?? 50);
const wanted = process.argv[3] ?? "";
const AREA = 192 * 192;
const { slices, label } = phantom();
const corrected = spread({ dims: [slices.length, 192, 192], data: label }, 3);
/** What is said on the console while a file is written, in this order. A kill comes at one of them, at once or up to so many ms later. */
const STAGES = ["named", "opened", "writing", "written", "closing"];
const LATER_MS = 12;

/** Says on the console how far the writing of a file is, and waits a moment then. It runs before the program of the page and of its workers. */
function announce() {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const say = (stage) => console.debug(`stage ${stage}`);
  const { getFileHandle } = FileSystemDirectoryHandle.prototype;
  FileSystemDirectoryHandle.prototype.getFileHandle = async function (name, options) {
    const file = await getFileHandle.call(this, name, options);
    if (options?.create) { say("named"); await wait(40); }
    return file;
  };
  const { createWritable } = FileSystemFileHandle.prototype;
  FileSystemFileHandle.prototype.createWritable = async function () {
    const stream = await createWritable.call(this);
    say("opened");
    await wait(40);
    const [write, close] = [stream.write.bind(stream), stream.close.bind(stream)];
    stream.write = async (bytes) => { say("writing"); await write(bytes); say("written"); await wait(40); };
    // The kill comes before this ends, at the end or just after it.
    stream.close = async () => { say("closing"); await wait(20 * Math.random()); await close(); say("closed"); };
    return stream;
  };
}

/** The browser of a profile and all processes below it, as `[pid, command line]`. */
function processes(profile) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) \S /s, "").split(" ")[0];
      return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, "latin1") }];
    } catch { return []; /* it has ended */ }
  });
  const found = all.filter(({ command }) => command.includes(`--user-data-dir=${profile}\0`) && !command.includes("--type="));
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found.map(({ pid, command }) => [Number(pid), command]);
}

function kill(profile, isWhole) {
  for (const [pid, command] of processes(profile)) {
    if (isWhole || command.includes("--type=renderer")) {
      try { process.kill(pid, "SIGKILL"); } catch { /* it has ended */ }
    }
  }
}

async function browse(profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", viewport: { width: 1280, height: 720 }, serviceWorkers: "block",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  await context.addInitScript(announce);
  await context.route("**/worker_loader.js", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `(${announce})();\n${await answer.text()}` });
  });
  return context;
}

/** The page in a browser; `stages` has what was said of writing since. */
async function start(context) {
  const page = await context.newPage();
  const stages = [];
  const heard = { on: () => {} };
  page.on("console", (message) => {
    const [, stage] = message.text().match(/^stage (\w+)$/) ?? [];
    if (stage) { stages.push(stage); heard.on(stage); }
  });
  await page.goto(`http://127.0.0.1:${PORT}/?device=cpu`);
  await state(page, "ready");
  return { page, stages, heard };
}

/** The bytes of the files in a folder of the private file system, by name, as a digest and a length. */
const stored = (page, folder) => page.evaluate(async (name) => {
  const found = {};
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
    for await (const [file, handle] of folder.entries()) {
      const bytes = await (await handle.getFile()).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      found[file] = [bytes.byteLength, [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")];
    }
  } catch { /* none */ }
  return found;
}, folder);

const errors = async (page) => (await hook(page, "error").count()) > 0 ? hook(page, "error").first().innerText() : "";

/** Labels that no other turn has: the phantom's organ in other places. */
const labelsOf = (turn) => Uint8Array.from(label, (_, i) => label[(i + AREA - 192 * (turn % 13) - (turn % 17)) % AREA + AREA * Math.floor(i / AREA)]);

const corrections = {
  name: "corrections",
  async open(page) {
    await choose(page, slices);
    await hook(page, "slice-index").waitFor();
    await state(page, "done", 180_000);
    await tab(page, "learn");
  },
  /** Has nothing kept any more. */
  async empty(page) {
    await hook(page, "wipe").click();
    await page.waitForTimeout(300);
  },
  async save(page, turn) {
    const labels = Buffer.from(labelsOf(turn)).toString("base64");
    await page.evaluate(([labels, slices]) => window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices), [labels, corrected]);
    await hook(page, "autosave").check();
  },
  /** The turn whose labels the page shows, of these; 0 if it has none, and words if it has something else. */
  async found(page, turns) {
    const count = await hook(page, "fine-tune").innerText();
    const { data } = await mask(page);
    const isOf = (turn) => corrected.every((z) => {
      const labels = labelsOf(turn);
      for (let i = z * AREA; i < (z + 1) * AREA; i++) if (data[i] !== labels[i]) return false;
      return true;
    });
    if (!/\b3 slices/.test(count)) return /\d+ slice/.test(count) ? `corrections of another count (${count})` : 0;
    return turns.find((turn) => turn > 0 && isOf(turn)) ?? "corrections of neither";
  },
  folder: "corrections",
};

/** Models that differ in a remark and in their size. */
function modelOf(turn) {
  const bytes = readFileSync("www/models/pancreas.safetensors");
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length));
  const training = JSON.parse(header.__metadata__["islet.training"]);
  header.__metadata__["islet.training"] = JSON.stringify({ ...training, remarks: `The model of turn ${turn}.` });
  const words = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(words.length));
  const path = join(scratch, `turn-${turn}.safetensors`);
  writeFileSync(path, Buffer.concat([size, words, bytes.subarray(8 + length)]));
  return path;
}
const remarks = (page) => hook(page, "model-remarks").textContent();

const model = {
  name: "a model",
  open: (page) => tab(page, "explain"),
  async empty(page) {
    if ((await hook(page, "forget-model").count()) > 0) await hook(page, "forget-model").click();
    await hook(page, "forget-model").waitFor({ state: "detached" });
  },
  async save(page, turn) {
    await choose(page, modelOf(turn));
    await page.waitForFunction((words) => document.querySelector("[data-testid=model-remarks]")?.textContent.includes(words), `turn ${turn}.`);
    await hook(page, "keep-model").click();
  },
  async found(page, turns) {
    const isKept = (await hook(page, "kept-model").count()) > 0;
    const words = await remarks(page);
    const turn = turns.find((turn) => turn > 0 && words.includes(`turn ${turn}.`));
    if (isKept !== (turn !== undefined)) return `a model that is ${isKept ? "" : "not "}kept and says: ${words}`;
    if (!isKept) return 0;
    const digest = createHash("sha256").update(readFileSync(modelOf(turn))).digest("hex");
    const files = Object.values(await stored(page, "models"));
    return files.some(([, found]) => found === digest) ? turn : "a model of other bytes";
  },
  folder: "models",
};

/** Saves `turn`, kills in the midst of it, opens again and gives what is there: `{ found, isMidst, files, error }`. */
async function killed(kind, profile, at, turn, { old, isWhole }) {
  const stage = STAGES[turn % STAGES.length];
  const laterMs = turn % 2 ? 0 : Math.random() * LATER_MS;
  const dead = new Promise((done) => {
    at.heard.on = (heard) => {
      if (heard !== stage) return;
      at.heard.on = () => {};
      const end = () => { kill(profile, isWhole); done(); };
      if (laterMs > 0) setTimeout(end, laterMs);
      else end();
    };
  });
  at.stages.length = 0;
  kind.save(at.page, turn).catch(() => {});
  await Promise.race([dead, new Promise((_, refuse) => setTimeout(refuse, 60_000, new Error(`nothing was saved, ${at.stages}`)))]);
  await new Promise((wake) => setTimeout(wake, 50));
  const isMidst = !at.stages.includes("closed");
  if (isWhole) {
    await at.context.close().catch(() => {});
    at.context = await browse(profile);
  } else {
    await at.page.close().catch(() => {});
  }
  Object.assign(at, await start(at.context));
  await kind.open(at.page);
  // What was kept comes a moment after the series.
  await at.page.waitForTimeout(300);
  return { found: await kind.found(at.page, [turn, old]), isMidst, files: await stored(at.page, kind.folder), error: await errors(at.page), stage };
}

async function run(kind) {
  const profile = mkdtempSync(join(scratch, "profile-"));
  const at = { context: await browse(profile) };
  Object.assign(at, await start(at.context));
  await kind.open(at.page);
  const counts = { old: 0, new: 0, midst: 0, whole: 0 };
  const failures = [];
  for (let turn = 1; turn <= times; turn++) {
    const isFirst = turn % 4 < 2;
    const isWhole = turn % 8 < 4;
    let old = await kind.found(at.page, [turn - 1]);
    if (typeof old === "string" || isFirst) {
      await kind.empty(at.page);
      old = 0;
    }
    const after = await killed(kind, profile, at, turn, { old, isWhole });
    counts.midst += after.isMidst ? 1 : 0;
    counts.whole += isWhole ? 1 : 0;
    const left = JSON.stringify(after.files);
    if (after.error) failures.push(`turn ${turn}, ${after.stage}: the page says ${after.error.split("\n")[0]}; ${left}`);
    else if (after.found === turn) counts.new++;
    else if (after.found === old) counts.old++;
    else failures.push(`turn ${turn}, ${after.stage}: ${after.found}, expected ${old} or ${turn}; ${left}`);
    if (after.error) await hook(at.page, "error").getByRole("button").first().click();
  }
  await at.context.close();
  console.log(`${kind.name}: ${counts.old + counts.new} of ${times} whole (${counts.old} old, ${counts.new} new), ${counts.midst} of the kills while it was written, ${counts.whole} of the whole browser`);
  failures.forEach((failure) => console.log(`  broken: ${failure}`));
  return failures.length;
}

const served = await launch();
let broken = 0;
for (const kind of [corrections, model].filter(({ name }) => name.includes(wanted))) broken += await run(kind);
await served.close();
rmSync(scratch, { recursive: true, force: true });
process.exit(broken > 0 ? 1 : 0);
