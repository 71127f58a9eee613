//! From a few accepted slices to the whole organ.
//!
//! What is known of an organ on a few slices decides about the others: where its mask lies between
//! two slices, which intensities it has there and around it, and where edges of the image are. Two
//! random walkers (Grady 2006) from the accepted slices follow the edges, one that trusts them and
//! one that trusts nearness; the likelihood of the intensity is added where the next accepted slice
//! is far. No model is needed, so any organ on any scan can be propagated.
//!
//! Values in, values out; the work can be done piece by piece ([`Propagation::advance`]). Which
//! slices are accepted is the business of [`edit`](crate::imaging::edit).

mod agreement;
mod beyond;
mod fusion;
mod grid;
mod likelihood;
mod predicted_shape;
mod random_walker;
mod reach;
mod shape_field;
mod walks;
mod weights;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::core::drawn_pixels::DrawnPixels;
use crate::core::label_values::distinct_labels;
use crate::core::mask::Mask;
use crate::core::volume::Volume;
pub use agreement::TRUSTED_DSC;
use fusion::OrganPropagation;
pub use grid::MARGIN_MM;

/// A slice whose labels a person has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedSlice<'a> {
    /// Index of the slice.
    pub slice: usize,
    /// Its labels, `[y, x]`; all background if the organ is not on this slice.
    pub labels: &'a [u8],
}

/// A slice of which a person has decided some pixels, on coronal or sagittal planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialSlice<'a> {
    /// Index of the slice, which is not accepted.
    pub slice: usize,
    /// Its pixels.
    pub drawn: &'a DrawnPixels,
}

/// What a person has said about an organ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownLabels<'a> {
    /// The accepted slices, ascending.
    pub accepted: &'a [AcceptedSlice<'a>],
    /// The slices that are decided in part, ascending.
    pub partial: &'a [PartialSlice<'a>],
}

/// The labels that a model gives, `[y, x]` for each slice of the volume.
pub type PredictedSlices<'a> = [Cow<'a, [u8]>];

/// A propagation under way.
#[derive(Debug)]
pub struct Propagation {
    dims: [usize; 3],
    organs: Vec<OrganPropagation>,
}

impl Propagation {
    /// Begins the propagation of every label that is drawn on a volume. `None` if fewer than two
    /// slices are accepted, or if no label is drawn.
    ///
    /// `predicted` is what a model says of the same labels, slice by slice. It has as much of a say as it agrees with the
    /// accepted slices, so it must not have learned from them.
    ///
    /// # Panics
    /// If a slice is not in the volume, or the length of its labels differs from the volume's
    /// slices; if predicted slices are missing.
    pub fn begin(volume: &Volume, known: &KnownLabels<'_>, predicted: Option<&PredictedSlices<'_>>) -> Option<Self> {
        if known.accepted.len() < 2 {
            return None;
        }
        let begin = |organ| OrganPropagation::begin(volume, known, predicted, organ);
        let organs: Vec<OrganPropagation> = labels_in(known).into_iter().filter_map(begin).collect();
        (!organs.is_empty()).then_some(Self { dims: volume.dims, organs })
    }

    /// Does a piece of the work: a few iterations over one organ, some tens of milliseconds. Returns
    /// true while there is more to do.
    pub fn advance(&mut self) -> bool {
        match self.organs.iter_mut().find(|organ| !organ.is_done()) {
            Some(organ) => {
                organ.advance();
                true
            }
            None => false,
        }
    }

    /// How much the acceptance of each slice is expected to help: the square root of the expected
    /// number of wrong pixels, times the distance in mm to the nearest accepted slice. It is 0 on
    /// accepted slices and where no organ is expected.
    ///
    /// The square root keeps the few pixels at the ends of an organ from being forgotten. Far beyond
    /// the outermost accepted slices, where masks end for want of knowledge, what an organ of their
    /// size may have left counts, unless a model tells (docs/PROPAGATION.md).
    pub fn worth(&self) -> Vec<f32> {
        let of_slice = |slice| self.organs.iter().map(|organ| organ.worth(slice)).sum();
        (0..self.dims[0]).map(of_slice).collect()
    }

    /// The labels of all slices. What a person has drawn is as it was given.
    pub fn mask(&self, known: &KnownLabels<'_>) -> Mask {
        let mut mask = Mask::empty(self.dims);
        let mut best = vec![0.0; self.dims[1] * self.dims[2]];
        for slice in 0..self.dims[0] {
            best.fill(0.0);
            for organ in &self.organs {
                organ.claim(slice, &mut best, mask.slice_mut(slice));
            }
        }
        for accepted in known.accepted {
            mask.slice_mut(accepted.slice).copy_from_slice(accepted.labels);
        }
        for partial in known.partial {
            partial.drawn.write_over(mask.slice_mut(partial.slice));
        }
        mask
    }
}

/// The result of a propagation.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagated {
    /// The labels of all slices.
    pub mask: Mask,
    /// See [`Propagation::worth`].
    pub worth: Vec<f32>,
}

/// Propagates every label that is known through a volume, as [`Propagation`] does piece by piece. `None`
/// if there are fewer than two accepted slices, or if no label is drawn.
///
/// # Panics
/// As [`Propagation::begin`].
pub fn propagate(
    volume: &Volume,
    known: &KnownLabels<'_>,
    predicted: Option<&PredictedSlices<'_>>,
) -> Option<Propagated> {
    let mut propagation = Propagation::begin(volume, known, predicted)?;
    while propagation.advance() {}
    Some(Propagated { mask: propagation.mask(known), worth: propagation.worth() })
}

/// The labels that are drawn, ascending, without the background.
fn labels_in(known: &KnownLabels<'_>) -> BTreeSet<u8> {
    let accepted = known.accepted.iter().flat_map(|accepted| distinct_labels(accepted.labels));
    let partial = known.partial.iter().flat_map(|partial| partial.drawn.iter().map(|(_, label)| label));
    accepted.chain(partial).filter(|&label| label != 0).collect()
}
