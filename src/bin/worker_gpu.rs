//! The program of the compute worker on WebGPU. It stands alone, so that a browser without a GPU does not load its kernels.

fn main() {
    console_error_panic_hook::set_once();
    islet::web::compute_worker::run_webgpu();
}
