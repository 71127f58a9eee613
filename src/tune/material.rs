//! What a fine-tuning learns from and is judged by, as samples on the network's grid.

use super::plan::split;
use crate::augment::Sample;
use crate::mask::Mask;
use crate::phantom::{Phantom, PhantomConfig, phantom};
use crate::preprocess::{Input, PreprocessConfig};
use crate::volume::Volume;

/// Samples of the corrections.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// For each corrected slice to learn from: itself, then its neighbours with the same mask.
    pub corrected: Vec<Vec<Sample>>,
    /// Corrected slices that are set aside to judge by.
    pub held_out: Vec<Sample>,
    /// Slices far from any corrected one, with what the model says of them now: what nobody corrected should stay as it is (learning
    /// without forgetting, Li and Hoiem 2016).
    pub far: Vec<Sample>,
}

/// This far from any corrected slice, in mm, and this far apart.
const FAR_MM: f64 = 30.0;
const FAR_STEP_MM: f64 = 12.0;

/// The slices of a scan in viewing order that are far from all corrected ones.
pub fn far_slices(volume: &Volume, corrected: &[usize]) -> Vec<usize> {
    let Some(step_mm) = volume.geometry.map(|g| g.spacing_mm()[0]) else { return Vec::new() };
    let every = (FAR_STEP_MM / step_mm).round().max(1.0) as usize;
    let is_far = |z: &usize| corrected.iter().all(|c| c.abs_diff(*z) as f64 * step_mm >= FAR_MM);
    (0..volume.depth()).filter(is_far).step_by(every).collect()
}

/// Samples of what was learned before, against forgetting it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// To learn from.
    pub learn: Vec<Sample>,
    /// To judge by; of the same kind, never learned from.
    pub judge: Vec<Sample>,
}

/// With many corrected slices neighbours say little that is new, and samples take memory (0.8 MB each).
const MOST_SAMPLES: usize = 120;

impl Material {
    /// From a scan in viewing order and the slices of it that were corrected (ascending), whose labels are in `truth`; neighbours
    /// up to `reach_mm` away stand for a slice, for anatomy hardly changes there and noise does. `None` with fewer than two
    /// corrected slices: one to learn from, one to judge by. `said` is the model's own mask, used on the [`far_slices`].
    pub fn of(
        volume: &Volume,
        truth: &Mask,
        corrected: &[usize],
        said: &Mask,
        reach_mm: f64,
        preprocess: &PreprocessConfig,
    ) -> Option<Self> {
        let (learn, aside) = split(corrected)?;
        let reach = volume.geometry.map_or(0, |g| (reach_mm / g.spacing_mm()[0]).floor() as usize);
        let reach = reach.min(MOST_SAMPLES.div_ceil(learn.len()).saturating_sub(1) / 2);
        let variants = |z: usize| {
            let around = (1..=reach).flat_map(|d| [z.checked_sub(d), Some(z + d)]).flatten();
            let those = std::iter::once(z).chain(around.filter(|&n| n < volume.depth()));
            those.map(|n| Sample::of(volume, n, truth.slice(z), preprocess)).collect()
        };
        Some(Self {
            corrected: learn.iter().map(|&z| variants(z)).collect(),
            held_out: aside.iter().map(|&z| Sample::of(volume, z, truth.slice(z), preprocess)).collect(),
            far: far_slices(volume, corrected)
                .iter()
                .map(|&z| Sample::of(volume, z, said.slice(z), preprocess))
                .collect(),
        })
    }

    /// The material of several scans together.
    pub fn join(parts: Vec<Self>) -> Self {
        let mut all = Self { corrected: Vec::new(), held_out: Vec::new(), far: Vec::new() };
        for part in parts {
            all.corrected.extend(part.corrected);
            all.held_out.extend(part.held_out);
            all.far.extend(part.far);
        }
        all
    }

    /// For a worker: sizes as u32, then every sample's input and target as f32, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size_px = self.held_out.first().map_or(0, |sample| sample.input.size_px);
        let mut sizes =
            vec![size_px as u32, self.held_out.len() as u32, self.far.len() as u32, self.corrected.len() as u32];
        sizes.extend(self.corrected.iter().map(|variants| variants.len() as u32));
        let mut bytes: Vec<u8> = bytemuck::cast_slice(&sizes).to_vec();
        for sample in self.held_out.iter().chain(&self.far).chain(self.corrected.iter().flatten()) {
            bytes.extend_from_slice(bytemuck::cast_slice(&sample.input.channels));
            bytes.extend_from_slice(bytemuck::cast_slice(&sample.target));
        }
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
        let mut number = || words.next().map(|word| u32::from_le_bytes(word) as usize);
        let (size_px, held_out, far, corrected) = (number()?, number()?, number()?, number()?);
        let counts = (0..corrected).map(|_| number()).collect::<Option<Vec<_>>>()?;
        let area = size_px * size_px;
        let mut values = |count: usize| {
            let values: Vec<f32> = words.by_ref().take(count).map(f32::from_le_bytes).collect();
            (values.len() == count).then_some(values)
        };
        let mut samples = |count: usize| {
            (0..count)
                .map(|_| Some(Sample { input: Input { channels: values(3 * area)?, size_px }, target: values(area)? }))
                .collect::<Option<Vec<_>>>()
        };
        let (held_out, far) = (samples(held_out)?, samples(far)?);
        let corrected = counts.into_iter().map(&mut samples).collect::<Option<Vec<_>>>()?;
        Some(Self { corrected, held_out, far })
    }
}

/// Phantoms replayed, counted from a seed that no sample of the page and no training in the documents uses.
const FIRST_REPLAY: u64 = 77_000;
/// Phantoms to learn from; one more judges.
const REPLAYED_PHANTOMS: u64 = 6;
/// Every so many slices of one are taken, with and without pancreas.
const EVERY: usize = 4;
/// The same for the one that judges, where there need be fewer.
const EVERY_JUDGE: usize = 6;

impl Replay {
    /// Slices of phantoms.
    pub fn phantoms(preprocess: &PreprocessConfig) -> Self {
        let slices = |seed: u64, every: usize| {
            let Phantom { volume, pancreas, .. } = phantom(&PhantomConfig::SMALL, seed);
            let filled: Vec<usize> = (0..volume.depth()).filter(|&z| pancreas.has_labels(z)).collect();
            // From a little below the organ to a little above: what lies further out teaches little.
            let (first, last) = (filled.first().copied().unwrap_or(0), filled.last().copied().unwrap_or(0));
            let until = (last + every).min(volume.depth() - 1);
            let those = (first.saturating_sub(every)..=until).step_by(every);
            those.map(|z| Sample::of(&volume, z, pancreas.slice(z), preprocess)).collect::<Vec<_>>()
        };
        Self {
            learn: (0..REPLAYED_PHANTOMS).flat_map(|i| slices(FIRST_REPLAY + i, EVERY)).collect(),
            judge: slices(FIRST_REPLAY + REPLAYED_PHANTOMS, EVERY_JUDGE),
        }
    }
}
