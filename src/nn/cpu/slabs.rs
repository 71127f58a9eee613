//! Some slices of maps at a time, so that large maps need not stand in memory side by side.
//!
//! A convolution can write its output over an input that nothing else reads: slab by slab, each some slices, computed in
//! memory of its own and written once the next slab, which still reads the input's last slices below it, is computed. An
//! input that a transposed convolution or an interpolation makes is made slab by slab too. Of the three maps that the
//! first convolution of a decoder block reads and writes, one is left standing. The sample itself is laid out as maps slab
//! by slab too.

use std::ops::Range;

use super::feature_maps::{FeatureMaps, MapSize};
use super::transposed::TransposedConv;
use crate::core::parallel;

/// Slices of a slab for each thread: as many as are transformed together for a kernel of several slices.
pub(super) const SLICES_PER_THREAD: usize = 8;

/// Maps with fewer values are computed as a whole.
const LEAST_VALUES: usize = 1 << 22;

/// Neighbouring slices of maps, numbered as in the whole maps.
#[derive(Clone, Copy)]
pub(super) struct MapSlices<'a, 'p> {
    pub(super) maps: &'a FeatureMaps<'p>,
    /// The number of the first slice of `maps`.
    first: usize,
    /// Slices of the whole maps.
    depth: usize,
}

/// What a convolution reads that writes its output over one of its inputs.
pub(super) enum SlabInput<'a, 'p> {
    /// The maps that it writes over.
    Overwritten,
    /// Other maps.
    Standing(&'a FeatureMaps<'p>),
    /// Maps that are made of others.
    Made { by: SliceMaker<'a>, from: &'a FeatureMaps<'p> },
}

/// What makes maps whose slices can be made alone.
#[derive(Clone, Copy)]
pub(super) enum SliceMaker<'a> {
    /// A transposed convolution.
    Transposed(&'a TransposedConv),
    /// Linear interpolation to this size.
    Resized(MapSize),
}

impl SliceMaker<'_> {
    /// Some slices of the maps that are made of `from`.
    pub(super) fn slices<'p>(self, from: &FeatureMaps<'p>, slices: Range<usize>) -> FeatureMaps<'p> {
        match self {
            Self::Transposed(conv) => conv.forward_slices(from, slices),
            Self::Resized(size) => from.resized_linear_slices(size, slices),
        }
    }

    /// The whole maps.
    pub(super) fn all<'p>(self, from: &FeatureMaps<'p>) -> FeatureMaps<'p> {
        match self {
            Self::Transposed(conv) => conv.forward(from),
            Self::Resized(size) => from.resized_linear(size),
        }
    }
}

/// Slices of a slab.
pub(super) fn slab_slices() -> usize {
    SLICES_PER_THREAD * parallel::count()
}

/// True if two slabs of maps with `depth` slices of `slice_values` values are much smaller than the maps.
pub(super) fn is_worthwhile(depth: usize, slice_values: usize) -> bool {
    depth > 2 * slab_slices() && depth * slice_values >= LEAST_VALUES
}

impl<'a, 'p> MapSlices<'a, 'p> {
    /// All slices.
    pub(super) fn all(maps: &'a FeatureMaps<'p>) -> Self {
        Self { maps, first: 0, depth: maps.size.depth }
    }

    /// Some slices, the first of which is `first` of `depth`.
    pub(super) fn part(maps: &'a FeatureMaps<'p>, first: usize, depth: usize) -> Self {
        Self { maps, first, depth }
    }

    /// Slice `z`; `None` outside the whole maps.
    #[inline(always)]
    pub(super) fn slice(self, z: usize) -> Option<&'a [f32]> {
        let stride = self.maps.slice_stride();
        (z < self.depth).then(|| &self.maps.data[(z - self.first) * stride..][..stride])
    }
}

impl<'p> SlabInput<'_, 'p> {
    /// The slices that are read, of maps that are made.
    pub(super) fn made(&self, slices: &Range<usize>) -> Option<FeatureMaps<'p>> {
        match self {
            Self::Made { by, from } => Some(by.slices(from, slices.clone())),
            Self::Overwritten | Self::Standing(_) => None,
        }
    }

    /// What is read of this input where slices from `first` on are made, or of the maps that are written over.
    pub(super) fn slices<'s>(
        &'s self,
        over: &'s FeatureMaps<'p>,
        made: Option<&'s FeatureMaps<'p>>,
        first: usize,
    ) -> MapSlices<'s, 'p> {
        match (self, made) {
            (Self::Standing(maps), _) => MapSlices::all(maps),
            (Self::Made { .. }, Some(maps)) => MapSlices::part(maps, first, over.size.depth),
            (Self::Made { .. }, None) | (Self::Overwritten, _) => MapSlices::all(over),
        }
    }
}
