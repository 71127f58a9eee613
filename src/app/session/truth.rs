//! Labels that come beside an image or after it: a truth to compare with, or somebody's corrections to go on with.
//!
//! Whatever format a label map came in, it enters here.

use super::Session;
use super::prediction::SliceProgress;
use super::series::SeriesState;
use crate::app::protocol::{Navigation, Response, TruthInfo};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::formats::{LabelMap, Truth};
use crate::imaging::edit::{Acceptance, SliceLabels};
use crate::imaging::metrics::Overlap;

/// The true mask of a series.
#[derive(Debug)]
pub(super) struct GroundTruth {
    name: String,
    truth: Truth,
}

impl Session {
    /// Takes label maps to the series that they lie on: which those are, and why some were not taken.
    pub(super) fn take_labels(&mut self, maps: Vec<LabelMap>) -> (Vec<usize>, Vec<UserError>) {
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for map in maps {
            match self.take_label(&map, &taken) {
                Ok(series) => taken.push(series),
                Err(refusal) => refused.push(refusal),
            }
        }
        (taken, refused)
    }

    /// Labels that came alone, for a series that is open: it is shown, if it was not.
    pub(super) fn take_labels_alone(&mut self, maps: Vec<LabelMap>) -> (Vec<Response>, Vec<UserError>) {
        let (taken, refused) = self.take_labels(maps);
        let responses = match taken.first() {
            None => Vec::new(),
            Some(_) if taken.contains(&self.shown) => {
                let open = &self.series[self.shown];
                vec![open.changed(open.focus, Navigation::Stay)]
            }
            Some(&first) => {
                self.shown = first;
                vec![self.opened(Vec::new())]
            }
        };
        (responses, refused)
    }

    /// Which series a label map has been taken to. One that has its name goes before the one shown, and that before others.
    fn take_label(&mut self, map: &LabelMap, taken: &[usize]) -> Result<usize, UserError> {
        let lies = |series: usize| {
            let open = &self.series[series];
            let grid = open.volume.geometry.and_then(|geometry| map.on(&geometry, open.volume.dims));
            grid.map(|grid| (series, grid))
        };
        let mut order: Vec<usize> = (0..self.series.len()).collect();
        order.sort_by_key(|&series| {
            (stem(&map.name) != stem(&self.series[series].study.source), series != self.shown, series)
        });
        let mut found = order.into_iter().filter_map(lies).peekable();
        if found.peek().is_none() {
            return Err(map.unmatched());
        }
        let Some((series, grid)) = found.find(|(series, _)| !taken.contains(series)) else {
            let why = "the series on its grid has got another label already, expected one label for each";
            return Err(UserError::new(&map.name, why, "Drop the label that you want to compare with, alone"));
        };
        let truth = map.truth(&grid)?;
        self.series[series].take_truth(map.name.clone(), truth)?;
        Ok(series)
    }

    /// Adds how the mask compares with the truth, where there is one and something has been said that could change that.
    pub(super) fn with_truth(&self, mut responses: Vec<Response>) -> Vec<Response> {
        let about_masks = |response: &Response| {
            matches!(
                response,
                Response::Opened { .. }
                    | Response::Segmented { .. }
                    | Response::Changed { .. }
                    | Response::MasksUpdated(_)
            )
        };
        let open = self.series.get(self.shown);
        if let Some(known) = open.filter(|_| responses.iter().any(about_masks)).and_then(SeriesState::compared) {
            responses.push(Response::Truth(known));
        }
        responses
    }
}

impl SeriesState {
    /// Makes a label the truth, or, if it is partial, accepted corrections of the slices that it labels.
    fn take_truth(&mut self, name: String, truth: Truth) -> Result<(), UserError> {
        if !truth.partial {
            self.known = Some(GroundTruth { name, truth });
            self.score_all();
            return Ok(());
        }
        let labelled = (0..self.volume.depth()).filter(|&z| truth.labelled[z]);
        let accepted = |slice: usize| SliceLabels {
            slice,
            labels: truth.mask.slice(slice).to_vec(),
            acceptance: Acceptance::Accepted,
        };
        let changes: Vec<SliceLabels> = labelled.map(accepted).collect();
        if changes.is_empty() {
            let why = "every slice of it holds voxels to be ignored, expected at least one labelled throughout";
            return Err(UserError::new(name, why, "Accept the slices that are right before you save them"));
        }
        let count = changes.len();
        let (verb, slices) = if count == 1 { ("is", "slice") } else { ("are", "slices") };
        self.study.notes.push(format!("{count} {slices} {verb} accepted already, as {name} says").into());
        self.corrections.set_all(changes);
        Ok(())
    }

    /// How the mask as it is shown compares with the truth, over the slices that have a mask.
    fn compared(&self) -> Option<TruthInfo> {
        let known = self.known.as_ref()?;
        let predicted = &self.prediction().overlaps;
        let mut overlap = Overlap::default();
        let mut slices = 0;
        for (z, predicted) in predicted.iter().enumerate() {
            let corrected = self.corrections.labels(z).map(|labels| Overlap::of(&labels, known.truth.mask.slice(z)));
            if let Some(of_slice) = corrected.or(*predicted) {
                overlap = overlap.plus(of_slice);
                slices += 1;
            }
        }
        Some(TruthInfo { name: known.name.clone(), notes: known.truth.notes.clone(), overlap, slices })
    }

    /// The truth of the whole series.
    pub(super) fn true_mask(&self) -> Option<&Mask> {
        self.known.as_ref().map(|known| &known.truth.mask)
    }

    /// Compares what the network says of a slice with the truth. To be called whenever that changes.
    pub(super) fn score(&mut self, slice: usize) {
        let Some(known) = &self.known else { return };
        for prediction in [Some(&mut self.now), self.before.as_mut()].into_iter().flatten() {
            // One that failed stays empty.
            let settled = matches!(prediction.slices[slice], SliceProgress::Done(_) | SliceProgress::Failed);
            let truth = known.truth.mask.slice(slice);
            let overlap =
                || Overlap::of(&prediction.labels(slice).unwrap_or_else(|| vec![0; truth.len()].into()), truth);
            prediction.overlaps[slice] = settled.then(overlap);
        }
    }

    fn score_all(&mut self) {
        (0..self.volume.depth()).for_each(|slice| self.score(slice));
    }
}

/// A file's name without what nnU-Net and formats put at its end.
fn stem(name: &str) -> &str {
    let stem = name.split('.').next().unwrap_or(name);
    stem.strip_suffix("_0000").unwrap_or(stem)
}
