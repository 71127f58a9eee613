//! What a person corrected of one series, apart from any prediction, with undo and redo across slices.

use std::collections::{BTreeMap, VecDeque};

use super::codec;
use super::correction::Correction;
use super::runs::RleMask;
use super::shape_interpolation::ShapeInterpolation;
use crate::core::error::UserError;

/// The most steps that can be undone.
const STEPS: usize = 200;

/// The corrected slices of one series, by slice, and how they came about.
#[derive(Clone, Debug, Default)]
pub struct Corrections {
    slices: BTreeMap<usize, Correction>,
    /// Oldest first, at most [`STEPS`].
    done: VecDeque<Step>,
    /// Undone last comes last.
    undone: Vec<Step>,
    /// Whether the latest step is a brush's and may still be joined.
    open: bool,
}

/// What is undone at once; no slice twice.
type Step = Vec<Change>;

#[derive(Clone, Debug)]
struct Change {
    slice: usize,
    before: Option<Correction>,
    after: Option<Correction>,
}

impl Corrections {
    /// The correction of a slice, if it has one.
    pub fn get(&self, slice: usize) -> Option<&Correction> {
        self.slices.get(&slice)
    }

    /// The corrected labels of a slice, `[y, x]`, if it has any.
    pub fn labels(&self, slice: usize) -> Option<Vec<u8>> {
        self.get(slice).map(|correction| correction.labels.labels())
    }

    /// The corrected slices, ascending.
    pub fn slices(&self) -> impl Iterator<Item = usize> {
        self.slices.keys().copied()
    }

    /// The slices declared finished, ascending.
    pub fn accepted(&self) -> impl Iterator<Item = usize> {
        self.slices.iter().filter(|(_, correction)| correction.accepted).map(|(&slice, _)| slice)
    }

    /// Records what a slice has become, as a step of its own. With `joins` it goes on with the latest step instead, if that was
    /// a `set` of this slice and nothing came after it: a drag of the brush is many strokes but one step.
    ///
    /// The first stroke of a drag comes here without `joins` even if it changed nothing: it ends the drag before.
    pub fn set(&mut self, slice: usize, labels: &[u8], accepted: bool, joins: bool) {
        let after = Some(Correction { labels: RleMask::of(labels), accepted });
        match self.latest(slice).filter(|_| joins) {
            Some(latest) => {
                latest.after = after.clone();
                if latest.before == latest.after {
                    self.done.pop_back();
                    self.open = false;
                }
                self.put(slice, after);
            }
            None => self.open = self.record([(slice, after)]),
        }
    }

    /// Records several slices, with their labels and whether they are accepted, as one step. Of a slice given twice the last
    /// counts.
    pub fn set_all(&mut self, changes: Vec<(usize, Vec<u8>, bool)>) {
        self.record(changes.into_iter().map(|(slice, labels, accepted)| {
            let labels = RleMask::of(&labels);
            (slice, Some(Correction { labels, accepted }))
        }));
    }

    /// Forgets the correction of a slice, as a step: back to the prediction.
    pub fn forget(&mut self, slice: usize) {
        self.record([(slice, None)]);
    }

    /// Takes the latest step back; the slices that changed, ascending, none if there is no step.
    pub fn undo(&mut self) -> Vec<usize> {
        self.open = false;
        let Some(step) = self.done.pop_back() else { return Vec::new() };
        for change in &step {
            self.put(change.slice, change.before.clone());
        }
        let slices = step.iter().map(|change| change.slice).collect();
        self.undone.push(step);
        slices
    }

    /// Does again what was undone last; the slices that changed, ascending, none if nothing was undone.
    pub fn redo(&mut self) -> Vec<usize> {
        self.open = false;
        let Some(step) = self.undone.pop() else { return Vec::new() };
        for change in &step {
            self.put(change.slice, change.after.clone());
        }
        let slices = step.iter().map(|change| change.slice).collect();
        self.done.push_back(step);
        slices
    }

    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Fills every slice between two corrected ones with the shape [`between`](super::shape_interpolation()) them, not accepted, as one
    /// step; between two empty slices nothing is filled. `dims` is the slices' `[height, width]`. Returns the slices filled,
    /// ascending. Panics if a correction's length differs from `dims`.
    pub fn interpolate(&mut self, dims: [usize; 2]) -> Vec<usize> {
        let corrected: Vec<usize> = self.slices().collect();
        let filled: Vec<_> = corrected.windows(2).flat_map(|pair| self.gap(pair[0], pair[1], dims)).collect();
        let slices = filled.iter().map(|(slice, _)| *slice).collect();
        self.record(filled);
        slices
    }

    /// The corrections, without their history, as bytes to be kept. `dims` is the series' `[depth, height, width]`.
    pub fn to_bytes(&self, dims: [usize; 3]) -> Vec<u8> {
        codec::write(&self.slices, dims)
    }

    /// Corrections from bytes that may be anything, without history; refused unless they fit a series of `dims` exactly.
    pub fn from_bytes(bytes: &[u8], dims: [usize; 3]) -> Result<Self, UserError> {
        Ok(Self { slices: codec::read(bytes, dims)?, ..Self::default() })
    }

    /// What belongs into the slices between two neighbouring corrected ones.
    fn gap(&self, lower: usize, upper: usize, dims: [usize; 2]) -> Vec<(usize, Option<Correction>)> {
        let [from, to] = [lower, upper].map(|slice| &self.slices[&slice].labels);
        if upper - lower < 2 || !(from.has_labels() || to.has_labels()) {
            return Vec::new();
        }
        let blend = ShapeInterpolation::of(&from.labels(), &to.labels(), dims);
        let fill = |slice: usize| {
            let t = (slice - lower) as f32 / (upper - lower) as f32;
            (slice, Some(Correction { labels: RleMask::of(&blend.at(t)), accepted: false }))
        };
        (lower + 1..upper).map(fill).collect()
    }

    /// The only change of the latest step, if that may be joined and is of this slice.
    fn latest(&mut self, slice: usize) -> Option<&mut Change> {
        let step = self.done.back_mut().filter(|_| self.open)?;
        step.first_mut().filter(|change| change.slice == slice)
    }

    /// Makes changes, `None` meaning no correction, into one step; whether there was anything to change.
    fn record(&mut self, changes: impl IntoIterator<Item = (usize, Option<Correction>)>) -> bool {
        self.open = false;
        let last_of_each: BTreeMap<usize, Option<Correction>> = changes.into_iter().collect();
        let changes = last_of_each.into_iter().map(|(slice, after)| {
            let before = self.slices.get(&slice).cloned();
            Change { slice, before, after }
        });
        let step: Step = changes.filter(|change| change.before != change.after).collect();
        if step.is_empty() {
            return false;
        }
        for change in &step {
            self.put(change.slice, change.after.clone());
        }
        self.undone.clear();
        if self.done.len() == STEPS {
            self.done.pop_front();
        }
        self.done.push_back(step);
        true
    }

    fn put(&mut self, slice: usize, correction: Option<Correction>) {
        match correction {
            Some(correction) => self.slices.insert(slice, correction),
            None => self.slices.remove(&slice),
        };
    }
}
