//! PNG and JPEG pictures as a series of one slice, their grey put on the HU scale by assumption.

use std::io::Cursor;

use image::{ImageReader, Limits};

use super::Series;
use crate::core::error::UserError;
use crate::core::i18n::messages::FormatsMessage;
use crate::core::volume::Volume;
use crate::core::window::Window;

/// The largest width and height read, in pixels.
const LARGEST_PX: u32 = 8192;

/// Reads a picture: 8-bit luma, `hu = low + grey / 255 * width` of [`Window::ABDOMEN`]. No geometry, not calibrated.
///
/// # Errors
/// Other formats, damaged files, and pictures above 8192 x 8192.
pub fn read(name: &str, bytes: &[u8]) -> Result<Series, UserError> {
    let refused = |why: FormatsMessage| UserError::new(name, why, FormatsMessage::SavePicture);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| refused(FormatsMessage::PictureFormatUnknown { error: error.to_string() }))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_PX);
    limits.max_image_height = Some(LARGEST_PX);
    reader.limits(limits);
    let luma = reader
        .decode()
        .map_err(|error| refused(FormatsMessage::PictureUnreadable { error: error.to_string() }))?
        .into_luma8();

    let grey_to_hu = |grey: &u8| {
        let window = Window::ABDOMEN;
        (window.low_hu() + f32::from(*grey) / 255.0 * window.width_hu).round() as i16
    };
    let dims = [1, luma.height() as usize, luma.width() as usize];
    let hu = luma.as_raw().iter().map(grey_to_hu).collect();
    Ok(Series {
        name: super::base_name(name).into(),
        volume: Volume { hu, dims, geometry: None, calibrated: false },
        files: vec![name.into()],
        notes: vec![FormatsMessage::PictureNote.into()],
        identity: None,
    })
}
