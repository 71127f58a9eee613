//! NIfTI's affines: RAS to LPS and back, and the rotation of a qform to and from its quaternion.

use crate::core::volume::{Geometry, cross, dot, norm};

/// Cosines below this are right angles.
const TINY: f64 = 1e-4;

/// The geometry of a RAS affine whose unit is `to_mm` mm; `None` unless it is plausible.
pub(super) fn to_lps(ras: [[f64; 4]; 3], to_mm: f64) -> Option<Geometry> {
    let sign = [-to_mm, -to_mm, to_mm];
    Geometry { affine: [0, 1, 2].map(|r| ras[r].map(|x| sign[r] * x)) }.plausible()
}

/// The RAS affine of a geometry, in mm.
pub(super) fn to_ras(geometry: &Geometry) -> [[f64; 4]; 3] {
    let [x, y, z] = geometry.affine;
    [x.map(|x| -x), y.map(|y| -y), z]
}

/// The affine of a qform (nifti1.h, method 2): quaternion b, c, d, voxel size, whether qfac is negative, offset.
pub(super) fn of_quaternion(
    [mut b, mut c, mut d]: [f64; 3],
    [x, y, z]: [f64; 3],
    flips_k: bool,
    offset: [f64; 3],
) -> [[f64; 4]; 3] {
    let square = 1.0 - (b * b + c * c + d * d);
    let a = if square < 1e-7 {
        // A turn by 180 degrees: single precision leaves noise whose root would be an angle.
        [b, c, d] = [b, c, d].map(|q| q / norm([b, c, d]).max(f64::MIN_POSITIVE));
        0.0
    } else {
        square.sqrt()
    };
    let rotation = [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ];
    let z = if flips_k { -z } else { z };
    [0, 1, 2].map(|r| [rotation[r][0] * x, rotation[r][1] * y, rotation[r][2] * z, offset[r]])
}

/// `qfac` and the quaternion's b, c, d (a is not negative) of an affine's rotation; `None` unless its axes are at right
/// angles.
pub(super) fn quaternion(ras: &[[f64; 4]; 3]) -> Option<(f64, [f64; 3])> {
    let unit = |column: usize| {
        let step = ras.map(|row| row[column]);
        step.map(|c| c / norm(step))
    };
    let [i, j, k] = [unit(0), unit(1), unit(2)];
    let right_angles = [dot(i, j), dot(j, k), dot(k, i)].iter().all(|cosine| cosine.abs() < TINY);
    if !right_angles {
        return None;
    }
    let qfac = if dot(cross(i, j), k) < 0.0 { -1.0 } else { 1.0 };
    let k = k.map(|c| qfac * c);
    // Four times the squares of a, b, c, d: dividing by the largest keeps the others exact.
    let squares =
        [1.0 + i[0] + j[1] + k[2], 1.0 + i[0] - j[1] - k[2], 1.0 - i[0] + j[1] - k[2], 1.0 - i[0] - j[1] + k[2]];
    let largest = (0..4).max_by(|&p, &q| squares[p].total_cmp(&squares[q]))?;
    let twice = squares[largest].sqrt();
    let [a_b, a_c, a_d] = [j[2] - k[1], k[0] - i[2], i[1] - j[0]];
    let [b_c, b_d, c_d] = [i[1] + j[0], k[0] + i[2], j[2] + k[1]];
    let own = squares[largest];
    let [a, b, c, d] = match largest {
        0 => [own, a_b, a_c, a_d],
        1 => [a_b, own, b_c, b_d],
        2 => [a_c, b_c, own, c_d],
        _ => [a_d, b_d, c_d, own],
    }
    .map(|q| q / (2.0 * twice));
    let sign = if a < 0.0 { -1.0 } else { 1.0 };
    Some((qfac, [b, c, d].map(|q| sign * q)))
}
