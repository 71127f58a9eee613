//! The progress of a fine-tuning: steps, remaining time, and the loss curve.

use leptos::prelude::*;

use super::duration::duration;
use crate::app::protocol::Request;
use crate::core::i18n::interpolate;
use crate::nn::finetune::SliceCounts;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::finetuning::FineTuning;
use crate::web::page::state::shell::Shell;

/// Progress, loss curve and remaining time, and a button that stops early.
#[component]
pub(crate) fn TuningProgress() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let tuning = expect_context::<FineTuning>();
    let strings = &expect_context::<Shell>().strings().finetune;
    let progress = move || tuning.progress.get();
    let steps = move || {
        let progress = progress()?;
        let left = match tuning.left_s.get() {
            Some(seconds) => interpolate(strings.left, &[("time", &duration(strings, seconds))]),
            None => strings.preparing.into(),
        };
        Some(interpolate(strings.step, &[("done", &progress.done), ("total", &progress.total), ("left", &left)]))
    };
    let slices = move || {
        let progress = progress()?;
        let SliceCounts { learned, completed, held_out } = progress.slices;
        let counts = [("learned", &learned as _), ("completed", &completed as _), ("held_out", &held_out as _)];
        let learning = if completed == 0 { strings.learning } else { strings.learning_completed };
        let dsc = progress.scores.last().map(|scores| format!("{:.3}", scores.held_out));
        let dsc = dsc.map(|dsc| interpolate(strings.held_out_dsc, &[("dsc", &dsc)])).unwrap_or_default();
        Some(interpolate(learning, &counts) + &dsc)
    };
    let loss = move || {
        let loss = progress()?.losses.last().map(|loss| format!("{loss:.3}"))?;
        Some(interpolate(strings.loss, &[("loss", &loss)]))
    };
    let share = move || progress().map_or(0.0, |progress| progress.done as f64 / progress.total.max(1) as f64);
    let points = move || progress().map(|progress| curve(&progress.losses, progress.total)).unwrap_or_default();
    view! {
        <p data-testid="tune-progress">{steps}</p>
        <p class="progress"><i style:transform=move || format!("scaleX({:.3})", share())></i></p>
        <svg class="curve" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label=strings.losses>
            <polyline points=points/>
        </svg>
        <p class="quiet">{loss}</p>
        <p class="quiet">{slices}</p>
        <button data-testid="tune-stop" title=strings.stop_title on:click=move |_| session.send(&Request::Stop)>{strings.stop}</button>
    }
}

/// The losses as points of a polyline, 100 wide and 32 high; the highest loss is at the top.
fn curve(losses: &[f32], total: usize) -> String {
    let highest = losses.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let point = |(i, loss): (usize, &f32)| {
        format!("{:.2},{:.2}", 100.0 * i as f32 / total.max(2) as f32, 31.0 - 30.0 * loss / highest)
    };
    losses.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}
