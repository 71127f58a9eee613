//! What a fine-tuning learns from and is judged by, as samples on the network's grid.

use super::sampler::split;
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::imaging::augment::Sample;
use crate::imaging::metrics::Overlap;
use crate::imaging::phantom::{Phantom, PhantomConfig, phantom};
use crate::imaging::preprocess::{Input, PreprocessConfig};

/// Samples of the corrections.
#[derive(Clone, Debug, PartialEq)]
pub struct FineTuneData {
    /// For each corrected slice to learn from: itself, then its neighbours with the same mask.
    pub corrected: Vec<Vec<Sample>>,
    /// Corrected slices that are set aside to judge by.
    pub held_out: Vec<Sample>,
    /// Slices well beyond the outermost corrected ones.
    ///
    /// Where the model was mostly right about the corrected slices, they hold what it says of them, so that it stays that way (learning
    /// without forgetting, Li and Hoiem 2016). Where it was not, its word is worth nothing, and they hold nothing: whoever spreads
    /// corrections over an organ has been to its ends.
    pub beyond: Vec<Sample>,
}

/// At least this far beyond the outermost corrected slice, in mm, and this far apart.
const BEYOND_MM: f64 = 15.0;
const BEYOND_STEP_MM: f64 = 8.0;
/// DSC on the corrected slices from which on the model's word counts.
const TRUSTED: f64 = 0.5;

/// The slices of a scan in viewing order that lie well beyond the corrected ones (ascending): farther than 15 mm, and than the
/// largest gap between two of them.
pub fn slices_beyond(volume: &Volume, corrected: &[usize]) -> Vec<usize> {
    let (Some(geometry), Some(first), Some(last)) = (volume.geometry, corrected.first(), corrected.last()) else {
        return Vec::new();
    };
    let step_mm = geometry.spacing_mm()[0];
    let gap = corrected.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let margin = gap.max((BEYOND_MM / step_mm).ceil() as usize);
    let every = (BEYOND_STEP_MM / step_mm).round().max(1.0) as usize;
    let below = (0..(first + 1).saturating_sub(margin)).rev().step_by(every);
    below.chain((last + margin..volume.depth()).step_by(every)).collect()
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

impl FineTuneData {
    /// From a scan in viewing order and the slices of it that were corrected (ascending), whose labels are in `truth`; `said` holds
    /// the model's own mask of these and of the [`slices_beyond`]. Neighbours up to `reach_mm` away stand for a slice, for anatomy
    /// hardly changes there and noise does. `None` with fewer than two corrected slices: one to learn from, one to judge by.
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
        let right = corrected.iter().map(|&z| Overlap::of(said.slice(z), truth.slice(z)));
        let trusted = right.fold(Overlap::default(), Overlap::plus).dsc() >= TRUSTED;
        let beyond = |z: usize| {
            // Slices beyond are not corrected, so the truth holds nothing there.
            Sample::of(volume, z, if trusted { said.slice(z) } else { truth.slice(z) }, preprocess)
        };
        Some(Self {
            corrected: learn.iter().map(|&z| variants(z)).collect(),
            held_out: aside.iter().map(|&z| Sample::of(volume, z, truth.slice(z), preprocess)).collect(),
            beyond: slices_beyond(volume, corrected).into_iter().map(beyond).collect(),
        })
    }

    /// The material of several scans together.
    pub fn join(parts: Vec<Self>) -> Self {
        let mut all = Self { corrected: Vec::new(), held_out: Vec::new(), beyond: Vec::new() };
        for part in parts {
            all.corrected.extend(part.corrected);
            all.held_out.extend(part.held_out);
            all.beyond.extend(part.beyond);
        }
        all
    }

    /// For a worker: sizes as u32, then every sample's input and target as f32, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size_px = self.held_out.first().map_or(0, |sample| sample.input.size_px);
        let mut sizes =
            vec![size_px as u32, self.held_out.len() as u32, self.beyond.len() as u32, self.corrected.len() as u32];
        sizes.extend(self.corrected.iter().map(|variants| variants.len() as u32));
        let mut bytes: Vec<u8> = bytemuck::cast_slice(&sizes).to_vec();
        for sample in self.held_out.iter().chain(&self.beyond).chain(self.corrected.iter().flatten()) {
            bytes.extend_from_slice(bytemuck::cast_slice(&sample.input.channels));
            bytes.extend_from_slice(bytemuck::cast_slice(&sample.target));
        }
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
        let mut number = || words.next().map(|word| u32::from_le_bytes(word) as usize);
        let (size_px, held_out, beyond, corrected) = (number()?, number()?, number()?, number()?);
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
        let (held_out, beyond) = (samples(held_out)?, samples(beyond)?);
        let corrected = counts.into_iter().map(&mut samples).collect::<Option<Vec<_>>>()?;
        Some(Self { corrected, held_out, beyond })
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
