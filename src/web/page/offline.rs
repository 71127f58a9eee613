//! The page without a network, and new versions of it. `www/offline.js` registers the service worker; here is what the page says and asks.

use js_sys::{Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::state::Page;
use crate::app::protocol::DeviceKind;

/// What is known of a newer version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewVersion {
    /// It is installed and waits.
    Waits,
    /// It cannot take over while other tabs show the old one.
    OtherTabs,
}

/// Stores the page for use without a network, once the session stands.
pub(crate) fn keep(page: Page) {
    Effect::new(move |begun: Option<bool>| {
        let device = page.device.get();
        let begun = begun.unwrap_or(false);
        if let (false, Some(device)) = (begun, device.as_ref()) {
            let say = Closure::<dyn Fn(String)>::new(move |what: String| {
                page.newer.set(Some(if what == "others" { NewVersion::OtherTabs } else { NewVersion::Waits }));
            });
            call("start", &[(device.kind == DeviceKind::WebGpu).into(), say.into_js_value()]);
        }
        begun || device.is_some()
    });
}

/// Calls a method of `window.isletOffline`.
fn call(method: &str, with: &[JsValue]) {
    let offline = Reflect::get(&window(), &"isletOffline".into()).unwrap_or_default();
    if let Some(function) = Reflect::get(&offline, &method.into()).ok().and_then(|f| f.dyn_into::<Function>().ok()) {
        function.apply(&offline, &with.iter().collect()).ok();
    }
}

/// Offers the new version, when there is one.
#[component]
pub(crate) fn NewVersion() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().offline;
    view! {
        <span class="newer" role="status">
            {move || page.newer.get().map(|newer| view! {
                <button class="small" data-testid="new-version" title=words.new_version_title on:click=|_| call("change", &[])>
                    {match newer { NewVersion::Waits => words.new_version, NewVersion::OtherTabs => words.close_others }}
                </button>
            })}
        </span>
    }
}
