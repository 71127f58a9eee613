//! Segmentations as values: a [`Mask`] on the grid of its image.

use std::collections::BTreeMap;

use crate::core::volume::{Geometry, Orientation};
use crate::core::volumetry::millilitres;

/// The label value of the pancreas, in masks written by this crate. Background is 0.
pub const PANCREAS: u8 = 1;
/// The name of the pancreas in data sets and in the metadata of models.
pub const PANCREAS_NAME: &str = "pancreas";

/// The label value of the pancreas among organs by label value; [`PANCREAS`] where none has its name.
pub fn pancreas_label(organs: &BTreeMap<u8, String>) -> u8 {
    organs.iter().find(|(_, name)| *name == PANCREAS_NAME).map_or(PANCREAS, |(label, _)| *label)
}

/// A label per voxel, `[z, y, x]`, row-major; 0 is background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// One label per voxel.
    pub labels: Vec<u8>,
    /// `[depth, height, width]`.
    pub dims: [usize; 3],
}

impl Mask {
    /// A mask of background only, of `dims` `[depth, height, width]`.
    pub fn empty(dims: [usize; 3]) -> Self {
        Self { labels: vec![0; dims.iter().product()], dims }
    }

    /// The labels of slice `z`, `[y, x]`.
    pub fn slice(&self, z: usize) -> &[u8] {
        let area = self.dims[1] * self.dims[2];
        &self.labels[z * area..(z + 1) * area]
    }

    /// The labels of slice `z`, `[y, x]`, to write.
    pub fn slice_mut(&mut self, z: usize) -> &mut [u8] {
        let area = self.dims[1] * self.dims[2];
        &mut self.labels[z * area..(z + 1) * area]
    }

    /// True if slice `z` holds any label but background.
    pub fn has_labels(&self, z: usize) -> bool {
        self.slice(z).iter().any(|&label| label != 0)
    }

    /// The voxels of one label, as a mask of zeros and ones.
    pub fn only(&self, label: u8) -> Self {
        Self { labels: self.labels.iter().map(|&found| u8::from(found == label)).collect(), ..*self }
    }

    /// Number of voxels that are not background.
    pub fn count(&self) -> usize {
        self.labels.iter().filter(|&&label| label != 0).count()
    }

    /// Number of voxels of each label.
    pub fn count_by_label(&self) -> [usize; 256] {
        let mut voxels = [0; 256];
        self.labels.iter().for_each(|&label| voxels[usize::from(label)] += 1);
        voxels
    }

    /// Volume of everything that is not background, in mL.
    pub fn volume_ml(&self, geometry: &Geometry) -> f64 {
        millilitres(self.count() as f64, geometry.voxel_mm3())
    }

    /// This mask, which is in file order, in viewing order.
    pub fn view(&self, orientation: &Orientation) -> Self {
        Self { labels: orientation.view(&self.labels, self.dims), dims: orientation.view_dims(self.dims) }
    }

    /// The same in place where only the directions of axes differ.
    pub fn into_view(self, orientation: &Orientation) -> Self {
        let dims = self.dims;
        Self { labels: orientation.into_view(self.labels, dims), dims: orientation.view_dims(dims) }
    }

    /// This mask, which is in viewing order, in the order of its file, where it has shape
    /// `file_dims`.
    pub fn restore(&self, orientation: &Orientation, file_dims: [usize; 3]) -> Self {
        Self { labels: orientation.restore(&self.labels, file_dims), dims: file_dims }
    }
}
