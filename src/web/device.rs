//! Which device to compute on: what was asked for, and what the browser has.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::app::protocol::DeviceKind;

/// What `?device=` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// WebGPU on a real adapter, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU, on a software adapter too.
    WebGpu,
}

impl Wish {
    /// From the parameter's value; anything else is `Auto`.
    pub fn parse(text: &str) -> Self {
        match text {
            "cpu" => Self::Cpu,
            "webgpu" => Self::WebGpu,
            _ => Self::Auto,
        }
    }
}

/// The device to try first, and why it is not the one wished for.
pub async fn choose(wish: Wish) -> (DeviceKind, Option<String>) {
    if wish == Wish::Cpu {
        return (DeviceKind::Cpu, None);
    }
    match (adapter().await, wish) {
        (Some(adapter), Wish::WebGpu) if adapter.usable => (DeviceKind::WebGpu, None),
        (Some(adapter), Wish::Auto) if adapter.usable && !adapter.software => (DeviceKind::WebGpu, None),
        (Some(adapter), Wish::WebGpu) if !adapter.usable => {
            (DeviceKind::Cpu, Some("The GPU lacks timestamp queries, so the CPU computes".into()))
        }
        (None, Wish::WebGpu) => (DeviceKind::Cpu, Some("This browser offers no WebGPU, so the CPU computes".into())),
        _ => (DeviceKind::Cpu, None),
    }
}

struct Adapter {
    /// Emulated on the CPU, where our CPU kernels are faster.
    software: bool,
    /// Has `timestamp-query`, without which cubecl panics on wasm.
    usable: bool,
}

async fn adapter() -> Option<Adapter> {
    let get =
        |of: &JsValue, key: &str| Reflect::get(of, &key.into()).ok().filter(|v| !v.is_undefined() && !v.is_null());
    let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
    let request: Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let promise: Promise = request.call1(&gpu, &options).ok()?.dyn_into().ok()?;
    let adapter = JsFuture::from(promise).await.ok().filter(|v| !v.is_null() && !v.is_undefined())?;
    let info = get(&adapter, "info");
    let says = |key: &str| info.as_ref().and_then(|info| get(info, key));
    let software =
        says("isFallbackAdapter").or_else(|| get(&adapter, "isFallbackAdapter")).is_some_and(|v| v.is_truthy())
            || says("architecture").and_then(|v| v.as_string()).is_some_and(|name| name == "swiftshader");
    let features = get(&adapter, "features")?;
    let has: Function = get(&features, "has")?.dyn_into().ok()?;
    let usable = has.call1(&features, &"timestamp-query".into()).ok()?.is_truthy();
    Some(Adapter { software, usable })
}
