//! Sequential DCT (T.81 F): blocks of 8 x 8 coefficients, one after another.

use std::f32::consts::{FRAC_1_SQRT_2, PI};

use super::{Frame, JpegBits, Scan, Tables, table};

/// Where each coefficient in zigzag order stands in its block (T.81 figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// The samples of the scan, row-major. With one component a scan is not interleaved, and its blocks are in rows (A.2.2).
pub(super) fn decode(bytes: &[u8], frame: &Frame, scan: &Scan, tables: &Tables) -> Result<Vec<u32>, String> {
    if (scan.start, scan.end, scan.approximation) != (0, 63, 0) {
        return Err("its JPEG scan does not hold all coefficients".into());
    }
    let (dc, ac) = (table(&tables.dc, scan.dc)?, table(&tables.ac, scan.ac)?);
    let quantization = table(&tables.quantization, frame.quantization)?;
    let basis = basis();
    let [middle, top] = [1_u32 << (frame.bits - 1), (1 << frame.bits) - 1];
    let (rows, columns) = (frame.rows, frame.columns);
    let across = columns.div_ceil(8);

    let mut bits = JpegBits::new(bytes);
    let mut samples = vec![0_u32; rows * columns];
    let mut previous = 0_i32;
    for index in 0..across * rows.div_ceil(8) {
        if tables.restart > 0 && index > 0 && index.is_multiple_of(tables.restart) {
            bits.restart()?;
            previous = 0;
        }
        let mut block = [0_f32; 64];
        let category = bits.symbol(dc)?;
        previous = previous.wrapping_add(bits.signed(u32::from(category).min(16))?);
        block[0] = previous as f32 * f32::from(quantization[0]);
        let mut at = 1;
        while at < 64 {
            let symbol = bits.symbol(ac)?;
            let (zeros, category) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (zeros, category) {
                (15, 0) => at += 16,
                (_, 0) => break,
                _ => {
                    at += zeros;
                    let place = *ZIGZAG.get(at).ok_or("a block of its JPEG data has more than 64 coefficients")?;
                    block[place] = bits.signed(category)? as f32 * f32::from(quantization[at]);
                    at += 1;
                }
            }
        }
        let values = inverse(&block, &basis);
        let (top_row, left_column) = (8 * (index / across), 8 * (index % across));
        for (row, values) in samples.chunks_exact_mut(columns).skip(top_row).zip(values.chunks_exact(8)) {
            for (sample, value) in row[left_column..].iter_mut().zip(values) {
                *sample = (value + middle as f32).round().clamp(0.0, top as f32) as u32;
            }
        }
    }
    Ok(samples)
}

/// `[frequency][place]`: the cosines of the inverse transform, with its factors (T.81 A.3.3).
fn basis() -> [[f32; 8]; 8] {
    let cosine = |frequency: usize, place: usize| {
        let scale = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
        scale / 2.0 * ((2 * place + 1) as f32 * frequency as f32 * PI / 16.0).cos()
    };
    std::array::from_fn(|frequency| std::array::from_fn(|place| cosine(frequency, place)))
}

/// The inverse transform, along rows and then along columns.
fn inverse(block: &[f32; 64], basis: &[[f32; 8]; 8]) -> [f32; 64] {
    let mut along_rows = [0.0; 64];
    for (row, coefficients) in along_rows.chunks_exact_mut(8).zip(block.chunks_exact(8)) {
        for (&coefficient, wave) in coefficients.iter().zip(basis).filter(|(coefficient, _)| **coefficient != 0.0) {
            row.iter_mut().zip(wave).for_each(|(value, cosine)| *value += coefficient * cosine);
        }
    }
    let mut values = [0.0; 64];
    for (frequency, row) in along_rows.chunks_exact(8).enumerate() {
        for (place, out) in values.chunks_exact_mut(8).enumerate() {
            let cosine = basis[frequency][place];
            out.iter_mut().zip(row).for_each(|(value, part)| *value += part * cosine);
        }
    }
    values
}
