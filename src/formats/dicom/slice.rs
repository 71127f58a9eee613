//! One DICOM file to one slice: which files are CT slices, and their stored values to Hounsfield units.
//!
//! No sequence of slices here (`series`), and no byte-level structure (`precheck`).

use std::io::{BufReader, Cursor};

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::{DicomCollector, InMemDicomObject};

use super::{About, DicomFile, DicomSlice, Unopened, precheck};
use crate::refusal::Refusal;
use crate::volume::{PLAUSIBLE_SPACING_MM, dot, norm};

/// What padding around the reconstructed field becomes: air, at the low end of the CT scale.
const PADDING_HU: i16 = -1024;

/// Reads one file: a single-frame CT image, uncompressed, of 8 or 16 bits.
///
/// `hu = stored * RescaleSlope + RescaleIntercept` (PS3.3 C.11.1.1.2), rounded and clamped to i16.
///
/// # Errors
/// Compressed transfer syntaxes, by name; damaged files.
pub fn read(name: &str, bytes: &[u8]) -> Result<DicomFile, Refusal> {
    let outline = precheck::outline(name, bytes)?;
    let attributes = Attributes::decode(&outline.attributes)
        .map_err(|why| Refusal::new(name, why, "The file is damaged; export or copy it again"))?;
    let text = |tag| attributes.text(tag);
    let series_uid = text(tags::SERIES_INSTANCE_UID).unwrap_or_default();
    let description = text(tags::SERIES_DESCRIPTION).or_else(|| text(tags::STUDY_DESCRIPTION)).unwrap_or_default();
    let about = about(&attributes);
    if let Err(refusal) = check_is_ct_slice(name, &attributes, &about) {
        return Ok(DicomFile::Other(Box::new(Unopened { series_uid, description, about, refusal })));
    }
    let pixels = outline.pixels.ok_or_else(|| {
        Refusal::new(name, "it has no pixel data", "Give the files of a CT series; a report or a plan holds no slice")
    })?;

    let unreadable = |why| Refusal::new(name, why, "Export the slice again, as plain 16-bit CT");
    let format = PixelFormat::of(&attributes, outline.big_endian).map_err(unreadable)?;
    let dims = [tags::ROWS, tags::COLUMNS].map(|tag| attributes.whole(tag).and_then(|n| usize::try_from(n).ok()));
    let [Some(rows @ 1..), Some(columns @ 1..)] = dims else {
        return Err(unreadable("it does not say how many rows and columns it has".into()));
    };
    let expected = rows as u64 * columns as u64 * format.bytes as u64;
    // An odd number of bytes is padded to an even one (PS3.5 8.1.1).
    if pixels.len() as u64 != expected.next_multiple_of(2) && pixels.len() as u64 != expected {
        let found = pixels.len();
        return Err(unreadable(format!("{rows} x {columns} pixels need {expected} bytes, its pixel data has {found}")));
    }
    let slope = attributes.number(tags::RESCALE_SLOPE);
    let intercept = attributes.number(tags::RESCALE_INTERCEPT);
    if slope == Some(0.0) {
        return Err(unreadable("its RescaleSlope is 0".into()));
    }
    let table = format.hu_table(slope.unwrap_or(1.0), intercept.unwrap_or(0.0));
    Ok(DicomFile::Slices(vec![DicomSlice {
        file: name.into(),
        frame: None,
        hu: format.raw(&pixels[..expected as usize]).map(|raw| table[usize::from(raw)]).collect(),
        dims: [rows, columns],
        rescaled: slope.is_some() && intercept.is_some(),
        series_uid,
        description,
        about,
        stack: String::new(),
        instance_number: attributes.whole(tags::INSTANCE_NUMBER),
        position_mm: attributes.numbers(tags::IMAGE_POSITION_PATIENT),
        axes: attributes.numbers(tags::IMAGE_ORIENTATION_PATIENT).and_then(unit_axes),
        spacing_mm: attributes
            .numbers(tags::PIXEL_SPACING)
            .filter(|s: &[f64; 2]| s.iter().all(|mm| PLAUSIBLE_SPACING_MM.contains(mm))),
        slice_step_mm: [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS]
            .into_iter()
            .find_map(|tag| attributes.number(tag).map(f64::abs).filter(|mm| PLAUSIBLE_SPACING_MM.contains(mm))),
        position_assumed: false,
    }]))
}

fn about(attributes: &Attributes) -> About {
    let text = |tag| attributes.text(tag).unwrap_or_default();
    let image_type = text(tags::IMAGE_TYPE);
    About {
        modality: text(tags::MODALITY),
        sop_class_uid: text(tags::SOP_CLASS_UID),
        sop_instance_uid: text(tags::SOP_INSTANCE_UID),
        study_uid: text(tags::STUDY_INSTANCE_UID),
        frame_of_reference_uid: text(tags::FRAME_OF_REFERENCE_UID),
        image_type: image_type
            .split('\\')
            .map(|part| part.trim().into())
            .filter(|part: &String| !part.is_empty())
            .collect(),
        series_number: attributes.whole(tags::SERIES_NUMBER),
        acquisition_number: attributes.whole(tags::ACQUISITION_NUMBER),
        gantry_tilt_deg: attributes.number(tags::GANTRY_DETECTOR_TILT),
        tube_kv: attributes.number(tags::KVP),
        contrast_agent: text(tags::CONTRAST_BOLUS_AGENT),
    }
}

fn check_is_ct_slice(name: &str, attributes: &Attributes, about: &About) -> Result<(), Refusal> {
    let not_opened = |why: String| Err(Refusal::new(name, why, "It is not opened; give the axial CT series"));
    match &about.modality[..] {
        "CT" => {}
        "" if about.sop_class_uid == uids::CT_IMAGE_STORAGE => {}
        "" => return not_opened("it names no modality, expected CT".into()),
        other => return not_opened(format!("its modality is {other}, expected CT")),
    }
    if about.image_type.iter().any(|part| part == "LOCALIZER") {
        return not_opened("it is a localizer (scout), expected a slice".into());
    }
    let frames = attributes.whole(tags::NUMBER_OF_FRAMES).unwrap_or(1);
    if frames != 1 || about.sop_class_uid == uids::ENHANCED_CT_IMAGE_STORAGE {
        let why = format!("it is a multi-frame image of {frames} frames, expected one slice per file");
        return Err(Refusal::new(name, why, "Convert it to NIfTI, for example with dcm2niix, or to single slices"));
    }
    let samples = attributes.whole(tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    let photometric = attributes.text(tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_else(|| "MONOCHROME2".into());
    // MONOCHROME1 says only how to show it: the Hounsfield units are the same.
    if samples != 1 || !matches!(photometric.as_str(), "MONOCHROME1" | "MONOCHROME2") {
        return not_opened(format!("its pixels are {photometric} with {samples} samples, expected MONOCHROME2 with 1"));
    }
    Ok(())
}

/// How pixels are stored (PS3.5 8.1.1).
struct PixelFormat {
    bytes: usize,
    big_endian: bool,
    bits_stored: u32,
    high_bit: u32,
    signed: bool,
    /// Stored values from the first to the second are padding (PS3.3 C.7.5.1.1.2).
    padding: Option<[i32; 2]>,
}

impl PixelFormat {
    fn of(attributes: &Attributes, big_endian: bool) -> Result<Self, String> {
        let whole = |tag| attributes.whole(tag);
        let allocated = whole(tags::BITS_ALLOCATED).unwrap_or(16);
        let stored = whole(tags::BITS_STORED).unwrap_or(allocated);
        let high = whole(tags::HIGH_BIT).unwrap_or(stored - 1);
        if !matches!(allocated, 8 | 16)
            || !(1..=allocated).contains(&stored)
            || !(stored - 1..allocated).contains(&high)
        {
            let found = format!("{allocated} bits allocated, {stored} stored, high bit {high}");
            return Err(format!("its pixels have {found}; expected 8 or 16 bits allocated and the others within"));
        }
        if allocated == 8 && big_endian {
            return Err("it holds 8-bit pixels in big endian words, expected 16-bit ones".into());
        }
        let mut format = Self {
            bytes: (allocated / 8) as usize,
            big_endian,
            bits_stored: stored as u32,
            high_bit: high as u32,
            signed: whole(tags::PIXEL_REPRESENTATION) == Some(1),
            padding: None,
        };
        // Files disagree on whether padding is signed (US or SS); its bits are the same, and so is their reading. A value
        // that pixels of so many bits cannot have is none: its low bits would match pixels of the body.
        let padding = |tag| {
            let value = whole(tag)? as u16;
            Some(format.padding_value(value)).filter(|&stored| stored as u16 == value)
        };
        format.padding = padding(tags::PIXEL_PADDING_VALUE).map(|first| {
            let last = padding(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(first);
            [first.min(last), first.max(last)]
        });
        Ok(format)
    }

    /// The stored value in the bits of a pixel, sign extended.
    fn stored(&self, raw: u16) -> i32 {
        let at_top = raw << (15 - self.high_bit);
        let unused = 16 - self.bits_stored;
        if self.signed { i32::from(at_top as i16 >> unused) } else { i32::from(at_top >> unused) }
    }

    /// Padding is written as a value, not in the place of the pixel's bits.
    fn padding_value(&self, value: u16) -> i32 {
        self.stored(value << (self.high_bit + 1 - self.bits_stored))
    }

    /// Hounsfield units by the bits of a pixel. A table, as there are fewer such bits than pixels in a slice.
    fn hu_table(&self, slope: f64, intercept: f64) -> Vec<i16> {
        let last = if self.bytes == 1 { u16::from(u8::MAX) } else { u16::MAX };
        let hu = |raw| {
            let stored = self.stored(raw);
            let is_padding = self.padding.is_some_and(|[first, last]| (first..=last).contains(&stored));
            // A cast from float clamps to the range of i16.
            if is_padding { PADDING_HU } else { (f64::from(stored) * slope + intercept).round() as i16 }
        };
        (0..=last).map(hu).collect()
    }

    fn raw(&self, pixels: &[u8]) -> impl Iterator<Item = u16> {
        let (bytes, big_endian) = (self.bytes, self.big_endian);
        pixels.chunks_exact(bytes).map(move |pixel| match *pixel {
            [a, b] if big_endian => u16::from_be_bytes([a, b]),
            [a, b] => u16::from_le_bytes([a, b]),
            [a, ..] => u16::from(a),
            [] => 0,
        })
    }
}

/// Unit vectors of ImageOrientationPatient, if they are close to a right angle and to unit length.
pub(super) fn unit_axes(cosines: [f64; 6]) -> Option<[[f64; 3]; 2]> {
    let [a, b, c, d, e, f] = cosines;
    let axes = [[a, b, c], [d, e, f]];
    let plausible = axes.iter().all(|&v| (norm(v) - 1.0).abs() < 0.01) && dot(axes[0], axes[1]).abs() < 0.01;
    plausible.then(|| axes.map(|v| v.map(|x| x / norm(v))))
}

/// The decoded attributes, read as the few types needed.
struct Attributes(InMemDicomObject);

impl Attributes {
    fn decode(data_set: &[u8]) -> Result<Self, String> {
        let mut object = InMemDicomObject::new_empty();
        DicomCollector::new_with_ts(BufReader::new(Cursor::new(data_set)), uids::IMPLICIT_VR_LITTLE_ENDIAN)
            .read_dataset_to_end(&mut object)
            .map_err(|error| format!("its attributes cannot be decoded ({error})"))?;
        Ok(Self(object))
    }

    /// Trimmed; several values stay joined by `\`. `None` where empty.
    fn text(&self, tag: Tag) -> Option<String> {
        let text = self.0.get(tag)?.to_str().ok()?;
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!text.is_empty()).then(|| text.into())
    }

    fn whole(&self, tag: Tag) -> Option<i64> {
        self.0.get(tag)?.to_int().ok()
    }

    fn number(&self, tag: Tag) -> Option<f64> {
        self.0.get(tag)?.to_float64().ok().filter(|n| n.is_finite())
    }

    /// Exactly `N` numbers, none so large that geometry made of them overflows.
    fn numbers<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        let numbers: [f64; N] = self.0.get(tag)?.to_multi_float64().ok()?.try_into().ok()?;
        numbers.iter().all(|n| n.abs() < 1e9).then_some(numbers)
    }
}
