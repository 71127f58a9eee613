//! Whether nnU-Net resamples one axis separately, and the resampling that follows.
//!
//! `determine_do_sep_z_and_axis` and `resample_data_or_seg` of
//! `nnunetv2/preprocessing/resampling/default_resampling.py`.

use super::resize::{AxisResampler, Clip, Coordinates, InterpolationOrder, Resize};
use super::settings::{ResamplingRule, SeparateZ};

/// The ratio of the largest to the smallest spacing above which an image is anisotropic.
const ANISOTROPY_THRESHOLD: f64 = 3.0;

/// The grid before and after resampling.
#[derive(Clone, Copy, Debug)]
pub(super) struct GridChange {
    pub from_dims: [usize; 3],
    pub from_mm: [f64; 3],
    pub to_dims: [usize; 3],
    pub to_mm: [f64; 3],
}

impl GridChange {
    /// The resampling that nnU-Net does by `rule`.
    pub(super) fn resize(&self, rule: ResamplingRule) -> Resize {
        let separate = self.separate_axis(rule.separate_z);
        let axis = |axis: usize| {
            let order = if separate == Some(axis) { InterpolationOrder::Nearest } else { rule.order };
            AxisResampler::new(self.from_dims[axis], self.to_dims[axis], order, Coordinates::HalfPixel)
        };
        Resize { axes: [0, 1, 2].map(axis), clip: separate.map_or(Clip::WholeInput, Clip::SlicesAlong) }
    }

    fn separate_axis(&self, rule: SeparateZ) -> Option<usize> {
        match rule {
            SeparateZ::Never => None,
            SeparateZ::Always => coarsest(self.from_mm),
            SeparateZ::IfAnisotropic if is_anisotropic(self.from_mm) => coarsest(self.from_mm),
            SeparateZ::IfAnisotropic if is_anisotropic(self.to_mm) => coarsest(self.to_mm),
            SeparateZ::IfAnisotropic => None,
        }
    }
}

fn is_anisotropic(spacing_mm: [f64; 3]) -> bool {
    let largest = spacing_mm.into_iter().fold(f64::MIN, f64::max);
    let smallest = spacing_mm.into_iter().fold(f64::MAX, f64::min);
    largest / smallest > ANISOTROPY_THRESHOLD
}

/// The axis of the largest spacing, unless several share it.
fn coarsest(spacing_mm: [f64; 3]) -> Option<usize> {
    let largest = spacing_mm.into_iter().fold(f64::MIN, f64::max);
    let mut axes = (0..3).filter(|&axis| largest / spacing_mm[axis] == 1.0);
    let axis = axes.next();
    if axes.next().is_some() { None } else { axis }
}
