//! A histogram with a bin for every 16-bit value that a voxel can have, so that means and quantiles
//! are exact.

use std::ops::RangeInclusive;

use super::statistics::quantile_of_ranks;

/// Number of voxels of each value, in HU.
pub struct HuHistogram(Vec<u64>);

impl Default for HuHistogram {
    fn default() -> Self {
        Self(vec![0; 1 << 16])
    }
}

impl HuHistogram {
    /// Counts voxels.
    pub fn add(&mut self, hu: impl IntoIterator<Item = i16>) {
        hu.into_iter().for_each(|hu| self.0[bin(hu)] += 1);
    }

    /// Number of voxels counted.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The lowest and the highest value counted; `None` for an empty histogram.
    pub fn range(&self) -> Option<[i16; 2]> {
        let is_filled = |count: &u64| *count > 0;
        let (lowest, highest) = self.0.iter().position(is_filled).zip(self.0.iter().rposition(is_filled))?;
        Some([lowest, highest].map(value))
    }

    /// The fraction of voxels whose value lies in `values`; 0 for an empty histogram.
    pub fn share(&self, values: RangeInclusive<i16>) -> f64 {
        let inside: u64 = self.0[bin(*values.start())..=bin(*values.end())].iter().sum();
        inside as f64 / self.count().max(1) as f64
    }

    /// The values counted, ascending, each with its number of voxels.
    pub fn filled(&self) -> impl Iterator<Item = (f64, u64)> {
        self.0.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bin, count)| (f64::from(value(bin)), *count))
    }

    /// The value below which `share` of the voxels lie, interpolated linearly as NumPy does; `None`
    /// for an empty histogram.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let count = self.count();
        let value_at_rank = |rank: usize| {
            let mut below = 0;
            let found = self.filled().find(|(_, count)| {
                below += count;
                below > rank as u64
            });
            found.map_or(0.0, |(hu, _)| hu)
        };
        (count > 0).then(|| quantile_of_ranks(count as usize, share, value_at_rank))
    }
}

fn bin(hu: i16) -> usize {
    (i32::from(hu) - i32::from(i16::MIN)) as usize
}

fn value(bin: usize) -> i16 {
    (bin as i32 + i32::from(i16::MIN)) as i16
}
