//! The panel for fine-tuning: settings, the decision between the two models, and saving. Progress is in
//! [`finetune_progress`](super::finetune_progress).

use leptos::prelude::*;

use super::finetune_progress::TuningProgress;
use crate::app::protocol::{FineTuneDecision, FineTuneOutcome, Request};
use crate::core::i18n::finetune::FineTuneStrings;
use crate::core::i18n::interpolate;
use crate::nn::finetune::{HoldoutScores, TrainableParts};
use crate::web::page::io::persistence::Persistence;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::finetuning::{FineTuning, MIN_SLICES};
use crate::web::page::state::key_bindings::{Action, KeyBindings};
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::{Shell, Tab};

/// Starts a fine-tuning and shows its panel.
#[component]
pub(crate) fn StartFineTuning() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let tuning = expect_context::<FineTuning>();
    let strings = &shell.strings().finetune;
    let has_enough = move || series.accepted() >= MIN_SLICES;
    let label = move || match series.accepted() {
        count if count >= MIN_SLICES => interpolate(strings.tune_on, &[("count", &count)]),
        _ => strings.tune.to_owned(),
    };
    let start = move |_| {
        tuning.start();
        shell.tab.set(Tab::FineTune);
        shell.sheet_open.set(true);
    };
    let title = move || if shell.is_volume_model() { shell.strings().volume.no_tuning } else { strings.tune_title };
    let is_ready = move || has_enough() && !shell.is_volume_model();
    // First the ways to complete the slices are compared, which takes seconds.
    let is_next = move || is_ready() && series.completion.with(Option::is_some);
    view! {
        <button class:primary=is_next data-testid="fine-tune" title=title
            disabled=move || !(is_ready() && series.is_segmented() && tuning.is_idle())
            on:click=start>{label}</button>
    }
}

/// Fine-tuning from its settings to the decision between the two models.
#[component]
pub(crate) fn FineTunePanel() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let tuning = expect_context::<FineTuning>();
    let strings = &expect_context::<Shell>().strings().finetune;
    view! {
        <Show when=move || series.is_open()>
            <Show when=move || tuning.is_idle()>
                <p class="quiet">{move || if series.accepted() < MIN_SLICES { strings.accept_more } else { "" }}</p>
                <FineTuneSettings/>
            </Show>
            <Show when=move || tuning.is_running()><TuningProgress/></Show>
            <Show when=move || tuning.awaits_decision()><Decision/></Show>
            <SaveButtons/>
        </Show>
    }
}

#[component]
fn FineTuneSettings() -> impl IntoView {
    let tuning = expect_context::<FineTuning>();
    let strings = &expect_context::<Shell>().strings().finetune;
    let config = tuning.config;
    // Only another number replaces what is being typed.
    let steps = Memo::new(move |_| tuning.steps());
    let set_parts = move |event| {
        let name = event_target_value(&event);
        if let Some(parts) = TrainableParts::ALL.into_iter().find(|parts| parts.name() == name) {
            config.update(|config| config.moves = parts);
        }
    };
    let set_steps = move |event| {
        let steps = event_target_value(&event).parse().ok();
        tuning.chosen_steps.set(steps.map(|steps: usize| steps.clamp(1, 2000)));
    };
    let set_rate = move |event| {
        let rate = event_target_value(&event).parse::<f64>().ok();
        if let Some(rate) = rate.filter(|rate| rate.is_finite() && *rate > 0.0) {
            config.update(|config| config.learning_rate = rate.min(0.1));
        }
    };
    view! {
        <details class="settings">
            <summary>{strings.settings}</summary>
            <label class="setting"><span>{strings.parts}</span>
                <select data-testid="tune-moves" title=strings.parts_title on:change=set_parts>
                    {TrainableParts::ALL.into_iter().map(|parts| view! {
                        <option value=parts.name() selected=move || config.with(|config| config.moves) == parts>{parts_name(strings, parts)}</option>
                    }).collect_view()}
                </select>
            </label>
            <label class="setting"><span>{strings.steps}</span>
                <input type="number" min="1" max="2000" data-testid="tune-steps" title=strings.steps_title
                    prop:value=move || steps.get().to_string() on:change=set_steps/>
            </label>
            <label class="setting"><span>{strings.rate}</span>
                <input type="number" step="any" data-testid="tune-rate"
                    prop:value=move || config.with(|config| config.learning_rate).to_string() on:change=set_rate/>
            </label>
        </details>
    }
}

fn parts_name(strings: &FineTuneStrings, parts: TrainableParts) -> &'static str {
    match parts {
        TrainableParts::Gates => strings.parts_gates,
        TrainableParts::Decoder => strings.parts_decoder,
        TrainableParts::All => strings.parts_all,
    }
}

/// The scores before and after, and the choice of a model.
#[component]
fn Decision() -> impl IntoView {
    let tuning = expect_context::<FineTuning>();
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().finetune;
    let outcome = move || tuning.outcome.get();
    let is_better = move || outcome().is_some_and(|outcome| outcome.better && !outcome.is_propagation_better());
    let propagated = move || outcome().and_then(|outcome| outcome.propagated).map(|dsc| format!("{dsc:.3}"));
    let advice = move || outcome().filter(FineTuneOutcome::is_propagation_better).map(|_| strings.propagation_better);
    let score = move |scores: fn(&FineTuneOutcome) -> HoldoutScores, dsc: fn(&HoldoutScores) -> f64| {
        move || outcome().map(|outcome| format!("{:.3}", dsc(&scores(&outcome))))
    };
    let verdict = move || {
        let outcome = outcome()?;
        Some(match (outcome.better, outcome.after.forgets(&outcome.before)) {
            (true, false) => strings.better,
            (true, true) => strings.better_but_forgets,
            (false, true) => strings.forgets,
            (false, false) => strings.no_better,
        })
    };
    view! {
        <table class="scores">
            <thead><tr><th>{strings.dsc}</th><th>{strings.before}</th><th>{strings.after}</th></tr></thead>
            <tbody>
                <tr><th>{strings.held_out}</th>
                    <td data-testid="tune-before">{score(|outcome| outcome.before, |scores| scores.held_out)}</td>
                    <td data-testid="tune-after">{score(|outcome| outcome.after, |scores| scores.held_out)}</td></tr>
                <tr><th>{strings.completed}</th><td></td><td data-testid="tune-propagated">{propagated}</td></tr>
                <tr><th>{strings.phantoms}</th>
                    <td data-testid="replay-before">{score(|outcome| outcome.before, |scores| scores.replay)}</td>
                    <td data-testid="replay-after">{score(|outcome| outcome.after, |scores| scores.replay)}</td></tr>
            </tbody>
        </table>
        <p>{verdict}</p>
        <p data-testid="tune-advice">{advice}</p>
        <button data-testid="tune-compare" title=move || keys.tooltip(strings.compare_title, Action::CompareModels)
            aria-pressed=move || tuning.shows_before.get().to_string() on:click=move |_| tuning.toggle_before()>{strings.show_before}</button>
        <div class="pair">
            <button class:primary=is_better data-testid="tune-keep" on:click=move |_| tuning.decide(FineTuneDecision::KeepNew)>{strings.keep_new}</button>
            <button class:primary=move || !is_better() data-testid="tune-rollback" on:click=move |_| tuning.decide(FineTuneDecision::KeepOld)>{strings.keep_old}</button>
        </div>
    }
}

/// Saves corrections and model as files, and switches storing in the browser on and off.
#[component]
fn SaveButtons() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let persistence = expect_context::<Persistence>();
    let strings = &expect_context::<Shell>().strings().correct;
    view! {
        <div class="pair">
            <button data-testid="export-corrections" title=strings.save_slices_title disabled=move || series.accepted() == 0
                on:click=move |_| session.send(&Request::ExportCorrections)>{strings.save_slices}</button>
            <button data-testid="export-model" title=strings.save_model_title
                on:click=move |_| session.send(&Request::ExportModel)>{strings.save_model}</button>
        </div>
        <div class="setting wraps">
            <label title=strings.keep_title>
                <input type="checkbox" data-testid="autosave" prop:checked=move || persistence.enabled.get()
                    on:change=move |event| persistence.set_enabled(event_target_checked(&event))/>
                {strings.keep}
            </label>
            <button class="small" data-testid="wipe" title=strings.wipe_title on:click=move |_| persistence.wipe()>{strings.wipe}</button>
        </div>
    }
}
