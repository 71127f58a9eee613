//! Voxels as NIfTI and NRRD store them: types, limits, and the stream of them, plain or gzipped, decoded in pieces as it comes.
//!
//! Nothing is inflated beyond what a header declares, and nothing reserved beyond what the file can hold.

use std::io::Read;

use flate2::bufread::ZlibDecoder;

use super::damaged;
use super::gzip::GzipReader;
use crate::core::error::UserError;
use crate::core::i18n::messages::VoxelsMessage;

/// The best compression of the deflate format: what `n` bytes can hold is below `n` times this.
pub(super) const DEFLATE_RATIO: u64 = 1032;
/// The most bytes of voxels read.
const MOST_BYTES: u64 = 2 << 30;
/// The most voxels read: 1 GiB as i16, what a 32-bit address space takes in one piece.
const MOST_VOXELS: u64 = 512 << 20;
/// Voxels are decoded in pieces of this size; a multiple of every voxel type's.
const PIECE_BYTES: usize = 64 * 1024;
/// Memory is reserved for so many voxels at first, and then doubled as they come: a header alone reserves little.
const RESERVED_VOXELS: usize = 32 << 20;

/// How one voxel is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum VoxelType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl VoxelType {
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

/// A grid of stored voxels, x fastest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// `[depth, height, width]`.
    pub(super) dims: [usize; 3],
    pub(super) voxel_type: VoxelType,
    pub(super) big_endian: bool,
    /// `value = stored * slope + inter`.
    pub(super) slope: f64,
    pub(super) inter: f64,
}

impl Stored {
    pub(super) fn count(&self) -> usize {
        self.dims.iter().product()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.count() as u64 * self.voxel_type.bytes()
    }
}

/// Checks that a grid of `voxels` in the file `name`, whose axes have these lengths, is small enough to be read.
///
/// # Errors
/// More voxels or bytes than are read, or more than can be counted (`None`).
pub(super) fn check_size(
    name: &str,
    lengths: &str,
    voxels: Option<u64>,
    voxel_type: VoxelType,
) -> Result<(), UserError> {
    let fits = |n: u64| n <= MOST_VOXELS && n * voxel_type.bytes() <= MOST_BYTES;
    if voxels.is_some_and(fits) {
        return Ok(());
    }
    let why = VoxelsMessage::TooManyVoxels { lengths: lengths.into() };
    Err(UserError::new(name, why, VoxelsMessage::CropOrResample))
}

/// The compression of a stream of voxels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compression {
    Raw,
    Gzip,
    Zlib,
}

impl Compression {
    /// The compression of a file whose first bytes tell.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(&[0x1F, 0x8B]) { Self::Gzip } else { Self::Raw }
    }
}

/// The stream that voxels are read from, and how much it can hold.
pub(super) struct VoxelSource<'a> {
    stream: Box<dyn Read + 'a>,
    bytes: u64,
    compression: Compression,
}

impl<'a> VoxelSource<'a> {
    pub(super) fn new(bytes: &'a [u8], compression: Compression) -> Self {
        let stream: Box<dyn Read + 'a> = match compression {
            Compression::Raw => Box::new(bytes),
            Compression::Gzip => Box::new(GzipReader::new(bytes)),
            Compression::Zlib => Box::new(ZlibDecoder::new(bytes)),
        };
        Self { stream, bytes: bytes.len() as u64, compression }
    }

    /// One stream after the other: the voxels of several files.
    pub(super) fn chained(sources: Vec<Self>, compression: Compression) -> Self {
        let empty = Self { stream: Box::new(std::io::empty()), bytes: 0, compression };
        sources.into_iter().fold(empty, |all, next| Self {
            stream: Box::new(all.stream.chain(next.stream)),
            bytes: all.bytes.saturating_add(next.bytes),
            compression,
        })
    }

    pub(super) fn read_exact(&mut self, into: &mut [u8]) -> std::io::Result<()> {
        self.stream.read_exact(into)
    }

    /// Leaves out what stands before the voxels.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), VoxelsMessage> {
        match std::io::copy(&mut self.stream.as_mut().take(bytes), &mut std::io::sink()) {
            Ok(read) if read == bytes => Ok(()),
            Ok(_) => Err(VoxelsMessage::EndsBeforeVoxels),
            Err(error) => Err(VoxelsMessage::UnreadableToVoxels { error: error.to_string() }),
        }
    }

    /// The voxels, and the end of the stream, which may be `slack` bytes beyond them. `convert` turns a scaled value into a voxel,
    /// or gives back one that cannot be, where a label from 0 to 255 is expected.
    pub(super) fn voxels<T>(
        mut self,
        name: &str,
        stored: &Stored,
        slack: u64,
        convert: impl FnMut(f64) -> Result<T, f64>,
    ) -> Result<Vec<T>, UserError> {
        // Before any is inflated: can the file hold what it declares?
        let held = self.bytes.saturating_mul(if self.compression == Compression::Raw { 1 } else { DEFLATE_RATIO });
        let declared = stored.bytes();
        if declared > held {
            let why = VoxelsMessage::MoreThanHeld { declared, bytes: self.bytes };
            return Err(damaged(name, why));
        }
        let mut voxels = Vec::new();
        decode(&mut *self.stream, stored, convert, &mut voxels).map_err(|error| match error {
            VoxelError::Stream(why) => damaged(name, why),
            VoxelError::Memory => {
                UserError::new(name, VoxelsMessage::NoMemory { count: stored.count() }, VoxelsMessage::CropOrResample)
            }
            VoxelError::Value(value) => UserError::new(
                name,
                VoxelsMessage::NoLabel { value: value.to_string() },
                VoxelsMessage::GiveSegmentation,
            ),
        })?;
        if self.compression != Compression::Raw {
            // To the end of the stream, where its checksum is.
            let read = std::io::copy(&mut self.stream.as_mut().take(slack + 1), &mut std::io::sink());
            let read = read.map_err(|error| damaged(name, VoxelsMessage::GzipEnd { error: error.to_string() }))?;
            if read > slack {
                return Err(damaged(name, VoxelsMessage::GzipTooLong));
            }
        }
        Ok(voxels)
    }
}

/// A value as Hounsfield units: rounded and clamped to i16; NaN becomes -1024.
pub(super) fn to_hu(value: f64) -> i16 {
    if value.is_nan() { -1024 } else { value.round() as i16 }
}

/// The reason why voxels cannot be decoded.
enum VoxelError {
    Stream(VoxelsMessage),
    Memory,
    Value(f64),
}

fn decode<T>(
    stream: &mut dyn Read,
    stored: &Stored,
    mut convert: impl FnMut(f64) -> Result<T, f64>,
    voxels: &mut Vec<T>,
) -> Result<(), VoxelError> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut left = stored.bytes();
    while left > 0 {
        let bytes = &mut piece[..left.min(PIECE_BYTES as u64) as usize];
        stream.read_exact(bytes).map_err(|error| {
            let declared = stored.bytes();
            VoxelError::Stream(VoxelsMessage::Unreadable { left, declared, error: error.to_string() })
        })?;
        if voxels.capacity() - voxels.len() < bytes.len() {
            let wanted = (stored.count() - voxels.len()).min(voxels.len().max(RESERVED_VOXELS));
            voxels.try_reserve_exact(wanted).map_err(|_| VoxelError::Memory)?;
        }
        left -= bytes.len() as u64;
        let mut push = |value: f64| {
            voxels.push(convert(value * stored.slope + stored.inter).map_err(VoxelError::Value)?);
            Ok(())
        };
        let big = stored.big_endian;
        match stored.voxel_type {
            VoxelType::U8 => values(bytes, big, |[b]| f64::from(b)).try_for_each(&mut push),
            VoxelType::I8 => values(bytes, big, |b| f64::from(i8::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::U16 => values(bytes, big, |b| f64::from(u16::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::I16 => values(bytes, big, |b| f64::from(i16::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::U32 => values(bytes, big, |b| f64::from(u32::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::I32 => values(bytes, big, |b| f64::from(i32::from_le_bytes(b))).try_for_each(&mut push),
            VoxelType::U64 => values(bytes, big, |b| u64::from_le_bytes(b) as f64).try_for_each(&mut push),
            VoxelType::I64 => values(bytes, big, |b| i64::from_le_bytes(b) as f64).try_for_each(&mut push),
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
