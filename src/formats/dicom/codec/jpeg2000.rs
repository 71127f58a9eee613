//! JPEG 2000 (ITU-T T.800) of one component, decoded by hayro-jpeg2000 behind checks of what its headers claim.
//!
//! The decoder believes its headers: a few bytes can ask for millions of precincts. So a walk over the markers comes first; it
//! knows only those that images of one component have use for, and refuses others, lest it and the decoder read on at
//! different places.

use std::borrow::Cow;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::Samples;

/// Tiles, precincts, and code-blocks times layers that the decoder may set up, each some 100 bytes. Real images have
/// some thousand.
const MOST_PARTS: u64 = 1 << 20;
const MOST_TILES: u64 = 4096;

/// The image and tile size marker, SIZ (T.800 A.5.1).
struct CodestreamSize {
    bits: u32,
    is_signed: bool,
    /// Columns and rows.
    pixels: [u64; 2],
    /// Tiles across and down, at most.
    tiles: [u64; 2],
}

/// Decodes one image of `dims`, `[rows, columns]`.
///
/// # Errors
/// Another size, several components, more than 16 bits, very many parts or rare markers, before anything is decoded;
/// damaged data.
pub(super) fn decode(bytes: &[u8], dims: [usize; 2]) -> Result<Samples, String> {
    // DICOM stores bare codestreams (PS3.5 A.4.4); some files wrap them as JP2 all the same.
    let start = bytes.windows(4).position(|window| window == [0xFF, 0x4F, 0xFF, 0x51]);
    let codestream = &bytes[start.ok_or("its pixel data is no JPEG 2000 image")?..];
    let size = size(codestream, dims)?;
    let codestream = checked(codestream, &size)?;

    let damaged = |error| format!("its JPEG 2000 data cannot be decoded ({error})");
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(&codestream, &settings).map_err(damaged)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(damaged)?;
    let samples = decoded.components().first().map(|component| component.samples()).unwrap_or_default();
    if samples.len() != dims[0] * dims[1] {
        return Err(format!("its JPEG 2000 image has {} samples, expected {}", samples.len(), dims[0] * dims[1]));
    }
    // The decoder moves signed samples up as it does unsigned ones.
    let top = ((1_u32 << size.bits) - 1) as f32;
    let sign_bit = if size.is_signed { 1 << (size.bits - 1) } else { 0 };
    let values = samples.iter().map(|sample| sample.round().clamp(0.0, top) as u32 ^ sign_bit).collect();
    Ok(Samples { values, bits: Some(size.bits) })
}

fn size(codestream: &[u8], [rows, columns]: [usize; 2]) -> Result<CodestreamSize, String> {
    let header: &[u8; 45] = codestream.first_chunk().ok_or("its JPEG 2000 data ends inside its header")?;
    let long = |at: usize| u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let [right, bottom, left, top] = [8, 12, 16, 20].map(long);
    let pixels = [right.saturating_sub(left), bottom.saturating_sub(top)];
    if pixels != [columns as u64, rows as u64] {
        let [width, height] = pixels;
        return Err(format!("its JPEG 2000 image is {height} x {width} pixels, its attributes say {rows} x {columns}"));
    }
    let components = u16::from_be_bytes([header[40], header[41]]);
    let (bits, is_signed) = (u32::from(header[42] & 0x7F) + 1, header[42] >> 7 == 1);
    if components != 1 || header[43..45] != [1, 1] || bits > 16 {
        return Err(format!(
            "its JPEG 2000 image has {components} components of {bits} bits, expected 1 of at most 16"
        ));
    }
    let [tile_width, tile_height] = [24, 28].map(long);
    let tiles = [(right, tile_width), (bottom, tile_height)]
        .map(|(end, tile)| end.checked_div(tile).unwrap_or(u64::MAX).saturating_add(1));
    if tiles[0].saturating_mul(tiles[1]) > MOST_TILES {
        return Err(format!(
            "its JPEG 2000 image is in tiles of {tile_width} x {tile_height} pixels, which are too many"
        ));
    }
    Ok(CodestreamSize { bits, is_signed, pixels, tiles })
}

/// The codestream if its markers (T.800 A) are few, of their proper length, and claim no more parts than an image has. A last
/// tile-part that leaves its length open gets it.
fn checked<'a>(codestream: &'a [u8], size: &CodestreamSize) -> Result<Cow<'a, [u8]>, String> {
    let cut = || "its JPEG 2000 data ends before its image does".to_string();
    let mut codestream = Cow::Borrowed(codestream);
    let mut at = 2;
    let mut tile_part_end = None;
    loop {
        let &[0xFF, marker] = codestream.get(at..at + 2).ok_or_else(cut)? else {
            return Err("its JPEG 2000 data has no marker where one should be".into());
        };
        match (marker, tile_part_end) {
            (0xD9, None) => return Ok(codestream),
            (0x93, Some(end)) if end >= at + 2 => {
                at = end;
                tile_part_end = None;
                continue;
            }
            _ => {}
        }
        let length = *codestream.get(at + 2..).and_then(|rest| rest.first_chunk()).ok_or_else(cut)?;
        let end = at + 2 + usize::from(u16::from_be_bytes(length));
        let segment = codestream.get(at + 4..end).ok_or_else(cut)?;
        match (marker, segment) {
            (0x51, _) if at == 2 => {}
            (0x52, _) if parts(segment, size).is_some_and(|parts| parts <= MOST_PARTS) => {}
            (0x52, _) => return Err("the coding style of its JPEG 2000 data is damaged or out of proportion".into()),
            // Steps of one byte, of two, or one of two (A.6.4).
            (0x5C, [style, steps @ ..])
                if style & 0x1F == 0 || steps.len() == 2 || steps.len() % 2 == 0 && style & 1 == 0 => {}
            // Comments and lengths that the decoder finds out itself.
            (0x55 | 0x58 | 0x63 | 0x64, _) => {}
            (0x90, &[_, _, l3, l2, l1, l0, _, _]) if tile_part_end.is_none() => {
                let mut length = u32::from_be_bytes([l3, l2, l1, l0]);
                if length == 0 {
                    let end = codestream.windows(2).rposition(|window| window == [0xFF, 0xD9]).ok_or_else(cut)?;
                    length = end.checked_sub(at).and_then(|length| u32::try_from(length).ok()).ok_or_else(cut)?;
                    codestream.to_mut()[at + 6..at + 10].copy_from_slice(&length.to_be_bytes());
                }
                tile_part_end = Some(at.checked_add(length as usize).ok_or_else(cut)?);
            }
            _ => return Err(format!("its JPEG 2000 data holds marker FF{marker:02X}, which is not read here")),
        }
        at = end;
    }
}

/// How many parts a coding style (COD, T.800 A.6.1) makes the decoder set up, at most. `None` if it is damaged.
fn parts(segment: &[u8], size: &CodestreamSize) -> Option<u64> {
    let &[style, _, layers1, layers0, _, levels, block_width, block_height, _, _, ref precincts @ ..] = segment else {
        return None;
    };
    let has_precincts = style & 1 == 1;
    if levels > 32 || precincts.len() != if has_precincts { usize::from(levels) + 1 } else { 0 } {
        return None;
    }
    let layers = u64::from(u16::from_be_bytes([layers1, layers0]));
    let mut total = 0_u64;
    for resolution in 0..=levels {
        let exponents = precincts.get(usize::from(resolution)).map_or([15, 15], |&both| [both & 15, both >> 4]);
        let mut precincts = 1_u64;
        let mut blocks = 1_u64;
        for axis in [0, 1] {
            // Each of up to three sub-bands is half as wide, and its precincts with it.
            let pixels = size.pixels[axis] >> (levels - resolution);
            let across = (pixels >> exponents[axis]) + 1 + size.tiles[axis];
            let block = ([block_width, block_height][axis].min(32) + 3).min(exponents[axis]);
            precincts = precincts.saturating_mul(across);
            blocks = blocks.saturating_mul((pixels >> block) + 1 + across);
        }
        total = total.saturating_add(3 * precincts).saturating_add(blocks.saturating_mul(3 * layers));
    }
    Some(total)
}
