//! The attributes that are read from a DICOM file. The walk in `parse` copies these and no others.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

/// Attributes of patient and study that a derived file repeats (PS3.3 C.7.1.1, C.7.2.1), each with
/// true if the derived file must have it, even if empty.
pub(super) const COPIED: [(Tag, VR, bool); 11] = [
    (tags::STUDY_DATE, VR::DA, true),
    (tags::STUDY_TIME, VR::TM, true),
    (tags::ACCESSION_NUMBER, VR::SH, true),
    (tags::REFERRING_PHYSICIAN_NAME, VR::PN, true),
    (tags::STUDY_DESCRIPTION, VR::LO, false),
    (tags::PATIENT_NAME, VR::PN, true),
    (tags::PATIENT_ID, VR::LO, true),
    (tags::ISSUER_OF_PATIENT_ID, VR::LO, false),
    (tags::PATIENT_BIRTH_DATE, VR::DA, true),
    (tags::PATIENT_SEX, VR::CS, true),
    (tags::STUDY_ID, VR::SH, true),
];

/// The attributes that `slice` and `seg` read, without those of the patient.
const WANTED: &[Tag] = &[
    tags::SPECIFIC_CHARACTER_SET,
    tags::IMAGE_TYPE,
    tags::ACQUISITION_DATE_TIME,
    tags::ACQUISITION_TIME,
    tags::CONTENT_TIME,
    tags::SOP_CLASS_UID,
    tags::MODALITY,
    tags::STUDY_DESCRIPTION,
    tags::SERIES_DESCRIPTION,
    tags::SOP_INSTANCE_UID,
    tags::CONTRAST_BOLUS_AGENT,
    tags::KVP,
    tags::GANTRY_DETECTOR_TILT,
    tags::STUDY_INSTANCE_UID,
    tags::FRAME_OF_REFERENCE_UID,
    tags::SERIES_NUMBER,
    tags::ACQUISITION_NUMBER,
    tags::SLICE_THICKNESS,
    tags::SPACING_BETWEEN_SLICES,
    tags::ECHO_TIME,
    tags::FRAME_ACQUISITION_DATE_TIME,
    tags::CONVOLUTION_KERNEL,
    tags::MONOENERGETIC_ENERGY_EQUIVALENT,
    tags::SERIES_INSTANCE_UID,
    tags::INSTANCE_NUMBER,
    tags::IMAGE_POSITION_PATIENT,
    tags::IMAGE_ORIENTATION_PATIENT,
    tags::TEMPORAL_POSITION_IDENTIFIER,
    tags::SLICE_LOCATION,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::NUMBER_OF_FRAMES,
    tags::ROWS,
    tags::COLUMNS,
    tags::PIXEL_SPACING,
    tags::BITS_ALLOCATED,
    tags::BITS_STORED,
    tags::HIGH_BIT,
    tags::PIXEL_REPRESENTATION,
    tags::PIXEL_PADDING_VALUE,
    tags::PIXEL_PADDING_RANGE_LIMIT,
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
    tags::RESCALE_TYPE,
    tags::FRAME_TYPE,
    tags::STACK_ID,
    tags::FRAME_ACQUISITION_NUMBER,
    tags::TEMPORAL_POSITION_INDEX,
    tags::CONCATENATION_FRAME_OFFSET_NUMBER,
    tags::SEGMENTATION_TYPE,
    tags::MAXIMUM_FRACTIONAL_VALUE,
    tags::SEGMENT_NUMBER,
    tags::SEGMENT_LABEL,
    tags::REFERENCED_SEGMENT_NUMBER,
];
/// The functional groups of a frame that contain such attributes (PS3.3 C.7.6.16.2, C.8.15.3, C.8.20.3).
pub(super) const FUNCTIONAL_GROUPS: &[Tag] = &[
    tags::PIXEL_MEASURES_SEQUENCE,
    tags::PLANE_POSITION_SEQUENCE,
    tags::PLANE_ORIENTATION_SEQUENCE,
    tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
    tags::FRAME_CONTENT_SEQUENCE,
    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
    tags::CT_IMAGE_FRAME_TYPE_SEQUENCE,
    tags::CTX_RAY_DETAILS_SEQUENCE,
    tags::CT_RECONSTRUCTION_SEQUENCE,
    tags::CT_ACQUISITION_DETAILS_SEQUENCE,
];

/// True if the walk copies the attribute.
pub(super) fn is_wanted(tag: Tag) -> bool {
    WANTED.contains(&tag) || COPIED.iter().any(|(copied, ..)| *copied == tag)
}
