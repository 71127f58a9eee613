//! Slices as PNG for the report.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::core::window::Window;
use crate::imaging::overlay::{ContourWidth, Layers, outlined, paint};

/// Blue and orange of Okabe and Ito, which differ for every kind of colour vision.
const TRUTH_RGB: [u8; 3] = [86, 180, 233];
const PRED_RGB: [u8; 3] = [230, 159, 0];

/// PNG of a slice `[y, x]` of `width` columns, with `truth` and `pred` outlined.
pub fn judged(hu: &[i16], width: usize, window: Window, truth: &[u8], pred: &[u8]) -> Vec<u8> {
    let outlines = [ContourWidth { mask: truth, rgb: TRUTH_RGB }, ContourWidth { mask: pred, rgb: PRED_RGB }];
    png(&outlined(paint(hu, width, window, &Layers::NONE), width, &outlines), width)
}

/// RGBA pixels, `[y, x]`, as PNG.
pub fn png(rgba: &[u8], width: usize) -> Vec<u8> {
    let height = rgba.len() / 4 / width;
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(rgba, width as u32, height as u32, ExtendedColorType::Rgba8)
        .expect("as many pixels as width and height say, into memory");
    bytes
}

/// A PNG as a data URI.
pub(super) fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}
