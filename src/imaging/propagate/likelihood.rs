//! How much a value of a voxel speaks for the organ, learned from the accepted slices: its intensity, or how deep it lies in
//! the mask of a model.

/// Width of the ring around the organ that counts as its surroundings, in mm.
const RING_MM: f32 = 10.0;
/// Share of the uniform distribution in each histogram, so that a value never seen does not decide.
const UNIFORM: f32 = 1e-3;
/// The ratio's logarithm is limited to this.
const MOST: f32 = 3.0;

/// The bins of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bins {
    /// Values outside count as its ends.
    pub(super) range: std::ops::Range<f32>,
    pub(super) width: f32,
    /// Standard deviation of the smoothing, in bins.
    pub(super) smoothing: f32,
}

/// The logarithm of the ratio of two densities: inside of the organ, and in a ring around it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LikelihoodRatio<'b> {
    bins: &'b Bins,
    log_ratio: Vec<f32>,
}

/// The voxels of one accepted slice on the grid.
pub(super) struct LabelledPixels<'a> {
    /// The value of each pixel.
    pub(super) values: &'a [f32],
    /// Signed distance to the organ's border in mm, positive inside.
    pub(super) distance_mm: &'a [f32],
}

impl Bins {
    fn count(&self) -> usize {
        ((self.range.end - self.range.start) / self.width) as usize
    }

    fn of(&self, value: f32) -> usize {
        let bin = ((value - self.range.start) / self.width).max(0.0) as usize;
        bin.min(self.count() - 1)
    }
}

impl<'b> LikelihoodRatio<'b> {
    /// The ratio learned from accepted slices.
    pub(super) fn learn<'a>(bins: &'b Bins, slices: impl Iterator<Item = LabelledPixels<'a>>) -> Self {
        let (mut inside, mut around) = (vec![0.0; bins.count()], vec![0.0; bins.count()]);
        for slice in slices {
            for (&value, &distance_mm) in slice.values.iter().zip(slice.distance_mm) {
                if distance_mm > 0.0 {
                    inside[bins.of(value)] += 1.0;
                } else if distance_mm > -RING_MM {
                    around[bins.of(value)] += 1.0;
                }
            }
        }
        let [inside, around] = [inside, around].map(|counts| density(&counts, bins.smoothing));
        let ratio = |(inside, around): (&f32, &f32)| (inside / around).ln().clamp(-MOST, MOST);
        Self { bins, log_ratio: inside.iter().zip(&around).map(ratio).collect() }
    }

    /// The logarithm of the ratio for a voxel of this value.
    pub(super) fn log_ratio(&self, value: f32) -> f32 {
        self.log_ratio[self.bins.of(value)]
    }
}

/// A smoothed histogram as a density that is nowhere zero.
fn density(counts: &[f32], smoothing: f32) -> Vec<f32> {
    let smooth = crate::core::gaussian::GaussianKernel::new(smoothing).along_line(counts);
    let total: f32 = smooth.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    let floored: Vec<f32> = smooth.iter().map(|count| count / total + UNIFORM).collect();
    let total: f32 = floored.iter().sum();
    floored.iter().map(|share| share / total).collect()
}
