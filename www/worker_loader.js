// Starts the CPU worker. A failure is thrown again outside the promise, where whoever started the worker hears it.
importScripts("./worker.js");
wasm_bindgen({ module_or_path: "./worker_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
