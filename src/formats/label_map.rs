//! Label maps: told from images by their values, put on an image's grid, and read as pancreas or not.
//!
//! NIfTI and NRRD store images and labels alike, so what a file holds is decided by what its voxels are. What names mean is in
//! [`labels`](super::labels). Whatever format a label comes in, it becomes a [`LabelMap`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::Series;
use super::dicom::{Identity, Segmentation, StructureSet, on_grid};
use super::labels::{Labels, whole_label};
use super::placed_labels::PlacedLabels;
use crate::core::drawn_pixels::DrawnPixels;
use crate::core::error::UserError;
use crate::core::i18n::messages::{LabelsMessage, Message, RtStructMessage};
use crate::core::label_values::{MOST_FEW_LABELS, are_uniform_in_regions, distinct_labels};
use crate::core::mask::{Mask, PANCREAS};
use crate::core::volume::{Geometry, Orientation};

/// Names of organs in an error at most.
const MOST_NAMED: usize = 5;

/// A label map as a file holds it.
#[derive(Clone, Debug)]
pub struct LabelMap {
    /// What to call it: the file's name.
    pub name: String,
    /// The file it came from, with its path.
    pub file: String,
    /// Its values, in the file's own voxel order; none for contours, which have no voxels before they are on an image.
    pub map: Mask,
    /// Where its voxels lie; `None` where the file does not say.
    pub geometry: Option<Geometry>,
    /// What its values stand for, where something says so.
    pub meaning: Option<Labels>,
    /// Whether its writer leaves out what holds no label, so that it may lie on a part of the image's grid.
    pub cropped: bool,
    /// Its contours in the patient, where it is made of those.
    pub contours: Option<StructureSet>,
}

/// What a label map says of the pancreas on an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// On the image's grid, in its order; 0 or [`PANCREAS`].
    pub mask: Mask,
    /// For each slice, whether it was labelled; the truth of others is 0 throughout.
    pub labelled: Vec<bool>,
    /// What is labelled on slices that are labelled in part, by slice.
    pub known_in_part: BTreeMap<usize, DrawnPixels>,
    /// Whether its names have an `ignore`, for what nobody labelled: then it is somebody's corrections.
    pub partial: bool,
    /// What a person should know about its reading, without final stops.
    pub notes: Vec<Message>,
}

impl LabelMap {
    /// A DICOM segmentation as a label map.
    ///
    /// # Errors
    /// Several segments of which none is named pancreas: their numbers mean nothing.
    pub(super) fn of_segmentation(file: &str, segmentation: Segmentation) -> Result<Self, UserError> {
        let Segmentation { mask, geometry, segments, notes } = segmentation;
        Ok(Self {
            name: super::base_name(file).into(),
            file: file.into(),
            map: mask,
            geometry: Some(geometry),
            meaning: Some(named_organs(file, segments, notes)?),
            cropped: true,
            contours: None,
        })
    }

    /// A structure set as a label map.
    ///
    /// # Errors
    /// Several organs of which none is named pancreas.
    pub(super) fn of_structure_set(file: &str, mut contours: StructureSet) -> Result<Self, UserError> {
        let notes = std::mem::take(&mut contours.notes);
        Ok(Self {
            name: super::base_name(file).into(),
            file: file.into(),
            map: Mask::empty([0; 3]),
            geometry: None,
            meaning: Some(named_organs(file, contours.names.clone(), notes)?),
            cropped: true,
            contours: Some(contours),
        })
    }

    /// The map on an image's grid and in its order: the same voxels, whatever the order of axes. `None` where it lies elsewhere.
    pub fn on(&self, image: &Geometry, dims: [usize; 3]) -> Option<Mask> {
        self.on_series(image, dims, None).map(|placed| placed.mask)
    }

    /// The same on an image of which it is known whose series it is. Contours lie on no grid of their own: they are put on an image
    /// that they refer to, whether in full or in part, if they lie on its slices.
    pub fn on_series(&self, image: &Geometry, dims: [usize; 3], series: Option<&Identity>) -> Option<PlacedLabels> {
        match &self.contours {
            Some(contours) if contours.belongs_to(series) => contours.on_grid(image, dims),
            Some(_) => None,
            None => self.on_grid(image, dims).map(|mask| PlacedLabels { mask, notes: Vec::new() }),
        }
    }

    fn on_grid(&self, image: &Geometry, dims: [usize; 3]) -> Option<Mask> {
        let own = self.geometry?;
        match Orientation::between(&own, self.map.dims, image, dims) {
            Some(fit) => Some(self.map.view(&fit)),
            None if self.cropped => on_grid(&self.map, &own, image, dims),
            None => None,
        }
    }

    /// What `map`, this one [on](Self::on) an image in viewing order, says of the pancreas.
    ///
    /// Where values have names, pancreas is the label of that name, or the only one. Without names the only value is pancreas; of
    /// values 1 and 2, the Decathlon's pancreas and its tumours, both are.
    ///
    /// # Errors
    /// Other values without names; a value that has none where others do.
    pub fn truth(&self, map: &Mask) -> Result<Truth, UserError> {
        let refused = |why: LabelsMessage| UserError::new(&self.name, why, LabelsMessage::GivePancreasOrDescription);
        let mut found = distinct_labels(&map.labels);
        found.remove(&0);
        let values = || found.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let mut known_in_part = BTreeMap::new();
        let (labels, labelled, notes) = match &self.meaning {
            Some(meaning) => {
                let (truth, labelled) =
                    meaning.truth(map).map_err(|value| refused(LabelsMessage::UnnamedValue { value }))?;
                let pancreas = meaning.classes.iter().find(|(_, name)| *name == "pancreas").map(|(value, _)| *value);
                let label = |value: u8| if Some(value) == pancreas { PANCREAS } else { 0 };
                let mut notes = meaning.notes.clone();
                match meaning.known_in_part(map) {
                    Ok(slices) => {
                        let relabelled =
                            |drawn: DrawnPixels| drawn.iter().map(|(at, value)| (at, label(value))).collect();
                        known_in_part.extend(slices.into_iter().map(|(slice, drawn)| (slice, relabelled(drawn))));
                    }
                    Err(voxels) => notes.push(LabelsMessage::TooManyKnownInPart { voxels }.into()),
                }
                (truth.labels.iter().map(|&value| label(value)).collect(), labelled, notes)
            }
            None => {
                let notes = match &found.iter().copied().collect::<Vec<_>>()[..] {
                    [] => vec![LabelsMessage::LabelsNothing.into()],
                    [1] => Vec::new(),
                    [value] => vec![LabelsMessage::OnlyLabel { label: value.to_string() }.into()],
                    [1, 2] => {
                        vec![LabelsMessage::DecathlonTumours.into()]
                    }
                    _ => {
                        return Err(refused(LabelsMessage::UnnamedLabels { values: values() }));
                    }
                };
                let label = |value: &u8| if *value == 0 { 0 } else { PANCREAS };
                (map.labels.iter().map(label).collect(), vec![true; map.dims[0]], notes)
            }
        };
        let partial = self.meaning.as_ref().is_some_and(|meaning| !meaning.ignore.is_empty());
        Ok(Truth { mask: Mask { labels, dims: map.dims }, labelled, known_in_part, partial, notes })
    }

    /// The organs that `map`, this one [on](Self::on) an image in viewing order, tells apart: a label for each and their
    /// names. `None` if nothing names at least two.
    pub fn organs(&self, map: &Mask) -> Option<(Mask, BTreeMap<u8, String>)> {
        let meaning = self.meaning.as_ref().filter(|meaning| meaning.classes.len() > 1)?;
        let (labels, _) = meaning.truth(map).ok()?;
        Some((labels, meaning.classes.clone()))
    }

    /// The error of a map that lies on the grid of none of the open images.
    pub fn unmatched(&self) -> UserError {
        if let Some(contours) = &self.contours {
            let organs = contours.names.values().take(MOST_NAMED).map(Message::from).collect();
            return UserError::new(&self.name, RtStructMessage::OtherSeries { organs }, LabelsMessage::DropWithImage);
        }
        let [depth, height, width] = self.map.dims;
        let size = format!("{width} x {height} x {depth}");
        let why = match self.geometry {
            Some(geometry) => {
                let [z, y, x] = geometry.spacing_mm();
                LabelsMessage::OtherGrid { size, spacing: format!("{x:.2} x {y:.2} x {z:.2}") }
            }
            None => LabelsMessage::OtherGridUnknownSize { size },
        };
        UserError::new(&self.name, why, LabelsMessage::DropWithImage)
    }
}

/// The meaning of labels that a file names, with notes on its reading.
fn named_organs(file: &str, names: BTreeMap<u8, String>, notes: Vec<Message>) -> Result<Labels, UserError> {
    let named = names.into_iter().map(|(value, name)| (value.to_string(), Value::from(name)));
    let mut meaning = Labels::read(&Value::Object(named.collect()))
        .map_err(|why| UserError::new(file, why, LabelsMessage::GiveSegOfPancreas))?;
    meaning.notes.extend(notes);
    Ok(meaning)
}

/// What a file that stores voxels turned out to hold.
pub(super) enum ImageOrLabels {
    Image(Series),
    Labels(LabelMap),
}

/// The values of a file that may be an image or a label map, as they come.
pub(super) struct DistinctValues {
    seen: [bool; 256],
    other: bool,
}

impl Default for DistinctValues {
    fn default() -> Self {
        Self { seen: [false; 256], other: false }
    }
}

impl DistinctValues {
    /// Remembers the value, and gives it in Hounsfield units.
    pub(super) fn take(&mut self, value: f64) -> i16 {
        match whole_label(value) {
            Some(label) => self.seen[usize::from(label)] = true,
            None => self.other = true,
        }
        super::voxels::to_hu(value)
    }

    /// Whole numbers from 0 to 255 are labels if they are few or uniform inside regions, `series.volume` being made of
    /// the values taken; everything else is an image.
    pub(super) fn sort(self, series: Series) -> ImageOrLabels {
        let values = self.seen.iter().filter(|seen| **seen).count();
        let are_labels = || {
            let voxels = &series.volume;
            values <= MOST_FEW_LABELS || are_uniform_in_regions(&voxels.hu, voxels.dims[2])
        };
        if self.other || !are_labels() {
            return ImageOrLabels::Image(series);
        }
        let Series { name, volume, mut files, .. } = series;
        let labels = volume.hu.iter().map(|&value| value as u8).collect();
        ImageOrLabels::Labels(LabelMap {
            name,
            file: files.pop().unwrap_or_default(),
            map: Mask { labels, dims: volume.dims },
            geometry: volume.geometry,
            meaning: None,
            cropped: false,
            contours: None,
        })
    }
}
