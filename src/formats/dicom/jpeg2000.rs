//! JPEG 2000 (ITU-T T.800) of one component, decoded by hayro-jpeg2000 behind checks of what its header claims.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::pixels::Samples;

/// Real images have at most some hundred tiles; each costs the decoder memory.
const MOST_TILES: u64 = 4096;

/// Decodes one image of `dims`, `[rows, columns]`.
///
/// # Errors
/// Another size, several components, more than 16 bits or very many tiles, before anything is decoded; damaged data.
pub(super) fn decode(bytes: &[u8], dims: [usize; 2]) -> Result<Samples, String> {
    // DICOM stores bare codestreams (PS3.5 A.4.4); some files wrap them as JP2 all the same.
    let start = bytes.windows(4).position(|window| window == [0xFF, 0x4F, 0xFF, 0x51]);
    let codestream = &bytes[start.ok_or("its pixel data is no JPEG 2000 image")?..];
    let (bits, is_signed) = check_size(codestream, dims)?;

    let damaged = |error| format!("its JPEG 2000 data cannot be decoded ({error})");
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(codestream, &settings).map_err(damaged)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(damaged)?;
    let samples = decoded.components().first().map(|component| component.samples()).unwrap_or_default();
    if samples.len() != dims[0] * dims[1] {
        return Err(format!("its JPEG 2000 image has {} samples, expected {}", samples.len(), dims[0] * dims[1]));
    }
    // The decoder moves signed samples up as it does unsigned ones. A cast from float clamps.
    let top = ((1_u32 << bits) - 1) as f32;
    let sign_bit = if is_signed { 1 << (bits - 1) } else { 0 };
    let values = samples.iter().map(|sample| sample.round().clamp(0.0, top) as u32 ^ sign_bit).collect();
    Ok(Samples { values, bits })
}

/// Reads the image and tile size marker, SIZ (T.800 A.5.1): the bits of a sample and whether it is signed.
fn check_size(codestream: &[u8], [rows, columns]: [usize; 2]) -> Result<(u32, bool), String> {
    let header: &[u8; 45] = codestream.first_chunk().ok_or("its JPEG 2000 data ends inside its header")?;
    let long = |at: usize| u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let [right, bottom, left, top] = [8, 12, 16, 20].map(long);
    let [tile_width, tile_height] = [24, 28].map(long);
    if (bottom.checked_sub(top), right.checked_sub(left)) != (Some(rows as u64), Some(columns as u64)) {
        return Err(format!(
            "its JPEG 2000 image covers {left} to {right} and {top} to {bottom}, its attributes say {rows} x {columns} pixels"
        ));
    }
    let components = u16::from_be_bytes([header[40], header[41]]);
    let (bits, is_signed) = (u32::from(header[42] & 0x7F) + 1, header[42] >> 7 == 1);
    if components != 1 || header[43..45] != [1, 1] || bits > 16 {
        return Err(format!(
            "its JPEG 2000 image has {components} components of {bits} bits, expected 1 of at most 16"
        ));
    }
    let across = right.checked_div(tile_width).unwrap_or(u64::MAX);
    let down = bottom.checked_div(tile_height).unwrap_or(u64::MAX);
    if across.saturating_add(1).saturating_mul(down.saturating_add(1)) > MOST_TILES {
        return Err(format!(
            "its JPEG 2000 image is in tiles of {tile_width} x {tile_height} pixels, which are too many"
        ));
    }
    Ok((bits, is_signed))
}
