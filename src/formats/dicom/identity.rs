//! Whose and what a series is, as far as a file made from it has to say so; and the same without the patient.
//!
//! What is here leaves a program only inside a file that a person asked for.

use dicom_core::Tag;

use super::DicomSlice;
use super::attributes::Attributes;
use super::tags::COPIED;
use super::value::uid;
use crate::core::volume::Geometry;

/// The attributes in `COPIED` that a file has, as texts.
pub type PatientAttributes = Vec<(Tag, String)>;

/// Whose series it is, and what its slices are called.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Of patient and study.
    pub(super) person: PatientAttributes,
    /// Whether all of that was taken away.
    pub(super) removed: bool,
    pub(super) study_uid: String,
    pub(super) series_uid: String,
    pub(super) frame_of_reference_uid: String,
    /// In the sequence of the slices.
    pub(super) slices: Vec<SourceImages>,
}

/// What a slice is called, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceImages {
    pub(super) position_mm: [f64; 3],
    /// Its image; `None` for one that is not in DICOM.
    pub(super) image: Option<Image>,
}

/// An image that a slice came from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Image {
    pub(super) class_uid: String,
    pub(super) instance_uid: String,
    /// Number of the frame in a multi-frame image, from 1.
    pub(super) frame: Option<usize>,
}

/// What a file says of patient and study.
pub(super) fn person(attributes: &Attributes<'_>) -> PatientAttributes {
    COPIED.iter().filter_map(|(tag, ..)| Some((*tag, attributes.text(*tag)?))).collect()
}

impl Identity {
    /// Of the slices of a series in its sequence; `None` where they lack what a file made from them must refer to.
    pub(super) fn of(slices: &[DicomSlice]) -> Option<Self> {
        let first = slices.first()?;
        let [study_uid, series_uid] = [&first.about.study_uid, &first.series_uid].map(|uid| uid.clone());
        if !is_uid(&study_uid) || !is_uid(&series_uid) {
            return None;
        }
        let frame_of_reference_uid = match &first.about.frame_of_reference_uid {
            uid if is_uid(uid) => uid.clone(),
            _ => uid(&["frame of reference", &series_uid]),
        };
        let source = |slice: &DicomSlice| {
            let about = &slice.about;
            let image = Image {
                class_uid: about.sop_class_uid.clone(),
                instance_uid: about.sop_instance_uid.clone(),
                frame: slice.frame,
            };
            let named = is_uid(&image.class_uid) && is_uid(&image.instance_uid);
            Some(SourceImages { position_mm: slice.position_mm?, image: named.then_some(image) })
        };
        Some(Self {
            person: first.person.clone(),
            removed: false,
            study_uid,
            series_uid,
            frame_of_reference_uid,
            slices: slices.iter().map(source).collect::<Option<_>>()?,
        })
    }

    /// Of a volume that has none, in its file's order: nobody's, in a study and a frame of reference of its own, that follow from `name`.
    pub fn made_up(name: &str, depth: usize, geometry: &Geometry) -> Self {
        let at = |z: usize| geometry.position_mm([z as f64, 0.0, 0.0]);
        Self {
            person: PatientAttributes::new(),
            removed: false,
            study_uid: uid(&["study", name]),
            series_uid: uid(&["series", name]),
            frame_of_reference_uid: uid(&["frame of reference", name]),
            slices: (0..depth).map(|z| SourceImages { position_mm: at(z), image: None }).collect(),
        }
    }

    /// The same without the patient, after the Basic Profile of PS3.15 E: nothing is left of patient and study, and UIDs are replaced,
    /// the same one always by the same. Whoever has the original can tell that the two belong together; nobody else can.
    pub fn without_patient(self) -> Self {
        let replaced = |of: String| uid(&["without patient", &of]);
        let source = |source: SourceImages| SourceImages {
            image: source.image.map(|image| Image { instance_uid: replaced(image.instance_uid), ..image }),
            ..source
        };
        Self {
            person: PatientAttributes::new(),
            removed: true,
            study_uid: replaced(self.study_uid),
            series_uid: replaced(self.series_uid),
            frame_of_reference_uid: replaced(self.frame_of_reference_uid),
            slices: self.slices.into_iter().map(source).collect(),
        }
    }
}

/// Digits and points, at most 64 of them (PS3.5 9.1).
fn is_uid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
