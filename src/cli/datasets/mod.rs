//! Labelled cases on disk. One file per layout; each yields [`Case`]s in viewing order.

pub mod ct82;
pub mod split;

use sha2::{Digest, Sha256};

use crate::mask::Mask;
use crate::volume::Volume;

/// How a folder of cases is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// Told by what is there; so far there is one to tell.
    #[default]
    Auto,
    /// NIH Pancreas-CT, as the archive lays it out.
    Ct82,
}

/// One labelled scan, in viewing order.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number in the data set.
    pub id: u32,
    /// The scan.
    pub volume: Volume,
    /// The manual label, on the scan's grid.
    pub truth: Mask,
    /// SHA-256, in hexadecimal, of the voxels (i16 little-endian) followed by the labels (u8), both in viewing order.
    pub sha256: String,
}

impl Case {
    /// A case of a scan and its label, both in viewing order.
    pub fn new(id: u32, volume: Volume, truth: Mask) -> Self {
        let mut hash = Sha256::new();
        for slice in volume.hu.chunks(1 << 16) {
            hash.update(slice.iter().flat_map(|hu| hu.to_le_bytes()).collect::<Vec<u8>>());
        }
        hash.update(&truth.labels);
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, volume, truth, sha256 }
    }
}
