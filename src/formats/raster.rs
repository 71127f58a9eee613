//! PNG and JPEG pictures as a series of one slice, their grey put on the HU scale by assumption.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::Series;
use super::voxels::DEFLATE_RATIO;
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, Message};
use crate::core::volume::Volume;
use crate::core::window::Window;

/// The largest width and height read, in pixels.
const LARGEST_PX: u32 = 8192;
/// What DeepLesion adds to Hounsfield units to store them without a sign.
const OFFSET_HU: i32 = 32768;
/// Hounsfield units of scans, padding and metal included. Grey of other pictures of 16 bits lies
/// below or all over.
const SCAN_HU: std::ops::RangeInclusive<i32> = -4096..=16384;

/// Reads a picture, turned upright as its EXIF orientation says. No geometry.
///
/// Luma of 8 bits is `hu = low + grey / 255 * width` of [`Window::ABDOMEN`], not calibrated. Grey
/// of 16 bits that is Hounsfield units plus 32768, as in DeepLesion, is taken as that, calibrated;
/// other pictures of 16 bits are scaled to 8, with a note.
///
/// # Errors
/// Other formats, damaged files, and pictures above 8192 x 8192.
pub fn read(name: &str, bytes: &[u8]) -> Result<Series, UserError> {
    let UprightPicture { image, orientation } =
        decode(bytes).map_err(|why| UserError::new(name, why, FormatsMessage::SavePicture))?;
    let dims = [1, image.height() as usize, image.width() as usize];
    let mut notes: Vec<Message> = Vec::new();
    let (hu, calibrated) = match (&image, offset_hu(&image)) {
        (_, Some(hu)) => {
            let [low, high] = [hu.iter().min(), hu.iter().max()].map(|hu| i32::from(hu.copied().unwrap_or(0)));
            notes.push(FormatsMessage::PictureOffsetNote { low, high }.into());
            (hu, true)
        }
        (
            DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA16(_)
            | DynamicImage::ImageRgb16(_)
            | DynamicImage::ImageRgba16(_),
            None,
        ) => {
            notes.push(FormatsMessage::Picture16Note.into());
            (windowed(image), false)
        }
        _ => {
            notes.push(FormatsMessage::PictureNote.into());
            (windowed(image), false)
        }
    };
    if orientation != Orientation::NoTransforms {
        notes.push(FormatsMessage::PictureTurned.into());
    }
    Ok(Series {
        name: super::base_name(name).into(),
        volume: Volume { hu, dims, geometry: None, calibrated },
        files: vec![name.into()],
        notes,
        identity: None,
        headers: Vec::new(),
    })
}

/// A decoded picture, upright.
struct UprightPicture {
    image: DynamicImage,
    /// How it was turned.
    orientation: Orientation,
}

fn decode(bytes: &[u8]) -> Result<UprightPicture, FormatsMessage> {
    let unreadable = |error: image::ImageError| FormatsMessage::PictureUnreadable { error: error.to_string() };
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| FormatsMessage::PictureFormatUnknown { error: error.to_string() })?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_PX);
    limits.max_image_height = Some(LARGEST_PX);

    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    limits.reserve(decoder.total_bytes()).map_err(unreadable)?;
    // Before memory is taken: PNG deflates, and a JPEG spends a bit or more on 64 samples of a component.
    if decoder.total_bytes() > (bytes.len() as u64).saturating_mul(DEFLATE_RATIO) {
        let (width, height) = decoder.dimensions();
        return Err(FormatsMessage::PictureMoreThanHeld { width, height, bytes: bytes.len() });
    }
    // What is wrong with its EXIF is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    Ok(UprightPicture { image, orientation })
}

/// Hounsfield units of a grey picture of 16 bits that stores them plus [`OFFSET_HU`]; `None` for
/// any other.
fn offset_hu(image: &DynamicImage) -> Option<Vec<i16>> {
    let DynamicImage::ImageLuma16(grey) = image else { return None };
    let hu = |grey: &u16| {
        let hu = i32::from(*grey) - OFFSET_HU;
        SCAN_HU.contains(&hu).then_some(hu as i16)
    };
    grey.as_raw().iter().map(hu).collect()
}

/// Luma of 8 bits as the abdomen window.
fn windowed(image: DynamicImage) -> Vec<i16> {
    let grey_to_hu = |grey: &u8| {
        let window = Window::ABDOMEN;
        (window.low_hu() + f32::from(*grey) / 255.0 * window.width_hu).round() as i16
    };
    image.into_luma8().as_raw().iter().map(grey_to_hu).collect()
}
