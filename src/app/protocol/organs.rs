//! The organs of a series, as the page lists them.

use serde::{Deserialize, Serialize};

/// Mean and spread of the Hounsfield units of an organ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HuSpread {
    /// Arithmetic mean, in HU.
    pub mean_hu: f64,
    /// Standard deviation, in HU.
    pub sd_hu: f64,
}

/// An organ of the series shown, with what was corrected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganInfo {
    /// Its name, as the model or the label map has it.
    pub name: String,
    /// Its value in label maps.
    pub label: u8,
    /// Its voxels.
    pub voxels: usize,
    /// Its volume; `None` for a single slice or a picture.
    pub volume_ml: Option<f64>,
    /// Its Hounsfield units; `None` if there are no voxels or the values are not HU.
    pub hu: Option<HuSpread>,
    /// Its voxel nearest to its centroid, `[z, y, x]` in viewing order.
    pub middle: Option<[usize; 3]>,
    /// The number of slices on which a person has corrected it.
    pub corrected: usize,
}

/// Where the organs of a list come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrganSource {
    /// The model in use. Each organ can become the one that tools act on.
    Model,
    /// A label map that was dropped. Tools act on the pancreas, which is the model's.
    LabelMap {
        /// Its file.
        name: String,
    },
}

/// The organs of the series shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrgansInfo {
    /// Their source.
    pub source: OrganSource,
    /// The pancreas in any case, then those that are there, by their label values.
    pub organs: Vec<OrganInfo>,
    /// The label value of the organ that the tools act on: corrections, propagation, measurements and exports.
    pub active: u8,
    /// The name under which corrections of that organ are stored.
    pub key: String,
}

impl OrgansInfo {
    /// The organ with a label value.
    pub fn organ(&self, label: u8) -> Option<&OrganInfo> {
        self.organs.iter().find(|organ| organ.label == label)
    }
}
