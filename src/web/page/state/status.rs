//! The status of the page, as `data-state` reports it.

use leptos::prelude::*;

use super::finetuning::FineTuning;
use super::series::SeriesView;
use super::shell::Shell;

/// The status of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// The model is being loaded.
    Loading,
    /// The page waits for files.
    Ready,
    /// Files are read, slices segmented, or the model is fine-tuned.
    Busy,
    /// Every slice is segmented.
    Done,
    /// The last request failed.
    Error,
}

impl Status {
    /// The value of `data-state`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Busy => "busy",
            Self::Done => "done",
            Self::Error => "error",
        }
    }
}

/// The current status of the page.
pub(crate) fn status(shell: &Shell, series: &SeriesView, tuning: &FineTuning) -> Status {
    if shell.failure.with(Option::is_some) {
        Status::Error
    } else if shell.device.with(Option::is_none) {
        Status::Loading
    } else if shell.reading.with(Option::is_some) {
        Status::Busy
    } else if !series.is_open() {
        Status::Ready
    } else if tuning.is_running() || !series.is_segmented() {
        Status::Busy
    } else {
        Status::Done
    }
}
