//! Models of whole volumes: the job and its progress.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::core::volume::{Orientation, Volume};
use crate::imaging::volume_pipeline::region::{cropped_volume, region_in_view};

/// A series to segment as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeJob {
    /// The prediction that this belongs to; results for a former one are dropped.
    pub opening: u64,
    /// The label value of the organ whose probability is wanted.
    pub organ: u8,
    /// The voxels in viewing order.
    #[serde(with = "slices")]
    volume: Arc<Volume>,
    /// The way from the file's order to the viewing order.
    orientation: Orientation,
    /// The gate of the model's last network that is held open, counted from the deepest.
    pub open_gate: Option<usize>,
    /// True if the volume is the region that a model's first network has found in the series.
    pub is_region: bool,
}

impl VolumeJob {
    /// The job for a volume in viewing order. It is shared and not copied, because it is large.
    pub fn new(opening: u64, organ: u8, volume: Arc<Volume>, orientation: Orientation) -> Self {
        Self { opening, organ, volume, orientation, open_gate: None, is_region: false }
    }

    /// The job with a gate held open, counted from the deepest.
    pub fn with_open_gate(self, gate: usize) -> Self {
        Self { open_gate: Some(gate), ..self }
    }

    /// The job for a region of the volume alone, `[z, y, x]` in file order, where the volume has the shape `file_dims`.
    pub fn in_region(self, region: &[Range<usize>; 3], file_dims: [usize; 3]) -> Self {
        let region = region_in_view(region, &self.orientation, file_dims);
        Self { volume: Arc::new(cropped_volume(&self.volume, &region)), is_region: true, ..self }
    }

    /// The volume in file order, because the training of a model may have depended on it.
    pub fn into_volume(self) -> Volume {
        self.orientation.inverse().view_volume(Arc::unwrap_or_clone(self.volume))
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
    /// True if the probability of the organ that the tools act on is known, so that masks follow a threshold.
    pub has_probability: bool,
}

/// Serialises a volume slice by slice as little-endian bytes, so that neither side holds it twice: as a sequence of its
/// shape, its geometry, whether it is calibrated, and its slices.
mod slices {
    use std::fmt;
    use std::sync::Arc;

    use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serialize, Serializer};
    use serde_bytes::{ByteBuf, Bytes};

    use crate::core::volume::Volume;

    pub(super) fn serialize<S: Serializer>(volume: &Volume, serializer: S) -> Result<S::Ok, S::Error> {
        let Volume { ref hu, dims, geometry, calibrated } = *volume;
        let slices = hu.chunks((dims[1] * dims[2]).max(1)).map(|slice| Bytes::new(bytemuck::cast_slice(slice)));
        (dims, geometry, calibrated, slices.collect::<Vec<_>>()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Volume>, D::Error> {
        deserializer.deserialize_tuple(4, Parts).map(Arc::new)
    }

    struct Parts;

    impl<'de> Visitor<'de> for Parts {
        type Value = Volume;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the four parts of a volume")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Volume, A::Error> {
            let missing = |place| A::Error::invalid_length(place, &Parts);
            let dims: [usize; 3] = parts.next_element()?.ok_or_else(|| missing(0))?;
            let geometry = parts.next_element()?.ok_or_else(|| missing(1))?;
            let calibrated = parts.next_element()?.ok_or_else(|| missing(2))?;
            let joined = Joined { voxels: dims.iter().product() };
            let hu = parts.next_element_seed(joined)?.ok_or_else(|| missing(3))?;
            Ok(Volume { hu, dims, geometry, calibrated })
        }
    }

    /// The slices as one array. Its length is known beforehand, because an array that grows takes twice the memory.
    struct Joined {
        voxels: usize,
    }

    impl<'de> DeserializeSeed<'de> for Joined {
        type Value = Vec<i16>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<i16>, D::Error> {
            deserializer.deserialize_seq(self)
        }
    }

    impl<'de> Visitor<'de> for Joined {
        type Value = Vec<i16>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the bytes of each slice")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut slices: A) -> Result<Vec<i16>, A::Error> {
            let mut hu = Vec::with_capacity(self.voxels);
            while let Some(slice) = slices.next_element::<ByteBuf>()? {
                hu.extend(slice.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
            }
            Ok(hu)
        }
    }
}
