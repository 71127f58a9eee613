//! The choice of the device to compute on, from the request in the address and the adapters of the browser.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::app::protocol::DeviceKind;
use crate::core::i18n::messages::{Message, WebMessage};

/// The value of `?device=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceRequest {
    /// WebGPU on a real adapter, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU, on a software adapter too.
    WebGpu,
}

impl DeviceRequest {
    /// Reads the value of the parameter; unknown values count as `Auto`.
    pub fn parse(text: &str) -> Self {
        match text {
            "cpu" => Self::Cpu,
            "webgpu" => Self::WebGpu,
            _ => Self::Auto,
        }
    }
}

/// The device to try first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenDevice {
    /// The device.
    pub kind: DeviceKind,
    /// The reason why it is not the requested one.
    pub note: Option<Message>,
}

/// Chooses the device to try first.
pub async fn choose(request: DeviceRequest) -> ChosenDevice {
    let cpu = |note: Option<WebMessage>| ChosenDevice { kind: DeviceKind::Cpu, note: note.map(Message::from) };
    let gpu = ChosenDevice { kind: DeviceKind::WebGpu, note: None };
    if request == DeviceRequest::Cpu {
        return cpu(None);
    }
    match (adapter().await, request) {
        (Some(adapter), DeviceRequest::WebGpu) if adapter.usable => gpu,
        (Some(adapter), DeviceRequest::Auto) if adapter.usable && !adapter.software => gpu,
        (Some(adapter), DeviceRequest::WebGpu) if !adapter.usable => cpu(Some(WebMessage::NoTimestampQueries)),
        (None, DeviceRequest::WebGpu) => cpu(Some(WebMessage::NoWebGpu)),
        _ => cpu(None),
    }
}

/// What every WebGPU adapter binds at least.
const LEAST_BINDING_BYTES: f64 = (1 << 27) as f64;

/// More is not asked of one buffer, whatever the adapter says.
const MOST_BUFFER_BYTES: f64 = (1 << 30) as f64;

/// What a worker on WebGPU has to know of its adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdapterFacts {
    /// The most bytes of a buffer that a kernel reads or writes.
    pub most_buffer_bytes: usize,
    /// True if it is emulated on the CPU: only who asks for it gets it.
    pub is_software: bool,
}

impl AdapterFacts {
    /// Asks the browser.
    pub async fn ask() -> Self {
        let adapter = adapter().await;
        let limit = adapter.as_ref().and_then(|adapter| adapter.most_binding_bytes).unwrap_or(LEAST_BINDING_BYTES);
        Self {
            most_buffer_bytes: limit.min(MOST_BUFFER_BYTES) as usize,
            is_software: adapter.is_some_and(|adapter| adapter.software),
        }
    }
}

/// A WebGPU adapter.
struct Adapter {
    /// True if it is emulated on the CPU, where the CPU kernels of this program are faster.
    software: bool,
    /// True if it has `timestamp-query`, without which cubecl panics on wasm.
    usable: bool,
    /// `maxStorageBufferBindingSize`; cubecl asks for as much as the adapter has.
    most_binding_bytes: Option<f64>,
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
    let limits = get(&adapter, "limits");
    let most_binding_bytes = limits.and_then(|limits| get(&limits, "maxStorageBufferBindingSize")?.as_f64());
    Some(Adapter { software, usable, most_binding_bytes })
}
