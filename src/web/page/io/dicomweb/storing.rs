//! Gives a server one file.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, Blob};

use super::address::ServerAddress;
use super::fetching::{ServerRequests, Unanswered};
use crate::core::i18n::messages::DicomWebMessage;
use crate::formats::dicomweb::multipart::FileEnvelope;
use crate::formats::dicomweb::query;
use crate::formats::dicomweb::stored::{StoreOutcome, read_outcome};
use crate::web::transfer;

/// Sends a file with this SOPInstanceUID, and reads what became of it.
pub(super) async fn send(server: &ServerAddress, instance_uid: &str, bytes: &[u8]) -> Result<StoreOutcome, Unanswered> {
    let FileEnvelope { content_type, head, tail } = FileEnvelope::around(bytes);
    let no_room = |error: JsValue| DicomWebMessage::Unreachable { why: transfer::text(&error) };
    let parts = Array::of3(&head.into(), &Uint8Array::from(bytes), &tail.into());
    let body = Blob::new_with_str_sequence(&parts).map_err(no_room)?;
    let controller = AbortController::new().map_err(no_room)?;
    let requests = ServerRequests { signal: controller.signal() };
    let (head, said) = requests.store(&query::store(server.path()), &content_type, &body).await?;
    Ok(read_outcome(&head, &said, instance_uid)?)
}
