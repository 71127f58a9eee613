//! A volume as a DICOM CT series: for phantoms, and for tests of whatever reads one.

use dicom_core::{PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use super::value::{bytes, decimals, element, long_string, short, text, uid};
use crate::core::volume::{Geometry, Volume, norm};

/// The files of a CT series (PS3.3 A.3), named `1-001.dcm` and on, in slice order; explicit VR little endian.
///
/// UIDs derive from `patient_id` and `description`, so equal input gives equal bytes. Where the volume has no geometry,
/// voxels are written as 1 mm. Rows and columns must be at right angles and below 65,536 each: DICOM holds no other.
pub fn write_series(volume: &Volume, patient_id: &str, description: &str) -> Vec<(String, Vec<u8>)> {
    (0..volume.depth()).map(|z| (format!("1-{:03}.dcm", z + 1), file(volume, patient_id, description, z))).collect()
}

fn file(volume: &Volume, patient_id: &str, description: &str, z: usize) -> Vec<u8> {
    let geometry = volume.geometry.unwrap_or_else(|| Geometry::with_spacing_mm([1.0; 3]));
    let [slice_mm, row_mm, column_mm] = geometry.spacing_mm();
    let direction = |array_axis| {
        let step: [f64; 3] = geometry.step_mm(array_axis);
        step.map(|c| c / norm(step))
    };
    let slice = volume.slice(z);
    let number = (z + 1).to_string();
    let study = uid(&["study", patient_id]);
    let series = uid(&["series", patient_id, description]);

    bytes(InMemDicomObject::from_element_iter([
        text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL"),
        text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE),
        text(tags::SOP_INSTANCE_UID, VR::UI, &uid(&["instance", patient_id, description, &number])),
        text(tags::STUDY_DATE, VR::DA, ""),
        text(tags::STUDY_TIME, VR::TM, ""),
        text(tags::ACCESSION_NUMBER, VR::SH, ""),
        text(tags::MODALITY, VR::CS, "CT"),
        text(tags::MANUFACTURER, VR::LO, "Islet"),
        text(tags::REFERRING_PHYSICIAN_NAME, VR::PN, ""),
        text(tags::SERIES_DESCRIPTION, VR::LO, &long_string(description)),
        text(tags::PATIENT_NAME, VR::PN, &long_string(patient_id)),
        text(tags::PATIENT_ID, VR::LO, &long_string(patient_id)),
        text(tags::PATIENT_BIRTH_DATE, VR::DA, ""),
        text(tags::PATIENT_SEX, VR::CS, ""),
        decimals(tags::SLICE_THICKNESS, &[slice_mm]),
        text(tags::KVP, VR::DS, ""),
        text(tags::STUDY_INSTANCE_UID, VR::UI, &study),
        text(tags::SERIES_INSTANCE_UID, VR::UI, &series),
        text(tags::STUDY_ID, VR::SH, ""),
        text(tags::SERIES_NUMBER, VR::IS, "1"),
        text(tags::ACQUISITION_NUMBER, VR::IS, ""),
        text(tags::INSTANCE_NUMBER, VR::IS, &number),
        decimals(tags::IMAGE_POSITION_PATIENT, &geometry.position_mm([z as f64, 0.0, 0.0])),
        decimals(tags::IMAGE_ORIENTATION_PATIENT, &[direction(2), direction(1)].concat()),
        text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &uid(&["frame", patient_id])),
        text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, ""),
        short(tags::SAMPLES_PER_PIXEL, 1),
        text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
        short(tags::ROWS, slice.dims[0] as u16),
        short(tags::COLUMNS, slice.dims[1] as u16),
        decimals(tags::PIXEL_SPACING, &[row_mm, column_mm]),
        short(tags::BITS_ALLOCATED, 16),
        short(tags::BITS_STORED, 16),
        short(tags::HIGH_BIT, 15),
        short(tags::PIXEL_REPRESENTATION, 1),
        decimals(tags::RESCALE_INTERCEPT, &[0.0]),
        decimals(tags::RESCALE_SLOPE, &[1.0]),
        text(tags::RESCALE_TYPE, VR::LO, "HU"),
        element(tags::PIXEL_DATA, VR::OW, PrimitiveValue::I16(slice.hu.into())),
    ]))
}
