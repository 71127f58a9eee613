//! The panel that explains the mask: the gates' attention and effect, probability, and uncertainty.

use std::sync::Arc;

use leptos::prelude::*;

use super::duration::duration;
use super::volume::progress_text;
use crate::app::protocol::{Ablation, MapInputs, MapKind};
use crate::core::i18n::interpolate;
use crate::web::page::state::display::Display;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::volume::VolumeRun;

/// The choice of a gate whose attention is shown, and the gate's effect.
#[component]
pub(crate) fn AttentionSection() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let display = expect_context::<Display>();
    let strings = &shell.strings().explain;
    let is_computing = move || display.gate.with(Option::is_some) && !series.has_gates_of_slice();
    let is_shown = move |gate: usize| display.gate.get() == Some(gate);
    view! {
        <Show when=move || series.is_open() && !shell.gates_px().is_empty()>
            <h2>{strings.title}</h2>
            <div class="gates">
                {move || shell.gates_px().into_iter().enumerate().map(|(gate, px)| view! {
                    <button data-testid=format!("gate-{gate}") class:on=move || is_shown(gate) aria-pressed=move || is_shown(gate).to_string()
                        title=interpolate(strings.gate_title, &[("px", &px)]) on:click=move |_| display.gate.set(Some(gate))>
                        {interpolate(strings.gate, &[("number", &(gate + 1))])}
                    </button>
                }).collect_view()}
            </div>
            <ColourScale is_shown=Signal::derive(move || display.gate.with(Option::is_some))/>
            <p class="quiet">{move || if is_computing() { strings.computing } else { strings.meaning }}</p>
            <AblationSection/>
        </Show>
    }
}

/// The effect of holding the shown gate open.
#[component]
fn AblationSection() -> impl IntoView {
    let display = expect_context::<Display>();
    let shell = expect_context::<Shell>();
    let volume = expect_context::<VolumeRun>();
    let strings = &shell.strings().explain;
    let label = move || match display.gate.get() {
        Some(gate) => interpolate(strings.open_gate, &[("number", &(gate + 1))]),
        None => strings.choose_gate.into(),
    };
    let title = move || if shell.is_volume_model() { strings.open_gate_volume_title } else { strings.open_gate_title };
    let is_unavailable = move || display.gate.with(Option::is_none) || shell.is_volume_model() && !volume.is_done();
    let is_shown = move || display.ablating.get() && display.gate.with(Option::is_some);
    let takes = move || match volume.took_s.get() {
        Some(seconds) => {
            let time = duration(&shell.strings().finetune, seconds);
            interpolate(strings.open_gate_takes, &[("time", &time)])
        }
        None => strings.open_gate_takes_as_long.into(),
    };
    view! {
        <button data-testid="ablate" title=title disabled=is_unavailable
            aria-pressed=move || is_shown().to_string() on:click=move |_| display.ablating.update(|on| *on = !*on)>{label}</button>
        <Show when=move || shell.is_volume_model() && !is_shown() && !is_unavailable()>
            <p class="quiet" data-testid="ablation-takes">{takes}</p>
        </Show>
        <Show when=is_shown><AblationEffect/></Show>
    }
}

/// What changes on the current slice, or how far a model of whole volumes is that has to run for it.
#[component]
fn AblationEffect() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let display = expect_context::<Display>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().explain;
    let amount = move |count: usize| match series.info.with(|s| s.as_ref().and_then(|s| s.spacing_mm)) {
        Some([_, y, x]) => {
            let mm2 = format!("{:.0}", count as f64 * y * x);
            interpolate(strings.pixels_mm2, &[("count", &count), ("mm2", &mm2)])
        }
        None => interpolate(strings.pixels, &[("count", &count)]),
    };
    let computing = move || progress_text(&shell, &series.open_gate).unwrap_or_else(|| strings.computing.into());
    view! {
        <dl class="ablation" data-testid="ablation" aria-live="polite">
            {move || match current_ablation(&series, &display) {
                None => view! { <dd class="quiet" data-testid="ablation-progress">{computing}</dd> }.into_any(),
                Some(ablation) => view! {
                    <dt class="gained">{strings.gained}</dt><dd data-testid="gained">{amount(ablation.pixels[0])}</dd>
                    <dt class="lost">{strings.lost}</dt><dd data-testid="lost">{amount(ablation.pixels[1])}</dd>
                    <dt>{strings.agreement}</dt><dd data-testid="ablation-dsc">{format!("{:.3}", ablation.dsc)}</dd>
                    {ablation.mean_change.map(|change| view! {
                        <dt>{strings.mean_change}</dt><dd data-testid="ablation-change">{format!("{change:.4}")}</dd>
                    })}
                }.into_any(),
            }}
        </dl>
        <Show when=move || series.open_gate.is_unfinished()>
            <button data-testid="ablation-stop" on:click=move |_| display.ablating.set(false)>{shell.strings().volume.stop}</button>
        </Show>
        <p class="quiet">{strings.ablation_note}</p>
    }
}

/// The effect of the shown gate on the current slice, once it has arrived.
fn current_ablation(series: &SeriesView, display: &Display) -> Option<Arc<Ablation>> {
    let wanted = (series.slice.get(), display.gate.get()?);
    series.ablation.get().filter(|ablation| (ablation.slice, ablation.gate) == wanted)
}

/// The choice of a probability or uncertainty map.
#[component]
pub(crate) fn MapsSection() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let display = expect_context::<Display>();
    let strings = &shell.strings().explain;
    let volume = expect_context::<VolumeRun>();
    let is_unavailable = move || volume.lacks_probability();
    let title = move |title: &'static str| if is_unavailable() { shell.strings().volume.no_probability } else { title };
    let is_shown = move |kind: MapKind| display.visible_map() == Some(kind);
    let note = move || {
        let map = series.map.get().filter(|map| map.slice == series.slice.get() && is_shown(map.kind));
        let threshold = format!("{:.2}", series.mask_settings.get().threshold);
        match map.map(|map| (map.kind, map.inputs)) {
            None => String::new(),
            Some((MapKind::Probability, MapInputs::Original)) => {
                interpolate(strings.probability_note, &[("threshold", &threshold)])
            }
            Some((MapKind::Probability, MapInputs::OriginalAndMirrored)) => {
                interpolate(strings.mean_note, &[("threshold", &threshold)])
            }
            Some((MapKind::Uncertainty, MapInputs::Original)) => strings.uncertainty_note.into(),
            Some((MapKind::Uncertainty, MapInputs::OriginalAndMirrored)) => strings.disagreement_note.into(),
        }
    };
    view! {
        <Show when=move || series.is_open()>
            <h2>{strings.maps}</h2>
            <div class="trio">
                <button data-testid="map-probability" title=move || title(strings.probability_title) disabled=is_unavailable
                    aria-pressed=move || is_shown(MapKind::Probability).to_string()
                    on:click=move |_| display.toggle_map(MapKind::Probability)>{strings.probability}</button>
                <button data-testid="map-uncertainty" title=move || title(strings.uncertainty_title) disabled=is_unavailable
                    aria-pressed=move || is_shown(MapKind::Uncertainty).to_string()
                    on:click=move |_| display.toggle_map(MapKind::Uncertainty)>{strings.uncertainty}</button>
            </div>
            <ColourScale is_shown=Signal::derive(move || display.visible_map().is_some())/>
            <p class="quiet" data-testid="map-note">{note}</p>
        </Show>
    }
}

/// The colours of a map from 0 to 1.
#[component]
fn ColourScale(
    /// True while a map has them. Their place stays.
    is_shown: Signal<bool>,
) -> impl IntoView {
    let strings = &expect_context::<Shell>().strings().explain;
    view! { <p class="ramp" aria-hidden="true" class:idle=move || !is_shown.get()><span>{strings.lowest}</span><i></i><span>{strings.highest}</span></p> }
}
