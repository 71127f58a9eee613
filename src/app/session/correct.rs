//! What a person makes of the masks: edits, acceptance, undo, and corrections taken away or brought back.

use super::{SeriesState, Session};
use crate::app::protocol::{ModelChoice, Navigation, Request, Response};
use crate::core::error::UserError;
use crate::core::mask::{Mask, PANCREAS};
use crate::formats::dataset;
use crate::imaging::edit::{Acceptance, Corrections, Edit, SliceLabels, UndoStep, apply};

impl Session {
    /// Answers a request about corrections.
    pub(super) fn correct(&mut self, request: Request) -> Vec<Response> {
        let Some(open) = self.shown() else {
            let hint = "Drop a slice or a series first";
            return vec![Response::Failed(UserError::new("The correction", "no series is open", hint))];
        };
        let depth = open.volume.depth();
        match request {
            Request::Edit { slice, edit, joins } if slice < depth => open.edit(slice, &edit, joins),
            Request::Accept { slice, accepted } if slice < depth => open.accept(slice, accepted),
            Request::Forget { slice } if slice < depth => {
                open.corrections.forget(slice);
                open.report(slice)
            }
            Request::Correct { labels, slices } => open.correct(labels, &slices),
            Request::Interpolate => {
                let [_, height, width] = open.volume.dims;
                open.corrections.interpolate([height, width]);
                open.report(open.focus)
            }
            Request::Undo => {
                let slices = open.corrections.undo();
                open.report_at(open.nearest(&slices), Navigation::GoToSlice)
            }
            Request::Redo => {
                let slices = open.corrections.redo();
                open.report_at(open.nearest(&slices), Navigation::GoToSlice)
            }
            Request::Compare { model } => {
                open.comparing = model == ModelChoice::Before && open.before.is_some();
                open.report_shown()
            }
            Request::SaveCorrections => {
                let bytes = open.corrections.to_bytes(open.volume.dims);
                vec![Response::Corrections { key: open.study.key.clone(), bytes }]
            }
            Request::RestoreCorrections { bytes } => match Corrections::from_bytes(&bytes, open.volume.dims) {
                Ok(corrections) => {
                    open.corrections = corrections;
                    open.report(open.focus)
                }
                Err(refusal) => vec![Response::Failed(refusal)],
            },
            Request::ExportCorrections => vec![open.export_corrections()],
            _ => Vec::new(),
        }
    }
}

impl SeriesState {
    /// Changes what is shown of a slice. One that has no mask yet starts from none.
    fn edit(&mut self, slice: usize, edit: &Edit, joins: bool) -> Vec<Response> {
        let [_, height, width] = self.volume.dims;
        let mut labels = self.labels(slice).unwrap_or_else(|| vec![0; height * width]);
        apply(edit, self.volume.slice(slice).hu, [height, width], &mut labels);
        let step = if joins { UndoStep::JoinLatest } else { UndoStep::New };
        self.corrections.set(slice, &labels, Acceptance::Draft, step);
        self.report(slice)
    }

    fn accept(&mut self, slice: usize, accepted: bool) -> Vec<Response> {
        let Some(labels) = self.labels(slice) else { return Vec::new() };
        let acceptance = if accepted { Acceptance::Accepted } else { Acceptance::Draft };
        self.corrections.set(slice, &labels, acceptance, UndoStep::New);
        self.report(slice)
    }

    /// Takes labels of the whole series, in file order, as accepted corrections of some slices, in one step.
    fn correct(&mut self, labels: Vec<u8>, slices: &[usize]) -> Vec<Response> {
        let voxels = self.volume.hu.len();
        let depth = self.volume.depth();
        if labels.len() != voxels || slices.iter().any(|&slice| slice >= depth) {
            let why = format!(
                "found {} labels for slices {slices:?}, expected {voxels} for slices below {depth}",
                labels.len()
            );
            return vec![Response::Failed(UserError::new(
                "The correction",
                why,
                "Give one label a voxel of the open series",
            ))];
        }
        let mask = Mask { labels, dims: self.file_dims }.view(&self.orientation);
        let one = |label: &u8| if *label == 0 { 0 } else { PANCREAS };
        let changes = slices.iter().map(|&slice| {
            let labels = mask.slice(slice).iter().map(one).collect();
            SliceLabels { slice, labels, acceptance: Acceptance::Accepted }
        });
        self.corrections.set_all(changes.collect());
        self.report(self.focus)
    }

    /// After other masks are shown.
    fn report_shown(&mut self) -> Vec<Response> {
        self.update_strays();
        let mut responses = vec![self.changed(self.focus, Navigation::Stay)];
        responses.extend(self.settings.clean_up.then(|| Response::MasksUpdated(self.masks_updated())));
        responses
    }

    fn report(&mut self, slice: usize) -> Vec<Response> {
        self.report_at(slice, Navigation::Stay)
    }

    fn report_at(&mut self, slice: usize, navigation: Navigation) -> Vec<Response> {
        self.outdate_strays();
        let changed = self.update_strays();
        let mut responses = vec![self.changed(slice, navigation)];
        responses.extend(changed.then(|| Response::MasksUpdated(self.masks_updated())));
        responses.extend(self.propose());
        responses
    }

    /// Of slices that changed, the one nearest to where the person looks.
    fn nearest(&self, slices: &[usize]) -> usize {
        slices.iter().copied().min_by_key(|slice| slice.abs_diff(self.focus)).unwrap_or(self.focus)
    }

    /// The labels of all corrected slices in viewing order, and the accepted slices, ascending.
    pub(super) fn truth(&self) -> (Mask, Vec<usize>) {
        let mut truth = Mask::empty(self.volume.dims);
        let accepted: Vec<usize> = self.corrections.accepted().collect();
        for &slice in &accepted {
            if let Some(labels) = self.corrections.labels(slice) {
                truth.slice_mut(slice).copy_from_slice(&labels);
            }
        }
        (truth, accepted)
    }

    fn export_corrections(&self) -> Response {
        let (truth, accepted) = self.truth();
        if accepted.is_empty() {
            let hint = "Accept the slices whose mask is right, then export them";
            return Response::Failed(UserError::new("The corrections", "no slice is accepted yet", hint));
        }
        let labelled: Vec<bool> = (0..self.volume.depth()).map(|slice| accepted.contains(&slice)).collect();
        // Named by its content and not by the series: a description may hold a patient's name.
        let name = format!("islet_{}", self.short_key());
        let bytes = dataset::write(&name, &self.volume, &truth, &labelled);
        Response::File { name: format!("{name}_corrections.zip"), bytes }
    }
}
