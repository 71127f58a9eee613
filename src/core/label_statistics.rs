//! Size, Hounsfield units and middle of every region of a label map, in two passes over the voxels.

use std::borrow::Cow;

/// The most labels: every value of a byte.
const LABELS: usize = 256;

/// The voxels of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelStatistics {
    /// Their number.
    pub voxels: usize,
    /// Arithmetic mean of their values, in HU.
    pub mean_hu: f64,
    /// Standard deviation of their values (divided by n), in HU.
    pub sd_hu: f64,
    /// The one that is nearest to their centroid, `[z, y, x]`: it lies in the region even if the
    /// region is bent.
    pub middle: [usize; 3],
}

/// Sums over the voxels of one label.
#[derive(Clone, Copy, Debug, Default)]
struct LabelSums {
    voxels: u64,
    hu: i64,
    /// At most 2^30 for each voxel, so that 2^33 voxels fit.
    hu_squared: u64,
    /// Of the indices along each axis.
    indices: [u64; 3],
}

impl LabelSums {
    fn add(&mut self, voxel: [usize; 3], hu: i16) {
        self.voxels += 1;
        self.hu += i64::from(hu);
        self.hu_squared += u64::from(hu.unsigned_abs()).pow(2);
        self.indices.iter_mut().zip(voxel).for_each(|(sum, index)| *sum += index as u64);
    }

    fn centroid(&self) -> [f64; 3] {
        self.indices.map(|sum| sum as f64 / self.voxels as f64)
    }

    fn statistics(&self, middle: [usize; 3]) -> LabelStatistics {
        let count = self.voxels as f64;
        let mean_hu = self.hu as f64 / count;
        let variance = (self.hu_squared as f64 / count - mean_hu * mean_hu).max(0.0);
        LabelStatistics { voxels: self.voxels as usize, mean_hu, sd_hu: variance.sqrt(), middle }
    }
}

/// A voxel near a centroid.
#[derive(Clone, Copy, Debug)]
struct Nearest {
    voxel: [usize; 3],
    distance_squared: f64,
}

/// The statistics of every label but 0, by label: 256 entries, `None` where no voxel has the label.
///
/// `hu` is `[z, y, x]` with `dims` `[depth, height, width]`, `labels` gives the labels of a slice,
/// `[y, x]`, if it has any, and distances to the centroid are weighted by `spacing_mm`, `[z, y, x]`.
///
/// # Panics
/// If the length of `hu` differs from `dims`.
pub fn label_statistics<'a>(
    hu: &[i16],
    dims: [usize; 3],
    spacing_mm: [f64; 3],
    labels: impl Fn(usize) -> Option<Cow<'a, [u8]>>,
) -> Vec<Option<LabelStatistics>> {
    let [_, height, width] = dims;
    assert_eq!(hu.len(), dims.iter().product::<usize>(), "voxels of a volume of {dims:?}");
    let mut sums = [LabelSums::default(); LABELS];
    for (z, slice) in hu.chunks_exact((height * width).max(1)).enumerate() {
        let Some(labels) = labels(z) else { continue };
        labelled(&labels, width, |label, y, x| sums[label].add([z, y, x], slice[y * width + x]));
    }
    let centroids = sums.map(|sums| sums.centroid());
    let mut nearest: [Option<Nearest>; LABELS] = [None; LABELS];
    for z in 0..dims[0] {
        let Some(labels) = labels(z) else { continue };
        labelled(&labels, width, |label, y, x| {
            let voxel = [z, y, x];
            let offset_mm = [0, 1, 2].map(|axis| (voxel[axis] as f64 - centroids[label][axis]) * spacing_mm[axis]);
            let distance_squared = offset_mm.iter().map(|mm| mm * mm).sum();
            if nearest[label].is_none_or(|found| distance_squared < found.distance_squared) {
                nearest[label] = Some(Nearest { voxel, distance_squared });
            }
        });
    }
    sums.iter().zip(nearest).map(|(sums, nearest)| Some(sums.statistics(nearest?.voxel))).collect()
}

/// Visits the pixels of a slice that have a label: label, row and column.
fn labelled(labels: &[u8], width: usize, mut visit: impl FnMut(usize, usize, usize)) {
    for (y, row) in labels.chunks_exact(width.max(1)).enumerate() {
        for (x, &label) in row.iter().enumerate().filter(|(_, label)| **label != 0) {
            visit(usize::from(label), y, x);
        }
    }
}
