//! Feature maps in slabs of channels, so that no buffer is larger than a device takes.

use std::ops::Range;

use burn::tensor::Tensor;

/// Channels are computed in groups of this many at once, so slabs have a multiple of it where they can.
const VECTOR: usize = 4;

/// Feature maps of one sample. Concatenation is a longer list, not a copy.
#[derive(Clone, Debug)]
pub(super) struct ChannelSlabs {
    /// Each `[1, some channels, z, y, x]`, all of one size.
    pub(super) slabs: Vec<Tensor<5>>,
}

impl ChannelSlabs {
    /// The channels of all slabs.
    pub(super) fn channels(&self) -> usize {
        self.slabs.iter().map(|slab| slab.dims()[1]).sum()
    }

    /// `[z, y, x]`.
    pub(super) fn dims(&self) -> [usize; 3] {
        let [_, _, z, y, x] = self.slabs[0].dims();
        [z, y, x]
    }

    /// The channels of each slab.
    pub(super) fn ranges(&self) -> Vec<Range<usize>> {
        let mut end = 0;
        let range = |slab: &Tensor<5>| {
            let start = end;
            end += slab.dims()[1];
            start..end
        };
        self.slabs.iter().map(range).collect()
    }

    /// Some channels as one tensor.
    pub(super) fn range(&self, wanted: &Range<usize>) -> Tensor<5> {
        let overlap = |(slab, range): (&Tensor<5>, Range<usize>)| {
            let [start, end] = [range.start.max(wanted.start), range.end.min(wanted.end)];
            let whole = start == range.start && end == range.end;
            let part = || if whole { slab.clone() } else { slab.clone().narrow(1, start - range.start, end - start) };
            (start < end).then(part)
        };
        let mut parts: Vec<Tensor<5>> = self.slabs.iter().zip(self.ranges()).filter_map(overlap).collect();
        if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) }
    }

    /// Each slab changed.
    pub(super) fn map(self, change: impl Fn(Tensor<5>) -> Tensor<5>) -> Self {
        Self { slabs: self.slabs.into_iter().map(change).collect() }
    }

    /// The channels of both, one after the other.
    pub(super) fn concatenated(mut self, other: Self) -> Self {
        self.slabs.extend(other.slabs);
        self
    }

    /// Adds `other`, whose channels are repeated if it has fewer.
    pub(super) fn plus(self, other: &Self) -> Self {
        let times = self.channels() / other.channels();
        let repeated = Self { slabs: (0..times).flat_map(|_| other.slabs.clone()).collect() };
        let ranges = self.ranges();
        let sum = |(slab, range): (Tensor<5>, &Range<usize>)| slab + repeated.range(range);
        Self { slabs: self.slabs.into_iter().zip(&ranges).map(sum).collect() }
    }

    /// Every channel times the first one of `weights`.
    pub(super) fn times(self, weights: &Self) -> Self {
        self.map(|slab| slab * weights.slabs[0].clone())
    }
}

/// How `channels` maps of `voxels` voxels are divided into slabs of at most `most_bytes`, or of one channel.
pub(super) fn slab_ranges(channels: usize, voxels: usize, most_bytes: usize) -> Vec<Range<usize>> {
    let most = (most_bytes / (voxels * size_of::<f32>())).max(1);
    let each = if most >= channels || most < VECTOR { most } else { most / VECTOR * VECTOR };
    (0..channels).step_by(each).map(|start| start..(start + each).min(channels)).collect()
}
