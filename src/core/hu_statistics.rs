//! First-order statistics of the Hounsfield units inside a mask.

use serde::Serialize;

use super::hu_histogram::HuHistogram;

/// Mean, spread and percentiles of voxels, in HU.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HuStatistics {
    /// Arithmetic mean.
    pub mean_hu: f64,
    /// Standard deviation over all voxels (divided by n).
    pub sd_hu: f64,
    /// Median.
    pub median_hu: f64,
    /// 5th percentile, interpolated linearly as NumPy does.
    pub p5_hu: f64,
    /// 95th percentile.
    pub p95_hu: f64,
}

impl HuStatistics {
    /// The statistics of the voxels counted; `None` if there are none.
    pub fn of(histogram: &HuHistogram) -> Option<Self> {
        let count = histogram.count() as f64;
        let filled = || histogram.filled().map(|(hu, n)| (hu, n as f64));
        let quantiles = [0.5, 0.05, 0.95].map(|share| histogram.quantile(share));
        let [Some(median_hu), Some(p5_hu), Some(p95_hu)] = quantiles else { return None };
        let mean_hu = filled().map(|(hu, n)| hu * n).sum::<f64>() / count;
        let variance = filled().map(|(hu, n)| (hu - mean_hu) * (hu - mean_hu) * n).sum::<f64>() / count;
        Some(Self { mean_hu, sd_hu: variance.sqrt(), median_hu, p5_hu, p95_hu })
    }
}

/// The values of the voxels whose label is not 0.
pub fn inside<'a>(hu: &'a [i16], labels: &'a [u8]) -> impl Iterator<Item = i16> + 'a {
    hu.iter().zip(labels).filter(|(_, label)| **label != 0).map(|(hu, _)| *hu)
}
