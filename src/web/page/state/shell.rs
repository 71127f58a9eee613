//! The state of the page apart from the series: language, device, model, messages, and which panels are open.

use leptos::prelude::*;

use crate::app::protocol::{DeviceInfo, ModelInfo, ModelKind};
use crate::core::error::UserError;
use crate::core::i18n::messages::Message;
use crate::core::i18n::organ_names::organ_title;
use crate::core::i18n::{Language, Strings};

/// A panel beside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Volume, threshold and the slices to review first.
    Result,
    /// Attention and probability maps.
    Explain,
    /// The correction tools.
    Correct,
    /// Fine-tuning.
    FineTune,
}

impl Tab {
    /// All tabs in the order in which they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::Result, Self::Explain, Self::Correct, Self::FineTune];

    /// True for the panels beside which one draws and judges masks, so that no map lies over them.
    pub(crate) fn is_for_drawing(self) -> bool {
        matches!(self, Self::Correct | Self::FineTune)
    }

    /// The suffix of the tab's element ids.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Explain => "explain",
            Self::Correct => "correct",
            Self::FineTune => "learn",
        }
    }
}

/// The progress of reading dropped files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadProgress {
    /// Files that have been read.
    pub(crate) done: usize,
    /// Files that were dropped.
    pub(crate) total: usize,
}

/// A newer version of the page that has been downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageUpdate {
    /// It is installed, and a reload activates it.
    Ready,
    /// It cannot take over while other tabs show the old version.
    BlockedByTabs,
}

/// The state of the page apart from the series.
#[derive(Clone, Copy)]
pub(crate) struct Shell {
    /// The page is drawn again when the language changes, so components may read it untracked.
    pub(crate) language: RwSignal<Language>,
    /// The device that runs the network; `None` while it starts.
    pub(crate) device: RwSignal<Option<DeviceInfo>>,
    /// The loaded model.
    pub(crate) model: RwSignal<Option<ModelInfo>>,
    /// The name of the model that is kept in this browser.
    pub(crate) kept_model: RwSignal<Option<String>>,
    /// Progress of reading files, while files are being read.
    pub(crate) reading: RwSignal<Option<ReadProgress>>,
    /// The last request that failed, until the message is closed.
    pub(crate) failure: RwSignal<Option<UserError>>,
    /// What happened when the session's worker died, to a session file, or to an object for a server, until the message is
    /// closed or something is opened.
    pub(crate) recovered: RwSignal<Vec<Message>>,
    /// Corrected slices whose series is not open, because workers died over it.
    pub(crate) kept_slices: RwSignal<usize>,
    /// A newer version of the page.
    pub(crate) update: RwSignal<Option<PageUpdate>>,
    /// The panel shown beside the picture.
    pub(crate) tab: RwSignal<Tab>,
    /// On narrow screens the panel is a sheet: true while it is open.
    pub(crate) sheet_open: RwSignal<bool>,
    /// On narrow screens the list of series is a sheet: true while it is open.
    pub(crate) series_sheet_open: RwSignal<bool>,
}

impl Shell {
    /// The state at the start, in a language.
    pub(crate) fn new(language: Language) -> Self {
        Self {
            language: RwSignal::new(language),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            kept_model: RwSignal::new(None),
            reading: RwSignal::new(None),
            failure: RwSignal::new(None),
            recovered: RwSignal::new(Vec::new()),
            kept_slices: RwSignal::new(0),
            update: RwSignal::new(None),
            tab: RwSignal::new(Tab::Result),
            sheet_open: RwSignal::new(true),
            series_sheet_open: RwSignal::new(false),
        }
    }

    /// The strings of the chosen language.
    pub(crate) fn strings(&self) -> &'static Strings {
        self.language.get_untracked().strings()
    }

    /// The name of an organ in the chosen language.
    pub(crate) fn organ_title(&self, name: &str) -> String {
        organ_title(name, self.language.get_untracked())
    }

    /// Shows that reading has begun, and removes the last failure.
    pub(crate) fn begin_reading(&self, total: usize) {
        self.failure.set(None);
        self.recovered.set(Vec::new());
        self.reading.set(Some(ReadProgress { done: 0, total }));
    }

    /// Shows a failure in place of any progress.
    pub(crate) fn fail(&self, error: UserError) {
        self.reading.set(None);
        self.failure.set(Some(error));
    }

    /// True if the model in use segments whole volumes, without probabilities.
    pub(crate) fn is_volume_model(&self) -> bool {
        self.model.with(|model| model.as_ref().is_some_and(|model| model.kind == ModelKind::Volumes))
    }

    /// A tooltip or, for what runs on single slices, the reason why it is not available with a model of whole volumes.
    pub(crate) fn title_of_slices(&self, title: &'static str) -> &'static str {
        if self.is_volume_model() { self.strings().volume.no_mirror } else { title }
    }

    /// Edge lengths of the gates' attention maps in pixels, deepest gate first; empty for a model without gates.
    pub(crate) fn gates_px(&self) -> Vec<usize> {
        self.model.with(|model| model.as_ref().map(|model| model.gates_px.clone())).unwrap_or_default()
    }
}
