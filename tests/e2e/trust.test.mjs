// What the page promises about files from strangers and about data: it survives broken files, and nothing leaves it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, cli, download, hook, launch, open, scratch, state, tab } from "./harness.mjs";
import { serve } from "./site.mjs";

let chromium;
before(async () => { chromium = await launch(); });
after(() => chromium?.close());

const policyOf = (html) => html.match(/http-equiv="?Content-Security-Policy"?\s+content="([^"]*)"/i)[1];

test("only the page's own scripts run: the policy names them by their hashes", () => {
  const html = readFileSync("dist/index.html", "utf8");
  const policy = policyOf(html);
  const scripts = policy.match(/script-src ([^;]*)/)[1].split(" ");
  assert.ok(!scripts.includes("'unsafe-inline'") && !scripts.includes("'unsafe-eval'"), policy);
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
  assert.ok(inline.length > 0);
  for (const text of inline) assert.ok(scripts.includes(`'sha256-${createHash("sha256").update(text).digest("base64")}'`), text);
  const parts = ["default-src 'none'", "connect-src 'self'", "form-action 'none'", "base-uri 'none'", "require-trusted-types-for 'script'", "trusted-types default"];
  for (const part of parts) assert.ok(policy.includes(part), part);
});

test("the help leads to the licences of everything in the page", async () => {
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  await page.keyboard.press("?");
  const link = hook(page, "licences");
  await link.waitFor();
  await page.screenshot({ path: join(scratch, "help.png") });
  const text = await page.evaluate((path) => fetch(path).then((answer) => answer.text()), await link.getAttribute("href"));
  assert.match(text, /^burn 0\.\d+\.\d+ \| MIT OR Apache-2\.0 \| page, programs$/m);
  await page.context().close();
});

/** Which strings become markup or a program; for a page and for a worker. */
const takenStrings = async () => {
  const tried = {
    program: () => new Worker("./offline.js"),
    elsewhere: () => new Worker("data:text/javascript,0"),
    "the program of another folder": () => new Worker("./other/worker_loader.js"),
  };
  if (self.document) {
    const element = (name) => document.createElement(name);
    Object.assign(tried, {
      markup: () => { element("div").innerHTML = "<img src=x onerror='window.injected = true'>"; },
      "an icon with a handler": () => { element("div").innerHTML = '<svg onload="window.injected = true"></svg>'; },
      "a link": () => { element("div").innerHTML = '<p><a href="javascript:window.injected = true">text</a></p>'; },
      "a style": () => { element("div").innerHTML = '<p style="display: none">text</p>'; },
      "markup that is cut off": () => { element("div").innerHTML = "<p>text</p><img src=x"; },
      "markup before an element": () => document.body.insertAdjacentHTML("beforebegin", "<img src=x>"),
      "a document": () => new DOMParser().parseFromString("<iframe></iframe>", "text/html"),
      written: () => document.write("<script>window.injected = true</script>"),
      "a frame's document": () => { element("iframe").srcdoc = "<script>window.injected = true</script>"; },
      "a handler": () => element("button").setAttribute("onclick", "window.injected = true"),
      "a script's address": () => { element("script").src = "./worker_loader.js?other"; },
      "a script's text": () => { element("script").textContent = "window.injected = true"; },
    });
  } else {
    tried["a script of its own"] = () => importScripts("./offline.js");
  }
  const taken = [];
  for (const [name, attempt] of Object.entries(tried)) {
    try {
      attempt();
      taken.push(name);
    } catch { /* refused */ }
  }
  // What the tests' own access evaluates may make code of strings; what a timer runs may not.
  const code = () => { try { new Function("return 1"); return ["code"]; } catch { return []; } };
  return [...taken, ...await new Promise((done) => setTimeout(() => done(code())))];
};

test("strings become neither markup nor programs, in the page and in its workers", async (t) => {
  // The policy with every file, as a server may send it.
  const policy = `${policyOf(readFileSync("dist/index.html", "utf8"))}; frame-ancestors 'none'`;
  const site = await serve("dist", { headers: { "content-security-policy": policy } });
  t.after(() => site.close());
  const { page, seen } = await open(chromium.browser, "?device=cpu", undefined, { origin: site.origin });
  await state(page, "ready");
  await hook(page, "try-sample").first().click();
  await state(page, "done", 120_000);
  for (const panel of ["explain", "correct", "learn", "result"]) await tab(page, panel);
  assert.deepEqual(seen.errors, [], "everything that the page is made of is allowed");
  assert.deepEqual(await page.evaluate(takenStrings), []);
  // Parts of the page that never change, as Leptos hands them over to be parsed: of the program itself.
  const program = readFileSync(join("dist", readdirSync("dist").find((name) => /^app.*_bg\.wasm$/.test(name))), "latin1");
  const parts = program.match(/<(svg|i|th)(?: [a-zA-Z-]+="[^"<>]*")*>[^\0]{0,300}?<\/\1>/g);
  assert.ok(parts.length >= 5, parts);
  const refused = await page.evaluate((parts) => parts.filter((part) => {
    try { document.createElement("div").innerHTML = part; } catch { return true; }
    return false;
  }), parts);
  assert.deepEqual(refused, []);
  assert.equal(await page.evaluate(() => window.injected), undefined);
  assert.ok(page.workers().length > 0);
  for (const worker of page.workers()) assert.deepEqual(await worker.evaluate(takenStrings), []);
  await page.context().close();
});

test("another inline script, and requests to another server of every kind, are blocked", async () => {
  const reached = [];
  const other = createServer((request, response) => { reached.push(request.url); response.end("x"); });
  await new Promise((ready) => other.listen(0, "127.0.0.1", ready));
  // Another port is another origin.
  const elsewhere = `http://127.0.0.1:${other.address().port}`;
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  const said = await page.evaluate(async (elsewhere) => {
    const blocked = [];
    document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.append("window.injected = true");
    document.head.append(script);
    const tried = {};
    tried.module = await import(`${elsewhere}/module.js`).then(() => "sent", () => "blocked");
    tried.fetch = await fetch(`${elsewhere}/fetch`, { mode: "no-cors" }).then(() => "sent", () => "blocked");
    tried.image = await new Promise((done) => {
      const image = new Image();
      image.onload = () => done("sent");
      image.onerror = () => done("blocked");
      image.src = `${elsewhere}/image`;
    });
    tried.socket = await new Promise((done) => {
      try {
        const socket = new WebSocket(`${elsewhere.replace("http", "ws")}/socket`);
        socket.onopen = () => done("sent");
        socket.onerror = () => done("blocked");
      } catch { done("blocked"); }
    });
    navigator.sendBeacon(`${elsewhere}/beacon`, "x");
    const source = new EventSource(`${elsewhere}/events`);
    const frame = document.createElement("iframe");
    frame.name = "sink";
    frame.src = `${elsewhere}/frame`;
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { action: `${elsewhere}/form`, method: "post", target: "_blank" });
    document.body.append(form);
    form.submit();
    await new Promise((wake) => setTimeout(wake, 1500));
    source.close();
    return { injected: window.injected === true, tried, blocked: [...new Set(blocked)].sort() };
  }, elsewhere);
  assert.equal(said.injected, false);
  assert.deepEqual(said.tried, { fetch: "blocked", image: "blocked", module: "blocked", socket: "blocked" });
  assert.deepEqual(reached, [], "nothing arrives at the other server");
  for (const directive of ["connect-src", "form-action", "frame-src", "img-src", "script-src-elem"]) {
    assert.ok(said.blocked.includes(directive), `${directive} is not among ${said.blocked}`);
  }
  await page.context().close();
  other.close();
});

test("of a whole workflow with a patient's series no request is made once the page is loaded", async () => {
  const folder = join(scratch, "canary");
  cli("phantom", "--output", folder, "--cases", "1", "--seed", "9301", "--slices", "8");
  const series = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".dcm")).map((name) => join(folder, name));
  assert.ok(readFileSync(series[0]).includes("PHANTOM_1001"), "the patient's name is in the file");
  const { page, seen } = await open(chromium.browser);
  await state(page, "ready");
  const asked = [];
  page.context().on("request", (request) => asked.push(request.url()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  await choose(page, series);
  await state(page, "done", 120_000);
  await download(page, "export-nifti", join(scratch, "canary.nii.gz"));
  for (const panel of ["explain", "correct", "learn", "result"]) await tab(page, panel);
  const outside = asked.filter((url) => !url.startsWith("blob:") && !url.startsWith("data:"));
  // A compute worker may start now; its program is the page's own and says nothing of the scan.
  const own = new URL(page.url()).origin;
  assert.deepEqual(outside.filter((url) => !(url.startsWith(own) && /\/(worker[\w.-]*|models\/pancreas\.safetensors)$/.test(url))), []);
  assert.deepEqual([...seen.hosts], ["127.0.0.1"]);
  assert.deepEqual(said.filter((line) => /PHANTOM|1001/.test(line)), [], "the console says nothing of the patient");
  const kept = await page.evaluate(async () => {
    const names = [...Object.keys(localStorage), ...Object.values(localStorage), ...Object.keys(sessionStorage)];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return { names, databases: (await indexedDB.databases()).length, cookies: document.cookie };
  });
  assert.deepEqual(kept.names.filter((text) => /PHANTOM|1001/.test(text)), [], "nothing of the patient is kept");
  assert.equal(kept.databases, 0);
  assert.equal(kept.cookies, "");
  await page.context().close();
});

test("thousands of broken files in the page: each is refused or opened, and the session goes on", { timeout: 1_800_000 }, async (t) => {
  const folder = process.env.ISLET_MUTATED_WRITE;
  if (!folder) return t.skip("ISLET_MUTATED_WRITE names no folder of tests/it/mutated.rs");
  const all = readdirSync(folder).filter((name) => name.endsWith(".bin")).sort();
  const most = Number(process.env.ISLET_MUTATED_MOST ?? all.length);
  const files = all.slice(0, most);
  const { page } = await open(chromium.browser);
  await state(page, "ready");
  const failures = [];
  page.on("console", (message) => /panicked|unreachable|RuntimeError/.test(message.text()) && failures.push(message.text()));
  page.on("pageerror", (error) => failures.push(String(error)));
  const PART = 200;
  for (let at = 0; at < files.length; at += PART) {
    await choose(page, files.slice(at, at + PART).map((name) => join(folder, name)));
    await page.waitForTimeout(500);
    await state(page, ["ready", "done", "error"], 240_000);
    assert.deepEqual(failures, [], `files ${at} to ${at + PART}`);
  }
  t.diagnostic(`${files.length} files`);
  // The session is the one that it was: it answers.
  await hook(page, "try-sample").first().click();
  await state(page, "done", 240_000);
  assert.deepEqual(failures, []);
  await page.context().close();
});
