//! Colours as DICOM writes them.

use crate::core::organ_colours::Rgb;

/// White of D65, and the matrix from linear sRGB to XYZ (IEC 61966-2-1).
const WHITE: [f64; 3] = [0.95047, 1.0, 1.08883];
const XYZ_OF_RGB: [[f64; 3]; 3] =
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]];
/// Up to this share of white the cube root of CIELab is replaced by a line.
const LINEAR_UP_TO: f64 = 0.008856;

/// A colour in sRGB as CIELab in 16 bits (PS3.3 C.10.7.1.1): L from 0 to 100, a and b from -128 to 127.
pub(super) fn cielab(rgb: Rgb) -> [u16; 3] {
    let linear = rgb.map(|part| match f64::from(part) / 255.0 {
        part if part <= 0.04045 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    });
    let [x, y, z] = [0, 1, 2].map(|i| {
        let share = (0..3).map(|c| XYZ_OF_RGB[i][c] * linear[c]).sum::<f64>() / WHITE[i];
        if share > LINEAR_UP_TO { share.cbrt() } else { 7.787 * share + 16.0 / 116.0 }
    });
    let sixteen_bits = |share: f64| (share * 65_535.0).round().clamp(0.0, 65_535.0) as u16;
    let [l, a, b] = [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)];
    [sixteen_bits(l / 100.0), sixteen_bits((a + 128.0) / 255.0), sixteen_bits((b + 128.0) / 255.0)]
}
