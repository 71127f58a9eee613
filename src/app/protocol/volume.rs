//! Models of whole volumes: the job and its progress.

use serde::{Deserialize, Serialize};

use crate::core::volume::{Geometry, Volume};

/// A series to segment as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeJob {
    /// The prediction that this belongs to; results for a former one are dropped.
    pub opening: u64,
    /// `[depth, height, width]`, in file order.
    pub dims: [usize; 3],
    /// The position of the voxels, in file order; `None` for a picture.
    pub geometry: Option<Geometry>,
    /// True if the values are Hounsfield units.
    pub calibrated: bool,
    /// One value per voxel, in file order; travels as little-endian bytes.
    #[serde(with = "hounsfield_bytes")]
    pub hu: Vec<i16>,
}

impl VolumeJob {
    /// The job for a volume in file order.
    pub fn new(opening: u64, volume: Volume) -> Self {
        let Volume { hu, dims, geometry, calibrated } = volume;
        Self { opening, dims, geometry, calibrated, hu }
    }

    /// The volume in file order.
    pub fn into_volume(self) -> Volume {
        let Self { dims, geometry, calibrated, hu, .. } = self;
        Volume { hu, dims, geometry, calibrated }
    }
}

/// The patches of a segmentation of a whole volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patches {
    /// The network that runs, counted from 0.
    pub network: usize,
    /// Networks in all.
    pub networks: usize,
    /// Patches of this network that are done.
    pub done: usize,
    /// Patches of this network in all; 0 while the volume is being prepared.
    pub all: usize,
}

/// The progress of the segmentation of a whole volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VolumeProgress {
    /// It waits for the model, or for its compute worker.
    Waiting,
    /// A compute worker runs it.
    Running(Patches),
    /// Every slice has its mask.
    Done,
    /// The user has stopped it, or it has failed. The masks are empty until they are drawn.
    Stopped,
}

/// The segmentation of the series shown by a model of whole volumes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeInfo {
    /// Its progress.
    pub progress: VolumeProgress,
}

/// Serialises Hounsfield units as bytes, without a copy on the way out.
mod hounsfield_bytes {
    use serde::{Deserializer, Serializer};

    use crate::app::protocol::from_bytes;

    pub(super) fn serialize<S: Serializer>(hu: &[i16], serializer: S) -> Result<S::Ok, S::Error> {
        serde_bytes::serialize(bytemuck::cast_slice::<i16, u8>(hu), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i16>, D::Error> {
        serde_bytes::deserialize::<Vec<u8>, D>(deserializer).map(|bytes| from_bytes(&bytes))
    }
}
