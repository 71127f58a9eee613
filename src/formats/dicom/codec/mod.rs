//! Pixel data to samples: the bytes of each frame (`frames`), and their decoding by one of the codings that `syntax` names.
//!
//! Which bits of a sample count and how they become Hounsfield units is in `pixels`.

pub(super) mod frames;
mod jpeg;
mod jpeg2000;
mod jpegls;
mod markers;
mod rle;

use super::syntax::Coding;

/// Decoded samples of a frame, row-major.
pub(super) struct Samples {
    /// Two's complement where they are signed.
    pub(super) values: Vec<u32>,
    /// The number of low bits that the codec says each sample has; `None` where the file's attributes tell.
    pub(super) bits: Option<u32>,
}

/// The layout of a frame, as the file's attributes give it.
pub(super) struct FrameLayout {
    /// `[rows, columns]`.
    pub(super) dims: [usize; 2],
    /// Bytes of an uncompressed sample: 1, 2 or 4.
    pub(super) sample_bytes: usize,
    /// True if uncompressed samples have their high byte first.
    pub(super) big_endian: bool,
}

/// Images of more pixels are large: no scanner makes slices of more than 2048 x 2048.
const LARGE_PIXELS: usize = 2048 * 2048;

/// Pixels of a large image that one coded byte holds at most. JPEG-LS and JPEG 2000 need next to no bytes for an image of one
/// grey, however large; real ones take a byte for each pixel or two.
const LARGE_PIXELS_PER_BYTE: usize = 64;

/// Decodes one frame.
///
/// # Errors
/// Coded data that is damaged, of another size than `layout` says, or far too short for a large image.
pub(super) fn decode(coding: Coding, frame: &[u8], layout: &FrameLayout) -> Result<Samples, String> {
    if layout.dims.iter().product::<usize>() > LARGE_PIXELS && !matches!(coding, Coding::Native) {
        check_held(frame.len(), LARGE_PIXELS_PER_BYTE, layout.dims)?;
    }
    match coding {
        Coding::Native => Ok(Samples { values: native(frame, layout), bits: None }),
        Coding::Rle => Ok(Samples { values: rle::decode(frame, layout.sample_bytes, layout.dims)?, bits: None }),
        Coding::Jpeg => jpeg::decode(frame, layout.dims),
        Coding::JpegLs => jpegls::decode(frame, layout.dims),
        Coding::Jpeg2000 => jpeg2000::decode(frame, layout.dims),
    }
}

/// Refuses an image of `dims`, `[rows, columns]`, that has more pixels than its `coded` bytes can hold, before memory is
/// taken for them.
fn check_held(coded: usize, pixels_per_byte: usize, [rows, columns]: [usize; 2]) -> Result<(), String> {
    let most = coded.saturating_mul(pixels_per_byte);
    if rows * columns > most {
        return Err(format!("its {coded} coded bytes hold at most {most} pixels, expected {rows} x {columns}"));
    }
    Ok(())
}

/// Uncompressed samples.
fn native(frame: &[u8], layout: &FrameLayout) -> Vec<u32> {
    let number = |sample: &[u8]| {
        let shift = |number, &byte| number << 8 | u32::from(byte);
        if layout.big_endian { sample.iter().fold(0, shift) } else { sample.iter().rev().fold(0, shift) }
    };
    frame.chunks_exact(layout.sample_bytes).map(number).collect()
}
