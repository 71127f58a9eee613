//! Explanations of the network's output: maps over a slice, attention, a gate held open, and the mirrored input.

use serde_bytes::ByteBuf;

use super::Session;
use super::series::{AblationRequest, MapRequest, SeriesState};
use super::slice_state::{MirroredProgress, SliceProgress};
use crate::app::protocol::{Ablation, Checked, InferMode, MapInputs, MapKind, Response, SliceMap, from_bytes};
use crate::imaging::metrics::Overlap;
use crate::imaging::preprocess::{CropGeometry, flip_left_right};
use crate::imaging::probability_map::ProbabilityMap;

impl Session {
    /// Requests the gates' attention on a slice. Only the newest request counts: a slice that was scrolled past needs
    /// none.
    pub(super) fn request_explanation(&mut self, slice: usize) -> Vec<Response> {
        let is_of_slices = self.models.current.of_slices().is_some();
        let Some(open) = self.shown().filter(|open| slice < open.image.volume.depth()) else { return Vec::new() };
        open.requested.explanation = Some(slice);
        if is_of_slices { Vec::new() } else { open.explained_by_volume().into_iter().collect() }
    }

    /// Requests the effect of a gate on a slice. Only the newest request counts.
    pub(super) fn request_ablation(&mut self, slice: usize, gate: usize) -> Vec<Response> {
        if self.models.current.of_slices().is_none() {
            return self.request_open_gate(AblationRequest { slice, gate });
        }
        if let Some(open) = self.shown_with_slice(slice) {
            open.requested.ablation = Some(AblationRequest { slice, gate });
        }
        Vec::new()
    }

    /// Sends a map of a slice now, if there is one, and whenever it changes.
    pub(super) fn request_map(&mut self, slice: usize, kind: Option<MapKind>) -> Vec<Response> {
        let Some(open) = self.shown().filter(|open| slice < open.image.volume.depth()) else { return Vec::new() };
        open.requested.map = kind.map(|kind| MapRequest { slice, kind });
        open.map().into_iter().collect()
    }

    /// The series shown, if it has that slice and a model that explains itself slice by slice.
    fn shown_with_slice(&mut self, slice: usize) -> Option<&mut SeriesState> {
        self.models.current.of_slices()?;
        self.shown().filter(|open| slice < open.image.volume.depth())
    }

    /// Starts to run the network on mirrored inputs too, or stops that.
    pub(super) fn check_mirrored(&mut self, on: bool) -> Vec<Response> {
        let Some(open) = self.shown_with_slice(0) else { return Vec::new() };
        open.requested.mirrored_check = on;
        if !on {
            open.predictions.current.stop_mirrored_check();
        }
        vec![Response::Checked(open.checked())]
    }
}

impl SeriesState {
    /// The progress of the check with mirrored input.
    pub(super) fn checked(&self) -> Checked {
        let done = self.predictions.current.mirrored_count();
        Checked { done, running: self.requested.mirrored_check && done < self.image.volume.depth() }
    }

    /// The next slice to run the network on, and the mode.
    pub(super) fn next_inference(&mut self) -> Option<(usize, InferMode)> {
        if let Some(AblationRequest { slice, gate }) = self.requested.ablation.take() {
            return Some((slice, InferMode::Ablate { gate }));
        }
        if let Some(slice) = self.requested.explanation.take() {
            return Some((slice, InferMode::Explain));
        }
        let slices = &self.predictions.current.slices;
        let todo = (0..slices.len()).filter(|&z| slices[z].progress == SliceProgress::Todo);
        let segment = todo.min_by_key(|z| z.abs_diff(self.focus)).map(|z| (z, InferMode::Segment));
        segment.or_else(|| self.next_mirrored().map(|z| (z, InferMode::Mirrored)))
    }

    /// Puts an inference that failed back into the queue.
    pub(super) fn queue_again(&mut self, slice: usize, ask: InferMode) {
        let state = &mut self.predictions.current.slices[slice];
        match ask {
            InferMode::Explain => self.requested.explanation = Some(slice),
            InferMode::Ablate { gate } => self.requested.ablation = Some(AblationRequest { slice, gate }),
            InferMode::Mirrored => state.mirrored = MirroredProgress::Todo,
            InferMode::Segment => {}
        }
        if state.progress == SliceProgress::Running {
            state.progress = SliceProgress::Todo;
        }
    }

    /// The next slice to run mirrored: the nearest to the current one among those that have a mask.
    fn next_mirrored(&self) -> Option<usize> {
        let slices = &self.predictions.current.slices;
        let is_waiting = |z: &usize| {
            slices[*z].mirrored == MirroredProgress::Todo && matches!(slices[*z].progress, SliceProgress::Done(_))
        };
        let todo = (0..slices.len()).filter(is_waiting).filter(|_| self.requested.mirrored_check);
        todo.min_by_key(|z| z.abs_diff(self.focus))
    }

    /// Takes in the network's output for a mirrored input.
    pub(super) fn take_mirrored(&mut self, slice: usize, probability: &[f32], size_px: usize) -> Vec<Response> {
        self.predictions.current.set_mirrored(slice, &flip_left_right(probability, size_px), size_px);
        self.report_mirrored_check()
    }

    /// Returns the responses after one more mirrored input has been run or has failed.
    pub(super) fn report_mirrored_check(&mut self) -> Vec<Response> {
        let mut responses = vec![Response::Checked(self.checked())];
        if self.predictions.current.mirrored_count() == self.image.volume.depth() {
            self.requested.mirrored_check = false;
        }
        responses.extend(self.map());
        responses.extend(self.review_changes());
        responses
    }

    /// The map that is requested, if its slice has been segmented.
    pub(super) fn map(&self) -> Option<Response> {
        let MapRequest { slice, kind } = self.requested.map?;
        let state = &self.predictions.current.slices[slice];
        let (output, crop) = (state.output.as_ref()?, state.crop.as_ref()?);
        let (map, inputs) = match (kind, &output.mirrored) {
            (MapKind::Probability, mirrored) => {
                let map = output.probability_in_use(&self.settings).map();
                let is_mean = self.settings.mean && mirrored.is_some();
                (map, if is_mean { MapInputs::OriginalAndMirrored } else { MapInputs::Original })
            }
            (MapKind::Uncertainty, Some(mirrored)) => {
                (output.probability.difference(mirrored), MapInputs::OriginalAndMirrored)
            }
            (MapKind::Uncertainty, None) => {
                (output.probability.map().iter().map(|p| 2.0 * p.min(1.0 - p)).collect(), MapInputs::Original)
            }
        };
        let map = on_slice(&map, crop.size_px, crop);
        Some(Response::Map(SliceMap { slice, kind, inputs, map }))
    }
}

/// A map of values in [0, 1] on the slice's grid for the page: 0 outside the network's input, else 1 + 254 times the
/// value.
fn on_slice(map: &[f32], size: usize, crop: &CropGeometry) -> Vec<u8> {
    // Raised by one before it goes onto the slice, where 0 then means "outside the input".
    let raised: Vec<f32> = map.iter().map(|value| 1.0 + 254.0 * value.clamp(0.0, 1.0)).collect();
    crop.restore(&raised, size).iter().map(|value| value.round() as u8).collect()
}

/// Returns the response with the gates' attention on a slice.
pub(super) fn explained(slice: usize, attention: &[(usize, ByteBuf)], crop: &CropGeometry) -> Response {
    let gates = attention.iter().map(|(size, alpha)| ByteBuf::from(on_slice(&from_bytes::<f32>(alpha), *size, crop)));
    Response::Explained { slice, gates: gates.collect() }
}

/// Returns the response with the change of a slice between two probability maps, `[size, size]`: with the gate in place
/// (`closed`) and held open (`opened`).
pub(super) fn ablated(
    request: AblationRequest,
    closed: &[f32],
    opened: &[f32],
    crop: &CropGeometry,
    threshold: f32,
) -> Response {
    let mask = |map: &[f32]| ProbabilityMap::from_dense(map, crop.size_px).mask(crop, threshold);
    let moved: f64 = closed.iter().zip(opened).map(|(a, b)| f64::from((a - b).abs())).sum();
    ablation(request, &mask(closed), &mask(opened), Some(moved / closed.len().max(1) as f64))
}

/// Returns the response with the change of a slice between two masks: with the gate in place and held open.
pub(super) fn ablation(
    AblationRequest { slice, gate }: AblationRequest,
    closed: &[u8],
    opened: &[u8],
    mean_change: Option<f64>,
) -> Response {
    let overlap = Overlap::of(opened, closed);
    let change = closed.iter().zip(opened).map(|(closed, opened)| match (*closed != 0, *opened != 0) {
        (false, true) => 1,
        (true, false) => 2,
        _ => 0,
    });
    Response::Ablated(Ablation {
        slice,
        gate,
        change: change.collect(),
        pixels: [overlap.false_positive as usize, overlap.false_negative as usize],
        dsc: overlap.dsc(),
        mean_change,
    })
}
