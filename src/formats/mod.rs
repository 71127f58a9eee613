//! Files to values and back: bytes in, [`Series`] and masks out, without I/O.
//!
//! [`Importer`] accepts any file, recognises its kind by its content and sorts it. There is one module for each format:
//! [`dicom`], [`nifti`], [`nrrd`], `metaimage`, [`raster`], [`zip`], and [`dataset`] for a labelled scan to train on; models come
//! in [`torch`] checkpoints, and in [`nnunet`]'s folders around them. [`dicomweb`] is the language of servers that hold DICOM
//! files. Files are untrusted:
//! every reader checks declared sizes before it relies on them, and explains each refusal. Only [`nifti`] and [`nrrd`] handle
//! other coordinate systems than LPS.

pub mod dataset;
mod detached;
pub mod dicom;
pub mod dicomweb;
mod file_kind;
pub mod glb;
mod gzip;
mod importer;
mod label_map;
pub mod labelling_model;
pub mod labels;
pub mod measurement_table;
mod metaimage;
pub mod nifti;
pub mod nnunet;
pub mod nrrd;
mod organ_label;
mod placed_labels;
pub mod raster;
pub mod report;
pub mod report_page;
pub mod stl;
pub mod torch;
mod voxels;
pub mod zip;

pub use detached::is_header_name;
pub use file_kind::is_clutter;
pub use importer::Importer;
pub use label_map::{LabelMap, Truth};
pub use organ_label::OrganLabel;
pub use placed_labels::PlacedLabels;

use self::dicom::{AttributeList, Identity};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, Message};
use crate::core::volume::{Geometry, Volume};

/// One image found among what was given, in its file's own voxel order.
#[derive(Clone, Debug)]
pub struct Series {
    /// What to call it: the SeriesDescription, or the file name.
    pub name: String,
    /// The image.
    pub volume: Volume,
    /// The files it came from: for DICOM one per slice, in slice order, empty for a slice that was made up between two; else one.
    pub files: Vec<String>,
    /// What a person should know about it, in sentences without a final stop.
    pub notes: Vec<Message>,
    /// Whose it is, where it came in DICOM.
    pub identity: Option<Identity>,
    /// What the files say, for people to read: for DICOM one list per slice, in slice order, empty for a slice that was made
    /// up between two; else none.
    pub headers: Vec<AttributeList>,
}

impl Series {
    /// The image of one file of voxels in Hounsfield units, of shape `dims`, `[z, y, x]`. `assumed` is the note about the
    /// orientation that was assumed, for a file that does not say how the patient lies.
    fn of_voxels(
        file: &str,
        hu: Vec<i16>,
        dims: [usize; 3],
        geometry: Option<Geometry>,
        assumed: Option<FormatsMessage>,
    ) -> Self {
        let note = if geometry.is_none() { Some(FormatsMessage::NoVoxelSize) } else { assumed };
        Self {
            name: base_name(file).into(),
            volume: Volume { hu, dims, geometry, calibrated: true },
            files: vec![file.into()],
            notes: note.map(Message::from).into_iter().collect(),
            identity: None,
            headers: Vec::new(),
        }
    }
}

/// A series that is not opened and still named: a scout, another modality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What to call it.
    pub name: String,
    /// Its files.
    pub files: Vec<String>,
    /// Why it is not opened, without a final stop.
    pub reason: Message,
    /// What to do about it, without a final stop.
    pub hint: Message,
}

/// What came out of an [`Importer`].
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The series, most slices first.
    pub series: Vec<Series>,
    /// Label maps, which belong to one of the series or to one that is open.
    pub labels: Vec<LabelMap>,
    /// What is listed and not opened.
    pub listed: Vec<Listed>,
    /// What could not be used. Files refused for the same reason share one refusal.
    pub refused: Vec<UserError>,
}

impl Contents {
    /// Where there is nothing to open: why not, if anything was there at all.
    pub fn refusal(&self) -> Option<UserError> {
        let listed = self.listed.first().map(|listed| {
            let name = Message::from(&listed.name);
            let subject = match self.listed.len() {
                1 => name,
                count => FormatsMessage::AndMore { name, count: count - 1 }.into(),
            };
            UserError::new(subject, listed.reason.clone(), listed.hint.clone())
        });
        let labels = || self.labels.first().map(LabelMap::unmatched);
        self.refused.first().cloned().or(listed).or_else(labels)
    }
}

/// The error of a file that ends early or contradicts itself.
fn damaged(name: &str, reason: impl Into<Message>) -> UserError {
    UserError::new(name, reason, FormatsMessage::Damaged)
}

/// A path's last part.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}
