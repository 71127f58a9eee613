// Times inference in headless Chromium: benches/peers/peers.py calls it.
//
//     node benches/peers/web.mjs islet-web|onnxruntime-web FOLDER THREADS
//
// FOLDER has inputs.f32 ([8, 3, 224, 224]) and model.onnx, and gets islet-web.f32 or onnxruntime-web.f32, the probabilities. Islet's compute workers get
// the messages that the session sends them; ONNX Runtime Web (below /tmp/peers/node_modules or $ONNXRUNTIME_WEB) runs its wasm build with as many
// threads. Prints the seconds of nine passes over all slices after a first one.
import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const [engine, folder, threads] = process.argv.slice(2);
const SLICES = 8;
const runtime = process.env.ONNXRUNTIME_WEB ?? "/tmp/peers/node_modules/onnxruntime-web/dist";
const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
// Threads in wasm need memory that is shared, which a page gets with these two headers.
const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const server = createServer((request, response) => {
  const path = new URL(request.url, "http://host").pathname;
  const places = { "/islet/": "dist", "/runtime/": runtime, "/data/": folder };
  const [prefix, place] = Object.entries(places).find(([prefix]) => path.startsWith(prefix)) ?? [];
  try {
    const content = path === "/" ? "<!doctype html><title>peers</title>" : readFileSync(join(place, path.slice(prefix.length)));
    response.writeHead(200, { "Content-Type": path === "/" ? "text/html" : types[extname(path)] ?? "application/octet-stream", ...isolated });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

/** Starts the compute workers and returns a function that runs all slices, each worker one after the other. */
const islet = async ([count, slices]) => {
  const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
  const inputs = await bytes("/data/inputs.f32");
  const model = await bytes("/islet/models/pancreas.safetensors");
  const length = inputs.length / slices;
  const answers = (worker, is) => new Promise((found, failed) => {
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => is(data) !== undefined && found(is(data));
  });
  const workers = await Promise.all(Array.from({ length: count }, async () => {
    const worker = new Worker("/islet/worker_loader.js", { name: "compute" });
    const listening = answers(worker, (data) => (data === "Listening" || data.Listening !== undefined ? true : undefined));
    worker.postMessage({});
    await listening;
    const loaded = answers(worker, (data) => (data.Done === "Loaded" ? true : undefined));
    worker.postMessage({ Load: { model: model.slice() } });
    await loaded;
    return worker;
  }));
  window.run = async () => {
    const waiting = Array.from({ length: slices }, (_, slice) => slice);
    const found = [];
    await Promise.all(workers.map(async (worker) => {
      for (let slice = waiting.shift(); slice !== undefined; slice = waiting.shift()) {
        const done = answers(worker, (data) => data.Done?.Inferred?.probability);
        const input = inputs.slice(slice * length, (slice + 1) * length);
        worker.postMessage({ Infer: { opening: 0, slice, ask: "Segment", size_px: 224, input } });
        found[slice] = await done;
      }
    }));
    return found;
  };
};

/** The same with ONNX Runtime Web. */
const onnx = async ([count, slices]) => {
  const ort = await import("/runtime/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = count;
  ort.env.wasm.wasmPaths = "/runtime/";
  const session = await ort.InferenceSession.create("/data/model.onnx", { executionProviders: ["wasm"] });
  const inputs = new Float32Array(await (await fetch("/data/inputs.f32")).arrayBuffer());
  const length = inputs.length / slices;
  window.run = async () => {
    const found = [];
    for (let slice = 0; slice < slices; slice++) {
      const input = new ort.Tensor("float32", inputs.subarray(slice * length, (slice + 1) * length), [1, 3, 224, 224]);
      const { probability } = await session.run({ input }, ["probability"]);
      found[slice] = new Uint8Array(probability.data.slice().buffer);
    }
    return found;
  };
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
if (!(await page.evaluate(() => crossOriginIsolated))) throw new Error("the page is not isolated, so that there are no threads");
await page.evaluate(engine === "islet-web" ? islet : onnx, [Number(threads), SLICES]);
const found = await page.evaluate(async () => {
  const probability = await window.run();
  return probability.map((slice) => Array.from(slice));
});
writeFileSync(join(folder, `${engine}.f32`), Buffer.concat(found.map((slice) => Buffer.from(slice))));
for (let pass = 0; pass < 9; pass++) {
  const ms = await page.evaluate(async () => {
    const started = performance.now();
    await window.run();
    return performance.now() - started;
  });
  console.log((ms / 1000).toFixed(4));
}
await browser.close();
server.close();
