//! Reads the browser's files in a worker.

use js_sys::Uint8Array;
use web_sys::{File, FileReaderSync};

use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::web::transfer::text;

/// Returns the bytes of a file, which are not in this program's memory yet; `name` is its name in messages.
///
/// # Errors
///
/// Returns an error with the browser's reason if the file cannot be read, as when it has gone since it was dropped.
///
/// # Panics
///
/// Panics outside a worker, where files cannot be read synchronously.
pub(crate) fn read(file: &File, name: &str) -> Result<Uint8Array, UserError> {
    let reader = FileReaderSync::new().expect("workers have it");
    let unread = |error| UserError::new(name, text(&error), WebMessage::OpenFileAgain);
    reader.read_as_array_buffer(file).map(|buffer| Uint8Array::new(&buffer)).map_err(unread)
}
