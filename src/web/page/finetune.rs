//! The panel for fine-tuning: what it is told, how it goes, and what came of it.

use leptos::prelude::*;

use super::keys::titled;
use super::state::Page;
use super::tabs::Tab;
use crate::app::protocol::{FineTuneOutcome, FineTuneProgress, Request};
use crate::core::i18n::{Strings, interpolate};
use crate::nn::finetune::{FineTuneConfig, HoldoutScores, TrainableParts, steps_for};

/// State of fine-tuning, as the page knows it.
#[derive(Clone, Copy)]
pub(crate) struct Learn {
    config: RwSignal<FineTuneConfig>,
    /// Steps that were asked for; otherwise what suits the accepted slices.
    steps: RwSignal<Option<usize>>,
    /// Of the one that runs, or ran last.
    pub(crate) progress: RwSignal<Option<FineTuneProgress>>,
    running: RwSignal<bool>,
    /// When its first step was done, in ms, and how many were by then.
    started: StoredValue<Option<(f64, usize)>>,
    left_s: RwSignal<Option<f64>>,
    /// What waits to be kept or not.
    pub(crate) outcome: RwSignal<Option<FineTuneOutcome>>,
    /// Whether the mask of the model before is shown.
    pub(crate) comparing: RwSignal<bool>,
    /// Whether corrections are kept in the browser.
    pub(crate) autosave: RwSignal<bool>,
}

impl Learn {
    pub(crate) fn new() -> Self {
        Self {
            config: RwSignal::new(FineTuneConfig::default()),
            steps: RwSignal::new(None),
            progress: RwSignal::new(None),
            running: RwSignal::new(false),
            started: StoredValue::new(None),
            left_s: RwSignal::new(None),
            outcome: RwSignal::new(None),
            comparing: RwSignal::new(false),
            autosave: RwSignal::new(super::persistence::is_on()),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.get()
    }

    pub(crate) fn goes_on(&self, progress: FineTuneProgress) {
        let now = js_sys::Date::now();
        if progress.done == 0 {
            self.started.set_value(None);
            self.left_s.set(None);
            self.outcome.set(None);
        } else if let Some((since, first)) = self.started.get_value() {
            // Scoring between the rounds counts as part of the steps.
            let per_step = (now - since) / (progress.done - first).max(1) as f64;
            self.left_s.set(Some(per_step * (progress.total - progress.done) as f64 / 1000.0));
        } else {
            self.started.set_value(Some((now, progress.done)));
        }
        self.running.set(true);
        self.progress.set(Some(progress));
    }

    pub(crate) fn ends(&self, outcome: Option<FineTuneOutcome>) {
        self.running.set(false);
        self.comparing.set(false);
        if outcome.is_none() {
            self.progress.set(None);
        }
        self.outcome.set(outcome);
    }
}

/// Steps of the fine-tuning that comes next.
fn steps(page: Page) -> usize {
    page.learn.steps.get().unwrap_or_else(|| steps_for(page.accepted()))
}

/// Keeps the tuned model, or goes back.
fn decide(page: Page, keep: bool) {
    page.learn.ends(None);
    page.send(&Request::Decide { keep });
}

/// Shows the mask of the model before, or the new one's again.
pub(crate) fn toggle_compare(page: Page) {
    if page.learn.outcome.with_untracked(Option::is_some) {
        page.learn.comparing.update(|before| *before = !*before);
        page.send(&Request::Compare { before: page.learn.comparing.get_untracked() });
    }
}

/// Whether nothing is learned and nothing waits to be decided.
fn idle(page: Page) -> bool {
    !page.learn.is_running() && page.learn.outcome.with(Option::is_none)
}

/// Starts a fine-tuning, and shows its panel.
#[component]
pub(crate) fn StartTuning() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().finetune;
    let segmented = move || page.pixels.with(|pixels| pixels.iter().all(Option::is_some));
    let label = move || match page.accepted() {
        0 | 1 => words.tune.to_owned(),
        n => interpolate(words.tune_on, &[("count", &n)]),
    };
    let start = move |_| {
        let config = FineTuneConfig { steps: untrack(|| steps(page)), ..page.learn.config.get_untracked() };
        page.send(&Request::FineTune(config));
        page.tab.set(Tab::Learn);
        page.sheet.set(true);
    };
    let enough = move || page.accepted() >= 2;
    view! {
        <button class:primary=enough data-testid="fine-tune" disabled=move || !(enough() && segmented() && idle(page))
            title=words.tune_title
            on:click=start>{label}</button>
    }
}

/// Fine-tuning, from the choice of what moves to the choice of what stays.
#[component]
pub(crate) fn FineTune() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().finetune;
    let learn = page.learn;
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <Show when=move || idle(page)>
                <p class="quiet">{move || if page.accepted() < 2 { words.accept_more } else { "" }}</p>
                <MaskSettings/>
            </Show>
            <Show when=move || learn.is_running()><Course/></Show>
            <Show when=move || learn.outcome.with(Option::is_some)><Outcome/></Show>
            <super::correct::Keeping/>
        </Show>
    }
}

#[component]
fn MaskSettings() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().finetune;
    let learn = page.learn;
    let number = move |apply: fn(&mut FineTuneConfig, f64)| {
        move |event: web_sys::Event| {
            if let Some(value) = event_target_value(&event).parse::<f64>().ok().filter(|v| v.is_finite() && *v > 0.0) {
                learn.config.update(|config| apply(config, value));
            }
        }
    };
    view! {
        <details class="settings">
            <summary>{words.settings}</summary>
            <label class="setting"><span>{words.moves}</span>
                <select data-testid="tune-moves" title=words.moves_title on:change=move |event| {
                    let name = event_target_value(&event);
                    if let Some(moves) = TrainableParts::ALL.into_iter().find(|moves| moves.name() == name) {
                        learn.config.update(|config| config.moves = moves);
                    }
                }>
                    {TrainableParts::ALL.into_iter().map(|moves| view! {
                        <option value=moves.name() selected=move || learn.config.with(|c| c.moves) == moves>{moves_name(page.words(), moves)}</option>
                    }).collect_view()}
                </select>
            </label>
            <label class="setting"><span>{words.steps}</span>
                <input type="number" min="1" max="2000" data-testid="tune-steps" title=words.steps_title
                    prop:value=move || steps(page).to_string()
                    on:change=move |event| learn.steps.set(event_target_value(&event).parse().ok().map(|n: usize| n.clamp(1, 2000)))/>
            </label>
            <label class="setting"><span>{words.rate}</span>
                <input type="number" step="any" data-testid="tune-rate" prop:value=move || learn.config.with(|c| c.learning_rate).to_string()
                    on:change=number(|config, value| config.learning_rate = value.min(0.1))/>
            </label>
        </details>
    }
}

/// Progress, the loss curve, time left, and Stop.
#[component]
fn Course() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().finetune;
    let learn = page.learn;
    let progress = move || learn.progress.get();
    let says = move || {
        let p = progress()?;
        let left = learn
            .left_s
            .get()
            .map_or(words.preparing.into(), |s| interpolate(words.left, &[("time", &duration(page.words(), s))]));
        Some(interpolate(words.step, &[("done", &p.done), ("total", &p.total), ("left", &left)]))
    };
    let set_aside = move || {
        let p = progress()?;
        let dsc = p
            .scores
            .last()
            .map_or(String::new(), |s| interpolate(words.dsc_is, &[("dsc", &format!("{:.3}", s.held_out))]));
        Some(interpolate(words.learning, &[("learned", &p.learned), ("held_out", &p.held_out)]) + &dsc)
    };
    let share = move || progress().map_or(0.0, |p| p.done as f64 / p.total.max(1) as f64);
    view! {
        <p data-testid="tune-progress">{says}</p>
        <p class="progress"><i style:transform=move || format!("scaleX({:.3})", share())></i></p>
        <svg class="curve" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label=words.losses>
            <polyline points=move || progress().map(|p| curve(&p.losses, p.total)).unwrap_or_default()/>
        </svg>
        <p class="quiet">{move || progress().and_then(|p| p.losses.last().map(|loss| interpolate(words.loss, &[("loss", &format!("{loss:.3}"))])))}</p>
        <p class="quiet">{set_aside}</p>
        <button data-testid="tune-stop" title=words.stop_title on:click=move |_| page.send(&Request::Stop)>{words.stop}</button>
    }
}

/// The loss as points of a polyline, 100 wide and 32 high, down from the largest.
fn curve(losses: &[f32], total: usize) -> String {
    let most = losses.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let point = |(i, loss): (usize, &f32)| {
        format!("{:.2},{:.2}", 100.0 * i as f32 / total.max(2) as f32, 31.0 - 30.0 * loss / most)
    };
    losses.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

fn duration(words: &Strings, seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 100 {
        interpolate(words.finetune.seconds, &[("count", &seconds)])
    } else {
        interpolate(words.finetune.minutes, &[("count", &seconds.div_ceil(60))])
    }
}

fn moves_name(words: &Strings, moves: TrainableParts) -> &'static str {
    match moves {
        TrainableParts::Gates => words.finetune.moves_gates,
        TrainableParts::Decoder => words.finetune.moves_decoder,
        TrainableParts::All => words.finetune.moves_all,
    }
}

/// Before and after, and what is to be done about it.
#[component]
fn Outcome() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().finetune;
    let learn = page.learn;
    let outcome = move || learn.outcome.get();
    let better = move || outcome().is_some_and(|o| o.better);
    let dsc = move |of: fn(&FineTuneOutcome) -> HoldoutScores, which: fn(&HoldoutScores) -> f64| {
        move || outcome().map(|o| format!("{:.3}", which(&of(&o))))
    };
    let verdict = move || {
        let o = outcome()?;
        Some(match (o.better, o.after.forgets(&o.before)) {
            (true, false) => words.better,
            (true, true) => words.better_but_forgets,
            (false, true) => words.forgets,
            (false, false) => words.no_better,
        })
    };
    view! {
        <table class="scores">
            <thead><tr><th>{words.dsc}</th><th>{words.before}</th><th>{words.after}</th></tr></thead>
            <tbody>
                <tr><th>{words.set_aside}</th>
                    <td data-testid="tune-before">{dsc(|o| o.before, |s| s.held_out)}</td>
                    <td data-testid="tune-after">{dsc(|o| o.after, |s| s.held_out)}</td></tr>
                <tr><th>{words.phantoms}</th>
                    <td data-testid="replay-before">{dsc(|o| o.before, |s| s.replay)}</td>
                    <td data-testid="replay-after">{dsc(|o| o.after, |s| s.replay)}</td></tr>
            </tbody>
        </table>
        <p>{verdict}</p>
        <button data-testid="tune-compare" title=move || titled(page, words.compare_title, "compare")
            aria-pressed=move || learn.comparing.get().to_string() on:click=move |_| toggle_compare(page)>
            {move || if learn.comparing.get() { words.showing_before } else { words.showing_after }}
        </button>
        <div class="pair">
            <button class:primary=better data-testid="tune-keep" on:click=move |_| decide(page, true)>{words.keep_new}</button>
            <button class:primary=move || !better() data-testid="tune-rollback" on:click=move |_| decide(page, false)>{words.keep_old}</button>
        </div>
    }
}
