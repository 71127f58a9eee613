//! Labels to a binary segmentation with a segment for each organ.
//!
//! Of a single organ every slice is a frame, empty or not: the file has the series' own grid, and says where nothing was found. Of
//! several organs only those that are there become segments, and only the slices that show them become frames: every organ on every
//! slice would be gigabytes.

use dicom_core::{PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, cross, dot, norm};
use crate::formats::dicom::colour::cielab;
use crate::formats::dicom::derived::{
    Elements, FileKind, FileUids, SegProvenance, file_title, general, instance, labels_description, labels_frame,
    snomed, snomed_item, source_images, whole_instance,
};
use crate::formats::dicom::identity::{Identity, Image, SourceImages};
use crate::formats::dicom::value::{bytes, code, decimals, element, items, long_string, short, text};
use crate::formats::organ_label::OrganLabel;

const SEGMENTATION: FileKind =
    FileKind { class_uid: uids::SEGMENTATION_STORAGE, modality: "SEG", name: "segmentation", series_number: "1000" };

/// Cosines below this are right angles.
const RIGHT_ANGLE: f64 = 1e-4;

/// A frame: its segment, counted from 0, and its slice.
type FramePlace = (usize, usize);

/// The file of a segmentation (PS3.3 A.51), explicit VR little endian. `mask` and `geometry` are in file order, `[z, y, x]`, and
/// `identity` has their slices. `organs` are written in their order, as segments from 1 up. The same values give the same bytes.
///
/// # Errors
/// Rows and columns that are not at right angles, or more of them than DICOM counts; no organ.
pub fn write_seg(
    mask: &Mask,
    geometry: &Geometry,
    organs: &[OrganLabel],
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
    let (organs, frames) = frames(mask, organs);
    if organs.is_empty() {
        return refused("there is no organ to write".into());
    }
    let pixels = packed(mask, &organs, &frames);
    let file_uids = FileUids::new(&pixels, &organs, identity, making);
    let at = making.date_and_time(identity);

    let mut elements = general(&SEGMENTATION, &labels_description(&organs), identity, &file_uids);
    elements.extend(labels_frame(identity));
    elements.extend([
        text(tags::IMAGE_TYPE, VR::CS, "DERIVED\\PRIMARY"),
        text(tags::CONTENT_DATE, VR::DA, at[0]),
        text(tags::CONTENT_TIME, VR::TM, at[1]),
        text(tags::CONTENT_LABEL, VR::CS, &content_label(&file_title(&organs))),
        items(tags::SEGMENT_SEQUENCE, (1..).zip(&organs).map(|(number, organ)| segment(number, organ, making))),
        element(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(pixels)),
    ]);
    elements.extend(pixel_description(frames.len(), rows, columns));
    elements.extend(dimensions(&file_uids.of("dimensions")));
    elements.extend(references(identity));
    elements.extend(functional_groups(geometry, identity, [row, column], &frames));
    Ok(bytes(InMemDicomObject::from_element_iter(elements)))
}

/// The organs that become segments, and the frames, segment by segment.
fn frames(mask: &Mask, organs: &[OrganLabel]) -> (Vec<OrganLabel>, Vec<FramePlace>) {
    let every_slice = || (0..mask.dims[0]).map(|z| (0, z)).collect();
    if let [_] = organs {
        return (organs.to_vec(), every_slice());
    }
    let mut shown = vec![[false; 256]; mask.dims[0]];
    for (z, shown) in shown.iter_mut().enumerate() {
        mask.slice(z).iter().for_each(|&label| shown[usize::from(label)] = true);
    }
    let is_there = |organ: &&OrganLabel| shown.iter().any(|slice| slice[usize::from(organ.label)]);
    let there: Vec<OrganLabel> = organs.iter().filter(is_there).cloned().collect();
    if there.is_empty() {
        // Where nothing was found, the file says so of the first.
        return (organs.iter().take(1).cloned().collect(), every_slice());
    }
    let slices = |organ: usize| (0..shown.len()).map(move |z| (organ, z));
    let places = (0..there.len()).flat_map(slices).filter(|&(organ, z)| shown[z][usize::from(there[organ].label)]);
    let places = places.collect();
    (there, places)
}

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
        text(tags::CONTENT_DESCRIPTION, VR::LO, "For research; not a medical device"),
        text(tags::CONTENT_CREATOR_NAME, VR::PN, ""),
    ]
}

/// One bit a pixel, the lowest of a byte first, frames without padding between (PS3.5 8.1.1); an even number of bytes.
fn packed(mask: &Mask, organs: &[OrganLabel], frames: &[FramePlace]) -> Vec<u8> {
    let bits = frames.len() * mask.dims[1] * mask.dims[2];
    let mut bytes = vec![0; bits.div_ceil(8).next_multiple_of(2)];
    let mut at = 0;
    for &(organ, z) in frames {
        for &label in mask.slice(z) {
            bytes[at / 8] |= u8::from(label == organs[organ].label) << (at % 8);
            at += 1;
        }
    }
    bytes
}

/// Capitals, digits, spaces and underscores, at most sixteen (CS, PS3.5 6.2).
fn content_label(title: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    title.chars().map(allowed).take(16).collect()
}

/// A segment (PS3.3 C.8.20.2; codes of CID 7150 and 7151).
fn segment(number: u16, organ: &OrganLabel, making: &SegProvenance<'_>) -> Elements {
    let codes = organ.codes();
    let algorithm = vec![
        code(tags::ALGORITHM_FAMILY_CODE_SEQUENCE, "123110", "DCM", "Artificial Intelligence"),
        text(tags::ALGORITHM_NAME, VR::LO, "Islet"),
        text(tags::ALGORITHM_VERSION, VR::LO, env!("CARGO_PKG_VERSION")),
        text(tags::ALGORITHM_PARAMETERS, VR::LT, &making.model()),
    ];
    let mut property_type = snomed_item(codes.property_type);
    property_type.extend(codes.side.map(|side| snomed(tags::SEGMENTED_PROPERTY_TYPE_MODIFIER_CODE_SEQUENCE, side)));
    vec![
        short(tags::SEGMENT_NUMBER, number),
        text(tags::SEGMENT_LABEL, VR::LO, &long_string(&organ.title())),
        text(tags::SEGMENT_ALGORITHM_TYPE, VR::CS, making.algorithm_type()),
        text(tags::SEGMENT_ALGORITHM_NAME, VR::LO, concat!("Islet ", env!("CARGO_PKG_VERSION"))),
        items(tags::SEGMENTATION_ALGORITHM_IDENTIFICATION_SEQUENCE, [algorithm]),
        snomed(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, codes.category),
        items(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, [property_type]),
        element(
            tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE,
            VR::US,
            PrimitiveValue::U16(cielab(organ.rgb()).as_slice().into()),
        ),
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
    let images = source_images(identity);
    if images.is_empty() {
        return Vec::new();
    }
    let series = vec![
        items(tags::REFERENCED_INSTANCE_SEQUENCE, images.into_iter().map(whole_instance)),
        text(tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_uid),
    ];
    vec![items(tags::REFERENCED_SERIES_SEQUENCE, [series])]
}

/// What holds for every frame, and for each.
fn functional_groups(
    geometry: &Geometry,
    identity: &Identity,
    [row, column]: [[f64; 3]; 2],
    frames: &[FramePlace],
) -> Elements {
    let own = frames.iter().map(|&place| frame(geometry, identity, place));
    vec![
        items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, [shared(geometry, row, column)]),
        items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, own),
    ]
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
fn frame(geometry: &Geometry, identity: &Identity, (organ, z): FramePlace) -> Elements {
    let segment = organ as u16 + 1;
    let source = identity.slices.get(z);
    let position = source.map_or_else(|| geometry.position_mm([z as f64, 0.0, 0.0]), |source| source.position_mm);
    let index = PrimitiveValue::U32([u32::from(segment), z as u32 + 1].as_slice().into());
    let mut elements = vec![
        items(tags::FRAME_CONTENT_SEQUENCE, [vec![element(tags::DIMENSION_INDEX_VALUES, VR::UL, index)]]),
        items(tags::PLANE_POSITION_SEQUENCE, [vec![decimals(tags::IMAGE_POSITION_PATIENT, &position)]]),
        items(tags::SEGMENT_IDENTIFICATION_SEQUENCE, [vec![short(tags::REFERENCED_SEGMENT_NUMBER, segment)]]),
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
