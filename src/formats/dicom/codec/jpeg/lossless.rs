//! Lossless JPEG (T.81 H): each sample as its difference from a prediction out of its neighbours.

use super::{Frame, JpegBits, Scan, Tables, table};

/// The samples of the scan, row-major.
pub(super) fn decode(bytes: &[u8], frame: &Frame, scan: &Scan, tables: &Tables) -> Result<Vec<u32>, String> {
    let code = table(&tables.dc, scan.dc)?;
    let transform = u32::from(scan.approximation & 15);
    if !(1..=7).contains(&scan.start) || transform >= frame.bits {
        return Err(format!("its JPEG data is predicted by rule {}, expected 1 to 7", scan.start));
    }
    let width = frame.columns;
    let restart_rows = tables.restart / width;
    if !tables.restart.is_multiple_of(width) {
        return Err("its JPEG data restarts within a row".into());
    }
    let first = 1_u32 << (frame.bits - transform - 1);
    let mut bits = JpegBits::new(bytes);
    let mut samples = vec![0_u32; frame.rows * width];
    for y in 0..frame.rows {
        let restarts = restart_rows > 0 && y > 0 && y.is_multiple_of(restart_rows);
        if restarts {
            bits.restart()?;
        }
        // After a restart the row above counts as little as above the first one.
        let has_above = y > 0 && !restarts;
        let (above, row) =
            samples[y.saturating_sub(1) * width..(y + 1) * width].split_at_mut(if y > 0 { width } else { 0 });
        for x in 0..width {
            let category = bits.symbol(code)?;
            let difference = match category {
                0..=15 => bits.signed(category.into())?,
                16 => 1 << 15,
                _ => return Err("its JPEG data holds an impossible difference".into()),
            };
            let prediction = match (has_above, x) {
                (false, 0) => first,
                (false, _) => row[x - 1],
                (true, 0) => above[0],
                (true, _) => predict(scan.start, row[x - 1], above[x], above[x - 1]),
            };
            // Modulo 2^16 (H.2.1).
            row[x] = prediction.wrapping_add_signed(difference) & 0xFFFF;
        }
    }
    let mask = u32::MAX >> (32 - frame.bits);
    samples.iter_mut().for_each(|sample| *sample = (*sample << transform) & mask);
    Ok(samples)
}

/// From the samples to the left, above, and above to the left (T.81 table H.1).
fn predict(rule: u8, left: u32, above: u32, corner: u32) -> u32 {
    let half = |a: u32, b: u32| ((a as i32 - b as i32) >> 1) as u32;
    match rule {
        1 => left,
        2 => above,
        3 => corner,
        4 => left.wrapping_add(above).wrapping_sub(corner),
        5 => left.wrapping_add(half(above, corner)),
        6 => above.wrapping_add(half(left, corner)),
        _ => (left + above) >> 1,
    }
}
