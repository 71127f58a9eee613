//! An import worker: makes a model file of the releases of nnU-Net among some zips, and is then ended by the session worker,
//! which gives its memory back.

use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use super::file_reading;
use super::messages::{FromImport, ZipFiles};
use super::transfer::{decode, post};
use crate::app::model_import::{DroppedZip, import_releases};

/// Runs this worker.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let reply_scope = scope.clone();
    EventListener::new(&scope, "message", move |event| {
        if let Some(event) = event.dyn_ref::<MessageEvent>() {
            post(&reply_scope, &answer(event.data()));
        }
    })
    .forget();
    post(&scope, &FromImport::Listening);
}

fn answer(message: JsValue) -> FromImport {
    match decode::<ZipFiles>(message) {
        Ok(zips) => {
            let (places, releases) = releases_of(&zips);
            FromImport::Done { places, model: (!releases.is_empty()).then(|| import_releases(releases)) }
        }
        Err(error) => FromImport::Done { places: Vec::new(), model: Some(Err(error)) },
    }
}

/// The zips that are releases of nnU-Net, and their places among all. No other zip stays in memory, and one that cannot be
/// read is left to the session worker, which reports it.
fn releases_of(zips: &ZipFiles) -> (Vec<usize>, Vec<DroppedZip>) {
    let read = |(place, (file, name)): (usize, (JsValue, &String))| {
        let bytes = file_reading::read(file.unchecked_ref::<File>(), name).ok()?.to_vec();
        let zip = DroppedZip { name: name.clone(), bytes };
        zip.is_release().then_some((place, zip))
    };
    zips.files.iter().zip(&zips.paths).enumerate().filter_map(read).unzip()
}
