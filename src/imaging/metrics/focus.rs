//! Where a gate looks: how much of its attention lies on the organ.

use serde::{Deserialize, Serialize};

/// Attention coefficients and areas summed over slices, on one gate's grid. Two of them compare
/// only at the same grid, or as [`ratio`](Self::ratio).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Focus {
    /// Sum of attention on the organ: each pixel's coefficient times the share of it that is organ.
    pub on_organ: f64,
    /// Sum of attention on everything that is image: each coefficient times the share of the pixel
    /// that is.
    pub anywhere: f64,
    /// Pixels of organ.
    pub organ_px: f64,
    /// Pixels of image.
    pub image_px: f64,
}

/// The attention of one gate, summed over a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateFocus {
    /// Height and width of the gate's grid.
    pub size_px: usize,
    /// Over the slices with the organ.
    pub focus: Focus,
}

impl Focus {
    /// One slice: `alpha`, and of each pixel the share that is organ and the share that is image,
    /// all on one grid. Organ is image.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn of(alpha: &[f32], organ: &[f32], image: &[f32]) -> Self {
        assert_eq!([alpha.len(); 2], [organ.len(), image.len()], "maps of one grid");
        let sum = |shares: &[f32]| shares.iter().map(|share| f64::from(*share)).sum();
        let mass = |shares: &[f32]| alpha.iter().zip(shares).map(|(a, share)| f64::from(*a) * f64::from(*share)).sum();
        Self { on_organ: mass(organ), anywhere: mass(image), organ_px: sum(organ), image_px: sum(image) }
    }

    /// This and more slices.
    pub fn plus(self, other: Self) -> Self {
        Self {
            on_organ: self.on_organ + other.on_organ,
            anywhere: self.anywhere + other.anywhere,
            organ_px: self.organ_px + other.organ_px,
            image_px: self.image_px + other.image_px,
        }
    }

    /// The share of the attention that lies on the organ, in [0, 1]; `None` where there is no
    /// attention at all.
    pub fn share(&self) -> Option<f64> {
        (self.anywhere > 0.0).then(|| self.on_organ / self.anywhere)
    }

    /// The share that attention of one value everywhere would have there: the organ's share of the
    /// image. `None` without an image.
    pub fn baseline(&self) -> Option<f64> {
        (self.image_px > 0.0).then(|| self.organ_px / self.image_px)
    }

    /// How many times the organ gets what it would get by chance; 1 for a gate that looks nowhere
    /// in particular. `None` without an organ.
    pub fn ratio(&self) -> Option<f64> {
        let baseline = self.baseline().filter(|baseline| *baseline > 0.0)?;
        Some(self.share()? / baseline)
    }
}

/// In short, for one line.
impl std::fmt::Display for Focus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: Option<f64>| share.map_or("undefined".into(), |share| format!("{:.2} %", 100.0 * share));
        let ratio = self.ratio().map_or("undefined".into(), |ratio| format!("{ratio:.2} times"));
        write!(
            f,
            "{} of the attention on the organ, {ratio} its {} of the image",
            percent(self.share()),
            percent(self.baseline())
        )
    }
}

/// A map of `size` x `size` pixels on a grid of `coarse` x `coarse`, each the mean of those it
/// covers.
///
/// # Panics
/// Unless `coarse` divides `size`.
pub fn coarser(map: &[f32], size: usize, coarse: usize) -> Vec<f32> {
    assert!(size.is_multiple_of(coarse) && map.len() == size * size, "{coarse} pixels cover whole pixels of {size}");
    let (factor, mut sums) = (size / coarse, vec![0.0; coarse * coarse]);
    for (y, row) in map.chunks_exact(size).enumerate() {
        let sums = &mut sums[y / factor * coarse..][..coarse];
        for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(factor)) {
            *sum += pixels.iter().sum::<f32>();
        }
    }
    let area = (factor * factor) as f32;
    sums.into_iter().map(|sum| sum / area).collect()
}

/// The meaning of the numbers, as a sentence for reports.
pub const ATTENTION_FOCUS: &str = "attention focus: over the slices (of networks of volumes, the patches) with the organ, on each gate's grid, the sum of attention on the organ \
    divided by the sum on all that is image; a pixel that is partly organ counts by that share. Baseline: the organ's share of that area, which is what \
    attention of one value everywhere would have";
