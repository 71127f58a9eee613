//! NIfTI-1 images and masks (.nii, .nii.gz), read and written. The only place that knows RAS.
//!
//! Voxels lie with x fastest, which is `[z, y, x]` row-major with i the column, j the row, k the slice: no permutation.
//! The header is decoded here (`header`) rather than by the nifti crate, which reserves memory from declared sizes (4 GB
//! for a file of 352 bytes) and takes negative dimensions. A stream is read in pieces and turned into voxels as it comes,
//! never inflated beyond what its header declares.

mod affine;
mod header;

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use self::header::{Header, VoxelType};
use super::Series;
use crate::mask::Mask;
use crate::refusal::Refusal;
use crate::volume::{Geometry, Volume};

pub(super) use self::header::looks_like;

/// What may stand besides header and voxels: extensions before them and padding after.
const SLACK_BYTES: u64 = 64 * 1024;
/// The best compression of the deflate format: what `n` bytes can hold is below `n` times this.
const DEFLATE_RATIO: u64 = 1032;
/// Voxels are decoded in pieces of this size; a multiple of every voxel type's.
const PIECE_BYTES: usize = 64 * 1024;
/// Memory is reserved for so many voxels at first, and then doubled as they come: a header alone reserves little.
const RESERVED_VOXELS: usize = 32 << 20;

/// Reads an image, plain or gzipped: 3-D, or 4-D with one frame; integers of 8 to 32 bits or floats.
///
/// Voxels are scaled by `scl_slope` and `scl_inter` (a slope of 0 means neither), rounded and clamped to i16; NaN becomes
/// -1024. The geometry comes from sform, else qform, else pixdim, and is `None` where all are unusable.
///
/// # Errors
/// Other formats and voxel types, several frames, and files that hold less, or in gzip much more, than declared.
pub fn read_volume(name: &str, bytes: &[u8]) -> Result<Series, Refusal> {
    let to_hu = |value: f64| Ok(if value.is_nan() { -1024 } else { value.round() as i16 });
    let (header, hu) = read(name, bytes, to_hu)?;
    let mut notes = Vec::new();
    if header.geometry.is_none() {
        notes.push("The file holds no usable voxel size, so sizes and volumes are unknown".into());
    } else if !header.oriented {
        notes.push(
            "The file does not say how the patient lies; x is taken as right, y as anterior, z as superior".into(),
        );
    }
    let volume = Volume { hu, dims: header.dims, geometry: header.geometry, calibrated: true };
    Ok(Series { name: super::base_name(name).into(), volume, files: vec![name.into()], notes, identity: None })
}

/// Reads a segmentation: as [`read_volume`], but every voxel must be a whole number from 0 to 255.
///
/// # Errors
/// As [`read_volume`]; other values; no usable geometry, without which a mask cannot be put on its image.
pub fn read_mask(name: &str, bytes: &[u8]) -> Result<(Mask, Geometry), Refusal> {
    let to_label = |value: f64| {
        let label = value as u8;
        if f64::from(label) == value { Ok(label) } else { Err(value) }
    };
    let (header, labels) = read(name, bytes, to_label)?;
    let geometry = header.geometry.ok_or_else(|| {
        Refusal::new(
            name,
            "it holds no usable sform, qform or voxel size",
            "Save the mask again with its image's geometry",
        )
    })?;
    Ok((Mask { labels, dims: header.dims }, geometry))
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
    gzip(&header, volume.hu.chunks(PIECE_BYTES / 2).map(little_endian))
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
fn read<T>(name: &str, bytes: &[u8], convert: impl Fn(f64) -> Result<T, f64>) -> Result<(Header, Vec<T>), Refusal> {
    let gzipped = bytes.starts_with(&[0x1F, 0x8B]);
    let damaged = |why: String| Refusal::new(name, why, "The file is damaged or cut short; export or copy it again");
    let mut stream: Box<dyn Read + '_> = if gzipped { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };

    let mut start = [0; header::HEADER_BYTES];
    stream
        .read_exact(&mut start)
        .map_err(|error| damaged(format!("its 348-byte NIfTI header cannot be read ({error})")))?;
    let header = Header::decode(&start).map_err(|(why, hint)| Refusal::new(name, why, hint))?;
    let extension = header.offset - header::HEADER_BYTES as u64;
    if extension > SLACK_BYTES {
        return Err(damaged(format!("its voxels start at byte {}, expected 352 or little more", header.offset)));
    }
    skip(&mut stream, extension).map_err(damaged)?;

    // Before any is inflated: can the file hold what it declares?
    let held = (bytes.len() as u64).saturating_mul(if gzipped { DEFLATE_RATIO } else { 1 });
    let declared = header.voxel_bytes();
    if declared > held {
        return Err(damaged(format!("it declares {declared} bytes of voxels, more than its {} can hold", bytes.len())));
    }
    let mut voxels = Vec::new();
    decode(&mut stream, &header, convert, &mut voxels).map_err(|fault| match fault {
        Fault::Stream(why) => damaged(why),
        Fault::Memory => {
            let why = format!("its {} voxels do not fit in memory", header.voxel_count());
            Refusal::new(name, why, "Crop or resample it to a smaller grid")
        }
        Fault::Value(value) => Refusal::new(
            name,
            format!("it holds the value {value}, expected whole numbers from 0 to 255"),
            "Give a segmentation, with one label per voxel",
        ),
    })?;
    if gzipped {
        // To the end of the stream, where its checksum is.
        let left = SLACK_BYTES - extension;
        let read = std::io::copy(&mut stream.take(left + 1), &mut std::io::sink());
        let read = read.map_err(|error| damaged(format!("its gzip stream does not end well ({error})")))?;
        if read > left {
            return Err(damaged("its gzip stream goes on after the voxels that its header declares".into()));
        }
    }
    Ok((header, voxels))
}

fn skip(stream: &mut dyn Read, bytes: u64) -> Result<(), String> {
    match std::io::copy(&mut stream.take(bytes), &mut std::io::sink()) {
        Ok(read) if read == bytes => Ok(()),
        Ok(_) => Err("it ends before its voxels".into()),
        Err(error) => Err(format!("it cannot be read up to its voxels ({error})")),
    }
}

enum Fault {
    Stream(String),
    Memory,
    Value(f64),
}

fn decode<T>(
    stream: &mut dyn Read,
    header: &Header,
    convert: impl Fn(f64) -> Result<T, f64>,
    voxels: &mut Vec<T>,
) -> Result<(), Fault> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut left = header.voxel_bytes();
    while left > 0 {
        let bytes = &mut piece[..left.min(PIECE_BYTES as u64) as usize];
        stream.read_exact(bytes).map_err(|error| {
            let declared = header.voxel_bytes();
            Fault::Stream(format!("its voxels cannot be read, {left} of {declared} declared bytes to go ({error})"))
        })?;
        if voxels.capacity() - voxels.len() < bytes.len() {
            let wanted = (header.voxel_count() - voxels.len()).min(voxels.len().max(RESERVED_VOXELS));
            voxels.try_reserve_exact(wanted).map_err(|_| Fault::Memory)?;
        }
        left -= bytes.len() as u64;
        let mut push = |value: f64| {
            voxels.push(convert(value * header.slope + header.inter).map_err(Fault::Value)?);
            Ok(())
        };
        let big = header.big_endian;
        match header.voxel_type {
            VoxelType::U8 => values(bytes, big, |[b]| f64::from(b)).try_for_each(&mut push),
            VoxelType::I8 => values(bytes, big, |b| f64::from(i8::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::U16 => values(bytes, big, |b| f64::from(u16::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::I16 => values(bytes, big, |b| f64::from(i16::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::I32 => values(bytes, big, |b| f64::from(i32::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::F32 => values(bytes, big, |b| f64::from(f32::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::F64 => values(bytes, big, f64::from_le_bytes).try_for_each(&mut push),
        }?;
    }
    Ok(())
}

fn values<const N: usize>(bytes: &[u8], big_endian: bool, value: fn([u8; N]) -> f64) -> impl Iterator<Item = f64> {
    bytes.as_chunks().0.iter().map(move |&(mut chunk)| {
        if big_endian {
            chunk.reverse();
        }
        value(chunk)
    })
}
