//! A structure set to its contours. Which grid they are put on is the caller's affair.

use std::collections::{BTreeMap, BTreeSet};

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::core::error::UserError;
use crate::core::i18n::messages::{DicomMessage, Message, RtStructMessage};
use crate::formats::damaged;
use crate::formats::dicom::identity::Identity;
use crate::formats::dicom::parse::{DataSet, NestedEvent};

/// Points of all contours at most.
const MOST_POINTS: usize = 1 << 24;
/// Organs at most: as many as labels.
const MOST_ROIS: usize = 255;

/// The sequences that hold what is read.
const SEQUENCES: &[Tag] = &[
    tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
    tags::RT_REFERENCED_STUDY_SEQUENCE,
    tags::RT_REFERENCED_SERIES_SEQUENCE,
    tags::CONTOUR_IMAGE_SEQUENCE,
    tags::STRUCTURE_SET_ROI_SEQUENCE,
    tags::ROI_CONTOUR_SEQUENCE,
    tags::CONTOUR_SEQUENCE,
];

/// What an RTSTRUCT file says: closed contours in the patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StructureSet {
    /// ROIName of each organ that has closed contours, by its label from 1 up, in the order of the file.
    pub names: BTreeMap<u8, String>,
    /// What a person should know about its reading, without final stops.
    pub notes: Vec<Message>,
    pub(super) contours: Vec<LabelledContour>,
    /// Frames of reference, series and images that it refers to.
    references: BTreeSet<String>,
}

/// A closed contour.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LabelledContour {
    pub(super) label: u8,
    /// LPS, mm; at least three.
    pub(super) points_mm: Vec<[f64; 3]>,
}

impl StructureSet {
    /// Whether it was drawn on a series: whether it names the series' frame of reference, the series, or one of its images, as they
    /// are or as they are written without the patient. `None` of a series that is not in DICOM says nothing against it.
    pub fn belongs_to(&self, series: Option<&Identity>) -> bool {
        let names = |series: &Identity| {
            let images = series.slices.iter().filter_map(|slice| slice.image.as_ref());
            let own = [&series.frame_of_reference_uid, &series.series_uid].into_iter();
            own.chain(images.map(|image| &image.instance_uid)).any(|uid| self.references.contains(uid))
        };
        series.is_none_or(|series| {
            self.references.is_empty() || names(series) || names(&series.clone().without_patient())
        })
    }
}

/// Reads a structure set (PS3.3 A.19). Contours that are not closed, or of fewer than three points, are left out with a note.
///
/// # Errors
/// Damaged files; coordinates that are no numbers; more than 255 organs or 16 million points; no closed contour.
pub fn read_structure_set(name: &str, bytes: &[u8]) -> Result<StructureSet, UserError> {
    let mut found = FoundItems::default();
    let walked = DataSet::open(bytes).and_then(|file| file.visit(SEQUENCES, |event| found.take(event)));
    walked.map_err(|why| damaged(name, why))?;
    found.structure_set().map_err(|why| UserError::new(name, why, RtStructMessage::ExportAgain))
}

/// The items of a file as they come.
#[derive(Default)]
struct FoundItems {
    references: BTreeSet<String>,
    /// Number and name of each ROI.
    rois: Vec<(String, String)>,
    /// For each item of the contours, the number of its ROI, which follows them, and the contours.
    contours: Vec<(String, Vec<FoundContour>)>,
    points: usize,
    problem: Option<RtStructMessage>,
}

#[derive(Default)]
struct FoundContour {
    kind: String,
    points_mm: Vec<[f64; 3]>,
}

impl FoundItems {
    fn take(&mut self, event: NestedEvent<'_>) -> Result<(), DicomMessage> {
        match event {
            NestedEvent::Item(tags::STRUCTURE_SET_ROI_SEQUENCE) => self.rois.push(Default::default()),
            NestedEvent::Item(tags::ROI_CONTOUR_SEQUENCE) => self.contours.push(Default::default()),
            NestedEvent::Item(tags::CONTOUR_SEQUENCE) => {
                if let Some((_, contours)) = self.contours.last_mut() {
                    contours.push(FoundContour::default());
                }
            }
            NestedEvent::Item(_) => {}
            NestedEvent::Value { sequence, tag, value } => self.take_value(sequence, tag, value),
        }
        Ok(())
    }

    fn take_value(&mut self, sequence: Tag, tag: Tag, value: &[u8]) {
        let contour = self.contours.last_mut().and_then(|(_, contours)| contours.last_mut());
        match (sequence, tag) {
            (tags::STRUCTURE_SET_ROI_SEQUENCE, tags::ROI_NUMBER) => {
                self.rois.last_mut().into_iter().for_each(|roi| roi.0 = short_text(value));
            }
            (tags::STRUCTURE_SET_ROI_SEQUENCE, tags::ROI_NAME) => {
                self.rois.last_mut().into_iter().for_each(|roi| roi.1 = short_text(value));
            }
            (tags::STRUCTURE_SET_ROI_SEQUENCE, tags::REFERENCED_FRAME_OF_REFERENCE_UID)
            | (tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, tags::FRAME_OF_REFERENCE_UID)
            | (tags::RT_REFERENCED_SERIES_SEQUENCE, tags::SERIES_INSTANCE_UID)
            | (tags::CONTOUR_IMAGE_SEQUENCE, tags::REFERENCED_SOP_INSTANCE_UID) => {
                self.references.insert(short_text(value));
            }
            (tags::ROI_CONTOUR_SEQUENCE, tags::REFERENCED_ROI_NUMBER) => {
                self.contours.last_mut().into_iter().for_each(|roi| roi.0 = short_text(value));
            }
            (tags::CONTOUR_SEQUENCE, tags::CONTOUR_GEOMETRIC_TYPE) => {
                contour.into_iter().for_each(|contour| contour.kind = short_text(value));
            }
            (tags::CONTOUR_SEQUENCE, tags::CONTOUR_DATA) => {
                let points = points(value, MOST_POINTS - self.points.min(MOST_POINTS));
                match (points, contour) {
                    (Ok(points), Some(contour)) => {
                        self.points += points.len();
                        contour.points_mm = points;
                    }
                    (Err(why), _) => self.problem = Some(why),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn structure_set(self) -> Result<StructureSet, RtStructMessage> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let mut set = StructureSet { references: self.references, ..StructureSet::default() };
        set.references.remove("");
        let mut left_out = 0;
        let named: BTreeMap<String, String> = self.rois.into_iter().collect();
        // Contours of one ROI may stand in several items.
        let mut label_of: BTreeMap<String, u8> = BTreeMap::new();
        for (number, contours) in self.contours {
            for FoundContour { kind, points_mm } in contours {
                let is_closed = matches!(&kind[..], "CLOSED_PLANAR" | "CLOSEDPLANAR_XOR" | "");
                if !is_closed || points_mm.len() < 3 {
                    left_out += 1;
                    continue;
                }
                let next = label_of.len() + 1;
                if next > MOST_ROIS && !label_of.contains_key(&number) {
                    return Err(RtStructMessage::TooManyOrgans { most: MOST_ROIS });
                }
                let label = *label_of.entry(number.clone()).or_insert(next as u8);
                set.contours.push(LabelledContour { label, points_mm });
            }
        }
        if set.contours.is_empty() {
            return Err(RtStructMessage::NoContours);
        }
        let name = |number: &String| named.get(number).filter(|name| !name.is_empty()).cloned();
        let names = label_of.iter().map(|(number, &label)| (label, name(number).unwrap_or(format!("ROI {number}"))));
        set.names = names.collect();
        if left_out > 0 {
            set.notes.push(RtStructMessage::NotClosed { count: left_out }.into());
        }
        Ok(set)
    }
}

/// Trimmed text of at most 64 characters: UTF-8, else Latin-1.
fn short_text(value: &[u8]) -> String {
    let text = std::str::from_utf8(value).map_or_else(|_| value.iter().map(|&b| char::from(b)).collect(), String::from);
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').chars().take(64).collect()
}

/// Triples of decimals in mm, at most `most`.
fn points(value: &[u8], most: usize) -> Result<Vec<[f64; 3]>, RtStructMessage> {
    let text = std::str::from_utf8(value).map_err(|_| RtStructMessage::NoCoordinate { found: "?".into() })?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let number = |part: &str| {
        let number = part.trim().parse().ok().filter(|number: &f64| number.abs() < 1e9);
        number.ok_or_else(|| RtStructMessage::NoCoordinate { found: part.chars().take(20).collect() })
    };
    let mut points = Vec::new();
    let mut parts = text.split('\\');
    while let Some(x) = parts.next() {
        let (Some(y), Some(z)) = (parts.next(), parts.next()) else { return Err(RtStructMessage::NoTriples) };
        if points.len() == most {
            return Err(RtStructMessage::TooManyPoints { most: MOST_POINTS });
        }
        points.push([number(x)?, number(y)?, number(z)?]);
    }
    Ok(points)
}
