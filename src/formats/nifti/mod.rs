//! NIfTI images and masks, read and written. Its axes are RAS.
//!
//! Read are versions 1 and 2, plain and gzipped, as one file (.nii) or as header and voxels (.hdr
//! and .img); written is version 1, as one file.
//!
//! Voxels lie with x fastest, which is `[z, y, x]` row-major with i the column, j the row, k the
//! slice: no permutation. The header is decoded here (`header`) rather than by the nifti crate,
//! which reserves memory from declared sizes (4 GB for a file of 352 bytes) and takes negative
//! dimensions; the voxels are `formats::voxels`'s.

mod affine;
mod fields;
mod header;
mod placement;
mod write;

use self::fields::{NIFTI1_BYTES, NIFTI2_BYTES, NiftiFields, NiftiVersion};
use self::header::NiftiHeader;
use super::detached::{DetachedImage, GridFile};
use super::label_map::{DistinctValues, ImageOrLabels};
use super::labels::whole_label;
use super::voxels::{Compression, VoxelSource, to_hu};
use super::{Series, damaged};
use crate::core::error::UserError;
use crate::core::i18n::messages::{NiftiMessage, VoxelsMessage};
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, Volume};

pub(super) use self::header::looks_like;
pub use self::write::{write_mask, write_mask_plain, write_volume};

/// What may stand after the voxels of a gzipped file.
const SLACK_BYTES: u64 = 64 * 1024;

/// Reads an image, plain or gzipped: 3-D, or 4-D with one frame; integers of 8 to 64 bits or
/// floats.
///
/// Voxels are scaled by `scl_slope` and `scl_inter` (a slope of 0 means neither), rounded and
/// clamped to i16; NaN becomes
/// -1024. The geometry comes from sform, else qform, else pixdim, and is `None` where all are unusable; what of them
/// contradicts the others is noted.
///
/// # Errors
/// Other formats and voxel types, several frames, files that hold less, or in gzip much more, than
/// declared, and headers whose voxels are in another file.
pub fn read_volume(name: &str, bytes: &[u8]) -> Result<Series, UserError> {
    let (header, hu) = read_whole(name, bytes, |value| Ok(to_hu(value)))?;
    Ok(series(name, &header, hu))
}

/// Reads a file that may be an image or a label map, which are stored alike: its values decide. The
/// header of a pair waits for its voxels.
pub(super) fn read_either(name: &str, bytes: &[u8]) -> Result<GridFile, UserError> {
    let (header, source) = open(name, bytes)?;
    if header.is_pair {
        let own_name = name.to_owned();
        let decode = move |parts: &[&[u8]]| {
            let bytes = parts.first().copied().unwrap_or_default();
            let mut source = VoxelSource::new(bytes, Compression::of(bytes));
            source.skip(header.offset).map_err(|why| damaged(&own_name, why))?;
            sorted(&own_name, &header, source)
        };
        return Ok(GridFile::Detached(DetachedImage::new(name, vec![data_names(name)], Box::new(decode))));
    }
    sorted(name, &header, source).map(GridFile::whole)
}

/// Reads a segmentation: as [`read_volume`], but every voxel must be a whole number from 0 to 255,
/// up to what scaling loses.
///
/// # Errors
/// As [`read_volume`]; other values; no usable geometry, without which a mask cannot be put on its
/// image.
pub fn read_mask(name: &str, bytes: &[u8]) -> Result<(Mask, Geometry), UserError> {
    let (header, labels) = read_whole(name, bytes, |value| whole_label(value).ok_or(value))?;
    let geometry = header
        .placement
        .geometry
        .ok_or_else(|| UserError::new(name, VoxelsMessage::NoGeometry, VoxelsMessage::SaveWithGeometry))?;
    Ok((Mask { labels, dims: header.stored.dims }, geometry))
}

fn series(name: &str, header: &NiftiHeader, hu: Vec<i16>) -> Series {
    let NiftiHeader { stored, placement, .. } = header;
    Series {
        name: super::base_name(name).into(),
        volume: Volume { hu, dims: stored.dims, geometry: placement.geometry, calibrated: true },
        files: vec![name.into()],
        notes: placement.notes.clone(),
        identity: None,
        headers: Vec::new(),
    }
}

/// The header, and the stream right after it.
fn open<'a>(name: &str, bytes: &'a [u8]) -> Result<(NiftiHeader, VoxelSource<'a>), UserError> {
    let compression = Compression::of(bytes);
    let mut source = VoxelSource::new(bytes, compression);
    let mut start = vec![0; NIFTI2_BYTES];
    let mut read = |part: &mut [u8], bytes: usize| {
        let unreadable = |error: std::io::Error| NiftiMessage::HeaderUnreadable { bytes, error: error.to_string() };
        source.read_exact(part).map_err(|error| damaged(name, unreadable(error)))
    };
    read(&mut start[..NIFTI1_BYTES], NIFTI1_BYTES)?;
    let Some((version, big_endian)) = start.first_chunk().and_then(|size| NiftiVersion::of(*size)) else {
        let is_gzip = compression == Compression::Gzip;
        let why = if is_gzip { NiftiMessage::GzipOfOther } else { NiftiMessage::NoHeader };
        return Err(UserError::new(name, why, NiftiMessage::ConvertToNifti));
    };
    read(&mut start[NIFTI1_BYTES..version.header_bytes()], version.header_bytes())?;
    let header = NiftiHeader::decode(name, &NiftiFields::read(&start, version, big_endian))?;
    if !header.is_pair {
        let extension = header.offset - version.header_bytes() as u64;
        source.skip(extension).map_err(|why| damaged(name, why))?;
    }
    Ok((header, source))
}

/// Voxels of header and voxels in one file.
fn read_whole<T>(
    name: &str,
    bytes: &[u8],
    convert: impl FnMut(f64) -> Result<T, f64>,
) -> Result<(NiftiHeader, Vec<T>), UserError> {
    let (header, source) = open(name, bytes)?;
    if header.is_pair {
        let why = NiftiMessage::HeaderOfPair { data: data_names(name).swap_remove(0) };
        return Err(UserError::new(name, why, NiftiMessage::ConvertToNifti));
    }
    let voxels = source.voxels(name, &header.stored, SLACK_BYTES, convert)?;
    Ok((header, voxels))
}

fn sorted(name: &str, header: &NiftiHeader, source: VoxelSource<'_>) -> Result<ImageOrLabels, UserError> {
    let mut values = DistinctValues::default();
    let hu = source.voxels(name, &header.stored, SLACK_BYTES, |value| Ok(values.take(value)))?;
    Ok(values.sort(series(name, header, hu)))
}

/// The names that the voxels of a header may have, the likeliest first: those of `scan.hdr` are in
/// `scan.img`.
fn data_names(header: &str) -> Vec<String> {
    let lower = header.to_lowercase();
    let is_gzip = lower.ends_with(".gz");
    let ending = [".hdr.gz", ".hdr", ".nii.gz", ".nii"].iter().find(|ending| lower.ends_with(*ending));
    // Only characters of one byte are cut off, and lower case may differ in length for others.
    let stem = ending.and_then(|ending| header.get(..header.len() - ending.len())).unwrap_or(header);
    let img = if header.ends_with("HDR") { "IMG" } else { "img" };
    let mut names = vec![format!("{stem}.{img}"), format!("{stem}.{img}.gz")];
    if is_gzip {
        names.reverse();
    }
    names
}
