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
