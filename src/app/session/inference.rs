//! The jobs for the network: which slice is next, and what follows from a result.

use super::explain::{ablated, explained};
use super::prediction::Prediction;
use super::series::{AblationRequest, SeriesState};
use super::slice_state::{MirroredProgress, SliceProgress};
use super::{PreviousMasks, Session};
use crate::app::protocol::{InferJob, InferMode, JobDone, Response, from_bytes, to_bytes};
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::imaging::preprocess::{flip_left_right, prepare};

impl Session {
    /// The next slice to run the network on, if any: first one with a request, then the slice nearest to the current
    /// one, then those to be checked with mirrored input.
    pub fn next_job(&mut self) -> Option<InferJob> {
        let file = self.models.current.of_slices()?;
        let open = self.series.get_mut(self.shown)?;
        let (slice, ask) = open.next_inference()?;
        let state = &mut open.predictions.current.slices[slice];
        if state.progress == SliceProgress::Todo {
            state.progress = SliceProgress::Running;
        }
        if ask == InferMode::Mirrored {
            state.mirrored = MirroredProgress::Running;
        }
        let (input, crop) = prepare(&open.image.volume, slice, &file.passport.preprocess);
        state.crop = Some(crop);
        let channels = match ask {
            InferMode::Mirrored => flip_left_right(&input.channels, input.size_px),
            _ => input.channels,
        };
        let opening = open.predictions.current.id;
        Some(InferJob { opening, slice, ask, size_px: input.size_px, input: to_bytes(&channels) })
    }

    /// Takes in a result of a compute worker, other than of a fine-tuning. One of a former drop or of a former model is dropped.
    pub fn finish(&mut self, done: JobDone) -> Vec<Response> {
        let JobDone::Inferred { opening, slice, ask, probability, opened, attention } = done else {
            return self.finish_volume(done);
        };
        let Some(open) = self.series_of(opening, slice) else { return Vec::new() };
        let Some(crop) = open.predictions.current.slices[slice].crop else {
            let subject = AppMessage::Slice { number: slice + 1 };
            let error = UserError::new(subject, AppMessage::ResultWithoutJob, AppMessage::OpenSeriesAgain);
            return vec![Response::Failed(error)];
        };
        let probability = from_bytes::<f32>(&probability);
        let mut responses = match ask {
            InferMode::Mirrored => {
                let responses = open.take_mirrored(slice, &probability, crop.size_px);
                return self.if_shown(opening, responses);
            }
            InferMode::Explain => vec![explained(slice, &attention, &crop)],
            InferMode::Ablate { gate } => {
                let opened = from_bytes::<f32>(&opened);
                let request = AblationRequest { slice, gate };
                vec![ablated(request, &probability, &opened, &crop, open.settings.threshold)]
            }
            InferMode::Segment => Vec::new(),
        };
        let prediction = &mut open.predictions.current;
        if !matches!(prediction.slices[slice].progress, SliceProgress::Done(_)) {
            prediction.set_probability(slice, &probability, crop, &open.settings);
            open.update_overlap(slice);
            responses.push(open.segmented(slice));
            responses.extend(open.map().filter(|_| open.requested.map.is_some_and(|map| map.slice == slice)));
        }
        responses.extend(open.finish_pending());
        self.if_shown(opening, responses)
    }

    /// Returns a job whose worker died, to be tried once more. After a second death over the same slice, that is
    /// reported and the slice is left empty.
    pub fn give_back(&mut self, opening: u64, slice: usize, ask: InferMode) -> Vec<Response> {
        let Some(open) = self.series_of(opening, slice) else { return Vec::new() };
        let state = &mut open.predictions.current.slices[slice];
        if !std::mem::replace(&mut state.worker_died, true) {
            open.queue_again(slice, ask);
            return Vec::new();
        }
        let mut responses = vec![Response::Failed(UserError::new(
            AppMessage::Slice { number: slice + 1 },
            AppMessage::WorkerStoppedTwice,
            AppMessage::CloseTabsThenOpenAgain,
        ))];
        if ask == InferMode::Mirrored {
            state.mirrored = MirroredProgress::Failed;
            responses.extend(open.report_mirrored_check());
        }
        let state = &mut open.predictions.current.slices[slice];
        if state.progress == SliceProgress::Running {
            state.progress = SliceProgress::Failed;
            open.update_overlap(slice);
            responses.push(open.segmented(slice));
        }
        responses.extend(open.finish_pending());
        self.if_shown(opening, responses)
    }

    /// Segments every series again with the model that is now in use.
    pub(super) fn segment_again(&mut self, previous: PreviousMasks) {
        for open in &mut self.series {
            // Another model may not know the active organ; what was done on it is kept.
            open.choose_pancreas();
            open.organs.forget_measures();
            self.predictions += 1;
            open.study.unlike = self.models.current.check_input(&open.image.volume);
            let new = Prediction::new(self.predictions, open.image.volume.dims, &self.models.current);
            let former = open.predictions.replace(new);
            open.predictions.before = (previous == PreviousMasks::Keep).then_some(former);
            open.requested.mirrored_check = false;
            open.requested.ablation = None;
            open.review = None;
        }
    }

    /// The series that a job belongs to, if it is still open and has that slice.
    fn series_of(&mut self, opening: u64, slice: usize) -> Option<&mut SeriesState> {
        let is_of =
            |open: &&mut SeriesState| open.predictions.current.id == opening && slice < open.image.volume.depth();
        self.series.iter_mut().find(is_of)
    }

    /// Passes responses on if they are about the series shown. The page does not know the others, whose masks are kept.
    pub(super) fn if_shown(&mut self, opening: u64, responses: Vec<Response>) -> Vec<Response> {
        let is_shown = self.series.get(self.shown).is_some_and(|open| open.predictions.current.id == opening);
        if is_shown { self.with_comparison(responses) } else { Vec::new() }
    }
}
