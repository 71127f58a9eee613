//! NIfTI-1 files from masks and volumes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::affine;
use super::header::VOXEL_TYPES;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, Volume};
use crate::formats::voxels::VoxelType;

/// Voxels are encoded in pieces of this size.
const PIECE_VOXELS: usize = 32 * 1024;

/// A mask as .nii.gz: labels as uint8, sform and, where the axes are at right angles, an equal
/// qform; mm.
///
/// Without a geometry both are left unset. Each dimension must be below 32,768: NIfTI-1 holds no
/// more.
pub fn write_mask(mask: &Mask, geometry: Option<&Geometry>) -> Vec<u8> {
    gzip(&header(mask.dims, VoxelType::U8, geometry), [&mask.labels])
}

/// A mask as .nii, not compressed; otherwise as [`write_mask`].
pub fn write_mask_plain(mask: &Mask, geometry: Option<&Geometry>) -> Vec<u8> {
    [&header(mask.dims, VoxelType::U8, geometry)[..], &mask.labels].concat()
}

/// A volume as .nii.gz: Hounsfield units as int16, otherwise as [`write_mask`].
pub fn write_volume(volume: &Volume) -> Vec<u8> {
    let header = header(volume.dims, VoxelType::I16, volume.geometry.as_ref());
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

/// The first 352 bytes of a file, little endian: the header, and four zero bytes that say there is
/// no extension.
fn header(dims: [usize; 3], voxel_type: VoxelType, geometry: Option<&Geometry>) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    let i16s = |values: &[i16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let f32s = |values: &[f64]| values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect::<Vec<u8>>();
    let [z, y, x] = dims.map(|n| n as i16);
    let code = VOXEL_TYPES.iter().find(|(_, known)| *known == voxel_type).map_or(0, |(code, _)| *code);
    put(0, &348_i32.to_le_bytes());
    put(38, b"r");
    put(40, &i16s(&[3, x, y, z, 1, 1, 1, 1]));
    put(70, &i16s(&[code, 8 * voxel_type.bytes() as i16]));
    put(76, &f32s(&[1.0; 8]));
    put(108, &f32s(&[352.0, 1.0, 0.0]));
    put(148, b"Islet");
    put(344, b"n+1\0");
    let Some(geometry) = geometry else { return bytes };

    let ras = affine::to_ras(geometry);
    let [slice_mm, row_mm, column_mm] = geometry.spacing_mm();
    put(80, &f32s(&[column_mm, row_mm, slice_mm]));
    put(123, &[2]);
    put(254, &i16s(&[1]));
    put(280, &f32s(ras.as_flattened()));
    // A qform holds a rotation and nothing else.
    if let Some((qfac, quaternion)) = affine::quaternion(&ras) {
        put(252, &i16s(&[1]));
        put(76, &f32s(&[qfac]));
        put(256, &f32s(&quaternion));
        put(268, &f32s(&ras.map(|row| row[3])));
    }
    bytes
}
