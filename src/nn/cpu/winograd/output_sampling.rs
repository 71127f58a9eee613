//! The resolution of a convolution's output, compared with its input's.

use crate::nn::cpu::feature_maps::MapSize;

/// The resolution of a convolution's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputSampling {
    /// That of its input.
    AsIs,
    /// Half of it along y and along x, each pixel the sum of four: the gradient of an input that is
    /// repeated twice.
    SummedTwice,
}

impl OutputSampling {
    /// The size of the output for an input of `size`.
    pub(super) fn size(self, size: MapSize) -> MapSize {
        match self {
            Self::AsIs => size,
            Self::SummedTwice => MapSize { height: size.height / 2, width: size.width / 2, ..size },
        }
    }
}
