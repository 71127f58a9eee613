//! Labelled cases on disk. Each layout has a file, which yields [`LoadedCase`]s in viewing order. The slice cache
//! turns them into [`Case`]s, which take little memory. Nothing is learned here: that is `train`.

pub mod cache;
pub mod cache_file;
pub mod case_reading;
pub mod check;
pub mod classes;
pub mod ct82;
pub mod decathlon;
pub mod file_stamp;
pub mod find;
pub mod fingerprint;
pub mod listing;
pub mod naming;
pub mod sampler;
pub mod segment;
pub mod source;
pub mod split;
pub mod store;
pub mod training_cases;
pub mod volume_case;
pub mod voxel_files;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use self::case_reading::CaseReading;
use self::fingerprint::Fingerprint;
use self::labels::pancreas_alone;
use self::source::CaseSource;
use self::store::{SliceStore, StoredSlice};
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, Orientation, Volume};
use crate::formats::labelling_model::LabellingModel;
pub use crate::formats::labels;
use crate::imaging::metrics::Overlap;
use crate::imaging::preprocess::{CropGeometry, Input};

/// The layout of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum DatasetLayout {
    /// Told by what is there: with a dataset.json it is `decathlon`, else `ct82`.
    #[default]
    Auto,
    /// NIH Pancreas-CT, as the archive lays it out.
    Ct82,
    /// The Medical Segmentation Decathlon, nnU-Net, and what the page exports.
    Decathlon,
}

impl DatasetLayout {
    /// The layout of `source`, never [`DatasetLayout::Auto`].
    pub fn tell(self, source: &CaseSource) -> Self {
        match self {
            Self::Auto if source.holds(decathlon::DESCRIPTION) => Self::Decathlon,
            Self::Auto => Self::Ct82,
            told => told,
        }
    }
}

/// One labelled scan in memory, in viewing order.
#[derive(Clone, Debug)]
pub struct LoadedCase {
    /// Its number in the data set.
    pub id: u32,
    /// The kind of case, in the plural, for the model's metadata.
    pub kind: &'static str,
    /// The scan.
    pub volume: Volume,
    /// The manual label, on the scan's grid.
    pub truth: Mask,
    /// Names of the classes by label value.
    pub labels: BTreeMap<u8, String>,
    /// For each slice, true if all of it was labelled. Otherwise its truth is empty and is not used.
    pub labelled: Vec<bool>,
    /// The model that made its label, if no person did.
    pub labelled_by: Option<Arc<LabellingModel>>,
    /// As [`CaseReading::sha256`].
    pub sha256: String,
    /// As [`CaseReading::scan`].
    pub scan: Fingerprint,
    /// As [`CaseReading::notes`].
    pub notes: Vec<String>,
}

/// What is known of a case before it is read.
#[derive(Clone, Debug)]
pub struct CaseDescription {
    /// Its number in the data set.
    pub id: u32,
    /// The kind of case, in the plural, for the model's metadata.
    pub kind: &'static str,
    /// Names of the classes by label value.
    pub labels: BTreeMap<u8, String>,
    /// The model that made its label, if no person did.
    pub labelled_by: Option<Arc<LabellingModel>>,
}

/// One labelled scan whose truth and prepared slices are in the slice cache. It takes some kB of memory, and any
/// number of threads may read it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number in the data set.
    pub id: u32,
    /// The kind of case, in the plural, for the model's metadata.
    pub kind: &'static str,
    /// Shape of the scan in viewing order, `[depth, height, width]`.
    pub dims: [usize; 3],
    /// Position of its voxels in the patient.
    pub geometry: Option<Geometry>,
    /// Names of the classes by label value.
    pub labels: BTreeMap<u8, String>,
    /// For each slice, true if all of it was labelled. Otherwise its truth is empty and is not used.
    pub labelled: Vec<bool>,
    /// As [`LoadedCase::labelled_by`].
    pub labelled_by: Option<Arc<LabellingModel>>,
    /// As [`LoadedCase::sha256`].
    pub sha256: String,
    /// As [`Fingerprint::sha256`].
    pub scan_sha256: String,
    slices: SliceStore,
}

impl LoadedCase {
    /// A case of a scan and its label, both in viewing order, with a flag for each slice that is true if it is
    /// labelled. Its kind is "scans", and its only class the pancreas.
    pub fn new(id: u32, volume: Volume, truth: Mask, labelled: Vec<bool>) -> Self {
        let mut hash = Sha256::new();
        let scan = Fingerprint::with_each_slice(&volume, |voxels| hash.update(voxels));
        hash.update(&truth.labels);
        let sha256 = hex(&hash.finalize());
        let labels = pancreas_alone();
        let notes = Vec::new();
        Self { id, kind: "scans", volume, truth, labels, labelled, labelled_by: None, sha256, scan, notes }
    }

    /// The slices that are labelled, in order.
    pub fn labelled_slices(&self) -> impl Iterator<Item = usize> {
        set(&self.labelled)
    }

    /// What reading it found, but for its voxels and its truth.
    pub fn reading(&self) -> CaseReading {
        CaseReading {
            dims: self.volume.dims,
            geometry: self.volume.geometry,
            labelled: self.labelled.clone(),
            sha256: self.sha256.clone(),
            scan: self.scan.clone(),
            notes: self.notes.clone(),
        }
    }
}

impl Case {
    /// A case whose slices are in the cache.
    fn new(description: CaseDescription, reading: CaseReading, slices: SliceStore) -> Self {
        let CaseDescription { id, kind, labels, labelled_by } = description;
        let CaseReading { dims, geometry, labelled, sha256, scan, .. } = reading;
        Self { id, kind, dims, geometry, labels, labelled, labelled_by, sha256, scan_sha256: scan.sha256, slices }
    }

    /// The slices that are labelled, in order.
    pub fn labelled_slices(&self) -> impl Iterator<Item = usize> {
        set(&self.labelled)
    }

    /// True if slice `z` holds anything but background.
    pub fn has_labels(&self, z: usize) -> bool {
        self.slices.header.filled[z]
    }

    /// The truth of slice `z`, `[y, x]`, on the scan's grid, from the cache.
    ///
    /// # Errors
    /// A cache that cannot be read.
    pub fn truth(&self, z: usize) -> Result<Vec<u8>> {
        self.slices.truth(z).with_context(|| self.gone(z))
    }

    /// The truth of the whole scan, from the cache. Slices that were not labelled are empty.
    ///
    /// # Errors
    /// A cache that cannot be read.
    pub fn truth_mask(&self) -> Result<Mask> {
        let mut mask = Mask::empty(self.dims);
        for z in self.labelled_slices() {
            mask.slice_mut(z).copy_from_slice(&self.truth(z)?);
        }
        Ok(mask)
    }

    /// The network's input for slice `z`, which is labelled, and its placement, from the cache: off by 7.7e-6 at most.
    ///
    /// # Errors
    /// A slice that is not labelled; a cache that cannot be read.
    pub fn input(&self, z: usize) -> Result<(Input, CropGeometry)> {
        self.slices.read(z).with_context(|| self.gone(z))
    }

    /// The input, placement and truth of slice `z`, which is labelled, from the cache.
    ///
    /// # Errors
    /// A slice that is not labelled; a cache that cannot be read.
    pub fn input_with_truth(&self, z: usize) -> Result<StoredSlice> {
        self.slices.read_with_truth(z).with_context(|| self.gone(z))
    }

    fn gone(&self, z: usize) -> String {
        format!("slice {z} of case {} cannot be read from the slice cache", self.id)
    }

    /// How `pred`, labels of the whole volume, compares with the truth on the labelled slices, organ by organ; the other slices are
    /// not counted.
    ///
    /// # Errors
    /// A cache that cannot be read.
    pub fn overlaps(&self, pred: &Mask) -> Result<BTreeMap<u8, Overlap>> {
        let mut sums: BTreeMap<u8, Overlap> = self.labels.keys().map(|label| (*label, Overlap::default())).collect();
        for z in self.labelled_slices() {
            let truth = self.truth(z)?;
            for (label, sum) in &mut sums {
                *sum = sum.plus(Overlap::of_label(pred.slice(z), &truth, *label));
            }
        }
        Ok(sums)
    }

    /// Bytes of its slices on disk.
    pub fn cached_bytes(&self) -> u64 {
        self.slices.bytes()
    }
}

fn set(flags: &[bool]) -> impl Iterator<Item = usize> {
    flags.iter().enumerate().filter(|(_, flag)| **flag).map(|(z, _)| z)
}

/// A description of the cases for the model's metadata: "6 synthetic phantoms and 2 scans laid out as ...", each with
/// the model that made their labels.
pub fn summary(cases: &[&Case]) -> String {
    let mut counts: BTreeMap<(&str, Option<&LabellingModel>), usize> = BTreeMap::new();
    for case in cases {
        *counts.entry((case.kind, case.labelled_by.as_deref())).or_default() += 1;
    }
    let counted = |((kind, source), count): ((&str, Option<&LabellingModel>), usize)| match source {
        None => format!("{count} {kind}"),
        Some(source) => format!("{count} {kind}, labelled by the model {source}"),
    };
    counts.into_iter().map(counted).collect::<Vec<_>>().join(" and ")
}

/// A scan and its label map, each in its own file's order, brought together in viewing order on the scan's grid.
///
/// They are paired by where their voxels lie in the patient, never by array order.
///
/// # Errors
/// A scan without a voxel size, and a label on another grid; `what` names the case.
fn pair(what: &str, volume: Volume, (label, lies): (Mask, Geometry)) -> Result<(Volume, Mask), UserError> {
    let Some(geometry) = volume.geometry else {
        return Err(UserError::new(what, "the scan has no pixel spacing", "Use the original files"));
    };
    let Some(fit) = Orientation::between(&lies, label.dims, &geometry, volume.dims) else {
        let why = format!(
            "its label lies on another grid than its scan: label {:?} voxels of {:.3?} mm, scan {:?} voxels of {:.3?} mm, [z, y, x]",
            label.dims,
            lies.spacing_mm(),
            volume.dims,
            geometry.spacing_mm()
        );
        return Err(UserError::new(what, why, "Use the label that belongs to this scan, in its original geometry"));
    };
    let axial = Orientation::axial(&geometry);
    let label = label.view(&fit).view(&axial);
    Ok((axial.view_volume(volume), label))
}
