//! What the reader needs of an NRRD header, checked.

use super::data_files::data_files;
use super::fields::NrrdFields;
use super::placement::{NrrdAxes, geometry};
use super::segments::{Segment, segments};
use crate::core::error::UserError;
use crate::core::i18n::messages::NrrdMessage;
use crate::core::volume::Geometry;
use crate::formats::voxels::{Stored, VoxelType, check_size};

/// What the reader needs of a header.
#[derive(Clone, Debug)]
pub(super) struct NrrdHeader {
    /// The voxels, checked to be few enough. Layers of segments lie side by side along x.
    pub(super) stored: Stored,
    /// `[depth, height, width]`, without layers.
    pub(super) dims: [usize; 3],
    /// How voxels are written.
    pub(super) encoding: NrrdEncoding,
    /// Lines to leave out at the start of each data file, before it is unpacked.
    pub(super) lines_skipped: usize,
    /// Bytes to leave out after that, once it is unpacked; `None` if the voxels end the file.
    pub(super) bytes_skipped: Option<u64>,
    /// Names of the files that hold the voxels; empty if those follow the header.
    pub(super) data_files: Vec<String>,
    /// LPS, mm.
    pub(super) geometry: Option<Geometry>,
    /// True if the geometry says how the patient lies.
    pub(super) oriented: bool,
    /// Segments of 3D Slicer; empty for other files.
    pub(super) segments: Vec<Segment>,
    /// Number of layers that the segments are in.
    pub(super) layers: usize,
}

/// How voxels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NrrdEncoding {
    Raw,
    Gzip,
    /// Numbers as text, with white space between.
    Ascii,
}

impl NrrdHeader {
    /// Decodes the header at the beginning of the file `name` and checks it; and where it ends, in
    /// bytes.
    ///
    /// # Errors
    /// Missing and unknown values of fields, other than three dimensions, more voxels than are
    /// read.
    pub(super) fn decode(name: &str, bytes: &[u8]) -> Result<(Self, usize), UserError> {
        let (fields, data_at) = NrrdFields::split(bytes);
        let refused = |why: NrrdMessage| UserError::new(name, why, NrrdMessage::SaveAgain);
        let axes = NrrdAxes::read(&fields).map_err(refused)?;
        let encoding = encoding(fields.text("encoding").map_err(refused)?).map_err(refused)?;
        let voxel_type = voxel_type(fields.text("type").map_err(refused)?).map_err(refused)?;
        let big_endian = big_endian(&fields, encoding, voxel_type).map_err(refused)?;
        let text = axes.lengths.map(|n| n.to_string()).join(" x ");
        let voxels = axes.lengths.iter().try_fold(axes.layers, |product, &n| product.checked_mul(n));
        if voxels == Some(0) {
            return Err(refused(NrrdMessage::SizesNotAboveZero { sizes: text }));
        }
        check_size(name, &text, voxels, voxel_type)?;
        let (geometry, oriented) = geometry(&fields, axes.places).map_err(refused)?;
        let dims = [axes.lengths[2], axes.lengths[1], axes.lengths[0]].map(|n| n as usize);
        let stored_dims = [dims[0], dims[1], dims[2] * axes.layers as usize];
        let lines_skipped = fields.count(["line skip", "lineskip"]).map_err(refused)?;
        let bytes_skipped = fields.count(["byte skip", "byteskip"]).map_err(refused)?;
        let header = Self {
            stored: Stored { dims: stored_dims, voxel_type, big_endian, slope: 1.0, inter: 0.0 },
            dims,
            encoding,
            lines_skipped: lines_skipped.max(0) as usize,
            bytes_skipped: u64::try_from(bytes_skipped).ok(),
            data_files: data_files(&fields).map_err(refused)?,
            geometry,
            oriented,
            segments: segments(&fields),
            layers: axes.layers as usize,
        };
        Ok((header, data_at))
    }
}

fn encoding(name: &str) -> Result<NrrdEncoding, NrrdMessage> {
    match name.to_lowercase().as_str() {
        "raw" => Ok(NrrdEncoding::Raw),
        "gzip" | "gz" => Ok(NrrdEncoding::Gzip),
        "ascii" | "text" | "txt" => Ok(NrrdEncoding::Ascii),
        other => {
            let expected = "raw, gzip or ascii".into();
            Err(NrrdMessage::BadField { name: "encoding".into(), found: other.into(), expected })
        }
    }
}

fn big_endian(fields: &NrrdFields, encoding: NrrdEncoding, voxel_type: VoxelType) -> Result<bool, NrrdMessage> {
    match fields.get("endian").map(str::to_lowercase).as_deref() {
        Some("big") => Ok(true),
        Some("little") => Ok(false),
        None if voxel_type.bytes() == 1 || encoding == NrrdEncoding::Ascii => Ok(false),
        None => Err(NrrdMessage::MissingField { name: "endian".into() }),
        Some(other) => {
            let (found, expected) = (other.into(), "little or big".into());
            Err(NrrdMessage::BadField { name: "endian".into(), found, expected })
        }
    }
}

fn voxel_type(name: &str) -> Result<VoxelType, NrrdMessage> {
    Ok(match name.to_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => VoxelType::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => VoxelType::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => VoxelType::I16,
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => VoxelType::U16,
        "int" | "signed int" | "int32" | "int32_t" => VoxelType::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => VoxelType::U32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => VoxelType::I64,
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => VoxelType::U64,
        "float" => VoxelType::F32,
        "double" => VoxelType::F64,
        other => {
            let expected = "integers of 8 to 64 bits, float or double".into();
            return Err(NrrdMessage::BadField { name: "type".into(), found: other.into(), expected });
        }
    })
}
