//! The file of a report: whose it is, what it refers to, and its tree of items.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use super::content::{Concept, Relationship, SOURCE, coded, container, item, root, uid_reference, words};
use super::{ReportContent, groups};
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::formats::dicom::derived::{
    Elements, FileKind, FileUids, SegProvenance, general, source_images, whole_instance,
};
use crate::formats::dicom::identity::Identity;
use crate::formats::dicom::value::{bytes, items, text, uid};
use crate::formats::organ_label::OrganLabel;

const MEASUREMENT_REPORT: FileKind = FileKind {
    class_uid: uids::COMPREHENSIVE3_DSR_STORAGE,
    modality: "SR",
    name: "measurement report",
    series_number: "1002",
};

/// The file of a report (PS3.3 A.35.13; PS3.16 TID 1500), explicit VR little endian. The same values give the same bytes.
///
/// # Errors
/// Nothing measured.
pub fn write_measurement_report(
    content: &ReportContent<'_>,
    identity: &Identity,
    making: &SegProvenance<'_>,
) -> Result<Vec<u8>, UserError> {
    let organs = content.organs.iter().filter(|organ| organ.volume_ml.is_some() || organ.hu.is_some());
    let organs = organs.map(|organ| groups::organ(organ, identity, making));
    let drawn = (0..content.drawn.len()).filter_map(|index| groups::drawn(index, content, identity));
    let measured: Vec<Elements> = organs.chain(drawn).collect();
    if measured.is_empty() {
        let subject = AppMessage::TheMeasurementReport;
        return Err(UserError::new(subject, AppMessage::NothingMeasured, AppMessage::ShowOrMeasure));
    }
    let named: Vec<OrganLabel> = content.organs.iter().map(|organ| organ.organ.clone()).collect();
    let file_uids = FileUids::new(format!("{content:?}").as_bytes(), &named, identity, making);
    let at = making.date_and_time(identity);
    let description = "Measurements by Islet (for research; not a medical device)";

    let mut elements = general(&MEASUREMENT_REPORT, description, identity, &file_uids);
    elements.extend([
        text(tags::CONTENT_DATE, VR::DA, at[0]),
        text(tags::CONTENT_TIME, VR::TM, at[1]),
        text(tags::COMPLETION_FLAG, VR::CS, "PARTIAL"),
        text(tags::VERIFICATION_FLAG, VR::CS, "UNVERIFIED"),
        text(tags::PRELIMINARY_FLAG, VR::CS, "PRELIMINARY"),
        // Needed, and known to nobody.
        items(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, []),
        items(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, []),
    ]);
    elements.extend(evidence(identity));
    elements.extend(tree(identity, measured));
    Ok(bytes(InMemDicomObject::from_element_iter(elements)))
}

/// The images that the report refers to (PS3.3 C.17.2); nothing where there are none.
fn evidence(identity: &Identity) -> Elements {
    let images = source_images(identity);
    if images.is_empty() {
        return Vec::new();
    }
    let series = vec![
        text(tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_uid),
        items(tags::REFERENCED_SOP_SEQUENCE, images.into_iter().map(whole_instance)),
    ];
    let study = vec![
        text(tags::STUDY_INSTANCE_UID, VR::UI, &identity.study_uid),
        items(tags::REFERENCED_SERIES_SEQUENCE, [series]),
    ];
    vec![items(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, [study])]
}

/// The tree of items (TID 1500).
fn tree(identity: &Identity, measured: Vec<Elements>) -> Elements {
    let language = coded(
        Relationship::ConceptModifier,
        Concept::dcm("121049", "Language of Content Item and Descendants"),
        Concept::of_scheme("RFC5646", "en", "English"),
    );
    let procedure = coded(
        Relationship::ConceptModifier,
        Concept::dcm("121058", "Procedure reported"),
        Concept::of_scheme("LN", "25045-6", "CT unspecified body region"),
    );
    let mut children = vec![language];
    children.extend(observer());
    children.push(procedure);
    children.extend(image_library(identity));
    children.push(container(Concept::dcm("126010", "Imaging Measurements"), None, measured));
    root(Concept::dcm("126000", "Imaging Measurement Report"), "1500", children)
}

/// Who measured: this program (TID 1002, TID 1004).
fn observer() -> [Elements; 5] {
    let how = Relationship::ObservationContext;
    let version = env!("CARGO_PKG_VERSION");
    [
        coded(how, Concept::dcm("121005", "Observer Type"), Concept::dcm("121007", "Device")),
        uid_reference(how, Concept::dcm("121012", "Device Observer UID"), &uid(&["device", "Islet", version])),
        words(how, Concept::dcm("121013", "Device Observer Name"), "Islet"),
        words(how, Concept::dcm("121014", "Device Observer Manufacturer"), "Islet"),
        words(how, Concept::dcm("121015", "Device Observer Model Name"), &format!("Islet {version}")),
    ]
}

/// The images of the series (TID 1600): the sources of every group that names no others.
fn image_library(identity: &Identity) -> Option<Elements> {
    let entries: Vec<Elements> = source_images(identity)
        .into_iter()
        .map(|image| {
            let image = vec![items(tags::REFERENCED_SOP_SEQUENCE, [whole_instance(image)])];
            item(Relationship::Contains, "IMAGE", SOURCE, image)
        })
        .collect();
    let library = |entries| {
        let group = container(Concept::dcm("126200", "Image Library Group"), None, entries);
        container(Concept::dcm("111028", "Image Library"), None, vec![group])
    };
    (!entries.is_empty()).then(|| library(entries))
}
