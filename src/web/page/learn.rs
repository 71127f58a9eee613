//! The panel for fine-tuning: what it is told, how it goes, and what came of it.

use leptos::prelude::*;

use super::state::Page;
use super::tabs::Tab;
use crate::protocol::{Request, TuneOutcome, TuneProgress};
use crate::tune::{Moves, Scores, TuneConfig, steps_for};

/// State of fine-tuning, as the page knows it.
#[derive(Clone, Copy)]
pub(crate) struct Learn {
    config: RwSignal<TuneConfig>,
    /// Steps that were asked for; otherwise what suits the accepted slices.
    steps: RwSignal<Option<usize>>,
    /// Of the one that runs, or ran last.
    pub(crate) progress: RwSignal<Option<TuneProgress>>,
    running: RwSignal<bool>,
    /// When its first step was done, in ms, and how many were by then.
    started: StoredValue<Option<(f64, usize)>>,
    left_s: RwSignal<Option<f64>>,
    /// What waits to be kept or not.
    pub(crate) outcome: RwSignal<Option<TuneOutcome>>,
    /// Whether the mask of the model before is shown.
    pub(crate) comparing: RwSignal<bool>,
    /// Whether corrections are kept in the browser.
    pub(crate) autosave: RwSignal<bool>,
}

impl Learn {
    pub(crate) fn new() -> Self {
        Self {
            config: RwSignal::new(TuneConfig::default()),
            steps: RwSignal::new(None),
            progress: RwSignal::new(None),
            running: RwSignal::new(false),
            started: StoredValue::new(None),
            left_s: RwSignal::new(None),
            outcome: RwSignal::new(None),
            comparing: RwSignal::new(false),
            autosave: RwSignal::new(super::keep::is_on()),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.get()
    }

    pub(crate) fn goes_on(&self, progress: TuneProgress) {
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

    pub(crate) fn ends(&self, outcome: Option<TuneOutcome>) {
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
    let segmented = move || page.pixels.with(|pixels| pixels.iter().all(Option::is_some));
    let label = move || match page.accepted() {
        0 | 1 => "Fine-tune".to_owned(),
        n => format!("Fine-tune on {n} slices"),
    };
    let enough = move || page.accepted() >= 2;
    let start = move |_| {
        let config = TuneConfig { steps: untrack(|| steps(page)), ..page.learn.config.get_untracked() };
        page.send(&Request::FineTune(config));
        page.tab.set(Tab::Learn);
        page.sheet.set(true);
    };
    view! {
        <button class:primary=enough data-testid="fine-tune" disabled=move || !(enough() && segmented() && idle(page))
            title="Learn from the accepted slices, on this machine; one in four is set aside to judge by"
            on:click=start>{label}</button>
    }
}

/// Fine-tuning, from the choice of what moves to the choice of what stays.
#[component]
pub(crate) fn FineTune() -> impl IntoView {
    let page = expect_context::<Page>();
    let learn = page.learn;
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <Show when=move || idle(page)>
                <p class="quiet">{move || if page.accepted() < 2 { "Accept two slices or more, spread over the organ; five teach it a patient." } else { "" }}</p>
                <Settings/>
            </Show>
            <Show when=move || learn.is_running()><Course/></Show>
            <Show when=move || learn.outcome.with(Option::is_some)><Outcome/></Show>
            <super::correct::Keeping/>
        </Show>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let page = expect_context::<Page>();
    let learn = page.learn;
    let number = move |apply: fn(&mut TuneConfig, f64)| {
        move |event: web_sys::Event| {
            if let Some(value) = event_target_value(&event).parse::<f64>().ok().filter(|v| v.is_finite() && *v > 0.0) {
                learn.config.update(|config| apply(config, value));
            }
        }
    };
    view! {
        <details class="settings">
            <summary>"Settings"</summary>
            <label class="setting"><span>"Moves"</span>
                <select data-testid="tune-moves" title="Which part of the network learns" on:change=move |event| {
                    let name = event_target_value(&event);
                    if let Some(moves) = Moves::ALL.into_iter().find(|moves| moves.name() == name) {
                        learn.config.update(|config| config.moves = moves);
                    }
                }>
                    {Moves::ALL.into_iter().map(|moves| view! {
                        <option value=moves.name() selected=move || learn.config.with(|c| c.moves) == moves>{moves.name()}</option>
                    }).collect_view()}
                </select>
            </label>
            <label class="setting"><span>"Steps"</span>
                <input type="number" min="1" max="2000" data-testid="tune-steps" title="Empty for as many as suit the accepted slices"
                    prop:value=move || steps(page).to_string()
                    on:change=move |event| learn.steps.set(event_target_value(&event).parse().ok().map(|n: usize| n.clamp(1, 2000)))/>
            </label>
            <label class="setting"><span>"Learning rate"</span>
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
    let learn = page.learn;
    let progress = move || learn.progress.get();
    let says = move || {
        let p = progress()?;
        let left = learn.left_s.get().map_or("preparing".into(), |s| format!("about {} left", duration(s)));
        Some(format!("Step {} of {}, {left}", p.done, p.total))
    };
    let set_aside = move || {
        let p = progress()?;
        let dsc = p.scores.last().map_or(String::new(), |s| format!(": DSC {:.3}", s.held_out));
        Some(format!("Learning from {}, {} set aside{dsc}", p.learned, p.held_out))
    };
    let share = move || progress().map_or(0.0, |p| p.done as f64 / p.total.max(1) as f64);
    view! {
        <p data-testid="tune-progress">{says}</p>
        <p class="progress"><i style:transform=move || format!("scaleX({:.3})", share())></i></p>
        <svg class="curve" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label="Loss of each step">
            <polyline points=move || progress().map(|p| curve(&p.losses, p.total)).unwrap_or_default()/>
        </svg>
        <p class="quiet">{move || progress().and_then(|p| p.losses.last().map(|loss| format!("Loss {loss:.3}")))}</p>
        <p class="quiet">{set_aside}</p>
        <button data-testid="tune-stop" title="Stop, and offer the best so far" on:click=move |_| page.send(&Request::Stop)>"Stop"</button>
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

fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 100 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// Before and after, and what is to be done about it.
#[component]
fn Outcome() -> impl IntoView {
    let page = expect_context::<Page>();
    let learn = page.learn;
    let outcome = move || learn.outcome.get();
    let better = move || outcome().is_some_and(|o| o.better);
    let dsc = move |of: fn(&TuneOutcome) -> Scores, which: fn(&Scores) -> f64| {
        move || outcome().map(|o| format!("{:.3}", which(&of(&o))))
    };
    let verdict = move || {
        let o = outcome()?;
        Some(match (o.better, o.after.forgets(&o.before)) {
            (true, false) => "It is better on the slices set aside.",
            (true, true) => "It is better on the slices set aside, and has forgotten some of what it knew of phantoms.",
            (false, true) => "It has forgotten more than it has learned: keep the old one.",
            (false, false) => "It is no better on the slices set aside: keep the old one.",
        })
    };
    view! {
        <table class="scores">
            <thead><tr><th>"DSC"</th><th>"before"</th><th>"after"</th></tr></thead>
            <tbody>
                <tr><th>"set aside"</th>
                    <td data-testid="tune-before">{dsc(|o| o.before, |s| s.held_out)}</td>
                    <td data-testid="tune-after">{dsc(|o| o.after, |s| s.held_out)}</td></tr>
                <tr><th>"phantoms"</th>
                    <td data-testid="replay-before">{dsc(|o| o.before, |s| s.replay)}</td>
                    <td data-testid="replay-after">{dsc(|o| o.after, |s| s.replay)}</td></tr>
            </tbody>
        </table>
        <p>{verdict}</p>
        <button data-testid="tune-compare" title="Switch between the mask of the model before and the new one's (B)"
            aria-pressed=move || learn.comparing.get().to_string() on:click=move |_| toggle_compare(page)>
            {move || if learn.comparing.get() { "Showing: before" } else { "Showing: after" }}
        </button>
        <div class="pair">
            <button class:primary=better data-testid="tune-keep" on:click=move |_| decide(page, true)>"Keep the new"</button>
            <button class:primary=move || !better() data-testid="tune-rollback" on:click=move |_| decide(page, false)>"Keep the old"</button>
        </div>
    }
}
