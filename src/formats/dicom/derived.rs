//! What every file that is made from a series says of its patient, its study and its maker.

use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use sha2::{Digest, Sha256};

use super::identity::{Identity, Image};
use super::tags::COPIED;
use super::value::{code, code_item, long_string, text, uid};
use crate::core::error::UserError;
use crate::core::hex::hex;
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
    /// The gate of the model that was held open, counted from the deepest.
    pub open_gate: Option<usize>,
    /// Local date and time, as `20261124` and `063000`.
    pub at: [&'a str; 2],
}

impl SegProvenance<'_> {
    /// SegmentAlgorithmType and ROIGenerationAlgorithm.
    pub(super) fn algorithm_type(&self) -> &'static str {
        if self.corrected { "SEMIAUTOMATIC" } else { "AUTOMATIC" }
    }

    /// The model by the SHA-256 of its file, and the gate that was held open, which people count from 1.
    pub(super) fn model(&self) -> String {
        let open = self.open_gate.map(|gate| format!(", gate {} held open", gate + 1));
        format!("model SHA-256 {}{}", self.model_sha256, open.unwrap_or_default())
    }

    /// Date and time, or, without patient data, dummies: when it was made would tell when the patient was there.
    pub(super) fn date_and_time(&self, identity: &Identity) -> [&str; 2] {
        if identity.removed { ["19000101", "000000"] } else { self.at }
    }
}

/// What tells a file that is made from a series from all others: another mask, another day or another model make another
/// file, and the same values the same.
pub(super) struct FileUids<'a> {
    identity: &'a Identity,
    making: &'a SegProvenance<'a>,
    content_sha256: String,
    titles: String,
}

impl<'a> FileUids<'a> {
    /// `content` is what the file holds of the mask.
    pub(super) fn new(
        content: &[u8],
        organs: &[OrganLabel],
        identity: &'a Identity,
        making: &'a SegProvenance<'a>,
    ) -> Self {
        let titles = organs.iter().map(OrganLabel::title).collect::<Vec<_>>().join("\\");
        Self { identity, making, content_sha256: hex(&Sha256::digest(content)), titles }
    }

    /// The UID of `what` in or around the file.
    pub(super) fn of(&self, what: &str) -> String {
        let [date, time] = self.making.date_and_time(self.identity);
        let series = &self.identity.series_uid;
        let open = self.making.open_gate.map(|_| self.making.model());
        let parts = [what, series, &self.content_sha256, &self.titles, date, time, self.making.model_sha256];
        uid(&parts.into_iter().chain(open.as_deref()).collect::<Vec<_>>())
    }
}

/// The kind of file that is made from a series.
pub(super) struct FileKind {
    /// SOPClassUID.
    pub(super) class_uid: &'static str,
    /// Modality.
    pub(super) modality: &'static str,
    /// Its name in words, from which its UIDs are made.
    pub(super) name: &'static str,
    /// SeriesNumber.
    pub(super) series_number: &'static str,
}

/// Patient, study, series and equipment of a file (PS3.3 C.7.1 to C.7.3, C.7.5, C.12.1), whose series is called `description`.
pub(super) fn general(kind: &FileKind, description: &str, identity: &Identity, uids: &FileUids<'_>) -> Elements {
    let mut elements = person(identity);
    elements.extend(equipment());
    elements.extend([
        text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        text(tags::SOP_CLASS_UID, VR::UI, kind.class_uid),
        text(tags::SOP_INSTANCE_UID, VR::UI, &uids.of(kind.name)),
        text(tags::MODALITY, VR::CS, kind.modality),
        text(tags::SERIES_DESCRIPTION, VR::LO, &long_string(description)),
        text(tags::STUDY_INSTANCE_UID, VR::UI, &identity.study_uid),
        text(tags::SERIES_INSTANCE_UID, VR::UI, &uids.of(&format!("series of the {}", kind.name))),
        text(tags::SERIES_NUMBER, VR::IS, kind.series_number),
        text(tags::INSTANCE_NUMBER, VR::IS, "1"),
    ]);
    elements
}

/// The frame of reference of a file of labels (PS3.3 C.7.4.1).
pub(super) fn labels_frame(identity: &Identity) -> Elements {
    vec![
        text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &identity.frame_of_reference_uid),
        text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, ""),
    ]
}

/// The description of a series of labels of these organs.
pub(super) fn labels_description(organs: &[OrganLabel]) -> String {
    format!("{}, segmented by Islet", file_title(organs))
}

/// The program that made the file (PS3.3 C.7.5.1, C.7.5.2).
fn equipment() -> Elements {
    vec![
        text(tags::MANUFACTURER, VR::LO, "Islet"),
        text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "Islet"),
        // Enhanced General Equipment wants one; a program has none.
        text(tags::DEVICE_SERIAL_NUMBER, VR::LO, "none"),
        text(tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION")),
    ]
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
