//! NRRD images and label maps (.nrrd), read: 3-D, raw or gzip, with their geometry.
//!
//! Voxels lie with the first axis fastest, as in NIfTI: [`super::voxels`] decodes them. What the text in front of them says is read in
//! `header`. A detached header (.nhdr) is refused: its voxels are in another file.

mod header;

use self::header::NrrdHeader;
use super::label_map::{DistinctValues, ImageOrLabels, LabelMap};
use super::voxels::{Compression, VoxelSource};
use super::{Series, damaged};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, VoxelsMessage};

/// What may stand after the voxels.
const SLACK_BYTES: u64 = 64 * 1024;

/// Whether the content begins like an NRRD file, attached or detached.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"NRRD")
}

/// Reads a file; its values decide whether it is an image or a label map. Floats are rounded and clamped to i16; NaN becomes
/// -1024. Names of segments, as 3D Slicer writes them, tell what the values mean.
///
/// # Errors
/// Detached data; encodings other than raw and gzip; other than three dimensions; types that are no numbers; files that hold less,
/// or in gzip much more, than declared.
pub(super) fn read_either(name: &str, bytes: &[u8]) -> Result<ImageOrLabels, UserError> {
    let header = NrrdHeader::decode(bytes).map_err(|(why, hint)| UserError::new(name, why, hint))?;
    let data = bytes.get(header.data_at..).unwrap_or_default();
    if data.len() < 2 && header.compression == Compression::Gzip {
        return Err(damaged(name, VoxelsMessage::EndsBeforeVoxels));
    }
    let mut values = DistinctValues::default();
    let source = VoxelSource::new(data, header.compression);
    let hu = source.voxels(name, &header.stored, SLACK_BYTES, |value| Ok(values.take(value)))?;
    let assumed = (!header.oriented).then_some(FormatsMessage::LpsAssumed);
    let series = Series::of_voxels(name, hu, header.stored.dims, header.geometry, assumed);
    Ok(match values.sort(series) {
        ImageOrLabels::Labels(map) => {
            // 3D Slicer leaves out what holds no segment.
            ImageOrLabels::Labels(LabelMap { meaning: header.meaning, cropped: header.segments, ..map })
        }
        image => image,
    })
}
