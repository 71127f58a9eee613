//! Labels to a structure set: an ROI for each organ, and a contour for each piece of it on each slice.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use super::contours::{GridPoint, contours};
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, RtStructMessage};
use crate::core::mask::Mask;
use crate::core::volume::Geometry;
use crate::formats::dicom::derived::{
    Elements, FileKind, FileUids, SegProvenance, general, instance, labels_description, labels_frame, snomed,
    snomed_item, source_images, whole_instance,
};
use crate::formats::dicom::identity::{Identity, Image};
use crate::formats::dicom::value::{implicit_bytes, items, long_string, text};
use crate::formats::organ_label::OrganLabel;

const STRUCTURE_SET: FileKind = FileKind {
    class_uid: uids::RT_STRUCTURE_SET_STORAGE,
    modality: "RTSTRUCT",
    name: "structure set",
    series_number: "1001",
};

/// Decimals of a coordinate in mm: voxels are 0.01 mm and more, and contours lie 0.01 voxels from where they would cut otherwise.
const DECIMALS: usize = 5;

/// The file of a structure set (PS3.3 A.19), implicit VR little endian, as the text of a contour may be longer than an explicit
/// length says. `mask` and `geometry` are in file order, `[z, y, x]`, and `identity` has their slices. ROIs are numbered from 1 up in
/// the order of `organs`; one that is nowhere has no contours. The same values give the same bytes.
///
/// # Errors
/// No organ.
pub fn write_structure_set(
    mask: &Mask,
    geometry: &Geometry,
    organs: &[OrganLabel],
    identity: &Identity,
    making: &SegProvenance<'_>,
) -> Result<Vec<u8>, UserError> {
    if organs.is_empty() {
        return Err(UserError::new(AppMessage::TheStructureSet, RtStructMessage::NoOrgans, AppMessage::SaveAsNifti));
    }
    let rois: Vec<(String, &OrganLabel)> = (1..).map(|number: usize| number.to_string()).zip(organs).collect();
    let file_uids = FileUids::new(&mask.labels, organs, identity, making);
    let at = making.date_and_time(identity);

    let mut elements = general(&STRUCTURE_SET, &labels_description(organs), identity, &file_uids);
    elements.extend(labels_frame(identity));
    elements.extend([
        text(tags::OPERATORS_NAME, VR::PN, ""),
        text(tags::STRUCTURE_SET_LABEL, VR::SH, "Islet"),
        text(tags::STRUCTURE_SET_DESCRIPTION, VR::ST, "For research; not a medical device"),
        text(tags::STRUCTURE_SET_DATE, VR::DA, at[0]),
        text(tags::STRUCTURE_SET_TIME, VR::TM, at[1]),
        text(tags::APPROVAL_STATUS, VR::CS, "UNAPPROVED"),
        items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, [frame_of_reference(identity)]),
        items(
            tags::STRUCTURE_SET_ROI_SEQUENCE,
            rois.iter().map(|(number, organ)| roi(number, organ, identity, making)),
        ),
        items(tags::RTROI_OBSERVATIONS_SEQUENCE, rois.iter().map(|(number, organ)| observation(number, organ))),
        items(
            tags::ROI_CONTOUR_SEQUENCE,
            rois.iter().map(|(number, organ)| roi_contour(number, organ, mask, geometry, identity)),
        ),
    ]);
    Ok(implicit_bytes(InMemDicomObject::from_element_iter(elements)))
}

/// The frame of reference and the images in it (PS3.3 C.8.8.5).
fn frame_of_reference(identity: &Identity) -> Elements {
    let mut elements = vec![text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &identity.frame_of_reference_uid)];
    let images = source_images(identity);
    if !images.is_empty() {
        let series = vec![
            text(tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_uid),
            items(tags::CONTOUR_IMAGE_SEQUENCE, images.into_iter().map(whole_instance)),
        ];
        let study = vec![
            // Retired, and still what the standard names here.
            text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, "1.2.840.10008.3.1.2.3.1"),
            text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &identity.study_uid),
            items(tags::RT_REFERENCED_SERIES_SEQUENCE, [series]),
        ];
        elements.push(items(tags::RT_REFERENCED_STUDY_SEQUENCE, [study]));
    }
    elements
}

/// An ROI (PS3.3 C.8.8.5).
fn roi(number: &str, organ: &OrganLabel, identity: &Identity, making: &SegProvenance<'_>) -> Elements {
    let made_by = format!("Islet {}, {}", env!("CARGO_PKG_VERSION"), making.model());
    vec![
        text(tags::ROI_NUMBER, VR::IS, number),
        text(tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, &identity.frame_of_reference_uid),
        text(tags::ROI_NAME, VR::LO, &long_string(&organ.title())),
        text(tags::ROI_GENERATION_ALGORITHM, VR::CS, making.algorithm_type()),
        text(tags::ROI_GENERATION_DESCRIPTION, VR::LO, &long_string(&made_by)),
    ]
}

/// What an ROI is (PS3.3 C.8.8.8; codes as in a segmentation).
fn observation(number: &str, organ: &OrganLabel) -> Elements {
    let codes = organ.codes();
    let mut code = snomed_item(codes.property_type);
    code.extend(codes.side.map(|side| snomed(tags::SEGMENTED_PROPERTY_TYPE_MODIFIER_CODE_SEQUENCE, side)));
    vec![
        text(tags::OBSERVATION_NUMBER, VR::IS, number),
        text(tags::REFERENCED_ROI_NUMBER, VR::IS, number),
        text(tags::RTROI_INTERPRETED_TYPE, VR::CS, "ORGAN"),
        text(tags::ROI_INTERPRETER, VR::PN, ""),
        items(tags::RTROI_IDENTIFICATION_CODE_SEQUENCE, [code]),
    ]
}

/// The contours of an ROI, from the first slice to the last (PS3.3 C.8.8.6).
fn roi_contour(number: &str, organ: &OrganLabel, mask: &Mask, geometry: &Geometry, identity: &Identity) -> Elements {
    let on_slice = |z: usize| {
        let source = identity.slices.get(z);
        let position = source.map_or_else(|| geometry.position_mm([z as f64, 0.0, 0.0]), |source| source.position_mm);
        let steps = [2, 1].map(|axis| geometry.step_mm(axis));
        let image = source.and_then(|source| source.image.as_ref());
        let found = contours(mask.slice(z), organ.label, mask.dims[1]);
        found.into_iter().map(move |points| contour(&points, position, steps, image))
    };
    let found: Vec<Elements> = (0..mask.dims[0]).flat_map(on_slice).collect();
    let mut elements = vec![
        text(tags::REFERENCED_ROI_NUMBER, VR::IS, number),
        text(tags::ROI_DISPLAY_COLOR, VR::IS, &organ.rgb().map(|part| part.to_string()).join("\\")),
    ];
    if !found.is_empty() {
        elements.push(items(tags::CONTOUR_SEQUENCE, found));
    }
    elements
}

/// One closed contour of points in voxels of a slice whose first voxel is at `position`.
fn contour(points: &[GridPoint], position: [f64; 3], steps: [[f64; 3]; 2], image: Option<&Image>) -> Elements {
    let [row, column] = steps;
    let coordinates = points.iter().flat_map(|[x, y]| [0, 1, 2].map(|i| position[i] + x * row[i] + y * column[i]));
    let data: Vec<String> = coordinates.map(coordinate).collect();
    let mut elements = vec![
        text(tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, "CLOSED_PLANAR"),
        text(tags::NUMBER_OF_CONTOUR_POINTS, VR::IS, &points.len().to_string()),
        text(tags::CONTOUR_DATA, VR::DS, &data.join("\\")),
    ];
    elements.extend(image.map(|image| items(tags::CONTOUR_IMAGE_SEQUENCE, [instance(image)])));
    elements
}

/// A coordinate in mm, without zeros at the end.
fn coordinate(mm: f64) -> String {
    let text = format!("{mm:.DECIMALS$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}
