// Where the time of a fine-tuning in the page goes: what its two workers do, and the functions that take the most time of a processor. For
// docs/performance.md.
//
//     node benches/tuning_profile.mjs MODEL.safetensors [SLICES=5]
//
// Needs dist/ (./serve.sh --build-only), Chromium and ../shared/ct82. The second of two fine-tunings is the one whose functions are sampled, which
// slows it down; the first tells the seconds.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { hook, launch, tab } from "../tests/e2e/harness.mjs";
import { acceptSlices, manualLabel, openPatientTwo } from "./patient_two.mjs";

const [model, slices = "5"] = process.argv.slice(2);
mkdirSync("dist/models", { recursive: true });
copyFileSync(model, "dist/models/bench.safetensors");
const chromium = await launch();
const { page } = await openPatientTwo(chromium.browser, "?device=cpu&model=models/bench.safetensors");
await acceptSlices(page, manualLabel(), Number(slices));

/** Has every worker note when it is told and when it says something. */
async function listen() {
  for (const worker of page.workers()) {
    await worker.evaluate(() => {
      const post = self.postMessage.bind(self);
      self.said = [];
      const now = () => performance.timeOrigin + performance.now();
      // The worker reads a message before it begins with what it asks for.
      const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
      Object.defineProperty(MessageEvent.prototype, "data", { get() { self.said.push(["Told", now()]); return data.get.call(this); } });
      self.postMessage = (message, transfer) => {
        const done = message?.Done;
        if (done) self.said.push([typeof done === "string" ? done : Object.keys(done)[0], now()]);
        return post(message, transfer);
      };
    });
  }
}

/** What each worker noted since. */
async function heard() {
  const notes = [];
  for (const worker of page.workers()) notes.push(await worker.evaluate(() => self.said.splice(0)));
  return notes;
}

/** Fine-tunes with the page's settings until the choice between old and new; seconds by the clock, and when it began. */
async function tune() {
  const began = Date.now();
  await hook(page, "fine-tune").click();
  await hook(page, "tune-keep").waitFor({ timeout: 1_800_000 });
  return { began, seconds: (Date.now() - began) / 1000 };
}

/** What a worker did until it noted something. */
const DID = {
  Told: "waited for work, while masks are completed or the other worker is at work",
  Prepared: "made its replica and the phantoms",
  Scored: "scored",
  Stepped: "took steps",
  Trained: "read weights back",
};

/** Seconds of everything that a worker did or waited for, the mean of the workers that learned. */
function phases(notes, began) {
  const learned = notes.filter((notes) => notes.some(([kind]) => kind === "Stepped"));
  const sums = new Map();
  for (const notes of learned) {
    let last = began;
    const end = notes.findLastIndex(([kind]) => kind === "Trained");
    for (const [kind, at] of notes.slice(0, end + 1)) {
      sums.set(kind, (sums.get(kind) ?? 0) + (at - last) / 1000 / learned.length);
      last = at;
    }
  }
  return [...sums];
}

/** The share of each function in the time of the threads that compute, as sampled. */
function functions(trace) {
  const threads = new Map();
  for (const { name, pid, id, args } of trace.traceEvents) {
    if (name !== "ProfileChunk") continue;
    const thread = threads.get(`${pid} ${id}`) ?? { names: new Map(), ms: new Map() };
    threads.set(`${pid} ${id}`, thread);
    const { cpuProfile = {}, timeDeltas = [] } = args.data;
    for (const { id, callFrame } of cpuProfile.nodes ?? []) thread.names.set(id, callFrame.functionName);
    (cpuProfile.samples ?? []).forEach((id, i) => {
      const of = thread.names.get(id) ?? "?";
      thread.ms.set(of, (thread.ms.get(of) ?? 0) + timeDeltas[i] / 1000);
    });
  }
  const idle = new Set(["(idle)", "(program)", "(root)"]);
  const busy = ({ ms }) => [...ms].reduce((sum, [name, ms]) => sum + (idle.has(name) ? 0 : ms), 0);
  const sums = new Map();
  // The two threads that are busiest are the workers that learn.
  for (const thread of [...threads.values()].sort((a, b) => busy(b) - busy(a)).slice(0, 2)) {
    for (const [name, ms] of thread.ms) if (!idle.has(name)) sums.set(name, (sums.get(name) ?? 0) + ms);
  }
  const all = [...sums.values()].reduce((sum, ms) => sum + ms, 0);
  return [...sums].sort((a, b) => b[1] - a[1]).map(([name, ms]) => [name, ms / all]);
}

await tab(page, "learn");
await listen();
const first = await tune();
console.log(`${first.seconds.toFixed(1)} s from the click to the choice; seconds of a worker that learns, the mean of two:`);
for (const [kind, seconds] of phases(await heard(), first.began)) console.log(`| ${DID[kind] ?? kind} | ${seconds.toFixed(1)} |`);
await hook(page, "tune-rollback").click();
await chromium.browser.startTracing(page, { categories: ["disabled-by-default-v8.cpu_profiler", "v8"] });
const second = await tune();
const trace = JSON.parse((await chromium.browser.stopTracing()).toString());
console.log(`${second.seconds.toFixed(1)} s while sampled; the functions of the workers that learn:`);
for (const [name, share] of functions(trace).slice(0, 25)) console.log(`| ${name} | ${(100 * share).toFixed(1)} % |`);
await chromium.close();
rmSync("dist/models/bench.safetensors");
