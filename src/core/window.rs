//! Window level and width, which map Hounsfield units to grey levels.

use serde::{Deserialize, Serialize};

/// A linear window of Hounsfield units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Centre, in HU.
    pub level_hu: f32,
    /// Full width, in HU; above zero.
    pub width_hu: f32,
}

impl Window {
    /// Soft tissue of the abdomen, level 40, width 400.
    pub const ABDOMEN: Self = Self { level_hu: 40.0, width_hu: 400.0 };
    /// Liver, level 90, width 150.
    pub const LIVER: Self = Self { level_hu: 90.0, width_hu: 150.0 };
    /// Lung, level -600, width 1500.
    pub const LUNG: Self = Self { level_hu: -600.0, width_hu: 1500.0 };
    /// Bone, level 480, width 2500.
    pub const BONE: Self = Self { level_hu: 480.0, width_hu: 2500.0 };
    /// The usual range of pancreas models, [-100, 240] HU (the CT-82 protocol).
    pub const PANCREAS: Self = Self { level_hu: 70.0, width_hu: 340.0 };

    /// The presets, in the order of their keys 1 to 5.
    pub const PRESETS: [Self; 5] = [Self::ABDOMEN, Self::LIVER, Self::LUNG, Self::BONE, Self::PANCREAS];

    /// The limits of the level and of the width of a window that a person chooses.
    pub const LEVELS_HU: std::ops::RangeInclusive<f32> = -1000.0..=3000.0;
    /// See [`LEVELS_HU`](Self::LEVELS_HU).
    pub const WIDTHS_HU: std::ops::RangeInclusive<f32> = 1.0..=4000.0;

    /// The same within the limits.
    pub fn limited(self) -> Self {
        Self {
            level_hu: self.level_hu.clamp(*Self::LEVELS_HU.start(), *Self::LEVELS_HU.end()),
            width_hu: self.width_hu.clamp(*Self::WIDTHS_HU.start(), *Self::WIDTHS_HU.end()),
        }
    }

    /// The window from the 1st to the 99th percentile of the values of a picture, at least 1 wide; for values that are not
    /// Hounsfield units. Of an empty picture, that of the abdomen.
    pub fn of_percentiles(values: &[i16]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let at = |share: f64| sorted.get((share * (sorted.len().saturating_sub(1)) as f64).round() as usize);
        let (Some(&low), Some(&high)) = (at(0.01), at(0.99)) else { return Self::ABDOMEN };
        let [low, high] = [low, high].map(f32::from);
        Self { level_hu: (low + high) / 2.0, width_hu: (high - low).max(1.0) }
    }

    /// The lowest HU of the window; this value and lower ones are black.
    pub fn low_hu(&self) -> f32 {
        self.level_hu - self.width_hu / 2.0
    }

    /// The highest HU of the window; this value and higher ones are white.
    pub fn high_hu(&self) -> f32 {
        self.level_hu + self.width_hu / 2.0
    }

    /// HU clipped to the window and scaled to [0, 1].
    pub fn unit(&self, hu: f32) -> f32 {
        ((hu - self.low_hu()) / self.width_hu).clamp(0.0, 1.0)
    }
}
