//! Fine-tuning: its settings, its progress, and the result that waits for a decision.

use leptos::prelude::*;

use super::series::SeriesView;
use crate::app::protocol::{FineTuneDecision, FineTuneOutcome, FineTuneProgress, ModelChoice, Request};
use crate::nn::finetune::{FineTuneConfig, steps_for};
use crate::web::page::io::session_client::SessionClient;

/// The fewest accepted slices that the model can be fine-tuned on: one to learn from and one to validate on.
pub(crate) const MIN_SLICES: usize = 2;

/// The moment of the first step, from which the remaining time is estimated.
#[derive(Clone, Copy, Debug)]
struct FirstStep {
    /// Its time, in ms.
    time_ms: f64,
    /// The number of steps that were done by then.
    done: usize,
}

/// Fine-tuning, as the page knows it.
#[derive(Clone, Copy)]
pub(crate) struct FineTuning {
    session: SessionClient,
    series: SeriesView,
    /// The settings, apart from the number of steps.
    pub(crate) config: RwSignal<FineTuneConfig>,
    /// The number of steps that was entered; by default it follows from the accepted slices.
    pub(crate) chosen_steps: RwSignal<Option<usize>>,
    /// Progress of the fine-tuning that runs, or of the last one.
    pub(crate) progress: RwSignal<Option<FineTuneProgress>>,
    /// The remaining time in seconds, once it can be estimated.
    pub(crate) left_s: RwSignal<Option<f64>>,
    /// The result that waits for a decision.
    pub(crate) outcome: RwSignal<Option<FineTuneOutcome>>,
    /// True if the mask of the model before fine-tuning is shown.
    pub(crate) shows_before: RwSignal<bool>,
    running: RwSignal<bool>,
    first_step: StoredValue<Option<FirstStep>>,
}

impl FineTuning {
    /// No fine-tuning has run.
    pub(crate) fn new(session: SessionClient, series: SeriesView) -> Self {
        Self {
            session,
            series,
            config: RwSignal::new(FineTuneConfig::default()),
            chosen_steps: RwSignal::new(None),
            progress: RwSignal::new(None),
            left_s: RwSignal::new(None),
            outcome: RwSignal::new(None),
            shows_before: RwSignal::new(false),
            running: RwSignal::new(false),
            first_step: StoredValue::new(None),
        }
    }

    /// True while a fine-tuning runs.
    pub(crate) fn is_running(&self) -> bool {
        self.running.get()
    }

    /// True while a result waits for a decision.
    pub(crate) fn awaits_decision(&self) -> bool {
        self.outcome.with(Option::is_some)
    }

    /// True if no fine-tuning runs and no result waits for a decision.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_running() && !self.awaits_decision()
    }

    /// The number of steps of the next fine-tuning.
    pub(crate) fn steps(&self) -> usize {
        self.chosen_steps.get().unwrap_or_else(|| steps_for(self.series.accepted()))
    }

    /// Starts a fine-tuning on the accepted slices.
    pub(crate) fn start(&self) {
        let config = FineTuneConfig { steps: untrack(|| self.steps()), ..self.config.get_untracked() };
        if untrack(|| self.awaits_decision()) {
            // It starts from the tuned model, which is kept with that.
            self.session.send(&Request::BackUpModel);
        }
        self.session.send(&Request::FineTune(config));
    }

    /// Takes note of a fine-tuning's progress, and estimates the remaining time.
    pub(crate) fn progressed(&self, progress: FineTuneProgress) {
        let now_ms = js_sys::Date::now();
        if progress.done == 0 {
            self.first_step.set_value(None);
            self.left_s.set(None);
            self.outcome.set(None);
        } else if let Some(first) = self.first_step.get_value() {
            // Scoring between the rounds counts as part of the steps.
            let step_ms = (now_ms - first.time_ms) / (progress.done - first.done).max(1) as f64;
            self.left_s.set(Some(step_ms * (progress.total - progress.done) as f64 / 1000.0));
        } else {
            self.first_step.set_value(Some(FirstStep { time_ms: now_ms, done: progress.done }));
        }
        self.running.set(true);
        self.progress.set(Some(progress));
    }

    /// The fine-tuning has ended with a result that waits for a decision.
    pub(crate) fn finished(&self, outcome: FineTuneOutcome) {
        self.running.set(false);
        self.shows_before.set(false);
        self.outcome.set(Some(outcome));
    }

    /// The fine-tuning has ended without a result, or its result has been decided on.
    pub(crate) fn reset(&self) {
        self.running.set(false);
        self.shows_before.set(false);
        self.progress.set(None);
        self.outcome.set(None);
    }

    /// Keeps one of the two models.
    pub(crate) fn decide(&self, decision: FineTuneDecision) {
        self.reset();
        self.session.send(&Request::Decide(decision));
        if decision == FineTuneDecision::KeepNew {
            self.session.send(&Request::BackUpModel);
        }
    }

    /// Switches between the masks before and after, while a result waits for a decision.
    pub(crate) fn toggle_before(&self) {
        if untrack(|| self.awaits_decision()) {
            self.shows_before.update(|before| *before = !*before);
            let shows_before = self.shows_before.get_untracked();
            let model = if shows_before { ModelChoice::Before } else { ModelChoice::Current };
            self.session.send(&Request::Compare { model });
        }
    }
}
