//! Seeded variation of training samples: shift, rotation, scale, bending, intensity, sharpness,
//! noise, and slices without neighbours.
//!
//! A sample and a seed give the same result everywhere. Flips are off unless asked for: an abdomen
//! has its liver on one side, and a network that has learned mirrored ones no longer knows which.

mod appearance;
mod warp;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::core::volume::Volume;
use crate::imaging::preprocess::{CropGeometry, Input, PreprocessConfig, prepare};
use appearance::{ToneCurve, change_sharpness};
use warp::{Placement, Warp};

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
    /// Largest change of height against width, as a fraction.
    #[serde(default)]
    pub stretch: f32,
    /// Largest shift of the points of a coarse grid between which a sample is bent, in input pixels.
    #[serde(default)]
    pub bend_px: f32,
    /// Largest natural logarithm by which the slope of a piece of the tone curve changes: tissues of
    /// different intensity move apart or together, as they do between phases of contrast agent.
    #[serde(default)]
    pub tone: f32,
    /// Largest share of a blurred sample that is mixed in, or, below 0, taken away: reconstruction
    /// kernels are softer or sharper.
    #[serde(default)]
    pub sharpness: f32,
}

impl AugmentConfig {
    /// Ranges for a network that has to work on patients unlike those it learns from.
    pub fn wide() -> Self {
        Self {
            rotate_deg: 20.0,
            scale: 0.25,
            contrast: 0.3,
            brightness: 0.15,
            noise: 0.08,
            stretch: 0.2,
            bend_px: 12.0,
            tone: 0.5,
            sharpness: 1.0,
            ..Self::default()
        }
    }
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
            stretch: 0.0,
            bend_px: 0.0,
            tone: 0.0,
            sharpness: 0.0,
        }
    }
}

/// The sample varied as `seed` says.
pub fn augment(sample: &Sample, config: &AugmentConfig, seed: u64) -> Sample {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut symmetric = |limit: f32| if limit > 0.0 { rng.random_range(-limit..=limit) } else { 0.0 };
    let mut placement = Placement {
        angle_rad: symmetric(config.rotate_deg).to_radians(),
        scale: 1.0 + symmetric(config.scale),
        shift_px: [symmetric(config.shift_px), symmetric(config.shift_px)],
        is_mirrored: false,
        stretch: 1.0,
    };
    let (gain, offset) = (1.0 + symmetric(config.contrast), symmetric(config.brightness));
    let noise = rng.random_range(0.0..=config.noise.max(f32::MIN_POSITIVE));
    let lone = rng.random::<f32>() < config.lone;
    // What follows is drawn only if asked for, so that the random sequence of other settings stays
    // the same.
    placement.is_mirrored = config.flip > 0.0 && rng.random::<f32>() < config.flip;
    let mut symmetric = |limit: f32| if limit > 0.0 { rng.random_range(-limit..=limit) } else { 0.0 };
    placement.stretch = 1.0 + symmetric(config.stretch);
    let softness = symmetric(config.sharpness);
    let tones = (config.tone > 0.0).then(|| ToneCurve::drawn(&mut || symmetric(config.tone)));
    let crop = config.crop_px.min(sample.input.size_px);
    let mut warp = Warp::new(&placement, sample.input.size_px, crop);
    if config.bend_px > 0.0 {
        warp.bend(&mut || symmetric(config.bend_px));
    }

    let area = sample.input.size_px * sample.input.size_px;
    let channel = |i: usize| &sample.input.channels[i * area..(i + 1) * area];
    let mut channels = Vec::with_capacity(3 * crop * crop);
    for i in 0..3 {
        let mut plane = warp.apply(channel(if lone { 1 } else { i }));
        if softness != 0.0 {
            plane = change_sharpness(&plane, crop, softness);
        }
        for value in &mut plane {
            // Contrast turns around mid-grey. Black stays black: it is air, padding and whatever
            // else the window clips.
            if *value > 0.0 {
                let toned = tones.as_ref().map_or(*value, |tones| tones.apply(*value));
                let drawn = rng.random::<f32>() + rng.random::<f32>() + rng.random::<f32>() - 1.5;
                *value = ((toned - 0.5) * gain + 0.5 + offset + 2.0 * noise * drawn).clamp(0.0, 1.0);
            }
        }
        channels.extend_from_slice(&plane);
        if lone && i == 0 {
            // Repeated as they are, noise included: that is what a lone slice gives.
            channels.extend_from_slice(&plane);
            channels.extend_from_slice(&plane);
            break;
        }
    }
    let target = sample.target.chunks_exact(area).flat_map(|organ| warp.apply(organ)).collect();
    Sample { input: Input { channels, size_px: crop }, target }
}
