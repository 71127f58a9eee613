// Starts the session worker, a compute worker on the CPU or an import worker (src/web/worker_kind.rs has the names).
//
// The session worker fetches and compiles the program. It sends the compiled module to its workers in their first message, so that none of
// them compiles it again; a message without a module makes them fetch it. A failure is thrown again outside the promise, where it
// fires the `error` event of this worker.

// Where the server sends the page's policy with every file, it holds here too: no other program is started.
self.trustedTypes?.createPolicy("default", {
  createScriptURL: (url) => (["./worker.js", "./worker_loader.js", "./worker_gpu_loader.js"].includes(url) ? url : null),
});
importScripts("./worker.js");

function start(module) {
  self.onmessage = self.onmessageerror = null;
  wasm_bindgen({ module_or_path: module ?? "./worker_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
}

if (self.name === "session") {
  start();
} else {
  self.onmessage = (event) => start(event.data?.module);
  self.onmessageerror = () => start();
}
