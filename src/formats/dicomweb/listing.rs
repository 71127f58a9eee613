//! Lists of studies, series and instances: what a server answers to a search (QIDO-RS, PS3.18 10.6.3.3).

use super::json::JsonDataSet;
use crate::core::i18n::messages::DicomWebMessage;

const SOP_INSTANCE_UID: &str = "00080018";
const STUDY_DATE: &str = "00080020";
const MODALITY: &str = "00080060";
const MODALITIES_IN_STUDY: &str = "00080061";
pub(super) const STUDY_DESCRIPTION: &str = "00081030";
const SERIES_DESCRIPTION: &str = "0008103E";
const PATIENT_NAME: &str = "00100010";
const PATIENT_ID: &str = "00100020";
const STUDY_INSTANCE_UID: &str = "0020000D";
const SERIES_INSTANCE_UID: &str = "0020000E";
const SERIES_NUMBER: &str = "00200011";
const NUMBER_OF_SERIES_RELATED_INSTANCES: &str = "00201209";

/// The longest that a UID may be (PS3.5 9.1).
const LONGEST_UID: usize = 64;

/// A study on the server. Texts are as the server writes them, and empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerStudy {
    /// StudyInstanceUID.
    pub uid: String,
    /// PatientName, such as `Wang^XiaoDong`.
    pub patient_name: String,
    /// PatientID.
    pub patient_id: String,
    /// StudyDate, such as `20130409`.
    pub date: String,
    /// StudyDescription.
    pub description: String,
    /// ModalitiesInStudy.
    pub modalities: Vec<String>,
}

/// A series on the server. Texts are as the server writes them, and empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSeries {
    /// SeriesInstanceUID.
    pub uid: String,
    /// Modality, such as `CT`.
    pub modality: String,
    /// SeriesNumber.
    pub number: Option<i64>,
    /// SeriesDescription.
    pub description: String,
    /// NumberOfSeriesRelatedInstances.
    pub images: Option<usize>,
}

impl ServerSeries {
    /// True if this page opens it: CT, and the segmentations and contours that may belong to one.
    pub fn can_be_opened(&self) -> bool {
        self.is_ct() || ["SEG", "RTSTRUCT"].contains(&self.modality.as_str())
    }

    /// True for CT.
    pub fn is_ct(&self) -> bool {
        self.modality == "CT"
    }
}

/// Reads a list of studies.
///
/// # Errors
///
/// Returns what is wrong with the list: it is not in the DICOM JSON Model, or a study has no StudyInstanceUID.
pub fn read_studies(body: &str) -> Result<Vec<ServerStudy>, DicomWebMessage> {
    read(body, |study| {
        Ok(ServerStudy {
            uid: uid(study, STUDY_INSTANCE_UID, "StudyInstanceUID")?,
            patient_name: study.text(PATIENT_NAME),
            patient_id: study.text(PATIENT_ID),
            date: study.text(STUDY_DATE),
            description: study.text(STUDY_DESCRIPTION),
            modalities: study.texts(MODALITIES_IN_STUDY),
        })
    })
}

/// Reads the list of a study's series, in the order of their numbers.
///
/// # Errors
///
/// Returns what is wrong with the list: it is not in the DICOM JSON Model, or a series has no SeriesInstanceUID.
pub fn read_series(body: &str) -> Result<Vec<ServerSeries>, DicomWebMessage> {
    let mut series = read(body, |series| {
        Ok(ServerSeries {
            uid: uid(series, SERIES_INSTANCE_UID, "SeriesInstanceUID")?,
            modality: series.text(MODALITY),
            number: series.number(SERIES_NUMBER),
            description: series.text(SERIES_DESCRIPTION),
            images: series.number(NUMBER_OF_SERIES_RELATED_INSTANCES),
        })
    })?;
    series.sort_by_key(|series| (series.number.is_none(), series.number));
    Ok(series)
}

/// Reads the SOPInstanceUIDs of a list of instances.
///
/// # Errors
///
/// Returns what is wrong with the list: it is not in the DICOM JSON Model, or an instance has no SOPInstanceUID.
pub fn read_instances(body: &str) -> Result<Vec<String>, DicomWebMessage> {
    read(body, |instance| uid(instance, SOP_INSTANCE_UID, "SOPInstanceUID"))
}

/// The studies of several lists, each once, the newest first, and those of a day by the patient's name.
pub fn merged(lists: Vec<Vec<ServerStudy>>) -> Vec<ServerStudy> {
    let mut studies: Vec<ServerStudy> = lists.into_iter().flatten().collect();
    studies.sort_by(|a, b| (&b.date, &a.patient_name, &a.uid).cmp(&(&a.date, &b.patient_name, &b.uid)));
    studies.dedup_by(|a, b| a.uid == b.uid);
    studies
}

/// Reads each item of a list. An answer without content is an empty list.
fn read<T>(body: &str, item: impl Fn(&JsonDataSet) -> Result<T, DicomWebMessage>) -> Result<Vec<T>, DicomWebMessage> {
    if body.trim().is_empty() {
        return Ok(Vec::new());
    }
    let items: Vec<JsonDataSet> =
        serde_json::from_str(body).map_err(|error| DicomWebMessage::NotReadable { why: error.to_string() })?;
    items.iter().map(item).collect()
}

/// A UID, which becomes part of an address.
fn uid(item: &JsonDataSet, tag: &str, name: &str) -> Result<String, DicomWebMessage> {
    let uid = item.text(tag);
    let is_uid = !uid.is_empty() && uid.len() <= LONGEST_UID && uid.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match is_uid && !uid.contains("..") && !uid.starts_with('.') {
        true => Ok(uid),
        false => Err(DicomWebMessage::NoUid { name: name.into() }),
    }
}
