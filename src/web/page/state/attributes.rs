//! What the files of the open series say: a few facts for the corners of the pictures, and the table of one slice.
//!
//! It is here while the series is open, and stored nowhere.

use leptos::prelude::*;

use super::series::SeriesView;
use crate::app::protocol::Request;
use crate::formats::dicom::AttributeRow;
use crate::web::page::io::session_client::SessionClient;

/// The tags of the facts in the corners.
const PATIENT_NAME: &str = "(0010,0010)";
const PATIENT_ID: &str = "(0010,0020)";
const STUDY_DATE: &str = "(0008,0020)";
const SLICE_THICKNESS: &str = "(0018,0050)";

/// The attributes of a slice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SliceAttributes {
    /// The slice in viewing order.
    pub(crate) slice: usize,
    /// The attributes, in the order of the file.
    pub(crate) rows: Vec<AttributeRow>,
    /// The number of further attributes.
    pub(crate) left_out: usize,
}

/// What radiologists look for in the corners of a picture. Texts are empty where the files do not say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CornerFacts {
    /// PatientName, for people.
    pub(crate) patient_name: String,
    /// PatientID.
    pub(crate) patient_id: String,
    /// StudyDate, ISO 8601.
    pub(crate) study_date: String,
    /// SliceThickness.
    pub(crate) thickness_mm: Option<f64>,
}

/// What the files of the open series say.
#[derive(Clone, Copy)]
pub(crate) struct FileAttributesView {
    session: SessionClient,
    series: SeriesView,
    /// The facts for the corners.
    pub(crate) facts: RwSignal<CornerFacts>,
    /// True if the files are DICOM, so that there is a table.
    pub(crate) is_known: RwSignal<bool>,
    /// The table of the slice that was requested last.
    pub(crate) shown: RwSignal<Option<SliceAttributes>>,
    /// True while the table is open.
    pub(crate) is_open: RwSignal<bool>,
}

impl FileAttributesView {
    /// No series is open.
    pub(crate) fn new(session: SessionClient, series: SeriesView) -> Self {
        Self {
            session,
            series,
            facts: RwSignal::new(CornerFacts::default()),
            is_known: RwSignal::new(false),
            shown: RwSignal::new(None),
            is_open: RwSignal::new(false),
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        self.facts.set(CornerFacts::default());
        self.is_known.set(false);
        self.shown.set(None);
        self.is_open.set(false);
    }

    /// Another series was opened, and this slice of it is shown.
    pub(crate) fn series_opened(&self, slice: usize) {
        self.reset();
        self.session.send(&Request::Attributes { slice });
    }

    /// Opens the table of the current slice.
    pub(crate) fn open(&self) {
        self.shown.set(None);
        self.is_open.set(true);
        self.session.send(&Request::Attributes { slice: self.series.slice.get_untracked() });
    }

    /// The attributes of a slice of a series have come.
    pub(crate) fn receive(&self, key: &str, attributes: SliceAttributes) {
        let is_open = self.series.info.with_untracked(|info| info.as_ref().is_some_and(|info| info.key == key));
        if !is_open {
            return;
        }
        if !attributes.rows.is_empty() {
            self.is_known.set(true);
            self.facts.set(facts(&attributes.rows));
        }
        self.shown.set(Some(attributes));
    }
}

fn facts(rows: &[AttributeRow]) -> CornerFacts {
    let text = |tag: &str| {
        let row = rows.iter().find(|row| row.depth == 0 && row.tag == tag);
        row.map(|row| row.value.text().to_owned()).unwrap_or_default()
    };
    CornerFacts {
        patient_name: person_name(&text(PATIENT_NAME)),
        patient_id: text(PATIENT_ID),
        study_date: iso_date(&text(STUDY_DATE)),
        thickness_mm: text(SLICE_THICKNESS).trim().replace(',', ".").parse().ok(),
    }
}

/// A name for people: of its alphabetic form the family name, then the others (PS3.5 6.2.1).
pub(crate) fn person_name(value: &str) -> String {
    let parts = value.split('=').next().unwrap_or_default().split('^').map(str::trim);
    let mut parts = parts.filter(|part| !part.is_empty());
    let (family, others) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>().join(" "));
    [family, &others].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A date (PS3.5 6.2) in ISO 8601; what is no date stays as it is.
pub(crate) fn iso_date(value: &str) -> String {
    match (value.get(0..4), value.get(4..6), value.get(6..8)) {
        (Some(year), Some(month), Some(day)) if value.len() == 8 => [year, month, day].join("-"),
        _ => value.to_owned(),
    }
}
