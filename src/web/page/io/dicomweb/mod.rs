//! The server of DICOMweb that the page comes from: lists its studies, downloads a series, and stores results.
//!
//! Nothing is asked before a person clicks, and no server but that of the page's own origin. What is downloaded goes the
//! way of dropped files, so everything else holds for it too.

pub(crate) mod address;
mod asking_end;
mod download;
mod fetching;
mod lists;
mod storing;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use self::address::ServerAddress;
use self::asking_end::AskingEnd;
use self::download::SeriesDownload;
use self::fetching::Unanswered;
use self::lists::{find, list_series};
use self::storing::send;
use super::files::FileOpener;
use crate::app::protocol::ServerObject;
use crate::core::i18n::messages::{DicomWebMessage, Message};
use crate::formats::dicomweb::answer::refusal;
use crate::formats::dicomweb::listing::ServerSeries;
use crate::formats::dicomweb::query::MOST_STUDIES;
use crate::formats::dicomweb::stored::StoreOutcome;
use crate::web::page::state::server::{ChosenStudy, ServerBrowser, StudyList};
use crate::web::page::state::shell::ReadProgress;

/// The connection to the server of DICOMweb.
#[derive(Clone, Copy)]
pub(crate) struct DicomWeb {
    /// What is shown of it.
    pub(crate) browser: ServerBrowser,
    opener: FileOpener,
    /// Ends what is under way.
    work: StoredValue<Option<AbortController>, LocalStorage>,
}

impl DicomWeb {
    /// Nothing has been asked. An address that the page does not ask is refused at once.
    pub(crate) fn new(browser: ServerBrowser, opener: FileOpener) -> Self {
        match ServerAddress::given() {
            Some(Ok(address)) => browser.address.set(Some(address)),
            Some(Err(refusal)) => opener.shell.fail(refusal),
            None => {}
        }
        Self { browser, opener, work: StoredValue::new_local(None) }
    }

    /// Opens the list, and asks for all studies.
    pub(crate) fn open(self) {
        self.browser.is_open.set(true);
        self.search(String::new());
    }

    /// Asks for the studies of the patients whose name or ID contains these words.
    pub(crate) fn search(self, words: String) {
        let Some(controller) = self.begin() else { return };
        self.browser.chosen.set(None);
        self.browser.is_asking.set(true);
        spawn_local(async move {
            let known = self.browser.address.get_untracked();
            let found = find(&controller, known, &words).await;
            if let Some((address, mut studies)) = self.finish(&controller, found) {
                let has_more = studies.len() > MOST_STUDIES;
                studies.truncate(MOST_STUDIES);
                self.browser.address.set(Some(address));
                self.browser.studies.set(Some(StudyList { words, studies, has_more }));
            }
        });
    }

    /// Shows the series of a study, or no more.
    pub(crate) fn choose(self, study: String) {
        let Some(controller) = self.begin() else { return };
        let is_shown = self.browser.chosen.with_untracked(|chosen| chosen.as_ref().is_some_and(|c| c.uid == study));
        let address = self.browser.address.get_untracked().filter(|_| !is_shown);
        self.browser.chosen.set(None);
        let Some(address) = address else { return };
        self.browser.chosen.set(Some(ChosenStudy { uid: study.clone(), series: None }));
        self.browser.is_asking.set(true);
        spawn_local(async move {
            let series = list_series(&controller, &address, &study).await;
            let series = series.map_err(|reason| AskingEnd::at(address.path(), reason));
            if let Some(series) = self.finish(&controller, series) {
                self.browser.chosen.set(Some(ChosenStudy { uid: study, series: Some(series) }));
            }
        });
    }

    /// Downloads a series and opens it.
    pub(crate) fn read(self, study: String, series: ServerSeries) {
        let Some(controller) = self.begin() else { return };
        let Some(server) = self.browser.address.get_untracked() else { return };
        let path = server.path().to_owned();
        let progress = self.browser.download;
        progress.set(Some(ReadProgress { done: 0, total: 0 }));
        spawn_local(async move {
            let download = SeriesDownload { server, study, series, controller: controller.clone(), progress };
            let files = download.run().await.map_err(|reason| AskingEnd::at(&path, reason));
            if let Some(files) = self.finish(&controller, files) {
                self.browser.is_open.set(false);
                self.opener.open(files, Vec::new());
            }
        });
    }

    /// Ends what is under way.
    pub(crate) fn cancel(self) {
        self.work.update_value(|work| {
            if let Some(controller) = work.take() {
                controller.abort();
            }
        });
        self.browser.is_asking.set(false);
        self.browser.download.set(None);
    }

    /// Gives the server an object, and says what became of it.
    pub(crate) fn store(self, what: ServerObject, instance_uid: String, bytes: Vec<u8>) {
        let Some(server) = self.browser.address.get_untracked() else { return };
        let shell = self.opener.shell;
        let strings = &shell.strings().export;
        let name: Message = match what {
            ServerObject::Seg => strings.seg.into(),
            ServerObject::RtStruct => strings.rtstruct.into(),
        };
        shell.failure.set(None);
        shell.recovered.set(vec![DicomWebMessage::Storing { name: name.clone() }.into()]);
        spawn_local(async move {
            let path = server.path().to_owned();
            let said = match send(&server, &instance_uid, &bytes).await {
                Ok(StoreOutcome::AsSent) => DicomWebMessage::Stored { name, path },
                Ok(StoreOutcome::WithWarning { warning }) => DicomWebMessage::StoredWithWarning { name, path, warning },
                Err(Unanswered::Refused(reason)) => {
                    shell.recovered.set(Vec::new());
                    shell.failure.set(Some(refusal(&path, reason)));
                    return;
                }
                Err(Unanswered::Cancelled) => return,
            };
            shell.recovered.set(vec![said.into()]);
        });
    }

    /// Ends what is under way, and begins something else.
    fn begin(self) -> Option<AbortController> {
        self.cancel();
        self.browser.failure.set(None);
        let controller = AbortController::new().ok();
        self.work.set_value(controller.clone());
        controller
    }

    /// What came of something, if nothing else has taken its place. A failure is shown.
    fn finish<T>(self, controller: &AbortController, result: Result<T, AskingEnd>) -> Option<T> {
        let is_current = self.work.with_value(|work| work.as_ref() == Some(controller));
        if !is_current {
            return None;
        }
        self.browser.is_asking.set(false);
        self.browser.download.set(None);
        match result {
            Ok(value) => Some(value),
            Err(AskingEnd::Failed(error)) => {
                self.browser.failure.set(Some(error));
                None
            }
            Err(AskingEnd::Cancelled) => None,
        }
    }
}
