//! Areas of the surface elements ("surfels") that DeepMind's `surface-distance` lays between eight
//! neighbouring voxels.
//!
//! The table is ported from `surface_distance/lookup_tables.py` of that package, version 0.1, made
//! there with marching cubes: Copyright 2018 Google Inc., Apache License 2.0 (see LICENSE-APACHE).
//! Changed: areas need no signs, so that a code and its complement are one entry, and triangles
//! that face the same way are counted instead of listed.

/// A bit of a neighbourhood's code for each of its eight voxels, `[z][y][x]`, lower index first.
pub(super) const BITS: [[[u8; 2]; 2]; 2] = [[[128, 64], [32, 16]], [[8, 4], [2, 1]]];

/// Triangles of codes 0 to 127 as hexadecimal digits: how many eighths of the normal (1, 1, 1), how
/// many of the normals (0, 2, 2), (2, 0, 2), (2, 2, 0) in eighths, and how many of (4, 0, 0), (0,
/// 4, 0), (0, 0, 4); `[z, y, x]`, signs aside.
#[rustfmt::skip]
const TRIANGLES: [u32; 128] = [
    0x0000000, 0x1000000, 0x1000000, 0x0002000, 0x1000000, 0x0020000, 0x2000000, 0x3000100,
    0x1000000, 0x2000000, 0x0020000, 0x3000100, 0x0002000, 0x3000100, 0x3000100, 0x0000200,
    0x1000000, 0x0200000, 0x2000000, 0x3000010, 0x2000000, 0x3000001, 0x3000000, 0x6000000,
    0x2000000, 0x1200000, 0x1020000, 0x4110000, 0x1002000, 0x4101000, 0x4000100, 0x3000100,
    0x1000000, 0x2000000, 0x0200000, 0x3000010, 0x2000000, 0x1020000, 0x1200000, 0x4110000,
    0x2000000, 0x3000000, 0x3000001, 0x6000000, 0x1002000, 0x4000100, 0x4101000, 0x3000100,
    0x0002000, 0x3000010, 0x3000010, 0x0000020, 0x1002000, 0x4011000, 0x4000010, 0x3000010,
    0x1002000, 0x4000010, 0x4011000, 0x3000010, 0x0004000, 0x1002000, 0x1002000, 0x0002000,
    0x1000000, 0x2000000, 0x2000000, 0x1002000, 0x0200000, 0x3000001, 0x1200000, 0x4101000,
    0x2000000, 0x3000000, 0x1020000, 0x4000100, 0x3000010, 0x6000000, 0x4110000, 0x3000100,
    0x0020000, 0x3000001, 0x1020000, 0x4011000, 0x3000001, 0x0000002, 0x4000001, 0x3000001,
    0x1020000, 0x4000001, 0x0040000, 0x1020000, 0x4011000, 0x3000001, 0x1020000, 0x0020000,
    0x2000000, 0x3000000, 0x1200000, 0x4000010, 0x1200000, 0x4000001, 0x0400000, 0x1200000,
    0x3000000, 0x4000000, 0x4000001, 0x3000000, 0x4000010, 0x3000000, 0x1200000, 0x2000000,
    0x3000100, 0x6000000, 0x4110000, 0x3000010, 0x4101000, 0x3000001, 0x1200000, 0x0200000,
    0x4000100, 0x3000000, 0x1020000, 0x2000000, 0x1002000, 0x2000000, 0x2000000, 0x1000000,
];

/// The area in mm² of the surface inside each of the 256 neighbourhoods of voxels with
/// `spacing_mm`, `[z, y, x]`.
pub(super) fn areas_mm2([z, y, x]: [f64; 3]) -> [f64; 256] {
    // Faces of a voxel across z, y and x: a normal in eighths times these is a normal in mm².
    let [across_z, across_y, across_x] = [y * x / 8.0, z * x / 8.0, z * y / 8.0];
    let length = |n: [f64; 3]| (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt();
    let area = |n: [f64; 3]| length([n[0] * across_z, n[1] * across_y, n[2] * across_x]);
    let kinds = [
        [1.0, 1.0, 1.0],
        [0.0, 2.0, 2.0],
        [2.0, 0.0, 2.0],
        [2.0, 2.0, 0.0],
        [4.0, 0.0, 0.0],
        [0.0, 4.0, 0.0],
        [0.0, 0.0, 4.0],
    ]
    .map(area);
    std::array::from_fn(|code| {
        let counts = TRIANGLES[code.min(255 - code)];
        kinds.iter().enumerate().map(|(k, area)| f64::from(counts >> (24 - 4 * k) & 15) * area).sum()
    })
}
