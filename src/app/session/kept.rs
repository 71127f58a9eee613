//! Corrections of series that are not open. They come back when the same images are opened again, until the user
//! closes a series, which discards them.
//!
//! The page holds copies of all corrections and hands them to the next session if a session's worker dies.

use std::collections::BTreeMap;

use super::Session;
use super::export::file_name;
use super::series::SeriesState;
use crate::app::protocol::{OrganCorrections, Response, SeriesCorrections};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, WorkMessage};
use crate::core::volume::Geometry;
use crate::formats::dataset;
use crate::imaging::edit::Corrections;

/// Corrections of series that are not open, by the series' key.
#[derive(Debug, Default)]
pub(super) struct KeptCorrections(BTreeMap<String, KeptSeries>);

/// Corrections of a series that is not open.
#[derive(Debug)]
struct KeptSeries {
    /// `[depth, height, width]`, in viewing order.
    dims: [usize; 3],
    /// In viewing order.
    geometry: Option<Geometry>,
    /// For each organ by its name.
    organs: BTreeMap<String, Corrections>,
}

impl KeptCorrections {
    /// Keeps what was corrected on a series. Returns a note about it if there was anything.
    pub(super) fn keep(&mut self, series: &mut SeriesState) -> Option<Message> {
        let organs = series.take_corrections();
        let count = corrected_slices(&organs);
        if count == 0 {
            return None;
        }
        let (dims, geometry) = (series.image.volume.dims, series.image.volume.geometry);
        self.0.insert(series.study.key.clone(), KeptSeries { dims, geometry, organs });
        Some(WorkMessage::Kept { count, name: series.study.name.clone() }.into())
    }

    /// Gives a series back what was corrected on its images before.
    pub(super) fn restore(&mut self, series: &mut SeriesState) {
        let Some(KeptSeries { organs, .. }) = self.0.remove(&series.study.key) else { return };
        series.study.notes.push(WorkMessage::CameBack { count: corrected_slices(&organs) }.into());
        series.give_corrections(organs);
    }

    /// Discards everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps the corrections of a copy.
    fn take(&mut self, copy: SeriesCorrections) -> Result<(), UserError> {
        let SeriesCorrections { key, dims, geometry, organs, .. } = copy;
        let read = |organ: OrganCorrections| Ok((organ.organ, Corrections::from_bytes(&organ.bytes, dims)?));
        let organs = organs.into_iter().map(read).collect::<Result<_, UserError>>()?;
        self.0.insert(key, KeptSeries { dims, geometry, organs });
        Ok(())
    }
}

impl Session {
    /// Gives open series the corrections of a copy, as a step that can be undone, and keeps the others until their series
    /// are opened. Those that cannot be read are reported.
    pub(super) fn keep_corrections(&mut self, copies: Vec<SeriesCorrections>) -> Vec<Response> {
        let mut responses = Vec::new();
        for copy in copies {
            let open = self.series.iter().position(|series| series.study.key == copy.key);
            let kept = match open {
                Some(index) if index == self.shown => {
                    self.series[index].take_copy(copy).map(|()| responses.extend(self.series[index].report_restored()))
                }
                Some(index) => self.series[index].take_copy(copy),
                None => self.kept.take(copy),
            };
            responses.extend(kept.err().map(Response::Failed));
        }
        responses
    }

    /// The corrections that are kept, as a data set for each organ of each series.
    pub(super) fn export_kept(&self) -> Vec<Response> {
        let series = self.kept.0.iter();
        series.flat_map(|(key, kept)| kept.organs.iter().map(|(organ, c)| kept.export(key, organ, c))).collect()
    }
}

impl KeptSeries {
    fn export(&self, key: &str, organ: &str, corrections: &Corrections) -> Response {
        let labels = corrections.label_map(self.dims, dataset::IGNORE, |_| true);
        // The key may be of a session file, so of any characters.
        let name = format!("islet_{}", file_name(&key.chars().take(8).collect::<String>()));
        let bytes = dataset::write_labels(&name, organ, &labels, self.geometry.as_ref());
        Response::File { name: format!("{name}_{}_corrections.zip", file_name(organ)), bytes }
    }
}

impl SeriesState {
    /// Puts the corrections of a copy in place of those that there are, for each of its organs.
    fn take_copy(&mut self, copy: SeriesCorrections) -> Result<(), UserError> {
        let dims = self.image.volume.dims;
        let read = |organ: OrganCorrections| Ok((organ.organ, Corrections::from_bytes(&organ.bytes, dims)?));
        let organs: Vec<(String, Corrections)> = copy.organs.into_iter().map(read).collect::<Result<_, UserError>>()?;
        for (organ, corrections) in organs {
            if organ == self.active_name() {
                self.corrections.replace(corrections);
            } else {
                self.organs.parked.entry(organ).or_default().corrections.replace(corrections);
            }
        }
        self.update_propagation();
        Ok(())
    }

    /// A copy of the corrections of all organs.
    pub(super) fn back_up_corrections(&self) -> SeriesCorrections {
        let dims = self.image.volume.dims;
        let parked = self.organs.parked.iter().map(|(name, work)| (name.as_str(), &work.corrections));
        let all = parked.chain([(self.active_name(), &self.corrections)]);
        let copy = |(organ, corrections): (&str, &Corrections)| OrganCorrections {
            organ: organ.to_owned(),
            slices: corrections.slices().count(),
            bytes: corrections.to_bytes(dims),
        };
        SeriesCorrections {
            key: self.study.key.clone(),
            name: self.study.name.clone(),
            dims,
            geometry: self.study.geometry,
            organs: all.filter(|(_, corrections)| corrections.slices().next().is_some()).map(copy).collect(),
        }
    }
}

/// The number of corrected slices of all organs.
fn corrected_slices(corrections: &BTreeMap<String, Corrections>) -> usize {
    corrections.values().map(|corrections| corrections.slices().count()).sum()
}
