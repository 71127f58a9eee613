//! Patches of prepared volumes to learn from, and their seeded variation: flips and an affine map within
//! the slices, the same for every slice of a patch, as the repository of Oktay et al. 2018 has them.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The ranges of random variation of patches. Every range is symmetric around no change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchAugmentConfig {
    /// Largest shift within the slice, as a share of the patch's side.
    pub shift: f32,
    /// Largest rotation within the slice, in degrees.
    pub rotate_deg: f32,
    /// Largest change of size within the slice, as a fraction.
    pub zoom: f32,
    /// Share of patches mirrored left to right, and independently front to back.
    pub flip: f32,
}

impl Default for PatchAugmentConfig {
    /// The published configuration: shifts of a tenth, 15 degrees, zooms from 0.7 to 1.3, every other patch
    /// mirrored.
    fn default() -> Self {
        Self { shift: 0.1, rotate_deg: 15.0, zoom: 0.3, flip: 0.5 }
    }
}

/// A patch of a volume with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledPatch {
    /// `[z, y, x]`, normalised as the network reads it.
    pub input: Vec<f32>,
    /// The label of each voxel; 0 for background.
    pub labels: Vec<u8>,
    /// `[z, y, x]`.
    pub dims: [usize; 3],
}

/// A volume that patches are cut from, on the network's grid.
#[derive(Clone, Copy, Debug)]
pub struct LabelledVolume<'a> {
    /// `[z, y, x]`, normalised.
    pub values: &'a [f32],
    /// `[z, y, x]`, the label of each voxel; 0 for background.
    pub labels: &'a [u8],
    /// `[z, y, x]`.
    pub dims: [usize; 3],
}

impl LabelledVolume<'_> {
    /// The patch of shape `dims` whose first voxel is `first`, which may lie outside, varied by `rng`.
    /// Values are interpolated linearly within the slice, labels are those of the nearest voxel, and
    /// what lies outside the volume is 0, as in prediction.
    pub fn patch(
        &self,
        first: [isize; 3],
        dims: [usize; 3],
        config: &PatchAugmentConfig,
        rng: &mut ChaCha8Rng,
    ) -> LabelledPatch {
        let warp = PatchWarp::drawn(dims, config, rng);
        let [depth, height, width] = dims;
        let mut patch = LabelledPatch { input: vec![0.0; depth * height * width], labels: Vec::new(), dims };
        patch.labels = vec![0; patch.input.len()];
        for z in 0..depth {
            let from_z = first[0] + z as isize;
            if !(0..self.dims[0] as isize).contains(&from_z) {
                continue;
            }
            let area = self.dims[1] * self.dims[2];
            let slice = from_z as usize * area..(from_z as usize + 1) * area;
            let (values, labels) = (&self.values[slice.clone()], &self.labels[slice]);
            for y in 0..height {
                for x in 0..width {
                    let [y_from, x_from] = warp.source([y, x]);
                    let at = [first[1] as f32 + y_from, first[2] as f32 + x_from];
                    let to = (z * height + y) * width + x;
                    patch.input[to] = self.interpolated(values, at);
                    patch.labels[to] = self.pixel(labels, at.map(|position| position.round() as isize));
                }
            }
        }
        patch
    }

    /// The value of a slice at a position `[y, x]`.
    fn interpolated(&self, slice: &[f32], at: [f32; 2]) -> f32 {
        let below = at.map(f32::floor);
        let [y_share, x_share] = [at[0] - below[0], at[1] - below[1]];
        let [y, x] = below.map(|position| position as isize);
        let row = |y: isize| {
            let left = self.pixel(slice, [y, x]);
            if x_share == 0.0 { left } else { left * (1.0 - x_share) + self.pixel(slice, [y, x + 1]) * x_share }
        };
        if y_share == 0.0 { row(y) } else { row(y) * (1.0 - y_share) + row(y + 1) * y_share }
    }

    /// A pixel of a slice, or 0 from outside.
    fn pixel<T: Copy + Default>(&self, slice: &[T], [y, x]: [isize; 2]) -> T {
        let [_, height, width] = self.dims;
        let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
        if inside { slice[y as usize * width + x as usize] } else { T::default() }
    }
}

/// A map of a patch's pixels to those of the volume.
struct PatchWarp {
    /// Of rotation and zoom.
    cos: f32,
    sin: f32,
    shift_px: [f32; 2],
    centre_px: [f32; 2],
    /// -1 along a mirrored axis.
    direction: [f32; 2],
}

impl PatchWarp {
    fn drawn([_, height, width]: [usize; 3], config: &PatchAugmentConfig, rng: &mut ChaCha8Rng) -> Self {
        let mut symmetric = |limit: f32| limit * (2.0 * rng.random::<f32>() - 1.0);
        let (angle, zoom) = (symmetric(config.rotate_deg).to_radians(), 1.0 + symmetric(config.zoom));
        let sides = [height, width].map(|side| side as f32);
        let shift_px = sides.map(|side| symmetric(config.shift * side));
        let direction = sides.map(|_| if rng.random::<f32>() < config.flip { -1.0 } else { 1.0 });
        let centre_px = sides.map(|side| (side - 1.0) / 2.0);
        Self { cos: angle.cos() / zoom, sin: angle.sin() / zoom, shift_px, centre_px, direction }
    }

    /// Where a pixel `[y, x]` of the patch comes from, counted from the first pixel of the patch.
    fn source(&self, at: [usize; 2]) -> [f32; 2] {
        let [dy, dx] =
            [0, 1].map(|axis| (at[axis] as f32 - self.centre_px[axis]) * self.direction[axis] - self.shift_px[axis]);
        [self.centre_px[0] + self.cos * dy + self.sin * dx, self.centre_px[1] - self.sin * dy + self.cos * dx]
    }
}
