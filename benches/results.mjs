// The tables of docs/RESULTS.md: a U-Net, the same with attention gates, and the article's network, on the same data with the same budget.
// Runs what is not finished yet, goes on where a run was stopped, and prints what there is; kill it at any time and start it again.
//
//     node benches/results.mjs [FOLDER=runs/results]            trains, most telling runs first, and prints the tables
//     node benches/results.mjs FOLDER --tables                  prints the tables of what is finished, and trains nothing
//
// Needs the release binary (cargo build --release), and ../shared/ct82 for the part on patients. ISLET_BIN names another folder of binaries.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// The budget: the same number of steps for every preset. Slices are counted as drawn: those with pancreas, and 0.35 as many without.
const BATCH = 6;
const PHANTOMS = { train: 40, test: 20, slices: 24, epochs: 2 };
// The question is about gates, so the two networks that differ in nothing else get the seeds; the article's takes three times as long.
const SEEDS = { unet: [0, 1], islet: [0, 1], article: [0] };
const PATIENTS = { epochs: 8, seeds: [0] };
const PRESETS = ["unet", "islet", "article"];
const PAIRS = [["unet", "islet"], ["unet", "article"], ["islet", "article"]];

const tablesOnly = process.argv.includes("--tables");
const folder = process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? "runs/results";
const bin = process.env.ISLET_BIN ?? join(process.env.CARGO_TARGET_DIR ?? "target", "release");
const ct82 = new URL("../../shared/ct82", import.meta.url).pathname;
const data = join(folder, "phantoms");
const FIRST = 1001;

/** Every run: where it goes and what it is told, in the order in which they are done. */
const ofPhantoms = (seed) => PRESETS.filter((preset) => SEEDS[preset].includes(seed)).map((preset) => ({
  kind: "phantoms", preset, seed, out: join(folder, `phantoms-${preset}-${seed}`), epochs: PHANTOMS.epochs,
  args: ["--data", data, "--train-cases", `${FIRST}-${FIRST + PHANTOMS.train - 1}`,
    "--val-cases", `${FIRST + PHANTOMS.train}-${FIRST + PHANTOMS.train + PHANTOMS.test - 1}`],
}));
const ofPatients = (seed) => PRESETS.flatMap((preset) => [[1, 2], [2, 1]].map(([train, test]) => ({
  kind: "patients", preset, seed, train, test, out: join(folder, `patients-${preset}-${train}-${test}-${seed}`), epochs: PATIENTS.epochs,
  args: ["--data", ct82, "--train-cases", String(train), "--val-cases", String(test)],
})));
const [first, ...others] = [...new Set(Object.values(SEEDS).flat())];
const runs = [
  ...ofPhantoms(first),
  ...(existsSync(ct82) ? PATIENTS.seeds.flatMap(ofPatients) : []),
  ...others.flatMap(ofPhantoms),
];

const command = (name, args, options = {}) => execFileSync(join(bin, "islet"), [name, ...args], { encoding: "utf8", ...options });
const finished = (run) => existsSync(join(run.out, "model.safetensors"));
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

if (!tablesOnly) train();
tables();

function train() {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(data, "complete"))) {
    const args = ["--output", data, "--cases", PHANTOMS.train + PHANTOMS.test, "--slices", PHANTOMS.slices, "--seed", 5000];
    command("phantom", args.map(String), { stdio: "inherit" });
    mkdirSync(join(data, "complete"));
  }
  for (const run of runs.filter((run) => !finished(run))) {
    // Scored once, at the end: with two patients or twenty phantoms there is nothing to choose an epoch by that is not the test itself.
    const told = ["--preset", run.preset, "--seed", run.seed, "--epochs", run.epochs, "--batch-size", BATCH, "--validate-every", run.epochs];
    console.error(`== ${run.out}`);
    const args = [...run.args, "--out", run.out, ...told, "--cache", join(folder, "cache"), "--resume"];
    const { status } = spawnSync(join(bin, "islet"), ["train", ...args.map(String)], { stdio: ["ignore", 2, 2] });
    if (status !== 0) process.exit(status ?? 1);
  }
}

function tables() {
  const of = (kind, preset) => runs.filter((run) => run.kind === kind && run.preset === preset && finished(run));
  for (const run of runs.filter((run) => !finished(run))) console.log(`not finished: ${run.out}\n`);

  console.log(`### Phantoms, ${PHANTOMS.train} to learn from, ${PHANTOMS.test} to be tested on\n`);
  console.log("| preset | parameters | seeds | DSC | SD over cases | 95 % interval | mean of each seed | HD95, mm | training | slices/s |");
  console.log("|---|---|---|---|---|---|---|---|---|---|");
  /** One report of a preset's finished runs with these seeds. */
  const collected = (preset, seeds) => {
    const report = join(folder, `phantoms-${preset}-of-${seeds.join("-")}.json`);
    command("aggregate", [...of("phantoms", preset).filter((run) => seeds.includes(run.seed)).map((run) => run.out), "--report", report]);
    return report;
  };
  const reports = {};
  for (const preset of PRESETS) {
    const done = of("phantoms", preset);
    if (!done.length) continue;
    const report = reports[preset] = collected(preset, done.map((run) => run.seed));
    const { statistics, runs: each } = json(report);
    const { Dice: dsc, HD95_mm: hd95 } = statistics["1"];
    const seeds = each.map((run) => fixed(run.statistics["1"].Dice.mean, 3)).join(", ");
    console.log(`| \`${preset}\` | ${parameters(done[0])} | ${done.length} | ${fixed(dsc.mean, 3)} | ${fixed(dsc.sd, 3)} | ${interval(dsc)} | ${seeds} | ${fixed(hd95.mean, 1)} | ${time(done)} |`);
  }

  console.log("\nPaired over the cases, each with its mean over the seeds that both have; p is of Wilcoxon's signed-rank test, two-sided:\n");
  console.log("| A | B | seeds | cases | DSC of A | DSC of B | B - A | 95 % interval | p |\n|---|---|---|---|---|---|---|---|---|");
  for (const [a, b] of PAIRS.filter((pair) => pair.every((preset) => reports[preset]))) {
    const [seedsOfA, seedsOfB] = [a, b].map((preset) => of("phantoms", preset).map((run) => run.seed));
    const seeds = seedsOfA.filter((seed) => seedsOfB.includes(seed));
    const line = command("compare", [a, b].map((preset) => collected(preset, seeds))).split("\n").find((line) => line.startsWith("Dice "));
    const [, n, ofA, ofB, difference, low, , high, p] = line.trim().split(/\s+/);
    console.log(`| \`${a}\` | \`${b}\` | ${seeds.length} | ${n} | ${ofA} | ${ofB} | ${difference} | ${low} to ${high} | ${p} |`);
  }

  console.log("\nAttention focus: the share of a gate's attention that lies on the pancreas, on the slices that show it; means over the cases.\n");
  console.log("| preset | gate | share | the organ's share of the image | ratio | 95 % interval |\n|---|---|---|---|---|---|");
  for (const preset of PRESETS) {
    const gates = reports[preset] ? json(reports[preset]).attention_focus?.gates ?? [] : [];
    for (const gate of gates) console.log(`| \`${preset}\` | ${focus(gate)} |`);
  }

  console.log("\n### Two patients of CT-82, both ways\n");
  console.log("| preset | learned from | tested on | seed | DSC | precision | recall | HD95, mm | focus of each gate, as ratio | training | slices/s |");
  console.log("|---|---|---|---|---|---|---|---|---|---|---|");
  for (const run of PRESETS.flatMap((preset) => of("patients", preset))) {
    const [{ metrics, attention_focus: gates = [] }] = json(join(run.out, "summary.json")).metric_per_case;
    const { Dice, precision, recall, HD95_mm } = metrics["1"];
    const ratios = gates.map((gate) => fixed(gate.ratio, 2)).join(", ") || "-";
    console.log(`| \`${run.preset}\` | ${run.train} | ${run.test} | ${run.seed} | ${fixed(Dice, 3)} | ${fixed(precision, 3)} | ${fixed(recall, 3)} | ${fixed(HD95_mm, 1)} | ${ratios} | ${time([run])} |`);
  }
}

function fixed(value, places) {
  return value === null || value === undefined ? "-" : value.toFixed(places);
}

function interval({ interval_95: ends }) {
  return ends ? `${fixed(ends[0], 3)} to ${fixed(ends[1], 3)}` : "-";
}

function focus({ gate, size_px, share, baseline, ratio }) {
  const percent = ({ mean }) => `${fixed(100 * mean, 2)} %`;
  return `${gate}, ${size_px} x ${size_px} | ${percent(share)} | ${percent(baseline)} | ${fixed(ratio.mean, 2)} | ${interval(ratio)}`;
}

/** Minutes of each run and slices per second, waiting and validation apart. */
function time(done) {
  const timings = done.map((run) => json(join(run.out, "timing.json")));
  const mean = (of) => timings.map(of).reduce((a, b) => a + b) / timings.length;
  return `${fixed(mean((timing) => timing.seconds * (1 - timing.validation)) / 60, 1)} min | ${fixed(mean((timing) => timing.slices_per_second), 2)}`;
}

/** Numbers in a model file, statistics of the batch norms included. */
function parameters({ out }) {
  const bytes = readFileSync(join(out, "model.safetensors"));
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
  const counts = Object.entries(header).filter(([name]) => name !== "__metadata__").map(([, { shape }]) => shape.reduce((a, b) => a * b, 1));
  return counts.reduce((a, b) => a + b).toLocaleString("en");
}
