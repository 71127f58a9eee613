//! What is known of the server of DICOMweb that the page comes from, and what is under way with it.
//!
//! It is here until the page is closed, and stored nowhere.

use leptos::prelude::*;

use super::shell::ReadProgress;
use crate::core::error::UserError;
use crate::formats::dicomweb::listing::{ServerSeries, ServerStudy};
use crate::web::page::io::dicomweb::address::ServerAddress;

/// The studies that a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StudyList {
    /// What was searched for; empty if all were listed.
    pub(crate) words: String,
    /// The studies, the newest first.
    pub(crate) studies: Vec<ServerStudy>,
    /// True if the server has more of them.
    pub(crate) has_more: bool,
}

/// The study whose series are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenStudy {
    /// StudyInstanceUID.
    pub(crate) uid: String,
    /// Its series, once they have come.
    pub(crate) series: Option<Vec<ServerSeries>>,
}

/// The server.
#[derive(Clone, Copy)]
pub(crate) struct ServerBrowser {
    /// Where it is, once that is known.
    pub(crate) address: RwSignal<Option<ServerAddress>>,
    /// True while the list is open.
    pub(crate) is_open: RwSignal<bool>,
    /// True while a list is asked for.
    pub(crate) is_asking: RwSignal<bool>,
    /// The studies of the last search.
    pub(crate) studies: RwSignal<Option<StudyList>>,
    /// The study whose series are shown.
    pub(crate) chosen: RwSignal<Option<ChosenStudy>>,
    /// Progress of a download.
    pub(crate) download: RwSignal<Option<ReadProgress>>,
    /// What went wrong last.
    pub(crate) failure: RwSignal<Option<UserError>>,
}

impl ServerBrowser {
    /// Nothing is known.
    pub(crate) fn new() -> Self {
        Self {
            address: RwSignal::new(None),
            is_open: RwSignal::new(false),
            is_asking: RwSignal::new(false),
            studies: RwSignal::new(None),
            chosen: RwSignal::new(None),
            download: RwSignal::new(None),
            failure: RwSignal::new(None),
        }
    }
}
