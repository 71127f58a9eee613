//! One DICOM file to its slices, or to what it says of itself where it holds none.
//!
//! No sequence of slices here (`series`), no byte-level structure (`parse`), and no coding of pixels (`pixels`).

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

use super::attribute_list::AttributeList;
use super::attributes::{Attributes, Headers};
use super::data_set::PixelData;
use super::parse::DataSet;
use super::pixels::PixelFormat;
use super::syntax::{self, Coding};
use super::{DicomFile, DicomSlice, FileAttributes, Unopened, ValueUnit, codec, identity};
use crate::core::error::UserError;
use crate::core::i18n::messages::{DicomMessage, Message};
use crate::core::volume::{PLAUSIBLE_SPACING_MM, cross, dot, norm};
use crate::formats::damaged;

/// Coded frames may hold so many pixels, and all of a file so many beyond those per byte: what is much smaller than its
/// image was made to fill memory. CT is coded in 3 to 16 bits a pixel.
const MOST_CODED_PIXELS: u64 = 1 << 24;
const CODED_PIXELS_PER_BYTE: u64 = 64;

/// Reads one file: the slice of a CT image, or the slices of a multi-frame one, of whatever coding is read here.
///
/// `hu = stored * RescaleSlope + RescaleIntercept` (PS3.3 C.11.1.1.2), rounded and clamped to i16. In a multi-frame image
/// rescale, position, orientation and spacing are its functional groups' (PS3.3 C.7.6.16); without a position, frames are taken
/// to follow one another along the normal in even steps, and say so.
///
/// What is no CT image, or a localizer, or in colour, comes back as [`DicomFile::Other`], pixels unread.
///
/// # Errors
/// CT in other transfer syntaxes, by name; damaged files.
pub fn read(name: &str, bytes: &[u8]) -> Result<DicomFile, UserError> {
    let damaged = |reason: DicomMessage| damaged(name, reason);
    let data_set = DataSet::open(bytes).map_err(damaged)?;
    let parsed = data_set.parse().map_err(damaged)?;
    let headers = Headers::decode(&parsed).map_err(damaged)?;
    let attributes = headers.frame(0);
    let about = about(&attributes);
    let other = |why: DicomMessage| {
        let refusal = UserError::new(name, why, DicomMessage::GiveAxialSeries);
        let (series_uid, description) = series(&attributes);
        Ok(DicomFile::Other(Box::new(Unopened { series_uid, description, about: about.clone(), refusal })))
    };
    if let Some(why) = no_slice(&attributes, &about) {
        return other(why);
    }
    if parsed.pixels.is_none() && attributes.whole(tags::ROWS).is_none() {
        return other(DicomMessage::NoImage);
    }
    let coding = match data_set.syntax.as_deref() {
        None => Coding::Native,
        Some(uid) => syntax::coding(uid).ok_or_else(|| syntax::unsupported(name, uid))?,
    };
    let no_pixels = || UserError::new(name, DicomMessage::NoPixelData, DicomMessage::GiveCtSeries);
    let pixels = parsed.pixels.as_ref().ok_or_else(no_pixels)?;
    let slices = slices(name, &headers, pixels, coding, parsed.big_endian)
        .map_err(|why| UserError::new(name, why, DicomMessage::ExportAgain))?;
    if slices.is_empty() {
        return other(DicomMessage::OnlyLocalizers);
    }
    let header = AttributeList::of(&data_set);
    let with_header = |slice| DicomSlice { header: header.clone(), ..slice };
    Ok(DicomFile::Slices(slices.into_iter().map(with_header).collect()))
}

/// All frames but localizers.
fn slices(
    name: &str,
    headers: &Headers,
    pixels: &PixelData,
    coding: Coding,
    big_endian: bool,
) -> Result<Vec<DicomSlice>, Message> {
    let attributes = headers.frame(0);
    let format = PixelFormat::of(&attributes, big_endian)?;
    let sizes = [tags::ROWS, tags::COLUMNS].map(|tag| attributes.whole(tag).and_then(|n| usize::try_from(n).ok()));
    let [Some(rows @ 1..), Some(columns @ 1..)] = sizes else {
        return Err(DicomMessage::NoSize.into());
    };
    let grouped = headers.grouped_frames();
    let count = match attributes.whole(tags::NUMBER_OF_FRAMES) {
        None => grouped.max(1),
        Some(count) => usize::try_from(count).ok().filter(|&count| count > 0).ok_or(DicomMessage::ImpossibleFrames)?,
    };
    if grouped > 0 && grouped != count {
        return Err(DicomMessage::OtherFrameGroups { count, grouped }.into());
    }
    let frame_pixels = rows as u64 * columns as u64;
    let frames = codec::frames::split(pixels, count, [rows, columns], format.bytes)?;
    let excess_bytes = match pixels {
        PixelData::Native(bytes) => {
            bytes.len().saturating_sub((rows * columns * count * format.bytes).next_multiple_of(2))
        }
        PixelData::Fragments { .. } => 0,
    };
    if matches!(pixels, PixelData::Fragments { .. }) {
        let bytes: u64 = frames.iter().map(|frame| frame.len() as u64).sum();
        let most = MOST_CODED_PIXELS + CODED_PIXELS_PER_BYTE * bytes;
        if frame_pixels > MOST_CODED_PIXELS || frame_pixels.saturating_mul(count as u64) > most {
            return Err(DicomMessage::TooManyPixels { count, rows, columns, bytes }.into());
        }
    }
    let is_multi_frame = count > 1 || grouped > 0;
    let mut slices = Vec::with_capacity(count);
    for (index, bytes) in frames.iter().enumerate() {
        let attributes = headers.frame(index);
        if !is_localizer(&image_type(&attributes)) {
            let mut slice = slice(name, &attributes, &format, coding, bytes, [rows, columns])?;
            slice.excess_bytes = excess_bytes;
            if is_multi_frame {
                place(&mut slice, &attributes, index);
            }
            slices.push(slice);
        }
    }
    Ok(slices)
}

fn slice(
    name: &str,
    attributes: &Attributes,
    format: &PixelFormat,
    coding: Coding,
    frame: &[u8],
    dims: [usize; 2],
) -> Result<DicomSlice, Message> {
    check_numbers(attributes)?;
    let slope = attributes.number(tags::RESCALE_SLOPE);
    let intercept = attributes.number(tags::RESCALE_INTERCEPT);
    if slope == Some(0.0) {
        return Err(DicomMessage::SlopeIsZero.into());
    }
    let size = dims[0] * dims[1] * format.bytes;
    if coding == Coding::Native && (frame.len() < size || frame.len() >= 2 * size.next_multiple_of(2)) {
        return Err(DicomMessage::OtherFrameBytes { size, found: frame.len() }.into());
    }
    let frame = if coding == Coding::Native { &frame[..size] } else { frame };
    let hu = format.hu(coding, frame, dims, [slope.unwrap_or(1.0), intercept.unwrap_or(0.0)])?;
    let (series_uid, description) = series(attributes);
    let about = about(attributes);
    let is_plausible = |mm: &f64| PLAUSIBLE_SPACING_MM.contains(mm);
    Ok(DicomSlice {
        file: name.into(),
        frame: None,
        hu,
        dims,
        rescaled: slope.is_some() && intercept.is_some(),
        unit: unit(&about),
        series_uid,
        description,
        about,
        person: identity::person(attributes),
        stack: String::new(),
        instance_number: attributes.whole(tags::INSTANCE_NUMBER),
        position_mm: attributes.numbers(tags::IMAGE_POSITION_PATIENT),
        axes: attributes.numbers(tags::IMAGE_ORIENTATION_PATIENT).and_then(unit_axes),
        spacing_mm: attributes.numbers(tags::PIXEL_SPACING).filter(|s: &[f64; 2]| s.iter().all(is_plausible)),
        slice_step_mm: [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS]
            .into_iter()
            .find_map(|tag| attributes.number(tag).map(f64::abs).filter(is_plausible)),
        spacing_between_mm: attributes.number(tags::SPACING_BETWEEN_SLICES).map(f64::abs).filter(is_plausible),
        slice_location_mm: attributes.number(tags::SLICE_LOCATION).filter(|mm| mm.abs() < 1e9),
        excess_bytes: 0,
        position_assumed: false,
        header: AttributeList::default(),
    })
}

/// The refusal of numbers that are there and cannot be read: what depends on them would be wrong, not unknown.
fn check_numbers(attributes: &Attributes) -> Result<(), Message> {
    const NUMBERS: [(Tag, &str, usize); 5] = [
        (tags::RESCALE_SLOPE, "RescaleSlope", 1),
        (tags::RESCALE_INTERCEPT, "RescaleIntercept", 1),
        (tags::PIXEL_SPACING, "PixelSpacing", 2),
        (tags::IMAGE_POSITION_PATIENT, "ImagePositionPatient", 3),
        (tags::IMAGE_ORIENTATION_PATIENT, "ImageOrientationPatient", 6),
    ];
    for (tag, attribute, count) in NUMBERS {
        if let Some(found) = attributes.unreadable_numbers(tag) {
            let found = found.chars().take(64).collect();
            return Err(DicomMessage::UnreadableNumbers { attribute: attribute.into(), found, count }.into());
        }
    }
    Ok(())
}

/// The unit of the values: RescaleType (PS3.3 C.11.1.1.2), and what the fourth value of ImageType says of multi-energy images
/// (PS3.3 C.8.15.2.1.1.4).
fn unit(about: &FileAttributes) -> ValueUnit {
    const OTHER_QUANTITIES: [&str; 5] =
        ["MAT_SPECIFIC", "MAT_FRACTIONAL", "MAT_VALUE_BASED", "EFF_ATOMIC_NUM", "ELECTRON_DENSITY"];
    match &about.rescale_type[..] {
        "" | "HU" if about.image_type.iter().any(|part| OTHER_QUANTITIES.contains(&&part[..])) => ValueUnit::Other,
        "" | "HU" | "HU_MOD" => ValueUnit::Hounsfield,
        "US" => ValueUnit::Unspecified,
        _ => ValueUnit::Other,
    }
}

/// Where a frame stands in its file, and, if its functional groups do not say, in the patient.
fn place(slice: &mut DicomSlice, attributes: &Attributes, index: usize) {
    let before = attributes.whole(tags::CONCATENATION_FRAME_OFFSET_NUMBER).unwrap_or(0);
    slice.frame = Some(index + 1);
    slice.instance_number = before.checked_add(index as i64 + 1);
    let stack =
        [attributes.text(tags::STACK_ID), attributes.whole(tags::TEMPORAL_POSITION_INDEX).map(|n| n.to_string())];
    slice.stack = stack.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if attributes.is_frames_own(tags::IMAGE_POSITION_PATIENT) {
        return;
    }
    let [row, column] = slice.axes.unwrap_or([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    let first = slice.position_mm.unwrap_or_default();
    let step_mm = slice.slice_step_mm.unwrap_or(1.0) * index as f64;
    let normal = cross(row, column);
    slice.position_mm = Some([0, 1, 2].map(|axis| first[axis] + step_mm * normal[axis]));
    slice.axes = Some([row, column]);
    slice.position_assumed = true;
    // A made-up step must not become a volume.
    slice.spacing_mm = slice.spacing_mm.filter(|_| slice.slice_step_mm.is_some());
}

fn series(attributes: &Attributes) -> (String, String) {
    let text = |tag| attributes.text(tag);
    let description = text(tags::SERIES_DESCRIPTION).or_else(|| text(tags::STUDY_DESCRIPTION));
    (text(tags::SERIES_INSTANCE_UID).unwrap_or_default(), description.unwrap_or_default())
}

fn about(attributes: &Attributes) -> FileAttributes {
    let text = |tag| attributes.text(tag).unwrap_or_default();
    FileAttributes {
        modality: text(tags::MODALITY),
        sop_class_uid: text(tags::SOP_CLASS_UID),
        sop_instance_uid: text(tags::SOP_INSTANCE_UID),
        study_uid: text(tags::STUDY_INSTANCE_UID),
        frame_of_reference_uid: text(tags::FRAME_OF_REFERENCE_UID),
        image_type: image_type(attributes),
        series_number: attributes.whole(tags::SERIES_NUMBER),
        acquisition_number: [tags::ACQUISITION_NUMBER, tags::FRAME_ACQUISITION_NUMBER]
            .into_iter()
            .find_map(|tag| attributes.whole(tag)),
        gantry_tilt_deg: attributes.number(tags::GANTRY_DETECTOR_TILT),
        tube_kv: attributes.number(tags::KVP),
        contrast_agent: text(tags::CONTRAST_BOLUS_AGENT),
        acquisition_time: [tags::ACQUISITION_TIME, tags::FRAME_ACQUISITION_DATE_TIME, tags::ACQUISITION_DATE_TIME]
            .into_iter()
            .find_map(|tag| attributes.text(tag))
            .unwrap_or_default(),
        content_time: text(tags::CONTENT_TIME),
        convolution_kernel: text(tags::CONVOLUTION_KERNEL),
        monoenergetic_kev: attributes.number(tags::MONOENERGETIC_ENERGY_EQUIVALENT),
        echo_time_ms: attributes.number(tags::ECHO_TIME),
        temporal_position: attributes.whole(tags::TEMPORAL_POSITION_IDENTIFIER),
        rescale_type: text(tags::RESCALE_TYPE).to_uppercase(),
    }
}

fn image_type(attributes: &Attributes) -> Vec<String> {
    let joined = attributes.text(tags::FRAME_TYPE).or_else(|| attributes.text(tags::IMAGE_TYPE)).unwrap_or_default();
    joined.split('\\').map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).collect()
}

fn is_localizer(image_type: &[String]) -> bool {
    image_type.iter().any(|part| part == "LOCALIZER")
}

/// Why an image is no CT slice, if it is none.
fn no_slice(attributes: &Attributes, about: &FileAttributes) -> Option<DicomMessage> {
    const CT_CLASSES: [&str; 3] =
        [uids::CT_IMAGE_STORAGE, uids::ENHANCED_CT_IMAGE_STORAGE, uids::LEGACY_CONVERTED_ENHANCED_CT_IMAGE_STORAGE];
    match &about.modality[..] {
        "CT" => {}
        "" if CT_CLASSES.contains(&&about.sop_class_uid[..]) => {}
        "" => return Some(DicomMessage::NoModality),
        other => return Some(DicomMessage::OtherModality { modality: other.into() }),
    }
    let frames = attributes.whole(tags::NUMBER_OF_FRAMES).unwrap_or(1);
    if is_localizer(&about.image_type) && frames <= 1 {
        return Some(DicomMessage::Localizer);
    }
    let samples = attributes.whole(tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    let photometric = attributes.text(tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_else(|| "MONOCHROME2".into());
    // MONOCHROME1 says only how to show it: the Hounsfield units are the same.
    (samples != 1 || !matches!(photometric.as_str(), "MONOCHROME1" | "MONOCHROME2"))
        .then_some(DicomMessage::NoGrey { photometric, samples })
}

/// Unit vectors of ImageOrientationPatient, if they are close to a right angle and to unit length.
pub(super) fn unit_axes(cosines: [f64; 6]) -> Option<[[f64; 3]; 2]> {
    let [a, b, c, d, e, f] = cosines;
    let axes = [[a, b, c], [d, e, f]];
    let plausible = axes.iter().all(|&v| (norm(v) - 1.0).abs() < 0.01) && dot(axes[0], axes[1]).abs() < 0.01;
    plausible.then(|| axes.map(|v| v.map(|x| x / norm(v))))
}
