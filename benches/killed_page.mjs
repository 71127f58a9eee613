// What the page keeps in the browser when it is killed while it saves: the figures of docs/TRUST.md. Chromium with a profile on disk, dist/ from a server on
// this machine.
//
//     node benches/killed_page.mjs [TIMES=50] [KIND, a part of its name]
//
// Needs dist/ (./serve.sh --build-only), the native commands (cargo build --release), Chromium and Linux. The page saves other corrections, or another model,
// again and again. The writing of each file says on the console how far it is, and at one of these stages, or some ms later, the page's process or the whole
// browser is ended by SIGKILL. Then the page is opened again: each file is the one that was there before or the new one, to the byte, and the page shows it and
// no error. Exit code 1 if anything else was found.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { beforeWorkers, phantom } from "../tests/e2e/faults.mjs";
import { choose, drop, hook, launch, PORT, scratch, spread, state, tab } from "../tests/e2e/harness.mjs";
import { release } from "../tests/e2e/tiny_release.mjs";

const times = Number(process.argv[2] ?? 50);
const wanted = process.argv[3] ?? "";
const STAGES = ["named", "opened", "writing", "written", "closing", "closed"];
/** The most time between what is said of a stage and the kill. */
const LATER_MS = 12;
/** How long the browser may take to keep that keeping was switched on. */
const SWITCH_MS = 8000;

/** Has the writing of a file say how far it is, and wait a moment at each stage, so that it can be met. For the page and its workers. */
function announce() {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const say = async (stage, more = "") => { console.debug(`stage ${stage} ${more}`); await wait(30); };
  const hex = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const { getFileHandle } = FileSystemDirectoryHandle.prototype;
  FileSystemDirectoryHandle.prototype.getFileHandle = async function (name, options) {
    const file = await getFileHandle.call(this, name, options);
    if (options?.create) await say("named", name);
    return file;
  };
  const { createWritable } = FileSystemFileHandle.prototype;
  FileSystemFileHandle.prototype.createWritable = async function () {
    const stream = await createWritable.call(this);
    await say("opened");
    const [write, close] = [stream.write.bind(stream), stream.close.bind(stream)];
    stream.write = async (bytes) => { await say("writing", await hex(bytes)); await write(bytes); await say("written"); };
    stream.close = async () => { say("closing"); await wait(15 * Math.random()); await close(); await say("closed"); };
    return stream;
  };
}

/** Ends the browser of a profile, or only the processes of its pages. */
function kill(profile, isWhole) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) \S /s, "").split(" ")[0];
      return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, "latin1") }];
    } catch { return []; /* it has ended */ }
  });
  const family = all.filter(({ command }) => command.includes(`--user-data-dir=${profile}\0`) && !command.includes("--type="));
  for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
  for (const { pid, command } of family.filter(({ command }) => isWhole || command.includes("--type=renderer"))) {
    try { process.kill(Number(pid), "SIGKILL"); } catch { /* it has ended */ }
  }
}

/** A browser with this profile, and the page in it; `heard` is called with each stage and what is said of it. */
async function opened(profile, heard) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", viewport: { width: 1280, height: 720 }, serviceWorkers: "block",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  await context.addInitScript(announce);
  await beforeWorkers(context, () => `(${announce})();`);
  const page = await context.newPage();
  page.on("console", (message) => {
    const [, stage, more] = message.text().match(/^stage (\w+) (.*)$/) ?? [];
    if (stage) heard(stage, more);
  });
  await page.goto(`http://127.0.0.1:${PORT}/?device=cpu`);
  await state(page, ["ready", "error"]);
  return { context, page };
}

/** The SHA-256 of the files in a folder of the private file system, by name; "" for an empty one. */
const stored = (page, folder) => page.evaluate(async (name) => {
  const found = {};
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name).catch(() => null);
  if (!folder) return found;
  for await (const [file, handle] of folder.entries()) {
    const bytes = await (await handle.getFile()).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    // The browser keeps what is not complete under a name of its own.
    if (!file.endsWith(".crswap")) found[file] = bytes.byteLength ? [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") : "";
  }
  return found;
}, folder);

const said = async (page) => ((await hook(page, "error").count()) > 0 ? hook(page, "error").first().innerText() : "");

const { slices, label } = phantom();
const SIDE = 192;
const accepted = spread({ dims: [slices.length, SIDE, SIDE], data: label }, 3);

/** The phantom's organ, in another place in each turn. */
const moved = (turn) => Uint8Array.from(label, (_, i) => label[Math.min(label.length - 1, i + SIDE * (turn % 13) + (turn % 17))]);

const openSeries = async (page) => {
  await choose(page, slices);
  await hook(page, "slice-index").waitFor();
  await state(page, "done", 180_000);
};

/** The panel of the model, which the page has once something is open. */
const openModelPanel = async (page) => {
  await openSeries(page);
  await tab(page, "explain");
};

const kinds = {
  corrections: {
    folder: "corrections",
    async prepare(page) {
      await openSeries(page);
      await this.save(page, 0);
      await tab(page, "learn");
      await hook(page, "autosave").check();
      await page.waitForTimeout(SWITCH_MS);
    },
    async begin(page) {
      await openSeries(page);
      await page.waitForTimeout(500);
    },
    save: (page, turn) => page.evaluate(([labels, slices]) => window.islet.correct(Uint8Array.from(atob(labels), (c) => c.charCodeAt(0)), slices),
      [Buffer.from(moved(turn)).toString("base64"), accepted]),
    /** What the page says of what it has kept. */
    async shown(page) {
      await openSeries(page);
      await page.waitForFunction(() => document.querySelector("[data-testid=fine-tune]").textContent.includes("3 slices"), null, { timeout: 20_000 });
    },
  },
  model: {
    folder: "models",
    prepare: openModelPanel,
    begin: openModelPanel,
    async save(page, turn) {
      await drop(page, release(`turn-${turn}.zip`, { called: `Dataset${100 + turn}_Turn` }));
      await page.waitForFunction((name) => document.querySelector("[data-testid=model-origin]")?.textContent.includes(name), `Dataset${100 + turn}_Turn`);
      await hook(page, "keep-model").click();
    },
    async shown(page) {
      await openModelPanel(page);
      await hook(page, "kept-model").filter({ hasText: /Dataset\d+_Turn/ }).waitFor({ timeout: 20_000 });
    },
  },
};

async function run(name, kind) {
  const profile = mkdtempSync(join(scratch, "profile-"));
  const counts = { old: 0, new: 0, midst: 0, whole: 0 };
  const failures = [];
  let heard = () => {};
  const open = () => opened(profile, (...what) => heard(...what));
  const savedAgain = async (page, turn) => {
    await kind.begin(page);
    const written = new Promise((done) => { heard = (stage, more) => stage === "writing" && done(more); });
    await kind.save(page, turn);
    return written;
  };
  let { context, page } = await open();
  await kind.prepare(page);
  for (let turn = 1; turn <= times; turn++) {
    if (turn > 1) await kind.begin(page);
    // Every fourth begins without a file.
    if (turn % 4 === 0) await page.evaluate(async (name) => (await navigator.storage.getDirectory()).removeEntry(name, { recursive: true }), kind.folder);
    const before = await stored(page, kind.folder);
    const [wantedStage, laterMs, isWhole] = [STAGES[turn % STAGES.length], turn % 2 ? 0 : LATER_MS * Math.random(), turn % 8 < 4];
    const stages = [];
    let digest;
    const dead = new Promise((done, refuse) => {
      const late = setTimeout(refuse, 60_000, new Error(`${name}, turn ${turn}: nothing was saved`));
      heard = (stage, more) => {
        stages.push(stage);
        if (stage === "writing") digest = more;
        if (stage !== wantedStage || stages.filter((other) => other === stage).length > 1) return;
        clearTimeout(late);
        setTimeout(() => { kill(profile, isWhole); done(); }, laterMs);
      };
    });
    kind.save(page, turn).catch(() => {});
    await dead;
    heard = () => {};
    await new Promise((wake) => setTimeout(wake, 200));
    counts.midst += stages.includes("closed") ? 0 : 1;
    counts.whole += isWhole ? 1 : 0;
    // Nothing of a page whose process is gone is of use.
    await Promise.race([context.close().catch(() => {}), new Promise((wake) => setTimeout(wake, 5000))]);
    kill(profile, true);
    ({ context, page } = await open());
    const after = await stored(page, kind.folder);
    const changed = Object.entries(after).filter(([file, found]) => found !== (before[file] ?? ""));
    // What a process says just before it is killed may never be heard. Then the same thing is saved again.
    if (digest === undefined && changed.length) digest = await savedAgain(page, turn);
    const wrong = changed.filter(([, found]) => found !== digest);
    const lost = Object.keys(before).filter((file) => after[file] === undefined);
    const isNew = Object.values(after).includes(digest);
    const isKept = Object.values(after).some((found) => found !== "");
    const trouble = [];
    if (wrong.length || lost.length) trouble.push(`${JSON.stringify(after)}, before ${JSON.stringify(before)}, new ${digest}`);
    if (isKept) await kind.shown(page).catch((error) => trouble.push(String(error).split("\n")[0]));
    const error = await said(page);
    if (error) trouble.push(`the page says: ${error.split("\n")[0]}`);
    if (trouble.length) failures.push(`turn ${turn}, ${wantedStage}: ${trouble.join("; ")}`);
    else counts[isNew ? "new" : "old"] += 1;
  }
  await context.close();
  console.log(`${name}: ${counts.old + counts.new} of ${times} old or new (${counts.old} old, ${counts.new} new); ` +
    `${counts.midst} kills before the file was closed, ${counts.whole} of the whole browser`);
  failures.forEach((failure) => console.log(`  broken: ${failure}`));
  return failures.length;
}

const served = await launch();
let broken = 0;
for (const [name, kind] of Object.entries(kinds).filter(([name]) => name.includes(wanted))) broken += await run(name, kind);
await served.close();
process.exit(broken > 0 ? 1 : 0);
