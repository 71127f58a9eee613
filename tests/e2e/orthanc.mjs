// An Orthanc of the test's own, and a reverse proxy that serves it and the page on one origin, as a hospital does.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { PORT } from "./harness.mjs";

const PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
const program = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"]
  .map((folder) => join(folder, "Orthanc"))
  .find((path) => existsSync(path));
export const withoutOrthanc = program && existsSync(PLUGIN) ? false : "Orthanc with DICOMweb is not here (Debian: apt install orthanc orthanc-dicomweb)";

/** A port that nobody listens at now. */
async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Starts Orthanc with an empty storage of its own; `{ url, port, stop }`. */
export async function startOrthanc() {
  const folder = mkdtempSync(join(tmpdir(), "islet-orthanc-"));
  const port = await freePort();
  const config = {
    Name: "Islet's tests", StorageDirectory: join(folder, "db"), IndexDirectory: join(folder, "db"), HttpPort: port, DicomServerEnabled: false,
    RemoteAccessAllowed: false, AuthenticationEnabled: false, Plugins: [PLUGIN], DicomWeb: { Enable: true, Root: "/dicom-web/" },
  };
  writeFileSync(join(folder, "orthanc.json"), JSON.stringify(config));
  const orthanc = spawn(program, [join(folder, "orthanc.json")], { stdio: "ignore" });
  const ended = new Promise((ended) => orthanc.on("exit", ended));
  process.on("exit", () => orthanc.kill());
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/system`).then((answer) => answer.ok, () => false)); tries++) {
    if (tries === 150 || orthanc.exitCode !== null) throw new Error(`Orthanc does not answer at ${url}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return {
    url,
    port,
    async stop() {
      orthanc.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Has the server at another port of this machine answer a request. */
export function passOn(port, path, request, response) {
  // Orthanc would compress each file, which takes far longer than to send it.
  const headers = { ...request.headers, "accept-encoding": "identity" };
  const onward = ask({ host: "127.0.0.1", port, path, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

/**
 * Serves the page of the harness, and DICOMweb below /dicom-web/ and again below /imaging/rs/. `seen` has every request below these. `instead`, if set,
 * may answer a request to DICOMweb in place of Orthanc; it returns false if it does not. `{ origin, seen, instead, close }`
 */
export async function reverseProxy(orthanc) {
  const proxy = { seen: [], instead: undefined };
  const server = createServer((request, response) => {
    const [, path] = request.url.match(/^\/(?:dicom-web|imaging\/rs)\/(.*)$/) ?? [];
    if (path === undefined) return passOn(PORT, request.url, request, response);
    proxy.seen.push({ method: request.method, path, headers: request.headers });
    if (!proxy.instead?.(path, request, response)) passOn(orthanc.port, `/dicom-web/${path}`, request, response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  proxy.origin = `http://127.0.0.1:${server.address().port}`;
  proxy.close = () => new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  return proxy;
}
