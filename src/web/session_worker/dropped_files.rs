//! Reads the files of a drop and opens what they hold.

use std::borrow::Cow;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::File;

use crate::app::model_import::{ImportedModel, begins_as_zip};
use crate::app::protocol::Response;
use crate::app::recovery::OpenEffect;
use crate::app::session::Session;
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, WebMessage};
use crate::formats::{Contents, Importer, is_clutter, is_header_name};
use crate::web::file_reading;
use crate::web::messages::{AnnouncedFiles, DroppedFiles, FromSession};

/// A drop whose files have been read, but for its zips: they may hold a model.
pub(super) struct DropReading {
    importer: Importer,
    refused: Vec<UserError>,
    models: Vec<ModelFileDropped>,
    /// The zips.
    pub(super) zips: Vec<Zip>,
}

/// A zip of a drop, which stays on disk.
pub(super) struct Zip {
    /// Its path within the drop.
    pub(super) name: String,
    /// The browser's object.
    pub(super) file: File,
}

struct ModelFileDropped {
    name: String,
    bytes: Vec<u8>,
}

/// The contents of a drop.
pub(super) struct Dropped {
    contents: Contents,
    models: Vec<ModelFileDropped>,
}

/// Reads the files one by one, so that memory holds one file and the contents of the others. `on_progress` receives the
/// progress to pass on.
pub(super) fn read(dropped: &DroppedFiles, on_progress: impl Fn(&FromSession)) -> DropReading {
    let report = |done, total| on_progress(&FromSession::Response(Cow::Owned(Response::Reading { done, total })));
    let (mut importer, mut refused, mut models, mut zips) = (Importer::new(), Vec::new(), Vec::new(), Vec::new());
    let total = dropped.paths.len();
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
        let (name, file): (_, File) = (name.clone(), file.unchecked_into());
        match file_reading::read(&file, &name) {
            Ok(bytes) if name.ends_with(".safetensors") => {
                models.push(ModelFileDropped { name, bytes: bytes.to_vec() })
            }
            Ok(bytes) if begins_as_zip(&start(&bytes)) => zips.push(Zip { name, file }),
            Ok(bytes) => importer.add(&name, &bytes.to_vec()),
            Err(error) => refused.push(error),
        }
    }
    let gone = dropped.unreadable.iter().filter(|name| !is_clutter(name));
    refused.extend(gone.map(|name| UserError::new(name, FormatsMessage::DeadLink, WebMessage::OpenFileAgain)));
    // Zips are still to be looked through.
    report(total - zips.len(), total);
    DropReading { importer, refused, models, zips }
}

/// The first bytes of a file.
fn start(bytes: &Uint8Array) -> Vec<u8> {
    bytes.subarray(0, 4).to_vec()
}

impl DropReading {
    /// The contents of the drop, with those of its zips but of the zips at `places`, which are a model.
    pub(super) fn finish(mut self, places: &[usize]) -> Dropped {
        let zips = self.zips.iter().enumerate().filter(|(place, _)| !places.contains(place));
        for (_, zip) in zips {
            match file_reading::read(&zip.file, &zip.name) {
                Ok(bytes) => self.importer.add(&zip.name, &bytes.to_vec()),
                Err(error) => self.refused.push(error),
            }
        }
        let mut contents = self.importer.finish();
        contents.refused.extend(self.refused);
        Dropped { contents, models: self.models }
    }
}

/// Opens models, the last one last, and series. `import` is the model that zips of the drop hold. Returns what that changed,
/// and the responses.
pub(super) fn open(
    session: &mut Session,
    dropped: Dropped,
    import: Option<Result<ImportedModel, UserError>>,
) -> (OpenEffect, Vec<Response>) {
    let Dropped { contents, models } = dropped;
    let has_series = !contents.series.is_empty();
    let mut responses: Vec<Response> =
        models.into_iter().flat_map(|file| session.load_model(&file.name, file.bytes)).collect();
    responses.extend(import.into_iter().flat_map(|model| session.load_import(model)));
    // A drop of a model alone is no failed drop of a series.
    if responses.is_empty() || !contents.series.is_empty() || contents.refusal().is_some() {
        responses.extend(session.open(contents));
    }
    let effect = OpenEffect::of(&responses);
    (if has_series { effect } else { effect.without_series() }, responses)
}
