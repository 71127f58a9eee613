//! Offline use of the page, and its updates. `www/offline.js` registers the service worker.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::app::protocol::DeviceKind;
use crate::web::page::state::shell::{PageUpdate, Shell};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["window", "isletOffline"], js_name = start)]
    fn start_service(gpu: bool, say: JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["window", "isletOffline"], js_name = change)]
    fn change_version() -> Result<JsValue, JsValue>;
}

/// Stores the page for offline use once the session is ready, so that this does not delay the first result.
pub(crate) fn store_when_ready(shell: Shell) {
    Effect::new(move |is_stored: Option<bool>| {
        let device = shell.device.get().filter(|_| is_stored != Some(true));
        if let Some(device) = &device {
            let say = Closure::<dyn Fn(String)>::new(move |message: String| {
                shell.update.set(update_of(&message));
            });
            // A page without the script works, only not offline.
            start_service(device.kind == DeviceKind::WebGpu, say.into_js_value()).ok();
        }
        is_stored == Some(true) || device.is_some()
    });
}

/// The update that a message of `www/offline.js` stands for.
fn update_of(message: &str) -> Option<PageUpdate> {
    match message {
        "waits" => Some(PageUpdate::Ready),
        "others" => Some(PageUpdate::BlockedByTabs),
        _ => None,
    }
}

/// Changes to the new version, and reloads the page.
pub(crate) fn apply_update() {
    change_version().ok();
}
