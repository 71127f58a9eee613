//! Why the network says what it says: maps over a slice, a gate held open, and the mirrored input.

use serde_bytes::ByteBuf;

use super::prediction::{Mirrored, SliceProgress};
use super::{SeriesState, Session};
use crate::app::protocol::{Ablation, Checked, InferMode, MapKind, Response, SliceMap, from_bytes};
use crate::imaging::metrics::Overlap;
use crate::imaging::preprocess::{CropGeometry, flip_left_right};
use crate::imaging::probability_map::ProbabilityMap;

impl Session {
    /// Asks for the gates' attention on a slice. Only the newest request counts: a slice that was scrolled past needs none.
    pub(super) fn request_explanation(&mut self, slice: usize) -> Vec<Response> {
        if let Some(open) = self.shown_with(slice) {
            open.explain = Some(slice);
        }
        Vec::new()
    }

    /// Asks for the effect of a gate on a slice. Only the newest request counts.
    pub(super) fn request_ablation(&mut self, slice: usize, gate: usize) -> Vec<Response> {
        if let Some(open) = self.shown_with(slice) {
            open.ablate = Some((slice, gate));
        }
        Vec::new()
    }

    /// Sends a map of a slice now, if it is known, and whenever it changes.
    pub(super) fn request_map(&mut self, slice: usize, kind: Option<MapKind>) -> Vec<Response> {
        let Some(open) = self.shown_with(slice) else { return Vec::new() };
        open.map_wish = kind.map(|kind| (slice, kind));
        open.map().into_iter().collect()
    }

    fn shown_with(&mut self, slice: usize) -> Option<&mut SeriesState> {
        self.shown().filter(|open| slice < open.volume.depth())
    }

    /// Runs the network on mirrored inputs too, or stops that.
    pub(super) fn check_mirrored(&mut self, on: bool) -> Vec<Response> {
        let Some(open) = self.shown() else { return Vec::new() };
        open.checking = on;
        if !on {
            open.now.stop_check();
        }
        vec![Response::Checked(open.checked())]
    }
}

impl SeriesState {
    /// How far the check with mirrored input is.
    pub(super) fn checked(&self) -> Checked {
        let done = self.now.checked();
        Checked { done, running: self.checking && done < self.volume.depth() }
    }

    /// What to run the network on next, and what for.
    pub(super) fn next_ask(&mut self) -> Option<(usize, InferMode)> {
        if let Some((slice, gate)) = self.ablate.take() {
            return Some((slice, InferMode::Ablate { gate }));
        }
        if let Some(slice) = self.explain.take() {
            return Some((slice, InferMode::Explain));
        }
        let todo = (0..self.volume.depth()).filter(|&z| self.now.slices[z] == SliceProgress::Todo);
        let segment = todo.min_by_key(|z| z.abs_diff(self.focus)).map(|z| (z, InferMode::Segment));
        segment.or_else(|| self.next_mirrored().map(|z| (z, InferMode::Mirrored)))
    }

    /// Takes back what a slice was run for.
    pub(super) fn ask_again(&mut self, slice: usize, ask: InferMode) {
        match ask {
            InferMode::Explain => self.explain = Some(slice),
            InferMode::Ablate { gate } => self.ablate = Some((slice, gate)),
            InferMode::Mirrored => self.now.mirrored[slice] = Mirrored::Todo,
            InferMode::Segment => {}
        }
        if self.now.slices[slice] == SliceProgress::Running {
            self.now.slices[slice] = SliceProgress::Todo;
        }
    }

    /// The slice to run mirrored next: the nearest to the one looked at whose own probability is there.
    fn next_mirrored(&self) -> Option<usize> {
        let waits = |z: &usize| {
            self.now.mirrored[*z] == Mirrored::Todo && matches!(self.now.slices[*z], SliceProgress::Done(_))
        };
        let todo = (0..self.volume.depth()).filter(waits).filter(|_| self.checking);
        todo.min_by_key(|z| z.abs_diff(self.focus))
    }

    /// Takes in what the network says of a mirrored input.
    pub(super) fn take_mirrored(&mut self, slice: usize, probability: &[f32], size_px: usize) -> Vec<Response> {
        self.now.take_mirrored(slice, &flip_left_right(probability, size_px), size_px);
        self.after_check()
    }

    /// After one more slice is through with the check.
    pub(super) fn after_check(&mut self) -> Vec<Response> {
        let mut responses = vec![Response::Checked(self.checked())];
        if self.now.checked() == self.volume.depth() {
            self.checking = false;
        }
        responses.extend(self.map());
        responses.extend(self.propose());
        responses
    }

    /// The map that is wished for, if it can be drawn.
    pub(super) fn map(&self) -> Option<Response> {
        let (slice, kind) = self.map_wish?;
        let (said, placement) = (self.now.said[slice].as_ref()?, self.now.placements[slice].as_ref()?);
        let (map, mirrored) = match (kind, &said.mirrored) {
            (MapKind::Probability, other) => (said.in_use(&self.settings).map(), self.settings.mean && other.is_some()),
            (MapKind::Uncertainty, Some(other)) => (said.probability.difference(other), true),
            (MapKind::Uncertainty, None) => {
                (said.probability.map().iter().map(|p| 2.0 * p.min(1.0 - p)).collect(), false)
            }
        };
        let map = on_slice(&map, placement.size_px, placement);
        Some(Response::Map(SliceMap { slice, kind, mirrored, map }))
    }
}

/// A map of values in [0, 1] on the slice's grid, as the page takes it: 0 outside the network's input, else 1 + 254 times the value.
pub(super) fn on_slice(map: &[f32], size: usize, placement: &CropGeometry) -> Vec<u8> {
    // Raised by one before it goes onto the slice, where 0 then means "outside the input".
    let raised: Vec<f32> = map.iter().map(|value| 1.0 + 254.0 * value.clamp(0.0, 1.0)).collect();
    placement.restore(&raised, size).iter().map(|value| value.round() as u8).collect()
}

/// The gates' attention on a slice.
pub(super) fn explained(slice: usize, attention: &[(usize, ByteBuf)], placement: &CropGeometry) -> Response {
    let gates =
        attention.iter().map(|(size, alpha)| ByteBuf::from(on_slice(&from_bytes::<f32>(alpha), *size, placement)));
    Response::Explained { slice, gates: gates.collect() }
}

/// What changes on a slice between two probability maps, `[size, size]`: with a gate as it is, and held open.
pub(super) fn ablated(
    [slice, gate]: [usize; 2],
    closed: &[f32],
    opened: &[f32],
    placement: &CropGeometry,
    threshold: f32,
) -> Response {
    let mask = |map: &[f32]| ProbabilityMap::from_dense(map, placement.size_px).mask(placement, threshold);
    let (before, after) = (mask(closed), mask(opened));
    let overlap = Overlap::of(&after, &before);
    let change = before.iter().zip(&after).map(|(before, after)| match (*before != 0, *after != 0) {
        (false, true) => 1,
        (true, false) => 2,
        _ => 0,
    });
    let moved: f64 = closed.iter().zip(opened).map(|(a, b)| f64::from((a - b).abs())).sum();
    Response::Ablated(Ablation {
        slice,
        gate,
        change: change.collect(),
        pixels: [overlap.false_positive as usize, overlap.false_negative as usize],
        dsc: overlap.dsc(),
        mean_change: moved / closed.len().max(1) as f64,
    })
}
