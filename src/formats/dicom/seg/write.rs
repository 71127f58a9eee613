//! A mask to a binary segmentation of one segment, the pancreas. Every slice is a frame, empty or not: the file has the series' own grid,
//! and says where nothing was found.

use dicom_core::{PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use sha2::{Digest, Sha256};

use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, cross, dot, norm};
use crate::formats::dicom::identity::{Identity, Image, SourceImages};
use crate::formats::dicom::tags::COPIED;
use crate::formats::dicom::value::{bytes, code, decimals, element, items, long_string, short, text, uid};

/// How a segmentation came about.
#[derive(Clone, Copy, Debug)]
pub struct SegProvenance<'a> {
    /// Whether a person had a hand in it.
    pub corrected: bool,
    /// SHA-256 of the model's file, in hexadecimal.
    pub model_sha256: &'a str,
    /// Local date and time, as `20261124` and `063000`.
    pub at: [&'a str; 2],
}

/// ContentDate of a file without patient data: when it was made would tell when the patient was there.
const NO_DATE: [&str; 2] = ["19000101", "000000"];
/// Okabe and Ito's orange (230, 159, 0), in which the page shows masks, as CIELab in 16 bits (PS3.3 C.10.7.1.1).
const ORANGE: [u16; 3] = [46275, 37131, 52088];
/// Cosines below this are right angles.
const RIGHT_ANGLE: f64 = 1e-4;

/// The file of a segmentation (PS3.3 A.51), explicit VR little endian. `mask` (not 0 is pancreas) and `geometry` are in file order,
/// `[z, y, x]`, and `identity` has their slices. The same values give the same bytes.
///
/// # Errors
/// Rows and columns that are not at right angles, or more of them than DICOM counts.
pub fn write_seg(
    mask: &Mask,
    geometry: &Geometry,
    identity: &Identity,
    making: &SegProvenance<'_>,
) -> Result<Vec<u8>, UserError> {
    let refused = |why: String| Err(UserError::new("The DICOM segmentation", why, "Save the mask as NIfTI instead"));
    let [depth, height, width] = mask.dims;
    let [Ok(_), Ok(rows), Ok(columns)] = mask.dims.map(u16::try_from) else {
        return refused(format!("the series has {depth} x {height} x {width} voxels, DICOM counts to 65,535"));
    };
    let [row, column] = [2, 1].map(|axis| unit(geometry.step_mm(axis)));
    if dot(row, column).abs() > RIGHT_ANGLE {
        return refused("rows and columns of the series are not at right angles, which DICOM cannot say".into());
    }
    let pixels = packed(&mask.labels);
    let hash = hex(&Sha256::digest(&pixels));
    let at = if identity.removed { NO_DATE } else { making.at };
    // Another mask, another day or another model make another file.
    let own = |what: &str| uid(&[what, &identity.series_uid, &hash, at[0], at[1], making.model_sha256]);

    let mut elements = person(identity);
    elements.extend([
        text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        text(tags::IMAGE_TYPE, VR::CS, "DERIVED\\PRIMARY"),
        text(tags::SOP_CLASS_UID, VR::UI, uids::SEGMENTATION_STORAGE),
        text(tags::SOP_INSTANCE_UID, VR::UI, &own("segmentation")),
        text(tags::CONTENT_DATE, VR::DA, at[0]),
        text(tags::CONTENT_TIME, VR::TM, at[1]),
        text(tags::MODALITY, VR::CS, "SEG"),
        text(tags::MANUFACTURER, VR::LO, "Islet"),
        text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "Islet"),
        // Enhanced General Equipment wants one; a program has none.
        text(tags::DEVICE_SERIAL_NUMBER, VR::LO, "none"),
        text(tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION")),
        text(tags::SERIES_DESCRIPTION, VR::LO, "Pancreas, segmented by Islet"),
        text(tags::STUDY_INSTANCE_UID, VR::UI, &identity.study_uid),
        text(tags::SERIES_INSTANCE_UID, VR::UI, &own("series of the segmentation")),
        text(tags::SERIES_NUMBER, VR::IS, "1000"),
        text(tags::INSTANCE_NUMBER, VR::IS, "1"),
        text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &identity.frame_of_reference_uid),
        text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, ""),
        items(tags::SEGMENT_SEQUENCE, [segment(making)]),
        element(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(pixels)),
    ]);
    elements.extend(pixel_description(depth, rows, columns));
    elements.extend(dimensions(&own("dimensions")));
    elements.extend(references(identity));
    elements.push(items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, [shared(geometry, row, column)]));
    let frames = (0..depth).map(|z| frame(geometry, identity, z));
    elements.push(items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frames));
    Ok(bytes(InMemDicomObject::from_element_iter(elements)))
}

type Elements = Vec<dicom_core::DataElement<InMemDicomObject>>;

/// The format of the pixels and the kind of the segmentation (PS3.3 C.7.6.3, C.8.20.2).
fn pixel_description(frames: usize, rows: u16, columns: u16) -> Elements {
    vec![
        short(tags::SAMPLES_PER_PIXEL, 1),
        text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
        text(tags::NUMBER_OF_FRAMES, VR::IS, &frames.to_string()),
        short(tags::ROWS, rows),
        short(tags::COLUMNS, columns),
        short(tags::BITS_ALLOCATED, 1),
        short(tags::BITS_STORED, 1),
        short(tags::HIGH_BIT, 0),
        short(tags::PIXEL_REPRESENTATION, 0),
        text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00"),
        text(tags::SEGMENTATION_TYPE, VR::CS, "BINARY"),
        text(tags::CONTENT_LABEL, VR::CS, "PANCREAS"),
        text(tags::CONTENT_DESCRIPTION, VR::LO, "For research; not a medical device"),
        text(tags::CONTENT_CREATOR_NAME, VR::PN, ""),
    ]
}

/// One bit a pixel, the lowest of a byte first, frames without padding between (PS3.5 8.1.1); an even number of bytes.
fn packed(labels: &[u8]) -> Vec<u8> {
    let byte = |eight: &[u8]| eight.iter().rev().fold(0, |byte, &label| byte << 1 | u8::from(label != 0));
    let mut bytes: Vec<u8> = labels.chunks(8).map(byte).collect();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

/// Patient and study.
fn person(identity: &Identity) -> Elements {
    let value = |tag: Tag| identity.person.iter().find(|(found, _)| *found == tag).map(|(_, value)| &value[..]);
    let copied = COPIED.iter().filter_map(|&(tag, vr, needed)| {
        let value = value(tag).or_else(|| needed.then_some(""))?;
        Some(text(tag, vr, value))
    });
    let mut elements: Elements = copied.collect();
    if identity.removed {
        let profile = "Basic Application Confidentiality Profile";
        elements.push(text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, "YES"));
        elements.push(text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, VR::CS, "REMOVED"));
        elements.push(text(tags::DEIDENTIFICATION_METHOD, VR::LO, &long_string(&format!("Islet: {profile}"))));
        elements.push(code(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE, "113100", "DCM", profile));
    }
    elements
}

/// The one segment (PS3.3 C.8.20.2; codes of CID 7150 and 7151).
fn segment(making: &SegProvenance<'_>) -> Elements {
    let kind = if making.corrected { "SEMIAUTOMATIC" } else { "AUTOMATIC" };
    let algorithm = vec![
        code(tags::ALGORITHM_FAMILY_CODE_SEQUENCE, "123110", "DCM", "Artificial Intelligence"),
        text(tags::ALGORITHM_NAME, VR::LO, "Islet"),
        text(tags::ALGORITHM_VERSION, VR::LO, env!("CARGO_PKG_VERSION")),
        text(tags::ALGORITHM_PARAMETERS, VR::LT, &format!("model SHA-256 {}", making.model_sha256)),
    ];
    vec![
        short(tags::SEGMENT_NUMBER, 1),
        text(tags::SEGMENT_LABEL, VR::LO, "Pancreas"),
        text(tags::SEGMENT_ALGORITHM_TYPE, VR::CS, kind),
        text(tags::SEGMENT_ALGORITHM_NAME, VR::LO, concat!("Islet ", env!("CARGO_PKG_VERSION"))),
        items(tags::SEGMENTATION_ALGORITHM_IDENTIFICATION_SEQUENCE, [algorithm]),
        code(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, "91723000", "SCT", "Anatomical Structure"),
        code(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, "15776009", "SCT", "Pancreas"),
        element(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, VR::US, PrimitiveValue::U16(ORANGE.as_slice().into())),
    ]
}

/// Frames go by segment, then by position (PS3.3 C.7.6.17).
fn dimensions(organization: &str) -> Elements {
    let organization = || text(tags::DIMENSION_ORGANIZATION_UID, VR::UI, organization);
    let tag = |tag, value| element(tag, VR::AT, PrimitiveValue::Tags([value].as_slice().into()));
    let index = |pointer, group, label: &str| {
        vec![
            organization(),
            tag(tags::DIMENSION_INDEX_POINTER, pointer),
            tag(tags::FUNCTIONAL_GROUP_POINTER, group),
            text(tags::DIMENSION_DESCRIPTION_LABEL, VR::LO, label),
        ]
    };
    let by_segment =
        index(tags::REFERENCED_SEGMENT_NUMBER, tags::SEGMENT_IDENTIFICATION_SEQUENCE, "Referenced Segment Number");
    let by_position = index(tags::IMAGE_POSITION_PATIENT, tags::PLANE_POSITION_SEQUENCE, "Image Position Patient");
    vec![
        items(tags::DIMENSION_ORGANIZATION_SEQUENCE, [vec![organization()]]),
        items(tags::DIMENSION_INDEX_SEQUENCE, [by_segment, by_position]),
    ]
}

/// The images that it was made of (PS3.3 C.12.2); nothing where there are none.
fn references(identity: &Identity) -> Elements {
    let mut images: Vec<&Image> = identity.slices.iter().filter_map(|source| source.image.as_ref()).collect();
    // Frames of one file are one instance.
    images.dedup_by(|a, b| a.instance_uid == b.instance_uid);
    if images.is_empty() {
        return Vec::new();
    }
    let instance = |image: &Image| instance(&Image { frame: None, ..image.clone() });
    let series = vec![
        items(tags::REFERENCED_INSTANCE_SEQUENCE, images.into_iter().map(instance)),
        text(tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_uid),
    ];
    vec![items(tags::REFERENCED_SERIES_SEQUENCE, [series])]
}

fn instance(image: &Image) -> Elements {
    let mut elements = vec![
        text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, &image.class_uid),
        text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &image.instance_uid),
    ];
    elements.extend(image.frame.map(|frame| text(tags::REFERENCED_FRAME_NUMBER, VR::IS, &frame.to_string())));
    elements
}

/// What holds for every frame (PS3.3 C.7.6.16.2.1, C.7.6.16.2.4).
fn shared(geometry: &Geometry, row: [f64; 3], column: [f64; 3]) -> Elements {
    let [_, row_mm, column_mm] = geometry.spacing_mm();
    // Between planes: slices of a tilted stack are shifted as well.
    let plane_mm = dot(geometry.step_mm(0), cross(row, column)).abs();
    let measures = vec![
        decimals(tags::SLICE_THICKNESS, &[plane_mm]),
        decimals(tags::SPACING_BETWEEN_SLICES, &[plane_mm]),
        decimals(tags::PIXEL_SPACING, &[row_mm, column_mm]),
    ];
    vec![
        items(tags::PIXEL_MEASURES_SEQUENCE, [measures]),
        items(
            tags::PLANE_ORIENTATION_SEQUENCE,
            [vec![decimals(tags::IMAGE_ORIENTATION_PATIENT, &[row, column].concat())]],
        ),
    ]
}

/// What holds for one frame.
fn frame(geometry: &Geometry, identity: &Identity, z: usize) -> Elements {
    let source = identity.slices.get(z);
    let position = source.map_or_else(|| geometry.position_mm([z as f64, 0.0, 0.0]), |source| source.position_mm);
    let index = PrimitiveValue::U32([1, z as u32 + 1].as_slice().into());
    let mut elements = vec![
        items(tags::FRAME_CONTENT_SEQUENCE, [vec![element(tags::DIMENSION_INDEX_VALUES, VR::UL, index)]]),
        items(tags::PLANE_POSITION_SEQUENCE, [vec![decimals(tags::IMAGE_POSITION_PATIENT, &position)]]),
        items(tags::SEGMENT_IDENTIFICATION_SEQUENCE, [vec![short(tags::REFERENCED_SEGMENT_NUMBER, 1)]]),
    ];
    if identity.slices.iter().any(|source| source.image.is_some()) {
        let image = source.and_then(|source: &SourceImages| source.image.as_ref());
        elements.push(items(tags::DERIVATION_IMAGE_SEQUENCE, image.map(derivation)));
    }
    elements
}

/// The slice that a frame was made of (PS3.3 C.7.6.16.2.6).
fn derivation(image: &Image) -> Elements {
    let mut source = instance(image);
    source.push(text(tags::SPATIAL_LOCATIONS_PRESERVED, VR::CS, "YES"));
    source.push(code(
        tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
        "121322",
        "DCM",
        "Source image for image processing operation",
    ));
    vec![
        items(tags::SOURCE_IMAGE_SEQUENCE, [source]),
        code(tags::DERIVATION_CODE_SEQUENCE, "113076", "DCM", "Segmentation"),
    ]
}

fn unit(step: [f64; 3]) -> [f64; 3] {
    step.map(|c| c / norm(step))
}
