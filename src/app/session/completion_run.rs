//! The comparison of the ways to complete slices: accepted slices are left out in turn.

use std::borrow::Cow;

use super::propagation_state::Basis;
use crate::core::volume::Volume;
use crate::imaging::edit::InterpolatedGap;
use crate::imaging::metrics::Overlap;
use crate::imaging::propagate::Propagation;

/// The most slices that are left out.
const MOST_LEFT_OUT: usize = 7;

/// The slices that are left out in turn, and what was found on them.
#[derive(Debug)]
pub(super) struct CompletionRun {
    /// The slices that are still to be left out.
    waiting: Vec<usize>,
    pub(super) total: usize,
    /// The slice that is left out now.
    running: Option<LeftOut>,
    pub(super) propagated: Overlap,
    pub(super) interpolated: Overlap,
    /// `None` if the model cannot be judged.
    pub(super) predicted: Option<Overlap>,
}

#[derive(Debug)]
struct LeftOut {
    slice: usize,
    basis: Basis,
    propagation: Propagation,
}

impl CompletionRun {
    /// Begins with the accepted slices between the first and the last one. `None` if there are none.
    pub(super) fn begin(accepted: &[usize], judges_model: bool) -> Option<Self> {
        let inner = accepted.get(1..accepted.len().checked_sub(1)?)?;
        let total = inner.len().min(MOST_LEFT_OUT);
        let waiting: Vec<usize> = (0..total).map(|i| inner[(2 * i + 1) * inner.len() / (2 * total)]).collect();
        let predicted = judges_model.then(Overlap::default);
        let none = Overlap::default();
        (total > 0).then_some(Self { waiting, total, running: None, propagated: none, interpolated: none, predicted })
    }

    /// The number of slices that were left out.
    pub(super) fn done(&self) -> usize {
        self.total - self.waiting.len() - usize::from(self.running.is_some())
    }

    /// True once all slices were left out.
    pub(super) fn is_done(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Does a piece of the work; `predicted` gives the model's masks of all slices, if they have a say.
    /// Returns the slice that is done, if one is.
    pub(super) fn advance<'a>(
        &mut self,
        volume: &Volume,
        basis: &Basis,
        predicted: impl Fn() -> Option<Vec<Cow<'a, [u8]>>>,
    ) -> Option<usize> {
        let Some(running) = &mut self.running else {
            let slice = self.waiting.pop()?;
            let basis = basis.without(slice);
            match basis.with_labels(|labels| Propagation::begin(volume, labels, predicted().as_deref())) {
                Some(propagation) => self.running = Some(LeftOut { slice, basis, propagation }),
                // The organ is on no other accepted slice, so nothing says where it is.
                None => return Some(slice),
            }
            return None;
        };
        if running.propagation.advance() {
            return None;
        }
        let LeftOut { slice, basis: others, propagation } = self.running.take()?;
        let truth = basis.labels(slice)?;
        let mask = others.with_labels(|labels| propagation.mask(labels));
        self.propagated = self.propagated.plus(Overlap::of(mask.slice(slice), &truth));
        let [_, height, width] = volume.dims;
        let around = others.around(slice);
        let between = around.map(|[lower, upper]| InterpolatedGap::new(&lower, &upper, [height, width]).mask(slice));
        let nothing = vec![0; truth.len()];
        self.interpolated = self.interpolated.plus(Overlap::of(between.as_ref().unwrap_or(&nothing), &truth));
        Some(slice)
    }
}
