// A file server as plain as they come: no compression, no caching, few types, and files below a sub-path.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

/** Serves a folder below `prefix`, with `headers` for every file; `{ root, asked, origin, url, close }`. */
export async function serve(root, { prefix = "/", headers = {} } = {}) {
  const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
  const site = { root, asked: [] };
  const server = createServer((request, response) => {
    const path = decodeURI(request.url.split("?")[0]);
    const file = path.startsWith(prefix) ? join(site.root, path.slice(prefix.length) || "index.html") : "";
    site.asked.push(path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { ...headers, "content-type": types[file.split(".").pop()] ?? "application/octet-stream" });
    response.end(readFileSync(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.origin = `http://127.0.0.1:${server.address().port}`;
  site.url = `${site.origin}${prefix}`;
  site.close = () => { server.closeAllConnections(); return new Promise((done) => server.close(done)); };
  return site;
}
