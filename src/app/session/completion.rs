//! Completing the other slices: which masks do it best, judged on accepted slices that are left out in turn.

use super::Session;
use super::completion_run::CompletionRun;
use super::series::SeriesState;
use crate::app::protocol::{CompletionInfo, CompletionWay, MaskSource, Response};
use crate::core::volumetry::doubt_by_accepted;
use crate::imaging::metrics::Overlap;

/// A way must be better than the propagation by this much to be preferred: two patients' figures differ by as much for
/// no reason.
const TIE_DSC: f64 = 0.02;

impl Session {
    /// Begins to compare the ways to complete the slices of the series shown.
    pub(super) fn complete(&mut self) -> Vec<Response> {
        let Some(open) = self.shown() else { return Vec::new() };
        let accepted: Vec<usize> = open.corrections.accepted().collect();
        open.completion = CompletionRun::begin(&accepted, !open.predictions.current.has_learned);
        let run = open.completion.as_ref();
        let info = run.map(|run| CompletionInfo { total: run.total, ..CompletionInfo::default() });
        info.map(Response::Completion).into_iter().collect()
    }
}

impl SeriesState {
    /// Does a piece of the comparison, and returns the responses when a slice is done.
    pub(super) fn advance_completion(&mut self) -> Vec<Response> {
        let Some(mut run) = self.completion.take() else { return Vec::new() };
        let basis = self.propagated.basis();
        let done = run.advance(&self.image.volume, basis, || self.heard_slices());
        if let Some(slice) = done {
            let truth = basis.labels(slice);
            let predicted = self.predictions.current.labels(slice);
            run.predicted = run.predicted.and_then(|sum| Some(sum.plus(Overlap::of(&predicted?, &truth?))));
        }
        if !run.is_done() {
            let info = CompletionInfo { done: run.done(), total: run.total, ..CompletionInfo::default() };
            self.completion = Some(run);
            return done.map(|_| Response::Completion(info)).into_iter().collect();
        }
        self.finish_completion(&run)
    }

    /// Shows the masks that were best.
    fn finish_completion(&mut self, run: &CompletionRun) -> Vec<Response> {
        let ways: Vec<CompletionWay> = [
            (MaskSource::AcceptedSlices, Some(run.propagated)),
            (MaskSource::Interpolation, Some(run.interpolated)),
            (MaskSource::Model, run.predicted),
        ]
        .into_iter()
        .map(|(source, overlap)| self.way(source, overlap))
        .collect();
        let best = best_of(&ways);
        let mut responses = best.map(|source| self.show_masks(source)).unwrap_or_default();
        responses.push(Response::Completion(CompletionInfo { done: run.total, total: run.total, ways, best }));
        responses.extend(self.finish_pending());
        responses
    }

    fn way(&mut self, source: MaskSource, overlap: Option<Overlap>) -> CompletionWay {
        self.prepare_masks(source);
        let pixels = self.pixels_by(source);
        let accepted: Vec<usize> = self.corrections.accepted().collect();
        let voxel_mm3 = self.study.voxel_mm3;
        CompletionWay {
            source,
            dsc: overlap.map(|overlap| overlap.dsc()),
            voxels: pixels.iter().flatten().sum(),
            is_doubtful: voxel_mm3.and_then(|mm3| doubt_by_accepted(&pixels, &accepted, mm3)).is_some(),
        }
    }
}

/// The way with the highest DSC that is not doubtful. In a tie the propagation is preferred.
fn best_of(ways: &[CompletionWay]) -> Option<MaskSource> {
    let score = |way: &&CompletionWay| {
        let head_start = if way.source == MaskSource::AcceptedSlices { TIE_DSC } else { 0.0 };
        way.dsc.map(|dsc| dsc + head_start)
    };
    let judged = ways.iter().filter(|way| way.dsc.is_some() && !way.is_doubtful);
    let best = judged.max_by(|a, b| score(a).partial_cmp(&score(b)).unwrap_or(std::cmp::Ordering::Equal));
    best.map(|way| way.source)
}
