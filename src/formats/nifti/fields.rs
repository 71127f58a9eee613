//! The fields of a NIfTI header as numbers, whatever the version and the byte order.
//!
//! Offsets are those of `nifti1.h` and `nifti2.h`. What the numbers mean is in `header`.

/// Length of a header of version 1.
pub(super) const NIFTI1_BYTES: usize = 348;
/// Length of a header of version 2.
pub(super) const NIFTI2_BYTES: usize = 540;

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NiftiVersion {
    One,
    Two,
}

impl NiftiVersion {
    /// The version of a file by its first four bytes, `sizeof_hdr`, and true if the high byte of
    /// numbers is first.
    pub(super) fn of(sizeof_hdr: [u8; 4]) -> Option<(Self, bool)> {
        let sizes = [(Self::One, NIFTI1_BYTES as i32), (Self::Two, NIFTI2_BYTES as i32)];
        let orders = [(false, i32::from_le_bytes(sizeof_hdr)), (true, i32::from_be_bytes(sizeof_hdr))];
        sizes.iter().find_map(|(version, size)| {
            let (big_endian, _) = orders.iter().find(|(_, found)| found == size)?;
            Some((*version, *big_endian))
        })
    }

    /// Length of the header in bytes.
    pub(super) fn header_bytes(self) -> usize {
        match self {
            Self::One => NIFTI1_BYTES,
            Self::Two => NIFTI2_BYTES,
        }
    }
}

/// The fields that are read.
#[derive(Clone, Debug)]
pub(super) struct NiftiFields {
    pub(super) version: NiftiVersion,
    pub(super) big_endian: bool,
    /// `magic`, without zero bytes.
    pub(super) magic: String,
    /// `dim[0]`.
    pub(super) rank: i64,
    /// `dim[1]` to `dim[7]`.
    pub(super) lengths: [i64; 7],
    pub(super) datatype: i16,
    /// `pixdim[0]`: negative where the third axis is mirrored.
    pub(super) qfac: f64,
    /// `pixdim[1]` to `pixdim[3]`, without their signs.
    pub(super) pixdim: [f64; 3],
    pub(super) vox_offset: f64,
    pub(super) scl_slope: f64,
    pub(super) scl_inter: f64,
    pub(super) xyzt_units: u8,
    pub(super) qform_code: i32,
    pub(super) sform_code: i32,
    /// `quatern_b`, `quatern_c`, `quatern_d`.
    pub(super) quaternion: [f64; 3],
    /// `qoffset_x`, `qoffset_y`, `qoffset_z`.
    pub(super) qoffset: [f64; 3],
    /// `srow_x`, `srow_y`, `srow_z`.
    pub(super) srows: [[f64; 4]; 3],
}

impl NiftiFields {
    /// The fields of a whole header, whose length is [`NiftiVersion::header_bytes`].
    pub(super) fn read(bytes: &[u8], version: NiftiVersion, big_endian: bool) -> Self {
        let numbers = Numbers { bytes, big_endian };
        match version {
            NiftiVersion::One => numbers.version_1(),
            NiftiVersion::Two => numbers.version_2(),
        }
    }
}

/// Numbers at their places in a header.
struct Numbers<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Numbers<'_> {
    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut field: [u8; N] = std::array::from_fn(|i| self.bytes[at + i]);
        if self.big_endian {
            field.reverse();
        }
        field
    }

    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.field(at))
    }

    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.field(at))
    }

    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.field(at))
    }

    fn f32(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.field(at)))
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.field(at))
    }

    fn text(&self, at: usize, length: usize) -> String {
        let bytes: Vec<u8> = self.bytes[at..at + length].iter().copied().take_while(|&byte| byte != 0).collect();
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }

    fn version_1(&self) -> NiftiFields {
        NiftiFields {
            version: NiftiVersion::One,
            big_endian: self.big_endian,
            magic: self.text(344, 4),
            rank: i64::from(self.i16(40)),
            lengths: [0, 1, 2, 3, 4, 5, 6].map(|axis| i64::from(self.i16(42 + 2 * axis))),
            datatype: self.i16(70),
            qfac: self.f32(76),
            pixdim: [80, 84, 88].map(|at| self.f32(at).abs()),
            vox_offset: self.f32(108),
            scl_slope: self.f32(112),
            scl_inter: self.f32(116),
            xyzt_units: self.bytes[123],
            qform_code: i32::from(self.i16(252)),
            sform_code: i32::from(self.i16(254)),
            quaternion: [256, 260, 264].map(|at| self.f32(at)),
            qoffset: [268, 272, 276].map(|at| self.f32(at)),
            srows: [280, 296, 312].map(|at| [0, 4, 8, 12].map(|column| self.f32(at + column))),
        }
    }

    fn version_2(&self) -> NiftiFields {
        NiftiFields {
            version: NiftiVersion::Two,
            big_endian: self.big_endian,
            magic: self.text(4, 8),
            rank: self.i64(16),
            lengths: [0, 1, 2, 3, 4, 5, 6].map(|axis| self.i64(24 + 8 * axis)),
            datatype: self.i16(12),
            qfac: self.f64(104),
            pixdim: [112, 120, 128].map(|at| self.f64(at).abs()),
            vox_offset: self.i64(168) as f64,
            scl_slope: self.f64(176),
            scl_inter: self.f64(184),
            xyzt_units: self.i32(500) as u8,
            qform_code: self.i32(344),
            sform_code: self.i32(348),
            quaternion: [352, 360, 368].map(|at| self.f64(at)),
            qoffset: [376, 384, 392].map(|at| self.f64(at)),
            srows: [400, 432, 464].map(|at| [0, 8, 16, 24].map(|column| self.f64(at + column))),
        }
    }
}
