//! Label maps that are dropped with a series or after it: a ground truth, or corrections to continue with.
//!
//! Label maps of every file format enter the session here.

use super::Session;
use super::ground_truth::GroundTruth;
use super::organ_work::OrganMap;
use super::series::SeriesState;
use crate::app::protocol::{Navigation, Response};
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::formats::{LabelMap, Truth};
use crate::imaging::edit::{Acceptance, SliceLabels};

/// The outcome for the label maps of a drop.
pub(super) struct AssignedLabels {
    /// The series that have received a label map, in the order of the maps.
    pub(super) series: Vec<usize>,
    /// The reasons why other maps were refused.
    pub(super) refused: Vec<UserError>,
}

impl Session {
    /// Assigns each label map to a series on its grid.
    pub(super) fn assign_labels(&mut self, maps: Vec<LabelMap>) -> AssignedLabels {
        let mut assigned = AssignedLabels { series: Vec::new(), refused: Vec::new() };
        for map in maps {
            match self.assign_label_map(&map, &assigned.series) {
                Ok(series) => assigned.series.push(series),
                Err(refusal) => assigned.refused.push(refusal),
            }
        }
        assigned
    }

    /// Reports that label maps without a series were assigned. If the series shown received none, another that did is
    /// shown.
    pub(super) fn report_assigned(&mut self, series: &[usize]) -> Vec<Response> {
        match series.first() {
            None => Vec::new(),
            Some(_) if series.contains(&self.shown) => {
                let open = &self.series[self.shown];
                vec![open.changed(open.focus, Navigation::Stay)]
            }
            Some(&first) => {
                self.shown = first;
                vec![self.opened(Vec::new())]
            }
        }
    }

    /// Assigns a label map to a series that is not among the `assigned` ones. A series of the same name comes before
    /// the one shown, and that before others. Returns the series.
    fn assign_label_map(&mut self, map: &LabelMap, assigned: &[usize]) -> Result<usize, UserError> {
        let with_grid = |series: usize| {
            let image = &self.series[series].image;
            let on_series = |geometry| map.on_series(&geometry, image.volume.dims, image.identity.as_ref());
            let grid = image.volume.geometry.and_then(on_series);
            grid.map(|grid| (series, grid))
        };
        let mut order: Vec<usize> = (0..self.series.len()).collect();
        order.sort_by_key(|&series| {
            (stem(&map.name) != stem(&self.series[series].study.source), series != self.shown, series)
        });
        let mut candidates = order.into_iter().filter_map(with_grid).peekable();
        if candidates.peek().is_none() {
            return Err(map.unmatched());
        }
        let Some((series, grid)) = candidates.find(|(series, _)| !assigned.contains(series)) else {
            return Err(UserError::new(&map.name, AppMessage::SecondLabel, AppMessage::DropLabelAlone));
        };
        let mut truth = map.truth(&grid.mask)?;
        truth.notes.extend(grid.notes);
        let open = &mut self.series[series];
        // What the labels say is about the pancreas.
        open.choose_pancreas();
        let organs = map.organs(&grid.mask).filter(|_| !truth.partial);
        open.take_labels(map.name.clone(), truth)?;
        if let Some((labels, names)) = organs {
            open.show_dropped_organs(map.name.clone(), OrganMap { labels, names });
        }
        Ok(series)
    }
}

impl SeriesState {
    /// Makes labels the ground truth or, if they are partial, accepted corrections of the slices that they label, and
    /// of the pixels that they label on others.
    fn take_labels(&mut self, name: String, truth: Truth) -> Result<(), UserError> {
        if !truth.partial {
            self.ground_truth = Some(GroundTruth::new(name, truth));
            self.update_overlaps();
            return Ok(());
        }
        let labelled = (0..self.image.volume.depth()).filter(|&z| truth.labelled[z]);
        let accepted = |slice: usize| SliceLabels {
            slice,
            labels: truth.mask.slice(slice).to_vec(),
            acceptance: Acceptance::Accepted,
        };
        let changes: Vec<SliceLabels> = labelled.map(accepted).collect();
        let accepted = match changes.len() {
            0 if truth.known_in_part.is_empty() => {
                return Err(UserError::new(name, AppMessage::NoLabelledSlice, AppMessage::AcceptBeforeSaving));
            }
            0 => None,
            1 => Some(AppMessage::OneSliceAccepted { name: name.clone() }),
            count => Some(AppMessage::SlicesAccepted { count, name: name.clone() }),
        };
        let in_part = match truth.known_in_part.len() {
            0 => None,
            1 => Some(AppMessage::OneSliceKnownInPart { name }),
            count => Some(AppMessage::SlicesKnownInPart { count, name }),
        };
        self.study.notes.extend(accepted.into_iter().chain(in_part).map(Into::into));
        self.corrections.take(changes, &truth.known_in_part);
        self.update_propagation();
        Ok(())
    }
}

/// The name of a file without its extensions and without nnU-Net's channel number.
fn stem(name: &str) -> &str {
    let stem = name.split('.').next().unwrap_or(name);
    stem.strip_suffix("_0000").unwrap_or(stem)
}
