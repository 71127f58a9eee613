//! The report that is being made: the session is asked for what it knows once surfaces are wanted, and answers when all of
//! them are there.

use std::sync::Arc;

use leptos::prelude::*;

use super::organs::OrganList;
use super::series::SeriesView;
use super::surfaces::Surfaces;
use crate::app::protocol::{PatientData, ReportFacts, ReportRequest, Request};
use crate::web::page::io::session_client::SessionClient;

/// The report that is being made.
#[derive(Clone, Copy)]
pub(crate) struct Reports {
    session: SessionClient,
    series: SeriesView,
    organs: OrganList,
    surfaces: Surfaces,
    is_pending: RwSignal<bool>,
    /// What the session knows, once it has come.
    pub(crate) facts: RwSignal<Option<Arc<ReportFacts>>>,
}

impl Reports {
    /// None is being made.
    pub(crate) fn new(session: SessionClient, series: SeriesView, organs: OrganList, surfaces: Surfaces) -> Self {
        Self { session, series, organs, surfaces, is_pending: RwSignal::new(false), facts: RwSignal::new(None) }
    }

    /// True while one is being made.
    pub(crate) fn is_pending(&self) -> bool {
        self.is_pending.get()
    }

    /// Begins one; `at` is local date and time, ISO 8601. Surfaces are wanted only where they can be drawn.
    pub(crate) fn begin(&self, patient: PatientData, at: String, has_graphics: bool) {
        if self.is_pending.get_untracked() {
            return;
        }
        self.is_pending.set(true);
        if has_graphics && untrack(|| self.series.has_planes()) {
            self.surfaces.want_for_report();
        }
        let hidden = untrack(|| self.organs.hidden_labels());
        self.session.send(&Request::Report(ReportRequest { hidden, patient, at }));
    }

    /// What the session knows has come. That of another series is of no use any more.
    pub(crate) fn receive(&self, facts: ReportFacts) {
        let is_open = self.series.info.with_untracked(|info| info.as_ref().is_some_and(|info| info.key == facts.key));
        if is_open && self.is_pending.get_untracked() {
            self.facts.set(Some(Arc::new(facts)));
        }
    }

    /// The report is made, or its series is closed.
    pub(crate) fn finish(&self) {
        self.is_pending.set(false);
        self.facts.set(None);
        self.surfaces.is_for_report.set(false);
    }
}
