//! NRRD images and label maps (.nrrd, and .nhdr with its data files), read: 3-D, with their
//! geometry; and masks, written.
//!
//! Voxels lie with the first axis fastest, as in NIfTI: `voxels` decodes them. What the
//! text in front of them says is read in `header`; what segments of 3D Slicer mean is in
//! `segments`.

mod data_files;
mod fields;
mod header;
mod placement;
mod segments;
mod write;

use std::borrow::Cow;

use self::header::{NrrdEncoding, NrrdHeader};
use self::segments::{flattened, meaning};
use super::detached::{DetachedImage, GridFile, paths_beside};
use super::label_map::{DistinctValues, ImageOrLabels, LabelMap};
use super::voxels::{Compression, Stored, VoxelSource, VoxelType};
use super::{Series, damaged};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, NrrdMessage, VoxelsMessage};
use crate::core::mask::Mask;

pub use self::write::write_mask;

/// What may stand after the voxels.
const SLACK_BYTES: u64 = 64 * 1024;

/// True if the content begins like an NRRD file, attached or detached.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"NRRD")
}

/// Reads a file; its values decide whether it is an image or a label map. Floats are rounded and
/// clamped to i16; NaN becomes
/// -1024. Names of segments, as 3D Slicer writes them, tell what the values mean. A detached header waits for its voxels.
///
/// # Errors
/// Encodings other than raw, gzip and ascii; other than three dimensions; types that are no
/// numbers; data files elsewhere; files that hold less, or in gzip much more, than declared.
pub(super) fn read_either(name: &str, bytes: &[u8]) -> Result<GridFile, UserError> {
    let (header, data_at) = NrrdHeader::decode(name, bytes)?;
    if header.data_files.is_empty() {
        let data = bytes.get(data_at..).unwrap_or_default();
        return read_voxels(name, &header, &[data]).map(GridFile::whole);
    }
    let paths = |file: &String| {
        let outside = || {
            let why = NrrdMessage::PathOutside { path: file.clone() };
            UserError::new(name, why, NrrdMessage::SaveAgain)
        };
        paths_beside(name, file).ok_or_else(outside)
    };
    let parts = header.data_files.iter().map(paths).collect::<Result<_, _>>()?;
    let own_name = name.to_owned();
    let decode = move |parts: &[&[u8]]| read_voxels(&own_name, &header, parts);
    Ok(GridFile::Detached(DetachedImage::new(name, parts, Box::new(decode))))
}

/// The voxels in the contents of the data files, in their order.
fn read_voxels(name: &str, header: &NrrdHeader, parts: &[&[u8]]) -> Result<ImageOrLabels, UserError> {
    let data = parts.iter().map(|part| data_of(header, part, parts.len())).collect::<Result<Vec<_>, _>>();
    let data = data.map_err(|why| damaged(name, why))?;
    let compression = if header.encoding == NrrdEncoding::Gzip { Compression::Gzip } else { Compression::Raw };
    if compression == Compression::Gzip && data.iter().any(|part| part.len() < 2) {
        return Err(damaged(name, VoxelsMessage::EndsBeforeVoxels));
    }
    let mut sources = Vec::new();
    for part in &data {
        let mut source = VoxelSource::new(part, compression);
        source.skip(header.bytes_skipped.unwrap_or(0)).map_err(|why| damaged(name, why))?;
        sources.push(source);
    }
    let stored = match header.encoding {
        NrrdEncoding::Ascii => Stored { voxel_type: VoxelType::F64, big_endian: false, ..header.stored },
        NrrdEncoding::Raw | NrrdEncoding::Gzip => header.stored,
    };
    let mut values = DistinctValues::default();
    let source = VoxelSource::chained(sources, compression);
    let hu = source.voxels(name, &stored, SLACK_BYTES, |value| Ok(values.take(value)))?;
    if header.layers > 1 {
        return Ok(ImageOrLabels::Labels(layered(name, header, &hu)));
    }
    let assumed = (!header.oriented).then_some(FormatsMessage::LpsAssumed);
    let series = Series::of_voxels(name, hu, header.dims, header.geometry, assumed);
    Ok(match values.sort(series) {
        ImageOrLabels::Labels(map) => {
            // 3D Slicer leaves out what holds no segment.
            let cropped = !header.segments.is_empty();
            ImageOrLabels::Labels(LabelMap { meaning: meaning(&header.segments), cropped, ..map })
        }
        image => image,
    })
}

/// A data file without what stands before its voxels, and numbers in text as float64.
fn data_of<'a>(header: &NrrdHeader, part: &'a [u8], parts: usize) -> Result<Cow<'a, [u8]>, NrrdMessage> {
    let mut rest = part;
    for _ in 0..header.lines_skipped {
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or(NrrdMessage::EndsInSkip)?;
        rest = &rest[end + 1..];
    }
    match (header.encoding, header.bytes_skipped) {
        (NrrdEncoding::Ascii, _) => numbers(rest).map(Cow::Owned),
        (NrrdEncoding::Raw, None) => {
            let own = header.stored.bytes() as usize / parts;
            let start = rest.len().checked_sub(own).ok_or(NrrdMessage::EndsInSkip)?;
            Ok(Cow::Borrowed(&rest[start..]))
        }
        _ => Ok(Cow::Borrowed(rest)),
    }
}

/// Numbers in text as float64, little endian.
fn numbers(text: &[u8]) -> Result<Vec<u8>, NrrdMessage> {
    let mut bytes = Vec::new();
    for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        let text = std::str::from_utf8(word).ok();
        let number: Option<f64> = text.and_then(|text| text.trim_matches(',').parse().ok());
        let not_a_number = || {
            let start = &word[..word.len().min(20)];
            NrrdMessage::NotANumber { found: String::from_utf8_lossy(start).into_owned() }
        };
        bytes.extend(number.ok_or_else(not_a_number)?.to_le_bytes());
    }
    Ok(bytes)
}

fn layered(name: &str, header: &NrrdHeader, values: &[i16]) -> LabelMap {
    let (labels, meaning) = flattened(values, header.layers, &header.segments);
    LabelMap {
        name: super::base_name(name).into(),
        file: name.into(),
        map: Mask { labels, dims: header.dims },
        geometry: header.geometry,
        meaning,
        cropped: true,
        contours: None,
    }
}
