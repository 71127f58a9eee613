//! The result as files that name organs, with colours and codes: DICOM segmentation, structure set, and 3D Slicer's NRRD.

use super::series::SeriesState;
use crate::app::protocol::{PatientData, Response, ServerObject};
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, Message};
use crate::core::mask::{Mask, PANCREAS_NAME};
use crate::core::volume::Geometry;
use crate::formats::dicom::{self, Identity, LabelWriter, SegProvenance, write_seg, write_structure_set};
use crate::formats::{OrganLabel, nrrd};

/// Labels in file order, and what they stand for.
pub(super) struct FileOrgans {
    mask: Mask,
    organs: Vec<OrganLabel>,
}

impl SeriesState {
    /// The pancreas, or all organs that a model of whole volumes found, the pancreas first.
    fn file_organs(&self) -> FileOrgans {
        let Some(map) = self.predictions.current.volume.as_ref().and_then(|output| output.organs()) else {
            return FileOrgans { mask: self.file_mask(), organs: vec![OrganLabel::pancreas()] };
        };
        let mut organs = OrganLabel::named(&map.names);
        organs.sort_by_key(|organ| (organ.name != PANCREAS_NAME, organ.label));
        FileOrgans { mask: self.shown_organs().restore(&self.image.orientation, self.image.file_dims), organs }
    }

    /// What the names of such files say that they hold.
    pub(super) fn contents_name(&self) -> &'static str {
        if self.predictions.current.volume.is_some() { "organs" } else { "pancreas" }
    }

    /// The name of a DICOM file.
    pub(super) fn dicom_name(&self, patient: PatientData, ending: &str) -> String {
        self.patient_file_name(patient, self.contents_name(), ending)
    }

    /// The name of a file: without the patient it follows from the content, as a description may contain a patient's name.
    pub(super) fn patient_file_name(&self, patient: PatientData, contents: &str, ending: &str) -> String {
        match patient {
            PatientData::Omit => format!("islet_{}_{contents}{ending}", self.short_key()),
            PatientData::Include => format!("{}_{contents}{ending}", self.file_name()),
        }
    }

    /// The DICOM segmentation.
    pub(super) fn seg(&self, patient: PatientData, at: &str) -> Result<Vec<u8>, UserError> {
        self.dicom_file(AppMessage::TheDicomSegmentation.into(), write_seg, patient, at)
    }

    /// The structure set.
    pub(super) fn structure_set(&self, patient: PatientData, at: &str) -> Result<Vec<u8>, UserError> {
        self.dicom_file(AppMessage::TheStructureSet.into(), write_structure_set, patient, at)
    }

    /// An object for a server, with the patient's data.
    pub(super) fn to_server(&self, what: ServerObject, at: &str) -> Result<Response, UserError> {
        let bytes = match what {
            ServerObject::Seg => self.seg(PatientData::Include, at)?,
            ServerObject::RtStruct => self.structure_set(PatientData::Include, at)?,
        };
        let name = self.dicom_name(PatientData::Include, ".dcm");
        let instance_uid = dicom::read(&name, &bytes)?.sop_instance_uid().to_owned();
        Ok(Response::ToServer { what, instance_uid, bytes })
    }

    /// 3D Slicer's segmentation.
    pub(super) fn seg_nrrd(&self) -> Vec<u8> {
        let FileOrgans { mask, organs } = self.file_organs();
        nrrd::write_mask(&mask, self.file_geometry().as_ref(), &organs)
    }

    fn dicom_file(
        &self,
        subject: Message,
        write: LabelWriter,
        patient: PatientData,
        at: &str,
    ) -> Result<Vec<u8>, UserError> {
        let geometry = self
            .file_geometry()
            .ok_or_else(|| UserError::new(subject, AppMessage::PositionUnknown, AppMessage::SaveAsNifti))?;
        let FileOrgans { mask, organs } = self.file_organs();
        let corrected = self.corrections.slices().next().is_some();
        let identity = self.file_identity(patient, &geometry);
        self.with_provenance(corrected, at, |provenance| write(&mask, &geometry, &organs, &identity, provenance))
    }

    /// Whose a DICOM file is that is made from the series.
    pub(super) fn file_identity(&self, patient: PatientData, geometry: &Geometry) -> Identity {
        match &self.image.identity {
            Some(identity) if patient == PatientData::Omit => identity.clone().without_patient(),
            Some(identity) => identity.clone(),
            None => Identity::made_up(&self.study.key, self.image.file_dims[0], geometry),
        }
    }

    /// Writes a DICOM file with how it came about.
    pub(super) fn with_provenance<T>(&self, corrected: bool, at: &str, write: impl Fn(&SegProvenance<'_>) -> T) -> T {
        // 2026-11-24T06:30:00 as DICOM writes it.
        let digits: String = at.chars().filter(char::is_ascii_digit).collect();
        let [date, time] = digits.split_at_checked(8).map_or(["", ""], |(date, time)| [date, time]);
        let model_sha256 = &self.predictions.current.model.sha256;
        write(&SegProvenance { corrected, model_sha256, open_gate: None, at: [date, time] })
    }
}
