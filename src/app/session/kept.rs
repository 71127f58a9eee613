//! Corrections of series that are no longer open. They come back when the same images are opened again, until
//! the user closes a series, which discards them.

use std::collections::BTreeMap;

use super::series::SeriesState;
use crate::core::i18n::messages::{Message, WorkMessage};
use crate::imaging::edit::Corrections;

/// Corrections of series that are not open, by the series' key, and for each organ by its name.
#[derive(Debug, Default)]
pub(super) struct KeptCorrections(BTreeMap<String, BTreeMap<String, Corrections>>);

impl KeptCorrections {
    /// Keeps what was corrected on a series. Returns a note about it if there was anything.
    pub(super) fn keep(&mut self, series: &mut SeriesState) -> Option<Message> {
        let corrections = series.take_corrections();
        let count = corrected_slices(&corrections);
        if count == 0 {
            return None;
        }
        self.0.insert(series.study.key.clone(), corrections);
        Some(WorkMessage::Kept { count, name: series.study.name.clone() }.into())
    }

    /// Gives a series back what was corrected on its images before.
    pub(super) fn restore(&mut self, series: &mut SeriesState) {
        let Some(corrections) = self.0.remove(&series.study.key) else { return };
        series.study.notes.push(WorkMessage::CameBack { count: corrected_slices(&corrections) }.into());
        series.give_corrections(corrections);
    }

    /// Discards everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The number of corrected slices of all organs.
fn corrected_slices(corrections: &BTreeMap<String, Corrections>) -> usize {
    corrections.values().map(|corrections| corrections.slices().count()).sum()
}
