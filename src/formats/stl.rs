//! Triangles as binary STL.

use crate::core::volume::{cross, norm};

/// What the first 80 bytes say; a reader that sees "solid" there takes the file for a text.
const HEADER: &str = "Pancreas by Islet, in mm; LPS: x to the left, y to posterior, z to superior";

/// The file of triangles with their corners in mm, counterclockwise seen from outside, in single precision. STL knows no unit and no
/// patient: coordinates are LPS, as everywhere here, and the header says so.
pub fn write(triangles: impl ExactSizeIterator<Item = [[f64; 3]; 3]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(84 + 50 * triangles.len());
    bytes.extend(HEADER.as_bytes());
    bytes.resize(80, b' ');
    bytes.extend((triangles.len() as u32).to_le_bytes());
    for [a, b, c] in triangles {
        let [u, v] = [b, c].map(|corner| [0, 1, 2].map(|i| corner[i] - a[i]));
        let normal = cross(u, v);
        let length = norm(normal).max(f64::MIN_POSITIVE);
        for vector in [normal.map(|n| n / length), a, b, c] {
            bytes.extend(vector.iter().flat_map(|&x| (x as f32).to_le_bytes()));
        }
        bytes.extend([0, 0]);
    }
    bytes
}
