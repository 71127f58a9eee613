//! Receives the session's responses and passes each to the state it concerns.

use std::sync::Arc;

use leptos::prelude::*;

use super::dicomweb::DicomWeb;
use super::persistence::Persistence;
use super::recovery::Recovery;
use super::session_client::{SessionClient, SessionEvent, WorkerEnd};
use super::{downloads, script};
use crate::app::protocol::{
    BesideView, MaskSettings, MasksUpdated, ModelChoice, Navigation, OpenSeries, OrgansInfo, PlaneView, Request,
    Response, TruthInfo, VolumeProgress, from_bytes,
};
use crate::app::recovery::{AfterWorkerDeath, OpenEffect};
use crate::core::error::UserError;
use crate::core::i18n::interpolate;
use crate::core::i18n::messages::Message;
use crate::core::window::Window;
use crate::web::page::state::attributes::{FileAttributesView, SliceAttributes};
use crate::web::page::state::beside::Beside;
use crate::web::page::state::display::Display;
use crate::web::page::state::finetuning::FineTuning;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::pictures::{Picture, Pictures};
use crate::web::page::state::report::Reports;
use crate::web::page::state::series::{DroppedSeries, GateMaps, History, SeriesContents, SeriesView};
use crate::web::page::state::shell::{ReadProgress, Shell};
use crate::web::page::state::surfaces::Surfaces;
use crate::web::page::state::tools::Tools;
use crate::web::page::state::view::{Pane, ViewLayout, ViewState};
use crate::web::page::state::volume::VolumeRun;

/// The states that responses change.
#[derive(Clone, Copy)]
pub(crate) struct Receiver {
    pub(crate) session: SessionClient,
    pub(crate) shell: Shell,
    pub(crate) series: SeriesView,
    pub(crate) beside: Beside,
    pub(crate) pictures: Pictures,
    pub(crate) view: ViewState,
    pub(crate) display: Display,
    pub(crate) tools: Tools,
    pub(crate) tuning: FineTuning,
    pub(crate) persistence: Persistence,
    pub(crate) volume: VolumeRun,
    pub(crate) organs: OrganList,
    pub(crate) recovery: Recovery,
    pub(crate) surfaces: Surfaces,
    pub(crate) reports: Reports,
    pub(crate) attributes: FileAttributesView,
    pub(crate) dicomweb: DicomWeb,
}

impl Receiver {
    /// Starts the session worker and receives its responses.
    pub(crate) fn start(self) {
        let on_event = move |event| match event {
            SessionEvent::Response(response) => self.receive(response),
            SessionEvent::Reading { path } => self.recovery.reading(path),
            SessionEvent::Opened { effect } => {
                self.recovery.thing_opened(effect);
                if untrack(|| self.tuning.awaits_decision()) && effect != OpenEffect::Nothing {
                    // A tuned model that was not decided on stays in use with another series.
                    self.session.send(&Request::BackUpModel);
                }
            }
            SessionEvent::Died { why } => self.worker_died(why),
        };
        if self.session.start(on_event).is_err() {
            let strings = self.shell.strings();
            let (reason, hint) = (strings.notices.no_worker, strings.notices.other_browser);
            self.shell.failure.set(Some(UserError::new(strings.header.name, reason, hint)));
        }
    }

    /// A session worker that failed at work is replaced by a new one, which opens everything again.
    fn worker_died(&self, why: Message) {
        let end = self.session.terminate();
        let strings = &self.shell.strings().notices;
        script::reject_masks(strings.session_stopped);
        let lost_tuning = untrack(|| !self.tuning.is_idle());
        let after = self.recovery.worker_died(why.clone(), lost_tuning);
        self.shell.device.set(None);
        self.close();
        if end == WorkerEnd::NeverStarted || matches!(after, AfterWorkerDeath::GiveUp) {
            let reason =
                interpolate(strings.session_stopped_why, &[("why", &why.text(self.shell.language.get_untracked()))]);
            self.shell.fail(UserError::new(strings.the_series, reason, strings.open_again));
            return;
        }
        self.start();
        self.recovery.come_back();
    }

    /// No series is open any more.
    fn close(&self) {
        self.tuning.reset();
        self.tools.forget_unconfirmed();
        self.beside.close();
        self.pictures.clear();
        self.volume.reset();
        self.organs.reset();
        self.surfaces.reset();
        self.reports.finish();
        self.attributes.reset();
        self.series.replace(SeriesContents::default());
    }

    fn receive(&self, response: Response) {
        match response {
            Response::Opened { .. } | Response::Closed | Response::Truth(_) => self.receive_series(response),
            Response::View(view) => self.receive_view(view),
            Response::Beside(view) => self.receive_beside(view),
            Response::Segmented { .. } | Response::Changed { .. } | Response::MasksUpdated(_) => {
                self.receive_masks(response);
            }
            Response::Review(_)
            | Response::Map(_)
            | Response::Ablated(_)
            | Response::OpenGate(_)
            | Response::Checked(_)
            | Response::Explained { .. } => self.receive_explanation(response),
            Response::Interpolated { slices } => self.series.interpolated.set(Some(slices)),
            Response::Propagation(info) => self.series.propagation_changed(info),
            Response::MaskEdited { slices } => self.tools.changed_slices.set(Some(slices)),
            Response::Completion(info) => self.series.completion.set(Some(info)),
            Response::Tuning(progress) => self.tuning.progressed(progress),
            Response::Tuned(outcome) => self.tuning.finished(outcome),
            Response::NotTuned => self.tuning.reset(),
            Response::Ready { device, model } => {
                self.shell.device.set(Some(device));
                self.shell.model.set(Some(model));
            }
            Response::Attributes { key, slice, rows, left_out } => {
                self.attributes.receive(&key, SliceAttributes { slice, rows, left_out });
            }
            Response::EllipseMeasured { key, ellipse, statistics } => {
                self.series.measuring.measured(&key, ellipse, statistics);
            }
            Response::Volume(info) => self.volume.receive(info),
            Response::Organs(info) => self.receive_organs(info),
            Response::Report(facts) => self.reports.receive(*facts),
            Response::Surface(surface) => self.surfaces.receive(*surface),
            Response::Model(model) => {
                self.volume.reset();
                self.organs.reset();
                self.surfaces.clear();
                self.shell.reading.set(None);
                self.series.gates.set(None);
                self.series.forget_explanations();
                self.shell.model.set(Some(model));
                self.close_gate();
            }
            Response::KeptModel(name) => self.shell.kept_model.set(name),
            Response::Reading { done, total } => self.shell.reading.set(Some(ReadProgress { done, total })),
            Response::Failed(error) => self.shell.fail(error),
            Response::Corrections { key, bytes } => self.persistence.write(key, bytes),
            Response::CorrectionsBackUp(copy) => self.recovery.corrections_copied(*copy),
            Response::ModelBackUp { name, bytes } => self.recovery.model_copied(name, &bytes),
            Response::Mask { dims, labels } => script::resolve_masks(dims, &labels),
            Response::File { name, bytes } => downloads::save_bytes(&name, &bytes),
            Response::ToServer { what, instance_uid, bytes } => self.dicomweb.store(what, instance_uid, bytes),
        }
    }

    fn receive_series(&self, response: Response) {
        let strings = &self.shell.strings().notices;
        match response {
            Response::Opened { study, view, pixels, marks, series, shown, refused, settings, checked } => {
                script::reject_masks(strings.other_opened);
                self.shell.failure.set(None);
                self.shell.reading.set(None);
                self.beside.close();
                self.pictures.clear();
                self.view.series_opened(study.dims[0]);
                self.shell.series_sheet_open.set(false);
                let key = study.key.clone();
                if !self.recovery.has_corrections(&key) {
                    self.persistence.restore(&key);
                }
                let dropped = DroppedSeries { entries: series, open: shown, refused };
                self.fit_window(&study, &view);
                let info = Some(*study);
                self.volume.reset();
                self.organs.reset();
                self.surfaces.reset();
                self.reports.finish();
                self.close_gate();
                self.series.replace(SeriesContents { info, dropped, pixels, marks, mask_settings: settings, checked });
                self.attributes.series_opened(view.index);
                self.receive_view(*view);
                self.recovery.series_opened(&key);
            }
            Response::Closed => {
                script::reject_masks(strings.closed);
                self.shell.failure.set(None);
                self.recovery.closed();
                self.series.measuring.forget();
                self.close();
            }
            Response::Truth(truth) => {
                let name = |truth: &Option<TruthInfo>| truth.as_ref().map(|truth| truth.name.clone());
                let is_new = self.series.truth.with_untracked(name).as_ref() != Some(&truth.name);
                self.series.truth.set(Some(truth));
                if is_new {
                    // The picture on the screen arrived without it.
                    self.display.compare_truth.set(true);
                    self.pictures.request(Pane::AXIAL);
                }
            }
            _ => {}
        }
    }

    /// Holds no gate of a model of whole volumes open with another series or another model: that would run over a whole series
    /// unasked.
    fn close_gate(&self) {
        if untrack(|| self.shell.is_volume_model()) {
            self.display.ablating.set(false);
        }
    }

    /// Fits the window to values of a volume that are not Hounsfield units, and goes back to the standard window after them.
    fn fit_window(&self, study: &OpenSeries, view: &PlaneView) {
        let is_map = |series: &OpenSeries| !series.calibrated && series.geometry.is_some();
        let was_map = self.series.info.with_untracked(|info| info.as_ref().is_some_and(is_map));
        match (was_map, is_map(study)) {
            (_, true) => self.display.window.set(Window::of_percentiles(&from_bytes::<i16>(&view.hu))),
            (true, false) => self.display.reset_window(),
            (false, false) => {}
        }
    }

    fn receive_view(&self, view: PlaneView) {
        let plane = view.plane;
        let pane = match view.model {
            ModelChoice::Before => Pane::Before,
            ModelChoice::Current => Pane::Current(plane),
        };
        let mut picture = Picture::from(view);
        if pane == Pane::Current(plane) {
            self.tools.draw_unsent(plane, &mut picture);
        }
        self.pictures.receive(pane, picture);
    }

    /// A picture of another series, another plane or another shift than is wanted now is out of date.
    fn receive_beside(&self, view: BesideView) {
        let BesideView { beside, plane, index, hu, mask, is_covered, calibrated } = view;
        let pane = Pane::Beside(plane);
        let layout = self.view.layout.get_untracked();
        if untrack(|| self.beside.chosen()) != Some(beside) || layout != ViewLayout::Beside(plane) {
            self.pictures.forget(pane);
            let wanted = layout.panes().into_iter().find(|pane| matches!(pane, Pane::Beside(_)));
            wanted.into_iter().for_each(|pane| self.pictures.request(pane));
            return;
        }
        self.beside.is_covered.set(is_covered);
        self.beside.is_calibrated.set(calibrated);
        let mask = Some(mask.into_vec());
        let picture =
            Picture { index, slab: None, hu: from_bytes(&hu).into(), mask, organs: None, truth: None, accepted: false };
        self.pictures.receive(pane, picture);
    }

    fn receive_organs(&self, info: OrgansInfo) {
        let were_several = untrack(|| self.organs.are_several());
        let is_other = self.organs.receive(info);
        self.recovery.organs_known();
        if is_other {
            // Probabilities of other organs are not known, so the threshold is the usual one.
            let usual = MaskSettings::default().threshold;
            self.series.mask_settings.update(|settings| settings.threshold = usual);
        }
        if is_other || were_several != untrack(|| self.organs.are_several()) {
            // The picture on the screen arrived without them, or with another one on top.
            self.pictures.request(Pane::AXIAL);
        }
    }

    fn receive_masks(&self, response: Response) {
        match response {
            Response::Segmented { slice, pixels, mask } => {
                self.series.segmented(slice, pixels);
                if let Some(mask) = mask {
                    self.pictures.replace_mask(slice, Some(mask.into_vec()));
                }
            }
            Response::Changed { pixels, marks, slice, mask, navigation, undo, redo } => {
                self.shell.reading.set(None);
                self.series.pixels.set(pixels);
                self.series.marks.set(marks);
                self.series.count_mask_change();
                self.series.interpolated.set(None);
                self.tools.changed_slices.set(None);
                self.series.history.set(History { can_undo: undo, can_redo: redo });
                self.tools.edit_confirmed();
                if !self.tools.awaits_confirmation() {
                    self.pictures.replace_mask(slice, mask.map(|mask| mask.into_vec()));
                }
                if navigation == Navigation::GoToSlice {
                    self.series.slice.set(slice);
                }
                self.persistence.save_soon();
                self.recovery.copy_corrections();
            }
            Response::MasksUpdated(update) => self.masks_updated(update),
            _ => {}
        }
    }

    fn masks_updated(&self, update: MasksUpdated) {
        self.series.pixels.set(update.pixels);
        self.series.count_mask_change();
        self.series.removed.set(update.removed);
        if let Some(mask) = update.mask.filter(|_| !self.tools.awaits_confirmation()) {
            self.pictures.replace_mask(update.slice, Some(mask.into_vec()));
        }
    }

    fn receive_explanation(&self, response: Response) {
        let series = &self.series;
        match response {
            Response::Review(review) => series.review.set(Some(review)),
            Response::Map(map) => series.map.set(Some(Arc::new(map))),
            Response::Ablated(ablation) => series.ablation.set(Some(Arc::new(ablation))),
            Response::OpenGate(progress) => {
                series.open_gate.advance(progress);
                if progress == VolumeProgress::Stopped {
                    self.display.ablating.set(false);
                }
            }
            Response::Checked(checked) => series.checked.set(checked),
            Response::Explained { slice, gates } => {
                let maps = gates.into_iter().map(|map| map.into_vec()).collect();
                series.gates.set(Some(Arc::new(GateMaps { slice, maps })));
            }
            _ => {}
        }
    }
}
