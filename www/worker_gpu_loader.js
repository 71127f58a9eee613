// Starts the WebGPU worker. A failure is thrown again outside the promise, where it fires the `error` event of this worker.
// Where the server sends the page's policy with every file, it holds here too: no other program is started.
self.trustedTypes?.createPolicy("default", {
  createScriptURL: (url) => (url === "./worker_gpu.js" ? url : null),
});
importScripts("./worker_gpu.js");
wasm_bindgen({ module_or_path: "./worker_gpu_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
