// OHIF's own build from npm, and a server for it and for DICOMweb on one origin.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { passOn } from "../../tests/e2e/orthanc.mjs";

export const OHIF = "3.13.2";
const SHA512 = "WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==";

/** The folder of OHIF's build. The first call fetches it, 50 MB, and keeps what is needed of it. */
export function ohif() {
  const folder = `target/ohif-${OHIF}`;
  if (existsSync(join(folder, "index.html"))) return folder;
  const unpacked = `${folder}.part`;
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const archive = `ohif-app-${OHIF}.tgz`;
  execFileSync("npm", ["pack", `@ohif/app@${OHIF}`, "--silent", "--pack-destination", unpacked], { stdio: ["ignore", "ignore", "inherit"] });
  const sum = createHash("sha512").update(readFileSync(join(unpacked, archive))).digest("base64");
  if (sum !== SHA512) throw new Error(`${archive} has the SHA-512 ${sum}, expected ${SHA512}`);
  // Neither the networks nor the microscope.
  const without = ["*.map", "package/dist/ort", "package/dist/dicom-microscopy-viewer"].map((part) => `--exclude=${part}`);
  execFileSync("tar", ["xzf", join(unpacked, archive), "-C", unpacked, ...without, "package/dist", "package/LICENSE"]);
  renameSync(join(unpacked, "package/dist"), folder);
  rmSync(unpacked, { recursive: true, force: true });
  return folder;
}

const config = (origin) => ({
  routerBasename: "/", extensions: [], modes: [], showStudyList: true, showCPUFallbackMessage: false, disableConfirmationPrompts: true,
  maxNumberOfWebWorkers: 2, strictZSpacingForVolumeViewport: true, defaultDataSourceName: "here",
  investigationalUseDialog: { option: "never" },
  dataSources: [{
    namespace: "@ohif/extension-default.dataSourcesModule.dicomweb", sourceName: "here",
    configuration: {
      friendlyName: "Orthanc", name: "here", qidoRoot: `${origin}/dicom-web`, wadoRoot: `${origin}/dicom-web`, wadoUriRoot: `${origin}/wado`,
      qidoSupportsIncludeField: true, imageRendering: "wadors", thumbnailRendering: "wadors", enableStudyLazyLoad: true,
      supportsFuzzyMatching: false, supportsWildcard: true, omitQuotationForMultipartRequest: true, bulkDataURI: { enabled: false },
    },
  }],
});

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json", ".svg": "image/svg+xml" };

/** Serves OHIF, and Orthanc's DICOMweb below /dicom-web/; `{ origin, close }`. */
export async function serve(folder, orthanc) {
  let origin;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    if (pathname.startsWith("/dicom-web/")) return passOn(orthanc.port, request.url, request, response);
    if (pathname === "/app-config.js") {
      response.writeHead(200, { "content-type": TYPES[".js"] });
      return response.end(`window.config = ${JSON.stringify(config(origin))};`);
    }
    const path = join(folder, pathname);
    const file = extname(path) && existsSync(path) ? path : join(folder, "index.html");
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${server.address().port}`;
  const close = () => new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  return { origin, close };
}
