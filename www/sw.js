// The service worker: the page without a network, and never files of two versions at once. `tools/offline.mjs` puts VERSION, FILES (path: SHA-256 in
// hex) and LATER (paths of what only a GPU needs) in front of this.
//
// A version is installed whole, each file checked against its hash, into a cache of its own; it then waits until no page of the old one is left, or until the
// page asks for the change. Pages of a version get that version's files and no others: what is not in the cache and does not match is an error.

const OURS = `islet ${registration.scope} `;
const CACHE = OURS + VERSION;
const TYPES = {
  css: "text/css", html: "text/html; charset=utf-8", js: "text/javascript", png: "image/png", svg: "image/svg+xml", wasm: "application/wasm",
  webmanifest: "application/manifest+json",
};

const address = (path) => new URL(path, registration.scope).href;
const etag = (path) => `"${FILES[path]}"`;

/** A file from the server, if it is this version's. */
async function download(path) {
  const answer = await fetch(address(path), { cache: "no-cache" });
  const bytes = await answer.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!answer.ok || hash !== FILES[path]) throw new Error(`${path} on the server is not that of version ${VERSION}`);
  const type = TYPES[path === "./" ? "html" : path.split(".").pop()] ?? "application/octet-stream";
  return new Response(bytes, { headers: { "content-type": type, etag: etag(path) } });
}

/** The versions before this one that are still there. */
async function before() {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
  return Promise.all(names.map((name) => caches.open(name)));
}

async function install() {
  const old = await before();
  const held = async (path) => (await Promise.all(old.map((cache) => cache.match(address(path))))).find((answer) => answer);
  const cache = await caches.open(CACHE);
  const store = async (path) => {
    const earlier = await held(path);
    if (LATER.includes(path) && !earlier) return;
    await cache.put(address(path), earlier?.headers.get("etag") === etag(path) ? earlier : await download(path));
  };
  try {
    await Promise.all(Object.keys(FILES).map(store));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function removeOld() {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function answer(path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(address(path));
  if (kept) return kept;
  const fresh = await download(path);
  await cache.put(address(path), fresh.clone());
  return fresh;
}

/** Takes over from the old version, unless another tab still shows that. */
async function takeOver(asking) {
  const tabs = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const others = tabs.filter((tab) => tab.url.startsWith(registration.scope)).length - 1;
  if (others > 0) asking.postMessage({ others });
  else await skipWaiting();
}

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(removeOld()));
addEventListener("fetch", (event) => {
  const url = event.request.url.split(/[?#]/)[0];
  if (event.request.method !== "GET" || !url.startsWith(registration.scope)) return;
  const path = url.slice(registration.scope.length).replace(/^(index\.html)?$/, "./");
  if (Object.hasOwn(FILES, path)) event.respondWith(answer(path));
});
addEventListener("message", (event) => {
  const { claim, keepLater, takeOver: wanted } = event.data;
  // A page that was loaded before there was a service worker is taken in only if it is of this version.
  if (claim === VERSION) event.waitUntil(clients.claim());
  if (keepLater) event.waitUntil(Promise.all(LATER.map(answer)));
  if (wanted) event.waitUntil(takeOver(event.source));
});
