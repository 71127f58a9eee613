//! Seeded variation of training samples: shift, rotation, scale, intensity, noise, and slices
//! without neighbours.
//!
//! A sample and a seed give the same result everywhere. Flips are off unless asked for: an abdomen
//! has its liver on one side, and a network that has learned mirrored ones no longer knows which.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::core::volume::Volume;
use crate::imaging::preprocess::{CropGeometry, Input, PreprocessConfig, prepare};

/// One slice to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The input of the network.
    pub input: Input,
    /// `[organs, size, size]`: the share of each pixel that is the organ, in [0, 1].
    pub target: Vec<f32>,
}

impl Sample {
    /// Slice `z` of a scan in viewing order, with `labels` as its mask, `[y, x]`: one organ.
    pub fn of(volume: &Volume, z: usize, labels: &[u8], preprocess: &PreprocessConfig) -> Self {
        let (input, placement) = prepare(volume, z, preprocess);
        Self::placed(input, &placement, labels, 1)
    }

    /// An input that lies at `placement` on its slice, with `labels` as the slice's labels,
    /// `[y, x]`, from 1 to `organs`; one organ is whatever is not 0.
    pub fn placed(input: Input, placement: &CropGeometry, labels: &[u8], organs: usize) -> Self {
        let share = |organ: usize| {
            let inside = |label: u8| if organs == 1 { label != 0 } else { usize::from(label) == organ };
            let truth: Vec<f32> = labels.iter().map(|&label| f32::from(u8::from(inside(label)))).collect();
            placement.resample(&truth)
        };
        Self { input, target: (1..=organs).flat_map(share).collect() }
    }

    /// Number of organs in the target.
    pub fn organs(&self) -> usize {
        self.target.len() / (self.input.size_px * self.input.size_px)
    }
}

/// The ranges of random variation of samples. Every range is symmetric around no change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AugmentConfig {
    /// Height and width of what is cut out, at most the input's; less to compute for each step, and
    /// the network does not mind: it is convolutional.
    pub crop_px: usize,
    /// Largest shift along each axis, in input pixels.
    pub shift_px: f32,
    /// Largest rotation, in degrees.
    pub rotate_deg: f32,
    /// Largest change of size, as a fraction.
    pub scale: f32,
    /// Largest change of contrast, as a fraction; contrast agent and phase differ between scans.
    pub contrast: f32,
    /// Largest change of brightness, on the input's [0, 1].
    pub brightness: f32,
    /// Largest standard deviation of added noise, on the input's [0, 1].
    pub noise: f32,
    /// Share of samples whose neighbours are the slice itself, as when a lone slice is opened.
    pub lone: f32,
    /// Share of samples mirrored left to right.
    #[serde(default)]
    pub flip: f32,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            crop_px: 160,
            shift_px: 32.0,
            rotate_deg: 12.0,
            scale: 0.15,
            contrast: 0.2,
            brightness: 0.08,
            noise: 0.05,
            lone: 0.15,
            flip: 0.0,
        }
    }
}

/// The sample varied as `seed` says.
pub fn augment(sample: &Sample, config: &AugmentConfig, seed: u64) -> Sample {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut symmetric = |limit: f32| if limit > 0.0 { rng.random_range(-limit..=limit) } else { 0.0 };
    let mut warp = Warp::new(
        symmetric(config.rotate_deg).to_radians(),
        1.0 + symmetric(config.scale),
        [symmetric(config.shift_px), symmetric(config.shift_px)],
        sample.input.size_px,
        config.crop_px.min(sample.input.size_px),
    );
    let (gain, offset) = (1.0 + symmetric(config.contrast), symmetric(config.brightness));
    let noise = rng.random_range(0.0..=config.noise.max(f32::MIN_POSITIVE));
    let lone = rng.random::<f32>() < config.lone;
    // Drawn only if asked for, so that the random sequence of other settings stays the same.
    warp.flip = config.flip > 0.0 && rng.random::<f32>() < config.flip;

    let area = sample.input.size_px * sample.input.size_px;
    let channel = |i: usize| &sample.input.channels[i * area..(i + 1) * area];
    let mut channels = Vec::with_capacity(3 * warp.crop * warp.crop);
    for i in 0..3 {
        let start = channels.len();
        channels.extend(warp.apply(channel(if lone { 1 } else { i })));
        for value in &mut channels[start..] {
            // Contrast turns around mid-grey. Black stays black: it is air, padding and whatever
            // else the window clips.
            if *value > 0.0 {
                let drawn = rng.random::<f32>() + rng.random::<f32>() + rng.random::<f32>() - 1.5;
                *value = ((*value - 0.5) * gain + 0.5 + offset + 2.0 * noise * drawn).clamp(0.0, 1.0);
            }
        }
        if lone && i == 0 {
            // Repeated as they are, noise included: that is what a lone slice gives.
            let plane = channels.clone();
            channels.extend_from_slice(&plane);
            channels.extend_from_slice(&plane);
            break;
        }
    }
    let target = sample.target.chunks_exact(area).flat_map(|organ| warp.apply(organ)).collect();
    Sample { input: Input { channels, size_px: warp.crop }, target }
}

/// A similarity of the plane about the input's centre.
struct Warp {
    cos: f32,
    sin: f32,
    shift_px: [f32; 2],
    size: usize,
    crop: usize,
    flip: bool,
}

impl Warp {
    fn new(angle_rad: f32, scale: f32, shift_px: [f32; 2], size: usize, crop: usize) -> Self {
        Self { cos: angle_rad.cos() / scale, sin: angle_rad.sin() / scale, shift_px, size, crop, flip: false }
    }

    /// The middle of `image`, `[size, size]`, seen through the warp, `[crop, crop]`, by linear
    /// interpolation; 0 from outside.
    fn apply(&self, image: &[f32]) -> Vec<f32> {
        let (size, centre) = (self.size, (self.size as f32 - 1.0) / 2.0);
        let pixel = |y: i32, x: i32| {
            let inside = (0..size as i32).contains(&y) && (0..size as i32).contains(&x);
            if inside { image[y as usize * size + x as usize] } else { 0.0 }
        };
        let middle = (self.crop as f32 - 1.0) / 2.0;
        let mut out = Vec::with_capacity(self.crop * self.crop);
        for y in 0..self.crop {
            let dy = y as f32 - middle - self.shift_px[0];
            for x in 0..self.crop {
                let dx = if self.flip { middle - x as f32 } else { x as f32 - middle } - self.shift_px[1];
                let (from_y, from_x) = (centre + self.cos * dy + self.sin * dx, centre - self.sin * dy + self.cos * dx);
                let (y0, x0) = (from_y.floor(), from_x.floor());
                let (fy, fx) = (from_y - y0, from_x - x0);
                let (y0, x0) = (y0 as i32, x0 as i32);
                let upper = pixel(y0, x0) * (1.0 - fx) + pixel(y0, x0 + 1) * fx;
                let lower = pixel(y0 + 1, x0) * (1.0 - fx) + pixel(y0 + 1, x0 + 1) * fx;
                out.push(upper * (1.0 - fy) + lower * fy);
            }
        }
        out
    }
}
