//! The worker for computing on WebGPU; on its own, so that nobody without a GPU loads its kernels.

fn main() {
    console_error_panic_hook::set_once();
    islet::web::compute_worker::run_webgpu();
}
