//! Labelled cases on disk. One file per layout; each yields [`Case`]s in viewing order.

pub mod ct82;
pub mod decathlon;
pub mod draw;
pub mod labels;
pub mod source;
pub mod split;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use self::source::Source;
use crate::mask::Mask;
use crate::metrics::Overlap;
use crate::refusal::Refusal;
use crate::volume::{Geometry, Orientation, Volume};

/// How a data set is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// Told by what is there: with a dataset.json it is `decathlon`, else `ct82`.
    #[default]
    Auto,
    /// NIH Pancreas-CT, as the archive lays it out.
    Ct82,
    /// The Medical Segmentation Decathlon, nnU-Net, and what the page exports.
    Decathlon,
}

impl Layout {
    /// The layout of `source`, never [`Layout::Auto`].
    pub fn tell(self, source: &Source) -> Self {
        match self {
            Self::Auto if source.holds(decathlon::DESCRIPTION) => Self::Decathlon,
            Self::Auto => Self::Ct82,
            told => told,
        }
    }
}

/// One labelled scan, in viewing order.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number in the data set.
    pub id: u32,
    /// What it is one of, in the plural, for the model's passport.
    pub kind: &'static str,
    /// The scan.
    pub volume: Volume,
    /// The manual label, on the scan's grid.
    pub truth: Mask,
    /// For each slice, whether all of it was labelled; where not, the truth is empty and says nothing.
    pub labelled: Vec<bool>,
    /// SHA-256, in hexadecimal, of the voxels (i16 little-endian) followed by the labels (u8), both in viewing order.
    pub sha256: String,
}

impl Case {
    /// A case of a scan and its label, both in viewing order, with a flag for each slice; its kind is just "scans".
    pub fn new(id: u32, volume: Volume, truth: Mask, labelled: Vec<bool>) -> Self {
        let mut hash = Sha256::new();
        for slice in volume.hu.chunks(1 << 16) {
            hash.update(slice.iter().flat_map(|hu| hu.to_le_bytes()).collect::<Vec<u8>>());
        }
        hash.update(&truth.labels);
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, kind: "scans", volume, truth, labelled, sha256 }
    }

    /// The slices that are labelled, in order.
    pub fn labelled_slices(&self) -> impl Iterator<Item = usize> {
        self.labelled.iter().enumerate().filter(|(_, labelled)| **labelled).map(|(z, _)| z)
    }

    /// How `pred`, a mask of the whole volume, compares with the truth on the labelled slices; the others are not counted.
    pub fn overlap(&self, pred: &Mask) -> Overlap {
        let counted = |mask: &Mask| self.labelled_slices().flat_map(|z| mask.slice(z).to_vec()).collect::<Vec<u8>>();
        Overlap::of(&counted(pred), &counted(&self.truth))
    }
}

/// What cases are, for the model's passport: "6 synthetic phantoms and 2 scans laid out as ...".
pub fn summary(cases: &[Case]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *counts.entry(case.kind).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(" and ")
}

/// A scan and its label map, each in its own file's order, brought together in viewing order on the scan's grid.
///
/// They are paired by where their voxels lie in the patient, never by array order.
///
/// # Errors
/// A scan without a voxel size, and a label on another grid; `what` names the case.
fn pair(what: &str, volume: Volume, (label, lies): (Mask, Geometry)) -> Result<(Volume, Mask), Refusal> {
    let Some(geometry) = volume.geometry else {
        return Err(Refusal::new(what, "the scan has no pixel spacing", "Use the original files"));
    };
    let Some(fit) = Orientation::between(&lies, label.dims, &geometry, volume.dims) else {
        let why = format!(
            "its label lies on another grid than its scan: label {:?} voxels of {:.3?} mm, scan {:?} voxels of {:.3?} mm, [z, y, x]",
            label.dims,
            lies.spacing_mm(),
            volume.dims,
            geometry.spacing_mm()
        );
        return Err(Refusal::new(what, why, "Use the label that belongs to this scan, in its original geometry"));
    };
    let axial = Orientation::axial(&geometry);
    let label = label.view(&fit).view(&axial);
    Ok((axial.view_volume(volume), label))
}
