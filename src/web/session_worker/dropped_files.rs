//! Reads the files of a drop and opens what they hold.

use std::borrow::Cow;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{File, FileReaderSync};

use crate::app::protocol::Response;
use crate::app::recovery::OpenEffect;
use crate::app::session::{DroppedModel, Session};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, WebMessage};
use crate::formats::{Contents, Importer, is_clutter, is_header_name};
use crate::web::messages::{AnnouncedFiles, DroppedFiles, FromSession};
use crate::web::transfer::text;

/// The contents of a drop.
pub(super) struct Dropped {
    contents: Contents,
    models: Vec<DroppedModel>,
}

/// Reads the files one by one, so that memory holds one file and the contents of the others. `on_progress` receives the
/// progress to pass on.
///
/// # Panics
///
/// Panics outside a worker, where files cannot be read synchronously.
pub(super) fn read(dropped: &DroppedFiles, on_progress: impl Fn(&FromSession)) -> Dropped {
    let report = |done, total| on_progress(&FromSession::Response(Cow::Owned(Response::Reading { done, total })));
    let (mut importer, mut unread, mut models) = (Importer::new(), Vec::new(), Vec::new());
    let total = dropped.paths.len();
    let reader = FileReaderSync::new().expect("workers have it");
    let mut files: Vec<_> = dropped.files.iter().zip(&dropped.paths).collect();
    // Headers first: they name the files that hold their voxels.
    files.sort_by_key(|(_, name)| !is_header_name(name));
    for (done, (file, name)) in files.into_iter().enumerate() {
        if done % 16 == 0 {
            report(done, total);
        }
        if dropped.announced == AnnouncedFiles::All {
            on_progress(&FromSession::Reading { path: name.clone() });
        }
        let file: File = file.unchecked_into();
        match reader.read_as_array_buffer(&file) {
            Ok(buffer) => {
                let bytes = Uint8Array::new(&buffer).to_vec();
                if DroppedModel::is_meant_by(name, &bytes) {
                    models.push(DroppedModel { name: name.clone(), bytes });
                } else {
                    importer.add(name, &bytes);
                }
            }
            Err(error) => unread.push(UserError::new(name, text(&error), WebMessage::OpenFileAgain)),
        }
    }
    report(total, total);
    let mut contents = importer.finish();
    contents.refused.extend(unread);
    let gone = dropped.unreadable.iter().filter(|name| !is_clutter(name));
    let refusal = |name| UserError::new(name, FormatsMessage::DeadLink, WebMessage::OpenFileAgain);
    contents.refused.extend(gone.map(refusal));
    Dropped { contents, models }
}

/// Opens a model, series, or both. Returns what that changed, and the responses.
pub(super) fn open(session: &mut Session, dropped: Dropped) -> (OpenEffect, Vec<Response>) {
    let has_series = !dropped.contents.series.is_empty();
    let mut responses = session.load_models(dropped.models);
    // A drop of a model alone is no failed drop of a series.
    if responses.is_empty() || !dropped.contents.series.is_empty() || dropped.contents.refusal().is_some() {
        responses.extend(session.open(dropped.contents));
    }
    let effect = OpenEffect::of(&responses);
    (if has_series { effect } else { effect.without_series() }, responses)
}
