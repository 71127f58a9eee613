//! Hounsfield units inside a mask, summed up.

use serde::Serialize;

/// How dense what is inside a mask is, in HU.
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

/// Counts of every value that a voxel can have, to which slices are added one by one.
pub struct Histogram(Vec<u64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0; 1 << 16])
    }
}

impl Histogram {
    /// Adds the voxels of `hu` whose label is not 0.
    pub fn add(&mut self, hu: &[i16], labels: &[u8]) {
        for (hu, _) in hu.iter().zip(labels).filter(|(_, label)| **label != 0) {
            self.0[bin(*hu)] += 1;
        }
    }

    /// What they come to; `None` of nothing.
    pub fn density(&self) -> Option<HuStatistics> {
        let filled = || self.0.iter().enumerate().filter(|(_, count)| **count > 0).map(|(i, n)| (value(i), *n as f64));
        let count: f64 = filled().map(|(_, n)| n).sum();
        if count == 0.0 {
            return None;
        }
        let mean_hu = filled().map(|(hu, n)| hu * n).sum::<f64>() / count;
        let variance = filled().map(|(hu, n)| (hu - mean_hu) * (hu - mean_hu) * n).sum::<f64>() / count;
        // The voxel of a rank, counted from 0.
        let ranked = |rank: f64| {
            let mut below = 0.0;
            let found = filled().find(|(_, n)| {
                below += n;
                below > rank
            });
            found.map_or(0.0, |(hu, _)| hu)
        };
        let quantile = |share: f64| {
            let rank = share * (count - 1.0);
            let (low, high) = (ranked(rank.floor()), ranked(rank.ceil()));
            low + (high - low) * rank.fract()
        };
        Some(HuStatistics {
            mean_hu,
            sd_hu: variance.sqrt(),
            median_hu: quantile(0.5),
            p5_hu: quantile(0.05),
            p95_hu: quantile(0.95),
        })
    }
}

fn bin(hu: i16) -> usize {
    (i32::from(hu) - i32::from(i16::MIN)) as usize
}

fn value(bin: usize) -> f64 {
    bin as f64 + f64::from(i16::MIN)
}
