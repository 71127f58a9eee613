//! The settings of a volume pipeline: everything that a model file must say so that the same scan
//! gives the same input and the same labels.

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::i18n::messages::VolumePipelineMessage as Said;

use super::resize::InterpolationOrder;

/// The most voxels that a patch may have. nnU-Net plans patches of two to four million.
const MOST_PATCH_VOXELS: usize = 1 << 26;

/// The smallest step between patches; smaller ones take an unlimited time.
const LEAST_TILE_STEP: f64 = 0.1;

/// What is done around the network. Axes are those of the transposed array unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeSettings {
    /// Whose steps are taken.
    pub pipeline: VolumePipeline,
    /// The order of the axes in which the reader of the training data gave its arrays.
    pub reader: ReaderOrder,
    /// For each axis of the network's array, the axis `[z, y, x]` of the reader's array from which it
    /// comes: `transpose_forward` of nnU-Net's plans.
    pub transpose_forward: [usize; 3],
    /// Distance between voxel centres in mm: three numbers, or two for a network on slices, whose
    /// first axis keeps its own spacing.
    pub spacing_mm: Vec<f64>,
    /// Size of a patch in voxels: three numbers, or two for a network on slices.
    pub patch_size: Vec<usize>,
    /// One entry for each channel of the image.
    pub normalisation: Vec<Normalisation>,
    /// How the image is brought to `spacing_mm`.
    pub data_resampling: ResamplingRule,
    /// How the logits are brought back.
    pub logits_resampling: ResamplingRule,
    /// The largest step between two patches, as a part of the patch: 0.5 in nnU-Net, 0.8 in
    /// TotalSegmentator's `total`.
    pub tile_step: f64,
    /// The axes of the patch along which the network may also see its patch mirrored:
    /// `inference_allowed_mirroring_axes`. Empty for no mirroring.
    pub mirror_axes: Vec<usize>,
}

/// Whose steps are taken around the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VolumePipeline {
    /// nnU-Net's: logits are resampled to the scan's grid, then the class is chosen.
    NnUnet,
    /// TotalSegmentator's: the scan is turned to RAS and zoomed to the spacing beforehand, and labels
    /// are zoomed back.
    TotalSegmentator {
        /// The interpolation of the scan: 1 since version 2.16.
        zoom_order: InterpolationOrder,
    },
}

/// The order of the axes of a reader's arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReaderOrder {
    /// As the file stores them: nnU-Net's `SimpleITKIO` and `NibabelIO`.
    AsStored,
    /// Turned to RAS: nnU-Net's `NibabelIOWithReorient`.
    Ras,
}

/// How the values of a channel are normalised, as nnU-Net's schemes of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalisation {
    /// `CTNormalization`: clip, subtract, divide.
    Ct {
        /// The 0.5th percentile of the foreground, in HU.
        lower: f32,
        /// The 99.5th percentile of the foreground, in HU.
        upper: f32,
        /// Mean of the foreground, in HU.
        mean: f32,
        /// Standard deviation of the foreground, in HU.
        std: f32,
    },
    /// `ZScoreNormalization`: mean 0 and standard deviation 1.
    ZScore {
        /// The voxels that are counted and changed.
        region: ZScoreRegion,
    },
    /// `RescaleTo01Normalization`: the smallest value becomes 0 and the largest 1.
    RescaleTo01,
    /// `RGBTo01Normalization`: values from 0 to 255 become 0 to 1.
    RgbTo01,
    /// `NoNormalization`.
    None,
}

/// The voxels that a z-score counts and changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ZScoreRegion {
    /// All of them.
    Image,
    /// Those where any channel is not 0, holes filled: `use_mask_for_norm`.
    Nonzero,
}

/// nnU-Net's `resample_data_or_seg_to_shape` with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResamplingRule {
    /// `order`: 3 for images, 1 for logits.
    pub order: InterpolationOrder,
    /// `order_z`, along the axis that is resampled separately. Only [`InterpolationOrder::Nearest`]
    /// can be run, which is what nnU-Net's planner always writes.
    pub order_z: InterpolationOrder,
    /// `force_separate_z`.
    pub separate_z: SeparateZ,
}

/// Whether the axis of the largest spacing is resampled on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeparateZ {
    /// If its spacing is more than three times the smallest: `null`.
    IfAnisotropic,
    /// Always: `true`.
    Always,
    /// Never: `false`.
    Never,
}

impl ResamplingRule {
    /// The rule for images that nnU-Net's planner writes.
    pub const IMAGE: Self = Self {
        order: InterpolationOrder::Cubic,
        order_z: InterpolationOrder::Nearest,
        separate_z: SeparateZ::IfAnisotropic,
    };
    /// The rule for logits that nnU-Net's planner writes.
    pub const LOGITS: Self = Self {
        order: InterpolationOrder::Linear,
        order_z: InterpolationOrder::Nearest,
        separate_z: SeparateZ::IfAnisotropic,
    };
}

impl VolumeSettings {
    /// The lengths of a patch in mm along the axes of the array before the transposition; 0 along an axis that the
    /// network does not see.
    pub fn patch_mm(&self) -> [f64; 3] {
        let mut lengths_mm = [0.0; 3];
        let unseen = 3 - self.patch_size.len().min(3);
        for (axis, (voxels, spacing_mm)) in self.patch_size.iter().zip(&self.spacing_mm).enumerate() {
            lengths_mm[self.transpose_forward[unseen + axis]] = *voxels as f64 * spacing_mm;
        }
        lengths_mm
    }

    /// The size of a patch as three numbers; the first is 1 for a network on slices.
    pub fn patch_dims(&self) -> [usize; 3] {
        match self.patch_size[..] {
            [y, x] => [1, y, x],
            [z, y, x] => [z, y, x],
            _ => [1; 3],
        }
    }

    /// Checks that the pipeline can be run.
    ///
    /// # Errors
    /// The first setting that makes it impossible, with the value found and the one expected.
    pub fn check(&self) -> Result<(), UserError> {
        match self.flaw() {
            None => Ok(()),
            Some(reason) => Err(UserError::new(Said::Settings, reason, Said::UseOtherModel)),
        }
    }

    fn flaw(&self) -> Option<Said> {
        let rank = self.patch_size.len();
        if !(2..=3).contains(&rank) {
            return Some(Said::PatchRank { found: rank });
        }
        if self.spacing_mm.len() != rank {
            return Some(Said::SpacingRank { found: self.spacing_mm.len(), expected: rank });
        }
        if let Some(mm) = self.spacing_mm.iter().find(|mm| !crate::core::volume::PLAUSIBLE_SPACING_MM.contains(mm)) {
            return Some(Said::Spacing { found: mm.to_string() });
        }
        let voxels = self.patch_size.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        if voxels.is_none_or(|voxels| !(1..=MOST_PATCH_VOXELS).contains(&voxels)) {
            return Some(Said::PatchSize { found: listed(&self.patch_size), most: MOST_PATCH_VOXELS });
        }
        let mut axes = self.transpose_forward;
        axes.sort_unstable();
        if axes != [0, 1, 2] {
            return Some(Said::Transposition { found: listed(&self.transpose_forward) });
        }
        if !(LEAST_TILE_STEP..=1.0).contains(&self.tile_step) {
            return Some(Said::TileStep { found: self.tile_step.to_string() });
        }
        let repeats = |i: usize| self.mirror_axes[..i].contains(&self.mirror_axes[i]);
        if (0..self.mirror_axes.len()).any(|i| self.mirror_axes[i] >= rank || repeats(i)) {
            return Some(Said::MirrorAxes { found: listed(&self.mirror_axes), rank });
        }
        self.flaw_of_values()
    }

    fn flaw_of_values(&self) -> Option<Said> {
        if self.normalisation.is_empty() {
            return Some(Said::NoChannels);
        }
        for scheme in &self.normalisation {
            if let Normalisation::Ct { lower, upper, mean, std } = scheme {
                let finite = [lower, upper, mean, std].iter().all(|value| value.is_finite());
                if !finite || lower > upper || *std < 0.0 {
                    return Some(Said::CtValues { found: format!("{lower}, {upper}, {mean}, {std}") });
                }
            }
        }
        if self.data_resampling.order_z != InterpolationOrder::Nearest
            || self.logits_resampling.order_z != InterpolationOrder::Nearest
        {
            return Some(Said::OrderZ);
        }
        if self.logits_resampling.order == InterpolationOrder::Cubic {
            return Some(Said::LogitsOrder);
        }
        let on_slices = self.patch_size.len() == 2;
        (on_slices && matches!(self.pipeline, VolumePipeline::TotalSegmentator { .. })).then_some(Said::SlicesOnly)
    }
}

fn listed(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
}
