//! Models in zips. A worker of its own reads the zips of a drop: an import needs much memory for a moment, and a WebAssembly
//! program never gives memory back.

use js_sys::Array;

use super::dropped_files::{self, DropReading};
use super::started_worker::StartedWorker;
use super::work::WorkKind;
use super::{Shared, continue_work};
use crate::app::model_import::ImportedModel;
use crate::app::recovery::OpenEffect;
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::web::messages::{FromImport, ZipFiles};
use crate::web::transfer::decode;
use crate::web::worker_kind::WorkerKind;

/// A drop whose zips an import worker looks through.
pub(super) struct Import {
    worker: Option<StartedWorker>,
    reading: DropReading,
}

/// Has an import worker look through the zips of a drop, and opens the drop when it has answered.
pub(super) fn begin(host: &Shared, reading: DropReading) {
    host.borrow_mut().import = Some(Import { worker: None, reading });
    let (message_host, error_host) = (host.clone(), host.clone());
    let on_message = move |message| match decode::<FromImport>(message) {
        Ok(FromImport::Listening) => send_zips(&message_host),
        Ok(FromImport::Done { places, model }) => finish(&message_host, &places, model),
        Err(error) => give_up(&message_host, error),
    };
    let on_error = move |why: &str| {
        let subject = names(&error_host);
        let reason = WebMessage::ImportStopped { why: why.to_owned() };
        give_up(&error_host, UserError::new(subject, reason, WebMessage::CloseOtherTabs));
    };
    match StartedWorker::start(WorkerKind::Import, "./worker_loader.js", on_message, on_error) {
        Ok(worker) => {
            worker.send_program();
            if let Some(import) = &mut host.borrow_mut().import {
                import.worker = Some(worker);
            }
        }
        Err(error) => give_up(host, error),
    }
}

fn send_zips(host: &Shared) {
    if let Some(Import { worker: Some(worker), reading }) = &host.borrow().import {
        let files: Array = reading.zips.iter().map(|zip| &zip.file).collect();
        let paths = reading.zips.iter().map(|zip| zip.name.clone()).collect();
        worker.post(&ZipFiles { paths, files });
    }
}

fn names(host: &Shared) -> String {
    let host = host.borrow();
    let zips = host.import.iter().flat_map(|import| &import.reading.zips);
    zips.map(|zip| zip.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Opens the drop without its zips, and reports why they are left out.
fn give_up(host: &Shared, error: UserError) {
    let count = host.borrow().import.as_ref().map_or(0, |import| import.reading.zips.len());
    finish(host, &(0..count).collect::<Vec<_>>(), Some(Err(error)));
}

/// Opens the drop: its model, if the zips at `places` are one, and what else it holds.
fn finish(host: &Shared, places: &[usize], model: Option<Result<ImportedModel, UserError>>) {
    let Some(Import { worker, reading }) = host.borrow_mut().import.take() else { return };
    worker.iter().for_each(StartedWorker::end);
    let dropped = reading.finish(places);
    let opened = host.borrow_mut().session.as_mut().map(|session| dropped_files::open(session, dropped, model));
    let (effect, responses) = opened.unwrap_or((OpenEffect::Nothing, Vec::new()));
    host.borrow().answer(WorkKind::Opening, effect, &responses);
    continue_work(host);
}
