//! Normalisation of a channel, as nnU-Net's `default_normalization_schemes.py`, in single precision.

use super::settings::{Normalisation, ZScoreRegion};

/// The smallest divisor.
const EPSILON: f32 = 1e-8;

impl Normalisation {
    /// The same for a part of `image`: a z-score over the whole image has the mean and the standard deviation of
    /// `image`. Other schemes are as they are.
    pub fn with_statistics_of(self, image: &[i16]) -> Self {
        match self {
            Self::ZScore { region: ZScoreRegion::Image } => {
                let Normaliser { subtract, divide, .. } = Normaliser::of(self, image, None);
                let [lower, upper] = [i16::MIN, i16::MAX].map(f32::from);
                Self::Ct { lower, upper, mean: subtract, std: divide }
            }
            other => other,
        }
    }
}

/// A normalisation whose statistics are known, so that it can be applied voxel by voxel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normaliser {
    lower: f32,
    upper: f32,
    subtract: f32,
    divide: f32,
}

impl Normaliser {
    /// The normalisation of an image by `scheme`. `mask` tells which voxels count for a z-score of the
    /// nonzero region; those outside it are left as they are by the caller.
    pub(super) fn of(scheme: Normalisation, image: &[i16], mask: Option<&[bool]>) -> Self {
        let unlimited = Self { lower: f32::NEG_INFINITY, upper: f32::INFINITY, subtract: 0.0, divide: 1.0 };
        match scheme {
            Normalisation::Ct { lower, upper, mean, std } => {
                Self { lower, upper, subtract: mean, divide: std.max(EPSILON) }
            }
            Normalisation::ZScore { .. } => {
                let counted = || image.iter().enumerate().filter(|(i, _)| mask.is_none_or(|mask| mask[*i]));
                let count = counted().count().max(1) as f64;
                let mean = counted().map(|(_, &value)| f64::from(value)).sum::<f64>() / count;
                let variance = counted().map(|(_, &value)| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
                Self { subtract: mean as f32, divide: (variance.sqrt() as f32).max(EPSILON), ..unlimited }
            }
            Normalisation::RescaleTo01 => {
                let lowest = f32::from(image.iter().copied().min().unwrap_or(0));
                let highest = f32::from(image.iter().copied().max().unwrap_or(0));
                Self { subtract: lowest, divide: (highest - lowest).max(EPSILON), ..unlimited }
            }
            Normalisation::RgbTo01 => Self { divide: 255.0, ..unlimited },
            Normalisation::None => unlimited,
        }
    }

    /// The normalised value.
    pub(super) fn apply(self, value: i16) -> f32 {
        let clipped = f32::from(value).max(self.lower).min(self.upper);
        (clipped - self.subtract) / self.divide
    }
}

/// True if the scheme needs to know which voxels are not zero.
pub(super) fn needs_mask(scheme: Normalisation) -> bool {
    matches!(scheme, Normalisation::ZScore { region: ZScoreRegion::Nonzero })
}
