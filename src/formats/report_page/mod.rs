//! A result as a page to print: [`ReportPage`], one HTML file on one sheet of A4, without scripts and addresses.
//!
//! Everything that it says is escaped. Its policy allows its own style and pictures in it, and nothing else.

mod figures;
pub(crate) mod html;
mod sections;

use serde::{Deserialize, Serialize};

use self::html::Html;
use super::report::ReportedModel;
use crate::core::i18n::Language;
use crate::core::organ_colours::Rgb;
use crate::core::volumetry::Measurement;

/// A report. Texts are in its language.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportPage {
    /// The language of what the report says itself.
    pub language: Language,
    /// The patient; `None` leaves out everything that may tell of one.
    pub patient: Option<ReportedPatient>,
    /// A name of the series that follows from its content, in hexadecimal.
    pub series_key: String,
    /// `[depth, height, width]`.
    pub dims: [usize; 3],
    /// `[z, y, x]`; `None` for a picture.
    pub spacing_mm: Option<[f64; 3]>,
    /// Where the planes are and how they are windowed, a sentence.
    pub pictures_title: String,
    /// The planes.
    pub planes: Vec<PlanePicture>,
    /// The surface.
    pub surface: ReportedSurface,
    /// The organs that are shown.
    pub organs: Vec<ReportedOrgan>,
    /// The name of the organ that was corrected.
    pub active_organ: String,
    /// What was drawn on it.
    pub hand_work: HandWork,
    /// How the other slices of it were made, a sentence each.
    pub other_slices: Vec<String>,
    /// The settings of the mask, in words.
    pub settings: Vec<String>,
    /// What was measured on the pictures.
    pub measurements: Vec<ReportedMeasurement>,
    /// The name of the model.
    pub model_name: String,
    /// The model.
    pub model: ReportedModel,
    /// What the model says of its own limits; may be empty.
    pub model_limits: String,
    /// What speaks against the result, a sentence each.
    pub warnings: Vec<String>,
    /// Local date and time, ISO 8601.
    pub made_at: String,
    /// Version of Islet.
    pub version: String,
}

/// Whose scan it is, as its files say. Texts are empty where they do not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportedPatient {
    /// The patient's name.
    pub name: String,
    /// The patient's ID.
    pub id: String,
    /// The date of the study.
    pub study_date: String,
    /// The name of the series, which may contain the patient's.
    pub series: String,
    /// Remarks on the series, which may name files.
    pub notes: Vec<String>,
}

/// The picture of a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanePicture {
    /// The plane and its index, for people.
    pub caption: String,
    /// The address of its pixels, `data:image/png;base64,...`.
    pub png: String,
    /// `[height, width]` in mm, or in pixels if their size is unknown.
    pub size: [f64; 2],
    /// True if the size is in mm.
    pub is_in_mm: bool,
    /// The directions in the patient at its left, right, top and bottom edge.
    pub letters: Option<[char; 4]>,
}

/// The picture of the surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportedSurface {
    /// It was drawn.
    Drawn {
        /// The address of its pixels.
        png: String,
        /// `[height, width]` in pixels.
        size_px: [u32; 2],
        /// The directions in the patient at its left, right, top and bottom edge.
        letters: [String; 4],
    },
    /// The browser cannot draw it.
    NoGraphics,
    /// There is none, as of a lone slice.
    Nothing,
}

/// An organ in a report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedOrgan {
    /// Its name, for people.
    pub name: String,
    /// Its colour in the pictures.
    pub rgb: Rgb,
    /// Its size, and the slices that it is on.
    pub measured: Measurement,
    /// Mean and standard deviation of its Hounsfield units.
    pub hu: Option<[f64; 2]>,
    /// The number of its connected components.
    pub pieces: usize,
    /// The number of slices on which a person has corrected it.
    pub corrected: usize,
}

/// What a person has drawn on an organ. Slices are counted from 1, and ascend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandWork {
    /// Slices that a person took for right.
    pub accepted: Vec<usize>,
    /// Slices that are corrected as a whole and not accepted.
    pub corrected: Vec<usize>,
    /// Other slices, with pixels that were drawn on other planes.
    pub drawn_on: Vec<usize>,
    /// Those pixels.
    pub drawn_pixels: usize,
    /// Pixels of all these slices that are in the mask and not in the model's.
    pub added: usize,
    /// Pixels of them that are in the model's mask only.
    pub removed: usize,
}

impl HandWork {
    /// True if nothing was drawn.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.corrected.is_empty() && self.drawn_on.is_empty()
    }
}

/// A measurement on a picture, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedMeasurement {
    /// Its number and its kind.
    pub name: String,
    /// Its value with the unit.
    pub value: String,
    /// Its plane.
    pub place: String,
}

impl ReportPage {
    /// As a file.
    pub fn to_html(&self) -> String {
        let strings = self.language.strings();
        let mut body = Html::default();
        body.raw("<header><h1>").text(strings.report.title).raw("</h1><p class=statement><strong>");
        body.text(strings.report.statement).raw("</strong></p></header>\n<main>\n");
        sections::identity(&mut body, self);
        figures::planes(&mut body, self);
        let has_side = matches!(self.surface, ReportedSurface::Drawn { .. }) || !self.measurements.is_empty();
        let alone = if has_side { "" } else { " alone" };
        body.raw("<div class=\"result").raw(alone).raw("\">\n");
        body.raw("<div class=found>\n");
        sections::organs(&mut body, self);
        sections::hand_work(&mut body, self);
        body.raw("</div>\n<div class=found>\n");
        figures::surface(&mut body, self);
        sections::measurements(&mut body, self);
        body.raw("</div>\n</div>\n<div class=found>\n");
        sections::warnings(&mut body, self);
        sections::model(&mut body, self);
        body.raw("</div>\n</main>\n");
        let class = if sections::are_many(self) { "dense" } else { "" };
        html::document(self.language, strings.report.title, class, body)
    }
}
