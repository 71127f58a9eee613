//! What every file that is made from a series says of its patient, its study and its maker.

use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::identity::{Identity, Image};
use super::tags::COPIED;
use super::value::{code, code_item, long_string, text};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::organ_codes::SnomedCode;
use crate::core::volume::Geometry;
use crate::formats::organ_label::OrganLabel;

pub(super) type Elements = Vec<DataElement<InMemDicomObject>>;

/// What writes a DICOM file of labels in file order: [`write_seg`](super::write_seg) or
/// [`write_structure_set`](super::write_structure_set).
pub type LabelWriter = fn(&Mask, &Geometry, &[OrganLabel], &Identity, &SegProvenance<'_>) -> Result<Vec<u8>, UserError>;

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

impl SegProvenance<'_> {
    /// SegmentAlgorithmType and ROIGenerationAlgorithm.
    pub(super) fn algorithm_type(&self) -> &'static str {
        if self.corrected { "SEMIAUTOMATIC" } else { "AUTOMATIC" }
    }

    /// Date and time, or, without patient data, dummies: when it was made would tell when the patient was there.
    pub(super) fn date_and_time(&self, identity: &Identity) -> [&str; 2] {
        if identity.removed { ["19000101", "000000"] } else { self.at }
    }
}

/// The program that made the file (PS3.3 C.7.5.1, C.7.5.2).
pub(super) fn equipment() -> Elements {
    vec![
        text(tags::MANUFACTURER, VR::LO, "Islet"),
        text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "Islet"),
        // Enhanced General Equipment wants one; a program has none.
        text(tags::DEVICE_SERIAL_NUMBER, VR::LO, "none"),
        text(tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION")),
    ]
}

/// Patient and study.
pub(super) fn person(identity: &Identity) -> Elements {
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

/// The images that a series came from, each once: frames of one file are one instance.
pub(super) fn source_images(identity: &Identity) -> Vec<&Image> {
    let mut images: Vec<&Image> = identity.slices.iter().filter_map(|source| source.image.as_ref()).collect();
    images.dedup_by(|a, b| a.instance_uid == b.instance_uid);
    images
}

/// The reference to an image as a whole.
pub(super) fn whole_instance(image: &Image) -> Elements {
    instance(&Image { frame: None, ..image.clone() })
}

/// The reference to an image, or to a frame of one (PS3.3 10.3).
pub(super) fn instance(image: &Image) -> Elements {
    let mut elements = vec![
        text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, &image.class_uid),
        text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &image.instance_uid),
    ];
    elements.extend(image.frame.map(|frame| text(tags::REFERENCED_FRAME_NUMBER, VR::IS, &frame.to_string())));
    elements
}

/// A sequence of one code of SNOMED CT.
pub(super) fn snomed(tag: Tag, of: SnomedCode) -> DataElement<InMemDicomObject> {
    code(tag, of.value, "SCT", of.meaning)
}

/// The code alone, as the item of a sequence.
pub(super) fn snomed_item(of: SnomedCode) -> Elements {
    code_item(of.value, "SCT", of.meaning)
}

/// What a file of these organs is called: the one, or all of them.
pub(super) fn file_title(organs: &[OrganLabel]) -> String {
    match organs {
        [organ] => organ.title(),
        _ => "Organs".into(),
    }
}
