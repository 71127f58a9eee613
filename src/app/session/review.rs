//! The slices to review first.

use super::propagation_state::PropagatedMasks;
use super::series::SeriesState;
use super::slice_state::MirroredProgress;
use crate::app::protocol::{Response, ReviewBasis, ReviewList};
use crate::imaging::metrics::Overlap;
use crate::imaging::propagate::TRUSTED_DSC;

/// A slice nearer than this to a corrected one is worth less, because the two look alike.
const NEAR_MM: f64 = 15.0;
/// The greatest number of slices in the list.
const MOST: usize = 6;

impl SeriesState {
    /// Returns the slices to review first once every slice is segmented, if they have changed.
    pub(super) fn review_changes(&mut self) -> Option<Response> {
        if !self.predictions.current.is_complete() {
            return None;
        }
        let review = self.review_list();
        if self.review.as_ref() == Some(&review) {
            return None;
        }
        self.review = Some(review.clone());
        Some(Response::Review(review))
    }

    /// Returns the slices whose correction would help most: those where masks completed from accepted slices are most
    /// uncertain if these are shown, else those where the model is. The difference to mirrored input counts once it is
    /// known for every slice.
    fn review_list(&self) -> ReviewList {
        if let Some(propagated) = self.propagated_if_shown() {
            let worth = self.worth_of_acceptance(propagated);
            // It knows how far away accepted slices are.
            let is_draft = |z: &usize| worth[*z] > 0.0 && self.corrections.get(*z).is_some();
            let drafts = self.corrections.slices().filter(is_draft).collect();
            return self.review_by(ReviewBasis::AcceptedSlices, drafts, |z| worth[z]);
        }
        let mirrored = self.predictions.current.mirrored_count() == self.image.volume.depth();
        let uncertainty = |z: usize| match self.predictions.current.slices[z].mirrored {
            MirroredProgress::Done(disagreement) if mirrored => f64::from(disagreement),
            _ if mirrored => 0.0,
            _ => f64::from(self.predictions.current.slices[z].uncertainty),
        };
        let basis = if mirrored { ReviewBasis::MirroredInput } else { ReviewBasis::Uncertainty };
        self.review_by(basis, self.corrections.slices().collect(), uncertainty)
    }

    /// How much the acceptance of each slice is expected to help: as the propagation says or, if that is more, as the model's
    /// contradiction does, once it was mostly right about the accepted slices. Beyond the outermost of them the propagation
    /// ends, and only the model knows that the organ goes on.
    fn worth_of_acceptance(&self, propagated: &PropagatedMasks) -> Vec<f64> {
        let mut worth: Vec<f64> = propagated.worth.iter().map(|&worth| f64::from(worth)).collect();
        let accepted: Vec<usize> = self.corrections.accepted().collect();
        let basis = self.propagated.basis();
        let model = self.predictions.shown();
        let overlaps = accepted.iter().filter_map(|&z| Some(Overlap::of(&model.labels(z)?, &basis.labels(z)?)));
        if overlaps.fold(Overlap::default(), Overlap::plus).dsc() < TRUSTED_DSC {
            return worth;
        }
        let step_mm = self.image.volume.geometry.map_or(1.0, |g| g.spacing_mm()[0]);
        for (z, worth) in worth.iter_mut().enumerate() {
            let nearest = accepted.iter().map(|accepted| accepted.abs_diff(z)).min().unwrap_or(0);
            // Most slices have none of the organ, and there is nothing to compare.
            let are_empty = propagated.pixels[z] == 0 && model.pixels_on(z) == Some(0);
            let Some(predicted) = model.labels(z).filter(|_| nearest > 0 && !are_empty) else { continue };
            let differing = predicted.iter().zip(propagated.mask.slice(z)).filter(|(a, b)| a != b).count();
            // One of the two is wrong.
            *worth = worth.max((differing as f64 / 2.0).sqrt() * nearest as f64 * step_mm);
        }
        worth
    }

    /// Returns the slices of the greatest value that are not among the `taken` ones, away from these and from each other.
    fn review_by(&self, basis: ReviewBasis, mut taken: Vec<usize>, value: impl Fn(usize) -> f64) -> ReviewList {
        let step_mm = self.image.volume.geometry.map_or(NEAR_MM, |g| g.spacing_mm()[0]);
        let mut first = Vec::new();
        while first.len() < MOST {
            let worth = |z: usize| {
                let nearest = taken.iter().map(|t| t.abs_diff(z)).min();
                value(z) * nearest.map_or(1.0, |slices| (slices as f64 * step_mm / NEAR_MM).min(1.0))
            };
            let candidates = (0..self.image.volume.depth()).filter(|z| !taken.contains(z)).map(|z| (z, worth(z)));
            let Some((z, _)) = candidates.filter(|(_, worth)| *worth > 0.0).max_by(|a, b| a.1.total_cmp(&b.1)) else {
                break;
            };
            taken.push(z);
            first.push(z);
        }
        ReviewList { slices: first, basis }
    }
}
