// Starts the WebGPU worker. A failure is thrown again outside the promise, where it fires the `error` event of this worker.
importScripts("./worker_gpu.js");
wasm_bindgen({ module_or_path: "./worker_gpu_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
