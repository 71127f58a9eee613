//! NIfTI-1 images and masks (.nii, .nii.gz), read and written. Its axes are RAS.
//!
//! Voxels lie with x fastest, which is `[z, y, x]` row-major with i the column, j the row, k the slice: no permutation.
//! The header is decoded here (`header`) rather than by the nifti crate, which reserves memory from declared sizes (4 GB
//! for a file of 352 bytes) and takes negative dimensions; the voxels are `formats::voxels`'s.

mod affine;
mod header;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use self::header::NiftiHeader;
use super::label_map::{DistinctValues, ImageOrLabels};
use super::voxels::{self, VoxelSource, VoxelType, to_hu};
use super::{Series, damaged};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, VoxelsMessage};
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, Volume};

pub(super) use self::header::looks_like;

/// What may stand besides header and voxels: extensions before them and padding after.
const SLACK_BYTES: u64 = 64 * 1024;
/// Voxels are encoded in pieces of this size.
const PIECE_VOXELS: usize = 32 * 1024;

/// Reads an image, plain or gzipped: 3-D, or 4-D with one frame; integers of 8 to 64 bits or floats.
///
/// Voxels are scaled by `scl_slope` and `scl_inter` (a slope of 0 means neither), rounded and clamped to i16; NaN becomes
/// -1024. The geometry comes from sform, else qform, else pixdim, and is `None` where all are unusable.
///
/// # Errors
/// Other formats and voxel types, several frames, and files that hold less, or in gzip much more, than declared.
pub fn read_volume(name: &str, bytes: &[u8]) -> Result<Series, UserError> {
    let (header, hu) = read(name, bytes, |value| Ok(to_hu(value)))?;
    Ok(series(name, &header, hu))
}

/// Reads a file that may be an image or a label map, which are stored alike: its values decide.
pub(super) fn read_either(name: &str, bytes: &[u8]) -> Result<ImageOrLabels, UserError> {
    let mut values = DistinctValues::default();
    let (header, hu) = read(name, bytes, |value| Ok(values.take(value)))?;
    Ok(values.sort(series(name, &header, hu)))
}

fn series(name: &str, header: &NiftiHeader, hu: Vec<i16>) -> Series {
    let assumed = (!header.oriented).then_some(FormatsMessage::RasAssumed);
    Series::of_voxels(name, hu, header.stored.dims, header.geometry, assumed)
}

/// Reads a segmentation: as [`read_volume`], but every voxel must be a whole number from 0 to 255.
///
/// # Errors
/// As [`read_volume`]; other values; no usable geometry, without which a mask cannot be put on its image.
pub fn read_mask(name: &str, bytes: &[u8]) -> Result<(Mask, Geometry), UserError> {
    let to_label = |value: f64| {
        let label = value as u8;
        if f64::from(label) == value { Ok(label) } else { Err(value) }
    };
    let (header, labels) = read(name, bytes, to_label)?;
    let geometry = header
        .geometry
        .ok_or_else(|| UserError::new(name, VoxelsMessage::NoGeometry, VoxelsMessage::SaveWithGeometry))?;
    Ok((Mask { labels, dims: header.stored.dims }, geometry))
}

/// A mask as .nii.gz: labels as uint8, sform and, where the axes are at right angles, an equal qform; mm.
///
/// Without a geometry both are left unset. Each dimension must be below 32,768: NIfTI-1 holds no more.
pub fn write_mask(mask: &Mask, geometry: Option<&Geometry>) -> Vec<u8> {
    gzip(&header::encode(mask.dims, VoxelType::U8, geometry), [&mask.labels])
}

/// A volume as .nii.gz: Hounsfield units as int16, otherwise as [`write_mask`].
pub fn write_volume(volume: &Volume) -> Vec<u8> {
    let header = header::encode(volume.dims, VoxelType::I16, volume.geometry.as_ref());
    let little_endian = |hu: &[i16]| hu.iter().flat_map(|hu| hu.to_le_bytes()).collect::<Vec<u8>>();
    gzip(&header, volume.hu.chunks(PIECE_VOXELS).map(little_endian))
}

fn gzip(header: &[u8], pieces: impl IntoIterator<Item: AsRef<[u8]>>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut written = encoder.write_all(header);
    for piece in pieces {
        written = written.and_then(|()| encoder.write_all(piece.as_ref()));
    }
    written.and_then(|()| encoder.finish()).expect("memory takes every byte")
}

/// Reads header and voxels; `convert` turns a scaled value into a voxel, or gives back one that cannot be.
fn read<T>(
    name: &str,
    bytes: &[u8],
    convert: impl FnMut(f64) -> Result<T, f64>,
) -> Result<(NiftiHeader, Vec<T>), UserError> {
    let is_gzip = bytes.starts_with(&[0x1F, 0x8B]);
    let compression = if is_gzip { voxels::Compression::Gzip } else { voxels::Compression::Raw };
    let mut source = VoxelSource::new(bytes, compression);
    let mut start = [0; header::HEADER_BYTES];
    source
        .read_exact(&mut start)
        .map_err(|error| damaged(name, VoxelsMessage::NiftiHeaderUnreadable { error: error.to_string() }))?;
    let header = NiftiHeader::decode(&start).map_err(|(why, hint)| UserError::new(name, why, hint))?;
    let extension = header.offset - header::HEADER_BYTES as u64;
    if extension > SLACK_BYTES {
        let why = VoxelsMessage::NiftiOffsetTooLarge { offset: header.offset };
        return Err(damaged(name, why));
    }
    source.skip(extension).map_err(|why| damaged(name, why))?;
    let voxels = source.voxels(name, &header.stored, SLACK_BYTES - extension, convert)?;
    Ok((header, voxels))
}
