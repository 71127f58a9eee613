//! Copies that the page holds of what only the session knows, for the case that the session's worker dies.

use serde::{Deserialize, Serialize};

use crate::core::volume::Geometry;

/// The corrections of every organ of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesCorrections {
    /// [`OpenSeries::key`](super::OpenSeries::key) of the series.
    pub key: String,
    /// The name of the series, for people.
    pub name: String,
    /// `[depth, height, width]`, in viewing order.
    pub dims: [usize; 3],
    /// The position of its voxels, in viewing order; `None` for a picture.
    pub geometry: Option<Geometry>,
    /// The organs of which at least one slice is corrected.
    pub organs: Vec<OrganCorrections>,
}

/// The corrections of one organ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganCorrections {
    /// Its name, as the model or the label map has it.
    pub organ: String,
    /// The number of corrected slices.
    pub slices: usize,
    /// The stored form of [`Corrections`](crate::imaging::edit::Corrections).
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl SeriesCorrections {
    /// The number of corrected slices of all organs.
    pub fn slices(&self) -> usize {
        self.organs.iter().map(|organ| organ.slices).sum()
    }
}
