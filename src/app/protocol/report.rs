//! The report for printing: what the page asks for, and what only the session knows.

use serde::{Deserialize, Serialize};

use super::{OrganInfo, PatientData, PlaneView};
use crate::formats::report::ReportedModel;
use crate::formats::report_page::HandWork;

/// A report that the page wants to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// Values of hidden organs in the label map: the report is about the others.
    pub hidden: Vec<u8>,
    /// The fate of the patient's data.
    pub patient: PatientData,
    /// Local date and time, ISO 8601 to the second, because the session has no clock.
    pub at: String,
}

/// What the session knows for a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportFacts {
    /// [`OpenSeries::key`](super::OpenSeries::key) of the series.
    pub key: String,
    /// The request that it answers.
    pub request: ReportRequest,
    /// The name of the report's file.
    pub file_name: String,
    /// The organs that are shown; the one that the tools act on if none is. The pancreas is the first of a list of organs.
    pub organs: Vec<OrganFacts>,
    /// The planes through the middle of the organ that the tools act on, or of the first of these organs if that is hidden.
    /// A lone slice or a picture has its axial plane only.
    pub planes: Vec<PlaneView>,
    /// What was drawn by hand on the organ that the tools act on.
    pub hand_work: HandWork,
    /// The threshold that the model's masks follow; `None` where they are its largest class.
    pub threshold: Option<f32>,
    /// The model whose masks are shown.
    pub model: ReportedModel,
}

/// An organ in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganFacts {
    /// What the list of organs has.
    pub organ: OrganInfo,
    /// Its pixels on each slice.
    pub pixels: Vec<usize>,
    /// The number of its connected components (26-neighbours).
    pub pieces: usize,
}
