//! The files of a series, from a server to handles like those of a drop.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use js_sys::{Array, Promise};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, File};

use super::address::ServerAddress;
use super::fetching::{ServerRequests, Unanswered};
use crate::core::i18n::messages::DicomWebMessage;
use crate::formats::dicomweb::listing::{ServerSeries, read_instances};
use crate::formats::dicomweb::query;
use crate::web::page::io::opened_thing::DroppedFile;
use crate::web::page::state::shell::ReadProgress;

/// Files that are on their way at a time. A browser opens six connections to a server of HTTP/1.1.
const AT_A_TIME: usize = 4;

/// A download of a series.
pub(super) struct SeriesDownload {
    pub(super) server: ServerAddress,
    /// StudyInstanceUID.
    pub(super) study: String,
    pub(super) series: ServerSeries,
    pub(super) controller: AbortController,
    pub(super) progress: RwSignal<Option<ReadProgress>>,
}

/// What the requests of a download share.
struct SharedQueue {
    download: SeriesDownload,
    /// SOPInstanceUIDs.
    instances: Vec<String>,
    next: Cell<usize>,
    files: RefCell<Vec<Option<File>>>,
    /// What ended it.
    failure: RefCell<Option<Unanswered>>,
}

impl SeriesDownload {
    /// Downloads every file of the series, or none.
    pub(super) async fn run(self) -> Result<Vec<DroppedFile>, Unanswered> {
        let instances = self.instances().await?;
        let folder = folder_name(&self.series);
        self.progress.set(Some(ReadProgress { done: 0, total: instances.len() }));
        let queue = Rc::new(SharedQueue {
            download: self,
            next: Cell::new(0),
            files: RefCell::new(vec![None; instances.len()]),
            failure: RefCell::new(None),
            instances,
        });
        let promises: Array = (0..AT_A_TIME).map(|_| future_to_promise(take_turns(queue.clone()))).collect();
        // No turn fails; what ended them is in the queue.
        JsFuture::from(Promise::all(&promises)).await.ok();
        if let Some(failure) = queue.failure.take() {
            return Err(failure);
        }
        let files = queue.files.take().into_iter().flatten();
        Ok(files.map(|file| DroppedFile { path: [&folder, file.name().as_str()].join("/"), file }).collect())
    }

    /// The SOPInstanceUIDs of the series. A server may give fewer at a time than it is asked for.
    async fn instances(&self) -> Result<Vec<String>, Unanswered> {
        let requests = self.requests();
        let (mut instances, mut known) = (Vec::new(), BTreeSet::new());
        loop {
            let (server, study, series) = (self.server.path(), &self.study, &self.series.uid);
            let (head, body) = requests.list(&query::instances(server, study, series, instances.len())).await?;
            head.expect_list()?;
            let before = instances.len();
            instances.extend(read_instances(&body)?.into_iter().filter(|instance| known.insert(instance.clone())));
            let (found, said) = (instances.len(), self.series.images);
            match said {
                Some(said) if found >= said => return Ok(instances),
                Some(said) if found == before => return Err(DicomWebMessage::FewerImages { found, said }.into()),
                None if found == before => return Ok(instances),
                _ => {}
            }
        }
    }

    fn requests(&self) -> ServerRequests {
        ServerRequests { signal: self.controller.signal() }
    }
}

/// Downloads one file after the other until none is left, or another turn has failed.
async fn take_turns(queue: Rc<SharedQueue>) -> Result<JsValue, JsValue> {
    let requests = queue.download.requests();
    loop {
        let turn = queue.next.get();
        let Some(instance) = queue.instances.get(turn) else { break };
        queue.next.set(turn + 1);
        let SeriesDownload { server, study, series, .. } = &queue.download;
        let address = query::instance(server.path(), study, &series.uid, instance);
        match requests.file(&address, &format!("{:04}.dcm", turn + 1)).await {
            Ok(file) => {
                queue.files.borrow_mut()[turn] = Some(file);
                queue.show_progress();
            }
            Err(failure) => {
                queue.fail(failure);
                break;
            }
        }
    }
    Ok(JsValue::UNDEFINED)
}

impl SharedQueue {
    fn done(&self) -> usize {
        self.files.borrow().iter().flatten().count()
    }

    fn show_progress(&self) {
        // A download that was cancelled is shown no more.
        self.download.progress.update(|progress| {
            if let Some(progress) = progress {
                progress.done = self.done();
            }
        });
    }

    /// Ends the download. The first failure counts: the others follow from it.
    fn fail(&self, failure: Unanswered) {
        let mut first = self.failure.borrow_mut();
        if first.is_none() {
            let (done, total) = (self.done(), self.instances.len());
            *first = Some(match failure {
                Unanswered::Refused(why) if !matches!(why, DicomWebMessage::NotLetIn { .. }) => {
                    DicomWebMessage::Interrupted { done, total, why: why.into() }.into()
                }
                other => other,
            });
            self.download.controller.abort();
        }
    }
}

/// The folder that the files of a series are in, for people.
fn folder_name(series: &ServerSeries) -> String {
    let number = series.number.map(|number| number.to_string()).unwrap_or_default();
    let parts = [series.modality.as_str(), &number, &series.description];
    let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    name.replace(['/', '\\'], "_")
}
