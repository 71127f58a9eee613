//! How much the intensity of a voxel speaks for the organ, learned from the accepted slices.

/// The range of the histograms, in HU.
pub(super) const RANGE_HU: std::ops::Range<f32> = -200.0..300.0;
/// Width of a bin, in HU.
const BIN_HU: f32 = 5.0;
/// Width of the ring around the organ that counts as its surroundings, in mm.
const RING_MM: f32 = 10.0;
/// Standard deviation of the smoothing of the histograms, in bins.
const SMOOTHING_BINS: f32 = 2.0;
/// Share of the uniform distribution in each histogram, so that a HU never seen does not decide.
const UNIFORM: f32 = 1e-3;
/// The ratio's logarithm is limited to this.
const MOST: f32 = 3.0;

/// The logarithm of the ratio of two HU densities: inside of the organ, and in a ring around it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LikelihoodRatio {
    log_ratio: Vec<f32>,
}

/// The voxels of one accepted slice on the grid.
pub(super) struct LabelledPixels<'a> {
    /// HU of each pixel.
    pub(super) hu: &'a [f32],
    /// Signed distance to the organ's border in mm, positive inside.
    pub(super) distance_mm: &'a [f32],
}

impl LikelihoodRatio {
    /// The ratio learned from accepted slices.
    pub(super) fn learn<'a>(slices: impl Iterator<Item = LabelledPixels<'a>>) -> Self {
        let bins = ((RANGE_HU.end - RANGE_HU.start) / BIN_HU) as usize;
        let (mut inside, mut around) = (vec![0.0; bins], vec![0.0; bins]);
        for slice in slices {
            for (&hu, &distance_mm) in slice.hu.iter().zip(slice.distance_mm) {
                if distance_mm > 0.0 {
                    inside[bin(hu)] += 1.0;
                } else if distance_mm > -RING_MM {
                    around[bin(hu)] += 1.0;
                }
            }
        }
        let [inside, around] = [density(&inside), density(&around)];
        let ratio = |(inside, around): (&f32, &f32)| (inside / around).ln().clamp(-MOST, MOST);
        Self { log_ratio: inside.iter().zip(&around).map(ratio).collect() }
    }

    /// The logarithm of the ratio for a voxel of `hu`.
    pub(super) fn log_ratio(&self, hu: f32) -> f32 {
        self.log_ratio[bin(hu)]
    }
}

fn bin(hu: f32) -> usize {
    let last = (RANGE_HU.end - RANGE_HU.start) / BIN_HU - 1.0;
    ((hu - RANGE_HU.start) / BIN_HU).clamp(0.0, last) as usize
}

/// A smoothed histogram as a density that is nowhere zero.
fn density(counts: &[f32]) -> Vec<f32> {
    let smooth = smoothed(counts);
    let total: f32 = smooth.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    let floored: Vec<f32> = smooth.iter().map(|count| count / total + UNIFORM).collect();
    let total: f32 = floored.iter().sum();
    floored.iter().map(|share| share / total).collect()
}

fn smoothed(counts: &[f32]) -> Vec<f32> {
    let kernel = crate::core::gaussian::GaussianKernel::new(SMOOTHING_BINS);
    kernel.along_line(counts)
}
