//! The 348-byte NIfTI-1 header: decoded with every size checked, and encoded.
//!
//! Field offsets are those of nifti1.h. No streams and no voxels here; what its affines mean is in `affine`.

use super::affine;
use crate::core::volume::Geometry;
use crate::formats::voxels::{Stored, VoxelType, check_size};

/// Length of the header.
pub(super) const HEADER_BYTES: usize = 348;
/// By the code of `datatype`.
const VOXEL_TYPES: [(i16, VoxelType); 9] = [
    (2, VoxelType::U8),
    (4, VoxelType::I16),
    (8, VoxelType::I32),
    (16, VoxelType::F32),
    (64, VoxelType::F64),
    (256, VoxelType::I8),
    (512, VoxelType::U16),
    (768, VoxelType::U32),
    (1024, VoxelType::I64),
];

/// What the reader needs of a header.
pub(super) struct NiftiHeader {
    /// The voxels, checked to be few enough.
    pub(super) stored: Stored,
    /// Where voxels start; at least [`HEADER_BYTES`].
    pub(super) offset: u64,
    /// LPS, mm.
    pub(super) geometry: Option<Geometry>,
    /// Whether the geometry comes from sform or qform, which say how the patient lies.
    pub(super) oriented: bool,
}

/// Whether the content begins like a NIfTI or Analyze header, of either version and byte order.
pub(in crate::formats) fn looks_like(bytes: &[u8]) -> bool {
    let Some(size) = bytes.first_chunk::<4>() else { return false };
    let magic = bytes.get(344..347);
    magic == Some(b"n+1") || magic == Some(b"ni1") || is_size(*size, 348).is_some() || is_size(*size, 540).is_some()
}

/// Whether `bytes` are `size`, and if so whether the high byte is first.
fn is_size(bytes: [u8; 4], size: i32) -> Option<bool> {
    [false, true]
        .into_iter()
        .find(|&big| size == if big { i32::from_be_bytes(bytes) } else { i32::from_le_bytes(bytes) })
}

impl NiftiHeader {
    /// Decodes and checks; the error is a refusal's `why` and `hint`.
    pub(super) fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, (String, String)> {
        let convert = "Save it as one NIfTI-1 file (.nii or .nii.gz), for example with nibabel or ITK-SNAP";
        let refused = |why: String| (why, convert.to_string());
        let size = field(bytes, 0);
        let Some(big_endian) = is_size(size, 348) else {
            let found = if is_size(size, 540).is_some() { "a NIfTI-2 header" } else { "no NIfTI header" };
            return Err(refused(format!("it holds {found}, expected NIfTI-1")));
        };
        match &bytes[344..] {
            b"n+1\0" => {}
            b"ni1\0" => return Err(refused("it is the header of a .hdr/.img pair, expected a single file".into())),
            _ => return Err(refused("it is an Analyze header, which has no orientation, expected NIfTI-1".into())),
        }
        let fields = NiftiFields { bytes, big_endian };

        let rank = fields.i16(40);
        let lengths =
            [0, 1, 2, 3, 4, 5, 6].map(|axis| if axis < rank { fields.i16(42 + 2 * axis as usize) } else { 1 });
        let lengths_text = lengths.map(|n| n.to_string()).join(" x ");
        if !(2..=7).contains(&rank) || lengths.iter().any(|&n| n < 1) {
            return Err(refused(format!("its {rank} dimensions are {lengths_text}, expected 3 above zero")));
        }
        if lengths[3..].iter().any(|&n| n != 1) {
            let hint = "Give one frame of it, for example one split off with fslsplit";
            return Err((format!("its dimensions are {lengths_text}, expected one 3-D image"), hint.into()));
        }
        let code = fields.i16(70);
        let voxel_type = VOXEL_TYPES.iter().find(|(known, _)| *known == code).map(|(_, voxel_type)| *voxel_type);
        let voxel_type = voxel_type.ok_or_else(|| {
            refused(format!("its voxels have type {code}, expected integers of 8 to 64 bits, float32 or float64"))
        })?;
        check_size(&lengths_text, Some(lengths.iter().map(|&n| n as u64).product()), voxel_type)?;
        let offset = fields.f32(108);
        // Some writers leave the offset at 0 in a single file, where it cannot be below 352.
        let offset = if offset == 0.0 { 352.0 } else { offset };
        if !(352.0..1e15).contains(&offset) || offset.fract() != 0.0 {
            return Err(refused(format!("its voxels start at byte {offset}, expected 352 or a little more")));
        }
        let (slope, inter) = (fields.f32(112), fields.f32(116));
        let scaled = slope != 0.0 && slope.is_finite() && inter.is_finite();
        let (geometry, oriented) = fields.geometry();
        Ok(Self {
            stored: Stored {
                dims: [lengths[2], lengths[1], lengths[0]].map(|n| n as usize),
                voxel_type,
                big_endian,
                slope: if scaled { slope } else { 1.0 },
                inter: if scaled { inter } else { 0.0 },
            },
            offset: offset as u64,
            geometry,
            oriented,
        })
    }
}

fn field<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[at + i])
}

struct NiftiFields<'a> {
    bytes: &'a [u8; HEADER_BYTES],
    big_endian: bool,
}

impl NiftiFields<'_> {
    fn i16(&self, at: usize) -> i16 {
        let pair = field(self.bytes, at);
        if self.big_endian { i16::from_be_bytes(pair) } else { i16::from_le_bytes(pair) }
    }

    fn f32(&self, at: usize) -> f64 {
        let four = field(self.bytes, at);
        f64::from(if self.big_endian { f32::from_be_bytes(four) } else { f32::from_le_bytes(four) })
    }

    /// From sform, else qform, else pixdim, the first that spans space; and whether it was one of the first two.
    fn geometry(&self) -> (Option<Geometry>, bool) {
        let to_mm = match self.bytes[123] & 7 {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        };
        let to_lps = |ras| affine::to_lps(ras, to_mm);
        let sform =
            || (self.i16(254) > 0).then(|| [0, 1, 2].map(|r| [0, 1, 2, 3].map(|c| self.f32(280 + 16 * r + 4 * c))));
        let qform = || (self.i16(252) > 0).then(|| self.qform());
        let oriented = sform().and_then(to_lps).or_else(|| qform().and_then(to_lps));
        let [x, y, z] = self.pixdim();
        let plain = || to_lps([[x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0]]);
        (oriented.or_else(plain), oriented.is_some())
    }

    fn pixdim(&self) -> [f64; 3] {
        [80, 84, 88].map(|at| self.f32(at).abs())
    }

    fn qform(&self) -> [[f64; 4]; 3] {
        let quaternion = [256, 260, 264].map(|at| self.f32(at));
        let offset = [268, 272, 276].map(|at| self.f32(at));
        affine::of_quaternion(quaternion, self.pixdim(), self.f32(76) < 0.0, offset)
    }
}

/// The first 352 bytes of a file, little endian: the header, and four zero bytes that say there is no extension.
pub(super) fn encode(dims: [usize; 3], voxel_type: VoxelType, geometry: Option<&Geometry>) -> Vec<u8> {
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
