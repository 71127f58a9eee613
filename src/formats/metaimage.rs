//! MetaImage images and label maps (.mha, and .mhd with its data file), read: 3-D, with their
//! geometry.
//!
//! The header is lines of `Key = value` up to `ElementDataFile`, after which the voxels follow or
//! which names the file that holds them. Its axes are LPS (ITK's MetaIO, metaImage.cxx).

use std::collections::BTreeMap;

use super::detached::{DetachedImage, GridFile, paths_beside};
use super::label_map::{DistinctValues, ImageOrLabels};
use super::voxels::{Compression, Stored, VoxelSource, VoxelType, check_size};
use super::{Series, damaged};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, NiftiMessage, NrrdMessage};
use crate::core::volume::Geometry;

/// The longest header read.
const LONGEST_HEADER: usize = 64 * 1024;
/// What may stand after the voxels.
const SLACK_BYTES: u64 = 64 * 1024;
/// The key of the last line.
const DATA_FILE: &str = "ElementDataFile";

/// True if the content begins like a MetaImage header.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1024)];
    let begins = ["ObjectType", "NDims", "Comment"].iter().any(|key| start.starts_with(key.as_bytes()));
    begins && start.windows(5).any(|window| window == b"NDims")
}

/// Reads a file; its values decide whether it is an image or a label map. Floats are rounded and
/// clamped to i16; NaN becomes
/// -1024. A header without voxels waits for them.
///
/// # Errors
/// Voxels as text or in several files, other than three dimensions, colours, types that are no
/// numbers; files that hold less than declared.
pub(super) fn read_either(name: &str, bytes: &[u8]) -> Result<GridFile, UserError> {
    let refused = |why: NrrdMessage| UserError::new(name, why, NiftiMessage::ConvertToNifti);
    let (fields, data_at) = MetaFields::split(bytes);
    let header = MetaHeader::decode(name, &fields)?;
    let file = fields.text(DATA_FILE).map_err(refused)?;
    if file == "LOCAL" {
        return header.read_voxels(name, &bytes[data_at..]).map(GridFile::whole);
    }
    if file.starts_with("LIST") || file.contains('%') {
        let expected = "LOCAL or the name of one file";
        return Err(refused(bad(DATA_FILE, file, expected)));
    }
    let paths = paths_beside(name, file).ok_or_else(|| refused(NrrdMessage::PathOutside { path: file.into() }))?;
    let own_name = name.to_owned();
    let decode = move |parts: &[&[u8]]| header.read_voxels(&own_name, parts.first().copied().unwrap_or_default());
    Ok(GridFile::Detached(DetachedImage::new(name, vec![paths], Box::new(decode))))
}

fn bad(name: &str, found: &str, expected: &str) -> NrrdMessage {
    NrrdMessage::BadField { name: name.into(), found: found.into(), expected: expected.into() }
}

/// The lines of a header, by key.
struct MetaFields(BTreeMap<String, String>);

impl MetaFields {
    /// The header at the beginning of a file, and where it ends, in bytes.
    fn split(bytes: &[u8]) -> (Self, usize) {
        let mut lines = BTreeMap::new();
        let mut at = 0;
        for line in bytes[..bytes.len().min(LONGEST_HEADER)].split_inclusive(|&byte| byte == b'\n') {
            at += line.len();
            let line = String::from_utf8_lossy(line);
            let Some((key, value)) = line.split_once('=') else { continue };
            lines.insert(key.trim().to_owned(), value.trim().to_owned());
            if key.trim() == DATA_FILE {
                break;
            }
        }
        (Self(lines), at)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn text(&self, key: &str) -> Result<&str, NrrdMessage> {
        self.get(key).ok_or_else(|| NrrdMessage::MissingField { name: key.into() })
    }

    fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// The numbers of the first of these keys that is there; `None` without one, or where they are
    /// not as many.
    fn numbers<const N: usize>(&self, keys: &[&str]) -> Option<[f64; N]> {
        let value = keys.iter().find_map(|key| self.get(key))?;
        let numbers: Option<Vec<f64>> = value.split_whitespace().map(|n| n.parse().ok()).collect();
        numbers?.try_into().ok()
    }
}

/// What the reader needs of a header.
struct MetaHeader {
    stored: Stored,
    is_compressed: bool,
    /// Bytes before the voxels; `None` if the voxels end the file.
    bytes_skipped: Option<u64>,
    geometry: Option<Geometry>,
    /// True if the geometry says how the patient lies.
    oriented: bool,
}

impl MetaHeader {
    fn decode(name: &str, fields: &MetaFields) -> Result<Self, UserError> {
        let refused = |why: NrrdMessage| UserError::new(name, why, NiftiMessage::ConvertToNifti);
        for (key, usual) in [("ObjectType", "Image"), ("BinaryData", "True"), ("ElementNumberOfChannels", "1")] {
            if let Some(found) = fields.get(key).filter(|found| !found.eq_ignore_ascii_case(usual)) {
                return Err(refused(bad(key, found, usual)));
            }
        }
        let sizes = fields.text("DimSize").map_err(refused)?;
        let lengths: Option<Vec<u64>> = sizes.split_whitespace().map(|n| n.parse().ok()).collect();
        let lengths = lengths.filter(|lengths| fields.get("NDims") == Some(&lengths.len().to_string()));
        let not_one = || refused(NrrdMessage::NotOneImage { sizes: sizes.into() });
        let lengths: [u64; 3] = match lengths.as_deref() {
            Some([x, y]) => [*x, *y, 1],
            Some([x, y, z]) | Some([x, y, z, 1]) => [*x, *y, *z],
            _ => return Err(not_one()),
        };
        let found = fields.text("ElementType").map_err(refused)?;
        let voxel_type = voxel_type(found).ok_or_else(|| refused(bad("ElementType", found, "integers or floats")))?;
        let voxels = lengths.iter().try_fold(1u64, |product, &n| product.checked_mul(n));
        if voxels == Some(0) {
            return Err(refused(NrrdMessage::SizesNotAboveZero { sizes: sizes.into() }));
        }
        check_size(name, sizes, voxels, voxel_type)?;
        let skipped = fields.get("HeaderSize").unwrap_or("0");
        let skipped: i64 = skipped.parse().map_err(|_| refused(bad("HeaderSize", skipped, "a whole number")))?;
        let big_endian = fields.is_true("ElementByteOrderMSB") || fields.is_true("BinaryDataByteOrderMSB");
        let dims = [lengths[2], lengths[1], lengths[0]].map(|n| n as usize);
        let (geometry, oriented) = geometry(fields);
        Ok(Self {
            stored: Stored { dims, voxel_type, big_endian, slope: 1.0, inter: 0.0 },
            is_compressed: fields.is_true("CompressedData"),
            bytes_skipped: u64::try_from(skipped).ok(),
            geometry,
            oriented,
        })
    }

    fn read_voxels(&self, name: &str, data: &[u8]) -> Result<ImageOrLabels, UserError> {
        let compression = match self.is_compressed {
            false => Compression::Raw,
            // MetaIO unpacks either.
            true if Compression::of(data) == Compression::Gzip => Compression::Gzip,
            true => Compression::Zlib,
        };
        let data = match self.bytes_skipped {
            None if !self.is_compressed => {
                let start = (data.len() as u64).checked_sub(self.stored.bytes());
                &data[start.ok_or_else(|| damaged(name, NrrdMessage::EndsInSkip))? as usize..]
            }
            None => data,
            Some(skipped) => {
                let skipped = usize::try_from(skipped).ok();
                skipped.and_then(|at| data.get(at..)).ok_or_else(|| damaged(name, NrrdMessage::EndsInSkip))?
            }
        };
        let mut values = DistinctValues::default();
        let source = VoxelSource::new(data, compression);
        let hu = source.voxels(name, &self.stored, SLACK_BYTES, |value| Ok(values.take(value)))?;
        let assumed = (!self.oriented).then_some(FormatsMessage::LpsAssumed);
        Ok(values.sort(Series::of_voxels(name, hu, self.stored.dims, self.geometry, assumed)))
    }
}

/// Where voxels lie, and true if the header says how the patient lies: a direction for each axis,
/// one after the other.
fn geometry(fields: &MetaFields) -> (Option<Geometry>, bool) {
    let Some([x_mm, y_mm, z_mm]) = fields.numbers(&["ElementSpacing", "ElementSize"]) else { return (None, false) };
    let origin: [f64; 3] = fields.numbers(&["Offset", "Position", "Origin"]).unwrap_or_default();
    let matrix: Option<[f64; 9]> = fields.numbers(&["TransformMatrix", "Rotation", "Orientation"]);
    let [x, y, z]: [[f64; 3]; 3] = match matrix {
        Some([a, b, c, d, e, f, g, h, i]) => [[a, b, c], [d, e, f], [g, h, i]],
        None => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    };
    let affine = [0, 1, 2].map(|r| [x[r] * x_mm, y[r] * y_mm, z[r] * z_mm, origin[r]]);
    let geometry = Geometry { affine }.plausible();
    let spaced = Geometry::with_spacing_mm([z_mm, y_mm, x_mm]).plausible();
    (geometry.or(spaced), matrix.is_some() && geometry.is_some())
}

fn voxel_type(name: &str) -> Option<VoxelType> {
    Some(match name {
        "MET_CHAR" => VoxelType::I8,
        "MET_UCHAR" => VoxelType::U8,
        "MET_SHORT" => VoxelType::I16,
        "MET_USHORT" => VoxelType::U16,
        "MET_INT" | "MET_LONG" => VoxelType::I32,
        "MET_UINT" | "MET_ULONG" => VoxelType::U32,
        "MET_LONG_LONG" => VoxelType::I64,
        "MET_ULONG_LONG" => VoxelType::U64,
        "MET_FLOAT" => VoxelType::F32,
        "MET_DOUBLE" => VoxelType::F64,
        _ => return None,
    })
}
