//! The user's corrections: edits, acceptance, undo, and corrections saved to a file or restored from one.

use std::borrow::Cow;

use super::Session;
use super::series::SeriesState;
use crate::app::protocol::{Navigation, Request, Response};
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::core::mask::{Mask, PANCREAS};
use crate::core::mpr::Plane;
use crate::formats::dataset;
use crate::imaging::edit::{
    Acceptance, Correction, Corrections, Edit, EditedImage, SliceLabels, UndoStep, apply, by_slice, changes_of_plane,
    pixels_around_mask,
};
use crate::imaging::propagate::MARGIN_MM;
use crate::imaging::whole_mask::{MaskOperation, operate};

impl Session {
    /// Answers a request about corrections.
    pub(super) fn correct(&mut self, request: Request) -> Vec<Response> {
        let Some(open) = self.shown() else {
            let error = UserError::new(AppMessage::TheCorrection, AppMessage::NoSeriesOpen, AppMessage::DropFirst);
            return vec![Response::Failed(error)];
        };
        let depth = open.image.volume.depth();
        match request {
            Request::Edit { slice, edit, step } if slice < depth => open.edit(slice, &edit, step),
            Request::EditPlane { plane, index, edits } => open.edit_plane(plane, index, &edits),
            Request::AcceptPlane { plane, index } => open.accept_plane(plane, index),
            Request::Accept { slice, acceptance } if slice < depth => open.accept(slice, acceptance),
            Request::Forget { slice } if slice < depth => {
                open.corrections.forget(slice);
                open.report(slice)
            }
            Request::Correct { labels, slices } => open.correct(labels, &slices),
            Request::Interpolate => {
                let [_, height, width] = open.image.volume.dims;
                let slices = open.corrections.interpolate([height, width]).len();
                let mut responses = open.report(open.focus);
                responses.push(Response::Interpolated { slices });
                responses
            }
            Request::EditMask(operation) => open.edit_mask(operation),
            Request::TakeTruth => open.take_truth(),
            Request::Undo => {
                let slices = open.corrections.undo();
                open.report_at(open.nearest(&slices), Navigation::GoToSlice)
            }
            Request::Redo => {
                let slices = open.corrections.redo();
                open.report_at(open.nearest(&slices), Navigation::GoToSlice)
            }
            Request::Compare { model } => {
                open.predictions.show(model);
                open.report_model()
            }
            Request::SaveCorrections => {
                let bytes = open.corrections.to_bytes(open.image.volume.dims);
                vec![Response::Corrections { key: open.corrections_key(), bytes }]
            }
            Request::RestoreCorrections { key, .. } if key != open.corrections_key() => Vec::new(),
            Request::RestoreCorrections { bytes, .. } => {
                match Corrections::from_bytes(&bytes, open.image.volume.dims) {
                    Ok(corrections) => {
                        open.corrections = corrections;
                        open.report(open.focus)
                    }
                    Err(refusal) => vec![Response::Failed(refusal)],
                }
            }
            Request::ExportCorrections => vec![open.export_corrections()],
            _ => Vec::new(),
        }
    }
}

impl SeriesState {
    /// Edits the mask of a slice as it is shown. A slice that has no mask yet starts with an empty one.
    fn edit(&mut self, slice: usize, edit: &Edit, step: UndoStep) -> Vec<Response> {
        let [_, height, width] = self.image.volume.dims;
        let mut labels = self.labels(slice).unwrap_or_else(|| vec![0; height * width]);
        let image = EditedImage {
            hu: self.image.volume.slice(slice).hu,
            dims: [height, width],
            pixel_aspect: self.grid().pixel_aspect(Plane::Axial),
        };
        apply(edit, &image, &mut labels);
        self.corrections.set(slice, &labels, Acceptance::Draft, step);
        self.report(slice)
    }

    /// Edits the mask of a coronal or sagittal plane as it is shown. The pixels that change are drawn by hand from then
    /// on, on every slice that the plane crosses.
    fn edit_plane(&mut self, plane: Plane, index: usize, edits: &[Edit]) -> Vec<Response> {
        let grid = self.grid();
        if plane == Plane::Axial || index >= grid.count(plane) {
            return Vec::new();
        }
        let hu = grid.reslice(plane, index, |z| Some(Cow::Borrowed(self.image.volume.slice(z).hu)));
        let before = grid.reslice(plane, index, |z| self.labels_shown(z));
        let mut after = before.clone();
        let image = EditedImage { hu: &hu, dims: grid.shape(plane), pixel_aspect: grid.pixel_aspect(plane) };
        for edit in edits {
            apply(edit, &image, &mut after);
        }
        self.corrections.draw(&changes_of_plane(&grid, plane, index, &before, &after));
        self.report(self.focus)
    }

    /// Makes the mask of a slice as it is shown its correction, accepted or not.
    fn accept(&mut self, slice: usize, acceptance: Acceptance) -> Vec<Response> {
        let Some(labels) = self.labels(slice) else { return Vec::new() };
        self.corrections.set(slice, &labels, acceptance, UndoStep::New);
        self.report(slice)
    }

    /// Makes the mask of a coronal or sagittal plane as it is shown right, in and around the mask.
    fn accept_plane(&mut self, plane: Plane, index: usize) -> Vec<Response> {
        let grid = self.grid();
        if plane == Plane::Axial || index >= grid.count(plane) {
            return Vec::new();
        }
        let labels = grid.reslice(plane, index, |z| self.labels_shown(z));
        let pixels = by_slice(pixels_around_mask(&grid, plane, index, &labels, MARGIN_MM));
        if pixels.is_empty() {
            let (reason, hint) = (AppMessage::PlaneWithoutMask, AppMessage::AcceptAnotherPlane);
            return vec![Response::Failed(UserError::new(AppMessage::ThePlane, reason, hint))];
        }
        self.corrections.draw(&pixels);
        self.report(self.focus)
    }

    /// True if a person has decided about every pixel in and around the mask of a coronal or sagittal plane, whose
    /// `labels` are `[row, column]`.
    pub(super) fn is_plane_accepted(&self, plane: Plane, index: usize, labels: &[u8]) -> bool {
        let grid = self.grid();
        let mut pixels = pixels_around_mask(&grid, plane, index, labels, MARGIN_MM).peekable();
        pixels.peek().is_some() && pixels.all(|pixel| self.corrections.decides(pixel.slice, pixel.pixel))
    }

    /// Takes labels of the whole series, in file order, as accepted corrections of some slices, in one step.
    fn correct(&mut self, labels: Vec<u8>, slices: &[usize]) -> Vec<Response> {
        let voxels = self.image.volume.hu.len();
        let depth = self.image.volume.depth();
        if labels.len() != voxels || slices.iter().any(|&slice| slice >= depth) {
            let (count, slices) = (labels.len(), format!("{slices:?}"));
            let reason = AppMessage::WrongLabels { count, slices, voxels, depth };
            let error = UserError::new(AppMessage::TheCorrection, reason, AppMessage::GiveLabelPerVoxel);
            return vec![Response::Failed(error)];
        }
        let mask = Mask { labels, dims: self.image.file_dims }.view(&self.image.orientation);
        let binary = |label: &u8| if *label == 0 { 0 } else { PANCREAS };
        let changes = slices.iter().map(|&slice| {
            let labels = mask.slice(slice).iter().map(binary).collect();
            SliceLabels { slice, labels, acceptance: Acceptance::Accepted }
        });
        self.corrections.set_all(changes.collect());
        self.report(self.focus)
    }

    fn edit_mask(&mut self, operation: MaskOperation) -> Vec<Response> {
        let spacing_mm = self.study.spacing_mm.unwrap_or([1.0; 3]);
        self.take_mask(&operate(operation, &self.mask(), spacing_mm))
    }

    fn take_truth(&mut self) -> Vec<Response> {
        self.true_mask().cloned().map(|truth| self.take_mask(&truth)).unwrap_or_default()
    }

    /// Makes a mask of the whole series the correction of every slice on which it differs from what is shown, but for
    /// accepted slices.
    fn take_mask(&mut self, after: &Mask) -> Vec<Response> {
        let before = self.mask();
        let is_open = |slice: &usize| {
            let correction = self.corrections.get(*slice);
            correction.is_none_or(|correction| correction.acceptance == Acceptance::Draft)
        };
        let binary = |label: &u8| if *label == 0 { 0 } else { PANCREAS };
        let changed = (0..before.dims[0]).filter(is_open).filter_map(|slice| {
            let labels: Vec<u8> = after.slice(slice).iter().map(binary).collect();
            (labels != before.slice(slice)).then_some(SliceLabels { slice, labels, acceptance: Acceptance::Draft })
        });
        let changes: Vec<SliceLabels> = changed.collect();
        let slices = changes.len();
        self.corrections.set_all(changes);
        let mut responses = self.report(self.focus);
        responses.push(Response::MaskEdited { slices });
        responses
    }

    /// Returns the responses after the masks of another model are shown.
    fn report_model(&mut self) -> Vec<Response> {
        self.update_strays();
        let mut responses = vec![self.changed(self.focus, Navigation::Stay)];
        responses.extend(self.settings.clean_up.then(|| Response::MasksUpdated(self.masks_updated())));
        responses
    }

    /// Returns the responses after corrections were restored.
    pub(super) fn report_restored(&mut self) -> Vec<Response> {
        self.organs.forget_measures();
        self.report(self.focus)
    }

    /// Returns the responses after corrections have changed.
    fn report(&mut self, slice: usize) -> Vec<Response> {
        self.report_at(slice, Navigation::Stay)
    }

    /// Returns the responses after corrections have changed, with the place that the page is to show.
    fn report_at(&mut self, slice: usize, navigation: Navigation) -> Vec<Response> {
        self.update_propagation();
        self.outdate_strays();
        let changed = self.update_strays();
        let mut responses = vec![self.changed(slice, navigation)];
        responses.extend(changed.then(|| Response::MasksUpdated(self.masks_updated())));
        responses.extend(self.review_changes());
        responses
    }

    /// The slice nearest to the current one.
    fn nearest(&self, slices: &[usize]) -> usize {
        slices.iter().copied().min_by_key(|slice| slice.abs_diff(self.focus)).unwrap_or(self.focus)
    }

    /// The labels of the accepted slices in viewing order, and their indices, ascending.
    pub(super) fn accepted_labels(&self) -> (Mask, Vec<usize>) {
        let mut truth = Mask::empty(self.image.volume.dims);
        let accepted: Vec<usize> = self.corrections.accepted().collect();
        for &slice in &accepted {
            if let Some(labels) = self.corrections.labels(slice) {
                truth.slice_mut(slice).copy_from_slice(&labels);
            }
        }
        (truth, accepted)
    }

    fn export_corrections(&self) -> Response {
        if !self.is_pancreas_active() {
            return Response::Failed(self.not_pancreas(AppMessage::TheCorrections));
        }
        if self.corrections.accepted().next().is_none() {
            let (subject, reason) = (AppMessage::TheCorrections, AppMessage::NoSliceAccepted);
            return Response::Failed(UserError::new(subject, reason, AppMessage::AcceptThenExport));
        }
        let is_accepted = |correction: &Correction| correction.acceptance == Acceptance::Accepted;
        let labels = self.corrections.label_map(self.image.volume.dims, dataset::IGNORE, is_accepted);
        // The name follows from the content: a description may contain a patient's name.
        let name = format!("islet_{}", self.short_key());
        let bytes = dataset::write(&name, &self.image.volume, &labels);
        Response::File { name: format!("{name}_corrections.zip"), bytes }
    }
}
