//! A NIfTI header of either version, decoded with every size checked.
//!
//! No streams and no voxels here; where the numbers stand is in `fields`, and what the affines mean
//! in `placement`.

use super::fields::{NiftiFields, NiftiVersion};
use super::placement::Placement;
use crate::core::error::UserError;
use crate::core::i18n::messages::NiftiMessage;
use crate::formats::voxels::{Stored, VoxelType, check_size};

/// By the code of `datatype`.
pub(super) const VOXEL_TYPES: [(i16, VoxelType); 10] = [
    (2, VoxelType::U8),
    (4, VoxelType::I16),
    (8, VoxelType::I32),
    (16, VoxelType::F32),
    (64, VoxelType::F64),
    (256, VoxelType::I8),
    (512, VoxelType::U16),
    (768, VoxelType::U32),
    (1024, VoxelType::I64),
    (1280, VoxelType::U64),
];

/// Types that are not read, by the code of `datatype`.
const OTHER_TYPES: [(i16, &str); 8] = [
    (1, "binary, one bit a voxel"),
    (32, "complex64"),
    (128, "RGB colour"),
    (1536, "float128"),
    (1792, "complex128"),
    (2048, "complex256"),
    (2304, "RGBA colour"),
    (0, "unknown"),
];

/// Voxels begin at most so far into a file: extensions before them hold reports and provenance,
/// some of them megabytes.
const MOST_OFFSET_BYTES: u64 = 256 << 20;

/// What the reader needs of a header.
#[derive(Clone, Debug)]
pub(super) struct NiftiHeader {
    /// The voxels, checked to be few enough.
    pub(super) stored: Stored,
    /// Where voxels start in the file that holds them, in bytes.
    pub(super) offset: u64,
    /// True if header and voxels are two files (.hdr and .img).
    pub(super) is_pair: bool,
    /// Where the voxels lie.
    pub(super) placement: Placement,
}

/// True if the content begins like a NIfTI or Analyze header, of either version and byte order.
pub(in crate::formats) fn looks_like(bytes: &[u8]) -> bool {
    let Some(size) = bytes.first_chunk::<4>() else { return false };
    let magic = bytes.get(344..347);
    magic == Some(b"n+1") || magic == Some(b"ni1") || NiftiVersion::of(*size).is_some()
}

impl NiftiHeader {
    /// Decodes the header at the beginning of the file `name` and checks it.
    ///
    /// # Errors
    /// Other formats, damaged headers, other types of voxels, several frames, more voxels than are
    /// read.
    pub(super) fn decode(name: &str, fields: &NiftiFields) -> Result<Self, UserError> {
        let refused = |why: NiftiMessage| UserError::new(name, why, NiftiMessage::ConvertToNifti);
        let is_pair = is_pair(fields).map_err(refused)?;
        let (lengths, lengths_text) = lengths(name, fields)?;
        let voxel_type = voxel_type(name, fields.datatype)?;
        let voxels = lengths.iter().try_fold(1u64, |product, &length| product.checked_mul(length));
        check_size(name, &lengths_text, voxels, voxel_type)?;
        // Some writers leave the offset at 0 in a single file, where it cannot be below header and
        // extension flag.
        let least = if is_pair { 0 } else { fields.version.header_bytes() as u64 + 4 };
        let offset = if fields.vox_offset == 0.0 { least as f64 } else { fields.vox_offset };
        if !(least as f64..1e18).contains(&offset) || offset.fract() != 0.0 {
            return Err(refused(NiftiMessage::BadOffset { offset: offset.to_string(), least }));
        }
        let offset = offset as u64;
        if offset > MOST_OFFSET_BYTES {
            return Err(refused(NiftiMessage::OffsetTooLarge { offset, most: MOST_OFFSET_BYTES }));
        }
        let (slope, inter) = (fields.scl_slope, fields.scl_inter);
        let scaled = slope != 0.0 && slope.is_finite() && inter.is_finite();
        Ok(Self {
            stored: Stored {
                dims: [lengths[2], lengths[1], lengths[0]].map(|n| n as usize),
                voxel_type,
                big_endian: fields.big_endian,
                slope: if scaled { slope } else { 1.0 },
                inter: if scaled { inter } else { 0.0 },
            },
            offset,
            is_pair,
            placement: Placement::of(fields),
        })
    }
}

/// True for a header whose voxels are in another file.
fn is_pair(fields: &NiftiFields) -> Result<bool, NiftiMessage> {
    // Of version 2, `magic` goes on with line ends that a transfer as text would change.
    let (magic, expected) = match fields.version {
        NiftiVersion::One => (fields.magic.as_str(), "n+1 or ni1"),
        NiftiVersion::Two => (fields.magic.get(..3).unwrap_or_default(), "n+2 or ni2"),
    };
    match magic {
        "n+1" | "n+2" => Ok(false),
        "ni1" | "ni2" => Ok(true),
        "" if fields.version == NiftiVersion::One => Err(NiftiMessage::Analyze),
        _ => {
            let found = fields.magic.escape_default().to_string();
            Err(NiftiMessage::BrokenMagic { found, expected: expected.into() })
        }
    }
}

/// The lengths of the axes x, y, z, and all lengths as a text.
fn lengths(name: &str, fields: &NiftiFields) -> Result<([u64; 3], String), UserError> {
    let used = |axis: usize| (axis as i64) < fields.rank;
    let lengths = [0, 1, 2, 3, 4, 5, 6].map(|axis| match fields.lengths[axis] {
        _ if !used(axis) => 1,
        // Beyond the third axis some writers leave 0 for what is not used (nifti1_io takes it so as
        // well).
        length if axis >= 3 => length.max(1),
        length => length,
    });
    let text = lengths.map(|n| n.to_string()).join(" x ");
    if !(2..=7).contains(&fields.rank) || lengths.iter().any(|&n| n < 1) {
        let why = NiftiMessage::BadDimensions { rank: fields.rank, lengths: text };
        return Err(UserError::new(name, why, NiftiMessage::ConvertToNifti));
    }
    if lengths[3..].iter().any(|&n| n != 1) {
        return Err(UserError::new(name, NiftiMessage::SeveralFrames { lengths: text }, NiftiMessage::GiveOneFrame));
    }
    Ok(([lengths[0], lengths[1], lengths[2]].map(|n| n as u64), text))
}

fn voxel_type(name: &str, code: i16) -> Result<VoxelType, UserError> {
    if let Some((_, voxel_type)) = VOXEL_TYPES.iter().find(|(known, _)| *known == code) {
        return Ok(*voxel_type);
    }
    match OTHER_TYPES.iter().find(|(known, _)| *known == code) {
        Some((_, named)) => {
            let found = format!("{code} ({named})");
            Err(UserError::new(name, NiftiMessage::VoxelType { found }, NiftiMessage::GiveGrey))
        }
        None => {
            let why = NiftiMessage::VoxelType { found: code.to_string() };
            Err(UserError::new(name, why, NiftiMessage::ConvertToNifti))
        }
    }
}
