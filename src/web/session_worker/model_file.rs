//! Fetches the model file.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::WorkerGlobalScope;

use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::web::transfer::text;

/// Fetches a model file.
///
/// # Errors
///
/// Returns an error with the status or the browser's reason if the file cannot be fetched.
pub(super) async fn fetch(url: &str) -> Result<Vec<u8>, UserError> {
    let refused =
        |reason| UserError::new(WebMessage::TheModelAt { url: url.to_owned() }, reason, WebMessage::CheckModelAddress);
    let failed = |error: JsValue| refused(WebMessage::NotFetched { why: text(&error) });
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response: web_sys::Response = JsFuture::from(scope.fetch_with_str(url)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(refused(WebMessage::ServerAnswered { status: response.status() }));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(failed)?).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
