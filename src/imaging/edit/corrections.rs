//! The corrections of one series, kept apart from any prediction, with undo and redo across slices.

use serde::{Deserialize, Serialize};

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use super::codec;
use super::correction::{Acceptance, Correction, SliceLabels, SliceWork};
use super::plane_edit::PlaneChanges;
use super::shape_interpolation::{InterpolatedGap, LabelledSlice};
use crate::core::drawn_pixels::DrawnPixels;
use crate::core::error::UserError;
use crate::core::mask::{Mask, PANCREAS};

/// The undo step in which a change is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UndoStep {
    /// A step of its own.
    New,
    /// The latest step, if that was a change of the same slice and nothing came after it; otherwise
    /// a step of its own.
    JoinLatest,
}

/// The most steps that can be undone.
const STEPS: usize = 200;

/// The corrected slices of one series, with their history.
#[derive(Clone, Debug, Default)]
pub struct Corrections {
    slices: BTreeMap<usize, SliceWork>,
    /// The steps that can be undone, oldest first, at most [`STEPS`].
    done: VecDeque<Step>,
    /// The steps that can be redone; the one undone last comes last.
    undone: Vec<Step>,
    /// True while the latest step is that of a brush and may still be joined.
    open: bool,
}

/// The changes that are undone together, at most one for each slice.
type Step = Vec<Change>;

#[derive(Clone, Debug)]
struct Change {
    slice: usize,
    before: Option<SliceWork>,
    after: Option<SliceWork>,
}

impl Corrections {
    /// The correction of a whole slice, if it has one.
    pub fn get(&self, slice: usize) -> Option<&Correction> {
        match self.slices.get(&slice)? {
            SliceWork::Whole(correction) => Some(correction),
            SliceWork::Part(_) => None,
        }
    }

    /// The pixels of a slice that were drawn on other planes, if the slice is not corrected as a
    /// whole.
    pub fn drawn(&self, slice: usize) -> Option<&DrawnPixels> {
        match self.slices.get(&slice)? {
            SliceWork::Whole(_) => None,
            SliceWork::Part(drawn) => Some(drawn),
        }
    }

    /// The labels of a slice with everything drawn by hand, `[y, x]`: its correction, or else the
    /// `computed` labels under the pixels that were drawn on other planes. `None` if there are none
    /// of these. `area` is the number of pixels of the slice.
    pub fn over<'a>(
        &self,
        slice: usize,
        area: usize,
        computed: impl FnOnce() -> Option<Cow<'a, [u8]>>,
    ) -> Option<Cow<'a, [u8]>> {
        match self.slices.get(&slice) {
            None => computed(),
            Some(SliceWork::Whole(correction)) => Some(Cow::Owned(correction.decode())),
            Some(SliceWork::Part(drawn)) => {
                let mut labels = computed().map_or_else(|| vec![0; area], Cow::into_owned);
                drawn.write_over(&mut labels);
                Some(Cow::Owned(labels))
            }
        }
    }

    /// The corrected labels of a whole slice, `[y, x]`, if it has any.
    pub fn labels(&self, slice: usize) -> Option<Vec<u8>> {
        self.get(slice).map(|correction| correction.labels.decode())
    }

    /// The slices on which something was drawn, ascending.
    pub fn slices(&self) -> impl Iterator<Item = usize> {
        self.slices.keys().copied()
    }

    /// The accepted slices, ascending.
    pub fn accepted(&self) -> impl Iterator<Item = usize> {
        self.whole().filter(|(_, correction)| correction.acceptance == Acceptance::Accepted).map(|(slice, _)| slice)
    }

    /// The slices that are corrected as a whole, ascending.
    fn whole(&self) -> impl Iterator<Item = (usize, &Correction)> {
        self.slices.keys().filter_map(|&slice| Some((slice, self.get(slice)?)))
    }

    /// Records the labels of a slice, `[y, x]`, in the undo step that `step` names. A drag of the
    /// brush is many strokes but one step: its first stroke starts a new step, and the others join
    /// it.
    ///
    /// The first stroke of a drag must be recorded as [`UndoStep::New`] even if it changed nothing:
    /// that ends the drag before it.
    pub fn set(&mut self, slice: usize, labels: &[u8], acceptance: Acceptance, step: UndoStep) {
        let after = Some(SliceWork::whole(labels, acceptance));
        match self.latest(slice).filter(|_| step == UndoStep::JoinLatest) {
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

    /// Records the labels of several slices as one step. If a slice is given twice, the last one
    /// counts.
    pub fn set_all(&mut self, changes: Vec<SliceLabels>) {
        self.take(changes, &PlaneChanges::new());
    }

    /// Records the labels of whole slices, and pixels of others as [`Corrections::draw`] does, as one step.
    pub fn take(&mut self, slices: Vec<SliceLabels>, drawn: &PlaneChanges) {
        let whole = |SliceLabels { slice, labels, acceptance }| (slice, Some(SliceWork::whole(&labels, acceptance)));
        let work: Vec<_> = self.with_drawn(drawn).chain(slices.into_iter().map(whole)).collect();
        self.record(work);
    }

    /// Records what was drawn or accepted on a coronal or sagittal plane, as one step. On a slice that is
    /// corrected as a whole it becomes part of the correction, which stays accepted if it was.
    pub fn draw(&mut self, changes: &PlaneChanges) {
        self.take(Vec::new(), changes);
    }

    /// The work on each slice with pixels that were drawn over it.
    fn with_drawn(&self, changes: &PlaneChanges) -> impl Iterator<Item = (usize, Option<SliceWork>)> {
        changes.iter().map(|(&slice, pixels)| {
            let after = match self.slices.get(&slice) {
                Some(SliceWork::Whole(correction)) => {
                    let mut labels = correction.decode();
                    pixels.write_over(&mut labels);
                    SliceWork::whole(&labels, correction.acceptance)
                }
                Some(SliceWork::Part(before)) => SliceWork::Part(before.iter().chain(pixels.iter()).collect()),
                None => SliceWork::Part(pixels.clone()),
            };
            (slice, Some(after))
        })
    }

    /// True if a pixel of a slice was drawn or accepted, or the slice is corrected as a whole.
    pub fn decides(&self, slice: usize, pixel: usize) -> bool {
        match self.slices.get(&slice) {
            None => false,
            Some(SliceWork::Whole(_)) => true,
            Some(SliceWork::Part(drawn)) => drawn.contains(pixel),
        }
    }

    /// Puts other corrections, without their history, in place of these, as one step.
    pub fn replace(&mut self, other: Self) {
        let gone = self.slices.keys().filter(|slice| !other.slices.contains_key(slice)).map(|&slice| (slice, None));
        let gone: Vec<_> = gone.collect();
        self.record(gone.into_iter().chain(other.slices.into_iter().map(|(slice, work)| (slice, Some(work)))));
    }

    /// Forgets the correction of a slice, as a step: back to the prediction.
    pub fn forget(&mut self, slice: usize) {
        self.record([(slice, None)]);
    }

    /// Undoes the latest step. Returns the slices that changed, ascending; none if there is no
    /// step.
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

    /// Redoes the step that was undone last. Returns the slices that changed, ascending; none if
    /// nothing was undone.
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

    /// True if there is a step to undo.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// True if there is a step to redo.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Fills every slice between two corrected ones with the shape interpolated between them
    /// ([`InterpolatedGap`]), as a draft and as one step. Between two empty slices nothing is
    /// filled. `dims` is the `[height, width]` of the slices. Returns the filled slices, ascending.
    ///
    /// # Panics
    /// If the length of a correction differs from `dims`.
    pub fn interpolate(&mut self, dims: [usize; 2]) -> Vec<usize> {
        let corrected: Vec<usize> = self.whole().map(|(slice, _)| slice).collect();
        let filled: Vec<_> = corrected.windows(2).flat_map(|pair| self.gap(pair[0], pair[1], dims)).collect();
        let slices = filled.iter().map(|(slice, _)| *slice).collect();
        self.record(filled);
        slices
    }

    /// What is decided as a label map of `dims` `[depth, height, width]`: 0 or [`PANCREAS`] for any other label on whole
    /// slices that `counts`, and where pixels were drawn on other planes; `undecided` everywhere else.
    pub fn label_map(&self, dims: [usize; 3], undecided: u8, counts: impl Fn(&Correction) -> bool) -> Mask {
        let binary = |label: u8| if label == 0 { 0 } else { PANCREAS };
        let mut map = Mask { labels: vec![undecided; dims.iter().product()], dims };
        for (&slice, work) in &self.slices {
            let pixels = map.slice_mut(slice);
            match work {
                SliceWork::Whole(correction) if counts(correction) => {
                    pixels.iter_mut().zip(correction.decode()).for_each(|(pixel, label)| *pixel = binary(label));
                }
                SliceWork::Whole(_) => {}
                SliceWork::Part(drawn) => {
                    let drawn: DrawnPixels = drawn.iter().map(|(pixel, label)| (pixel, binary(label))).collect();
                    drawn.write_over(pixels);
                }
            }
        }
        map
    }

    /// The corrections without their history as bytes to be stored, in the format of `codec`.
    /// `dims` is the `[depth, height, width]` of the series.
    pub fn to_bytes(&self, dims: [usize; 3]) -> Vec<u8> {
        codec::write(&self.slices, dims)
    }

    /// The corrections in bytes of any origin, without history, for a series of `dims`
    /// `[depth, height, width]`.
    ///
    /// # Errors
    /// If the bytes are damaged or belong to a series of other dimensions.
    pub fn from_bytes(bytes: &[u8], dims: [usize; 3]) -> Result<Self, UserError> {
        Ok(Self { slices: codec::read(bytes, dims)?, ..Self::default() })
    }

    /// The corrections that fill the slices between two neighbouring corrected ones.
    fn gap(&self, lower: usize, upper: usize, dims: [usize; 2]) -> Vec<(usize, Option<SliceWork>)> {
        let (Some(from), Some(to)) = (self.get(lower), self.get(upper)) else { return Vec::new() };
        if upper - lower < 2 || !(from.labels.has_labels() || to.labels.has_labels()) {
            return Vec::new();
        }
        let [from, to] = [(lower, from), (upper, to)]
            .map(|(slice, correction)| LabelledSlice { slice, labels: correction.decode() });
        let gap = InterpolatedGap::new(&from, &to, dims);
        let fill = |slice: usize| {
            let mut labels = gap.mask(slice);
            if let Some(drawn) = self.drawn(slice) {
                drawn.write_over(&mut labels);
            }
            (slice, Some(SliceWork::whole(&labels, Acceptance::Draft)))
        };
        gap.slices().map(fill).collect()
    }

    /// The only change of the latest step, if that step may be joined and belongs to this slice.
    fn latest(&mut self, slice: usize) -> Option<&mut Change> {
        let step = self.done.back_mut().filter(|_| self.open)?;
        step.first_mut().filter(|change| change.slice == slice)
    }

    /// Applies changes as one step; `None` removes a correction. Returns true if anything changed.
    fn record(&mut self, changes: impl IntoIterator<Item = (usize, Option<SliceWork>)>) -> bool {
        self.open = false;
        let last_of_each: BTreeMap<usize, Option<SliceWork>> = changes.into_iter().collect();
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

    fn put(&mut self, slice: usize, work: Option<SliceWork>) {
        match work {
            Some(work) => self.slices.insert(slice, work),
            None => self.slices.remove(&slice),
        };
    }
}
