//! Comes back after the session's worker has died: what the page keeps for that, and what it does then.
//!
//! The page keeps what was opened (in [`SessionClient`]) and copies of what only the session knows: corrections, and a
//! fine-tuned model. A new worker opens everything again; [`recovery`](crate::app::recovery) decides what is left out.

use std::collections::BTreeMap;

use js_sys::Date;
use leptos::prelude::*;

use super::opened_thing::OpenedThing;
use super::session_client::SessionClient;
use crate::app::protocol::{Request, SeriesCorrections};
use crate::app::recovery::{AfterWorkerDeath, OpenEffect};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, RecoveryMessage};
use crate::web::page::state::display::Display;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::place::Place;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::{ReadProgress, Shell};
use crate::web::page::state::view::ViewState;

/// The state of the copy of the corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CopyState {
    /// No copy is under way.
    #[default]
    Idle,
    /// A copy is under way.
    Requested,
    /// A copy is under way, and the corrections have changed since.
    Outdated,
}

/// What the page keeps for a return.
#[derive(Default)]
struct Kept {
    /// The corrections of every series that has any, by the series' key.
    corrections: BTreeMap<String, SeriesCorrections>,
    copy: CopyState,
    /// The file that the worker reads.
    reading: Option<String>,
    /// Where the person was when the worker died, until the page is there again.
    place: Option<Place>,
    /// True while another series of the drop is to be shown than the first.
    is_choosing: bool,
    /// The organ that the tools acted on, until it is known again.
    organ: Option<u8>,
    /// What is said once everything is open again.
    death: Option<Death>,
    /// What is done once the copies are up to date.
    when_copied: Option<WhenCopied>,
}

/// What is done with copies that are up to date.
type WhenCopied = Box<dyn FnOnce(Vec<SeriesCorrections>)>;

/// The death of a worker.
#[derive(Clone)]
struct Death {
    why: Message,
    /// True if a fine-tuning was lost with it.
    lost_tuning: bool,
    /// What is not opened again.
    left_out: Option<UserError>,
}

/// Comes back after the session's worker has died.
#[derive(Clone, Copy)]
pub(crate) struct Recovery {
    session: SessionClient,
    shell: Shell,
    series: SeriesView,
    view: ViewState,
    display: Display,
    organs: OrganList,
    kept: StoredValue<Kept, LocalStorage>,
}

impl Recovery {
    /// Nothing has happened.
    pub(crate) fn new(
        session: SessionClient,
        shell: Shell,
        series: SeriesView,
        view: ViewState,
        display: Display,
        organs: OrganList,
    ) -> Self {
        Self { session, shell, series, view, display, organs, kept: StoredValue::new_local(Kept::default()) }
    }

    /// Has the session send a copy of the corrections, which have changed. One copy at a time is under way.
    pub(crate) fn copy_corrections(&self) {
        let before = self.update(|kept| {
            let next = if kept.copy == CopyState::Idle { CopyState::Requested } else { CopyState::Outdated };
            std::mem::replace(&mut kept.copy, next)
        });
        if before == CopyState::Idle {
            self.session.send(&Request::BackUpCorrections);
        }
    }

    /// Keeps a copy that has arrived.
    pub(crate) fn corrections_copied(&self, copy: SeriesCorrections) {
        let before = self.update(|kept| {
            match copy.organs.is_empty() {
                true => kept.corrections.remove(&copy.key),
                false => kept.corrections.insert(copy.key.clone(), copy),
            };
            std::mem::take(&mut kept.copy)
        });
        if before == CopyState::Outdated {
            self.copy_corrections();
        } else if let Some(then) = self.update(|kept| kept.when_copied.take()) {
            then(self.copies());
        }
    }

    /// Calls `then` with a copy of the corrections of every series, once all are up to date.
    pub(crate) fn with_copies(&self, then: impl FnOnce(Vec<SeriesCorrections>) + 'static) {
        self.update(|kept| kept.when_copied = Some(Box::new(then)));
        self.copy_corrections();
    }

    /// Takes the copies and the place of a session file. Open series get theirs at once.
    pub(crate) fn take_copies(&self, copies: Vec<SeriesCorrections>, place: Option<Place>) {
        let open = self.series.info.with_untracked(|info| info.as_ref().map(|info| info.key.clone()));
        self.update(|kept| {
            kept.corrections.extend(copies.iter().map(|copy| (copy.key.clone(), copy.clone())));
            kept.place = place;
        });
        self.session.send(&Request::KeepCorrections(copies));
        if let Some(place) = self.update(|kept| kept.place.take_if(|place| Some(&place.key) == open.as_ref())) {
            self.go_to(&place);
        }
        self.shell.kept_slices.set(self.slices_of_closed_series());
    }

    /// Goes back to a place in the open series.
    fn go_to(&self, place: &Place) {
        place.show(self.series, self.view, self.display);
        place.requests().iter().for_each(|request| self.session.send(request));
    }

    fn copies(&self) -> Vec<SeriesCorrections> {
        self.kept.with_value(|kept| kept.corrections.values().cloned().collect())
    }

    /// Keeps a model that only the session knows.
    pub(crate) fn model_copied(&self, name: String, bytes: &[u8]) {
        if let Some(thing) = OpenedThing::of_bytes(name, bytes) {
            self.session.change_opened(|opened| opened.model_kept(thing));
        }
    }

    /// True if there is a copy of corrections of a series.
    pub(crate) fn has_corrections(&self, key: &str) -> bool {
        self.kept.with_value(|kept| kept.corrections.contains_key(key))
    }

    /// The worker reads a file now.
    pub(crate) fn reading(&self, path: String) {
        self.update(|kept| kept.reading = Some(path));
    }

    /// The series was closed by a person, and its corrections are discarded.
    pub(crate) fn closed(&self) {
        self.session.change_opened(|opened| opened.closed());
        self.update(|kept| *kept = Kept::default());
        self.shell.kept_slices.set(0);
    }

    /// A series is open. If it is the one that was open before, the page goes back to where it was.
    pub(crate) fn series_opened(&self, key: &str) {
        let is_same = |place: &mut Place| place.key == key;
        let place = self.update(|kept| {
            kept.copy = CopyState::Idle;
            kept.is_choosing = false;
            kept.place.take_if(is_same)
        });
        if let Some(place) = place {
            self.go_to(&place);
        }
        if self.has_corrections(key) {
            self.shell.kept_slices.set(0);
        }
        self.copy_corrections();
        self.report_if_back();
    }

    /// The organs are known: the tools act on the one again that they acted on.
    pub(crate) fn organs_known(&self) {
        if let Some(organ) = self.update(|kept| kept.organ.take()) {
            self.organs.choose(organ);
        }
    }

    /// A thing is open, or was refused.
    pub(crate) fn thing_opened(&self, effect: OpenEffect) {
        let was_returning = self.session.change_opened(|opened| {
            let was_returning = opened.is_returning();
            opened.finished(effect, Date::now());
            was_returning
        });
        self.update(|kept| kept.reading = None);
        if was_returning {
            let wanted = self.kept.with_value(|kept| kept.place.as_ref().map(|place| place.shown));
            let is_other = |wanted: &usize| {
                self.series.dropped.with_untracked(|dropped| {
                    dropped.open != *wanted && dropped.entries.get(*wanted).is_some_and(|entry| entry.why_not.is_none())
                })
            };
            if let Some(series) = wanted.filter(is_other) {
                self.update(|kept| kept.is_choosing = true);
                self.session.send(&Request::Choose { series });
            }
        }
        self.session.open_next();
        self.report_if_back();
    }

    /// Decides what is opened again after the worker has died. `lost_tuning` is true if a fine-tuning ran, or waits
    /// for a decision.
    pub(crate) fn worker_died(&self, why: Message, lost_tuning: bool) -> AfterWorkerDeath<OpenedThing> {
        let place = Place::of(self.shell, self.series, self.view, self.display, self.organs);
        let after = self.session.change_opened(|opened| opened.died(Date::now()));
        let left_out = match &after {
            AfterWorkerDeath::LeaveOut(thing) => Some(self.left_out(thing, &why)),
            _ => None,
        };
        self.update(|kept| {
            kept.copy = CopyState::Idle;
            kept.is_choosing = false;
            kept.reading = None;
            kept.organ = place.as_ref().and_then(|place| place.organ).or(kept.organ);
            kept.place = place.or(kept.place.take());
            let before = kept.death.take();
            kept.death = Some(Death {
                why,
                lost_tuning: lost_tuning || before.as_ref().is_some_and(|death| death.lost_tuning),
                left_out: left_out.or(before.and_then(|death| death.left_out)),
            });
        });
        after
    }

    /// Has the new worker open everything again.
    pub(crate) fn come_back(&self) {
        let copies = self.copies();
        if !copies.is_empty() {
            self.session.send(&Request::KeepCorrections(copies));
        }
        self.shell.recovered.set(Vec::new());
        match self.session.change_opened(|opened| opened.waiting()) {
            0 => self.report(),
            total => {
                self.shell.reading.set(Some(ReadProgress { done: 0, total }));
                self.session.open_next();
            }
        }
    }

    fn report_if_back(&self) {
        let is_choosing = self.kept.with_value(|kept| kept.is_choosing);
        if !is_choosing && !self.session.change_opened(|opened| opened.is_returning()) {
            self.report();
        }
    }

    /// Says what happened, once all that can be opened is open again.
    fn report(&self) {
        let Some(Death { why, lost_tuning, left_out }) = self.update(|kept| kept.death.take()) else { return };
        let open =
            self.series.info.with_untracked(|info| info.as_ref().map(|info| (info.name.clone(), info.key.clone())));
        let slices =
            |key: &str| self.kept.with_value(|kept| kept.corrections.get(key).map_or(0, SeriesCorrections::slices));
        let back = match open {
            None => RecoveryMessage::Restarted { why },
            Some((name, key)) => match slices(&key) {
                0 => RecoveryMessage::Back { name, why },
                1 => RecoveryMessage::BackCorrectedOne { name, why },
                count => RecoveryMessage::BackCorrected { name, count, why },
            },
        };
        let lost = lost_tuning.then_some(RecoveryMessage::FineTuningLost);
        self.shell.recovered.set([Some(back), lost].into_iter().flatten().map(Message::from).collect());
        self.shell.reading.set(None);
        let is_all_open = left_out.is_none() && untrack(|| self.series.is_open());
        if let Some(error) = left_out {
            self.shell.fail(error);
        }
        self.shell.kept_slices.set(if is_all_open { 0 } else { self.slices_of_closed_series() });
    }

    /// The number of corrected slices whose series is not open.
    fn slices_of_closed_series(&self) -> usize {
        let open = self.series.info.with_untracked(|info| info.as_ref().map(|info| info.key.clone()));
        let is_closed = |copy: &&SeriesCorrections| Some(&copy.key) != open.as_ref();
        self.kept.with_value(|kept| kept.corrections.values().filter(is_closed).map(SeriesCorrections::slices).sum())
    }

    /// The error of a thing that is left out: its file, if one was being read, else its name.
    fn left_out(&self, thing: &OpenedThing, why: &Message) -> UserError {
        let reading = self.kept.with_value(|kept| kept.reading.clone());
        let subject = reading.or(thing.name()).map_or(RecoveryMessage::TheSample.into(), Message::from);
        let reason = RecoveryMessage::StoppedTwice { why: why.clone() };
        UserError::new(subject, reason, RecoveryMessage::FreeMemoryOrOthers)
    }

    fn update<R>(&self, change: impl FnOnce(&mut Kept) -> R) -> R {
        self.kept.try_update_value(change).expect("the page never drops what it keeps")
    }
}
