//! The panel that says why: gates and what they do, probability, and where the network is in doubt.

use std::sync::Arc;

use leptos::prelude::*;

use super::state::Page;
use crate::app::protocol::{Ablation, Checked, MapKind, Request, SliceMap};
use crate::core::i18n::interpolate;
use crate::imaging::overlay::{ContourWidth, GAINED_RGB, LOST_RGB, outlined};

/// What the page knows of the reasons, besides attention.
#[derive(Clone, Copy)]
pub(crate) struct Explanations {
    /// The map that lies over the picture while no attention does.
    pub(crate) kind: RwSignal<Option<MapKind>>,
    pub(crate) map: RwSignal<Option<Arc<SliceMap>>>,
    /// Whether the gate shown is held open to see what changes.
    pub(crate) opening: RwSignal<bool>,
    pub(crate) ablation: RwSignal<Option<Arc<Ablation>>>,
    pub(crate) checked: RwSignal<Checked>,
    /// Slices to look at first, and whether mirrored input says so; `None` before all are done.
    pub(crate) first: RwSignal<Option<(Vec<usize>, bool)>>,
}

impl Explanations {
    pub(crate) fn new() -> Self {
        Self {
            kind: RwSignal::new(None),
            map: RwSignal::new(None),
            opening: RwSignal::new(false),
            ablation: RwSignal::new(None),
            checked: RwSignal::new(Checked::default()),
            first: RwSignal::new(None),
        }
    }

    /// What was known is of another series or another model.
    pub(crate) fn forget(&self) {
        self.map.set(None);
        self.ablation.set(None);
    }
}

/// Asks for maps, and for what a gate changes, as what is looked at changes.
pub(crate) fn ask_as_things_change(page: Page) {
    let why = page.why;
    Effect::new(move |before: Option<Option<MapKind>>| {
        let (slice, kind) = (page.slice.get(), why.kind.get());
        let open = page.study.with(Option::is_some);
        if open && (kind.is_some() || before.flatten().is_some()) {
            page.send(&Request::Map { slice, kind });
        }
        kind
    });
    Effect::new(move |_| {
        let (slice, gate) = (page.slice.get(), page.gate.get());
        page.shown.settings.with(|settings| settings.threshold);
        let open = page.study.with(Option::is_some) && page.model.with(Option::is_some);
        if let Some(gate) = gate.filter(|_| open && why.opening.get()) {
            page.send(&Request::Ablate { slice, gate });
        }
    });
}

/// The map that lies over a slice: a gate's attention, else another that is chosen, once it is there.
pub(crate) fn map_over(page: Page, slice: usize) -> Option<Vec<u8>> {
    if let Some(gate) = page.gate.get() {
        return page.gates.with(|gates| gates.as_ref().filter(|g| g.slice == slice)?.maps.get(gate).cloned());
    }
    let kind = page.why.kind.get()?;
    page.why.map.with(|map| map.as_ref().filter(|m| (m.slice, m.kind) == (slice, kind)).map(|m| m.map.clone()))
}

/// The picture with what a gate held open changes, outlined.
pub(crate) fn with_changes(page: Page, rgba: Vec<u8>, width: usize, slice: usize) -> Vec<u8> {
    let Some(ablation) = shown_ablation(page).filter(|a| a.slice == slice && !page.peeking.get()) else { return rgba };
    let [gained, lost] = [1, 2].map(|kind| ablation.change.iter().map(|c| u8::from(*c == kind)).collect::<Vec<_>>());
    let outlines = [ContourWidth { mask: &gained, rgb: GAINED_RGB }, ContourWidth { mask: &lost, rgb: LOST_RGB }];
    outlined(rgba, width, &outlines)
}

/// What the gate shown changes on the slice looked at, if that is wanted and known.
fn shown_ablation(page: Page) -> Option<Arc<Ablation>> {
    let at = (page.slice.get(), page.gate.get()?);
    page.why.ablation.get().filter(|a| page.why.opening.get() && (a.slice, a.gate) == at)
}

/// Which gate's attention lies over the picture, and what the gate does.
#[component]
pub(crate) fn Attention() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().explain;
    let waiting = move || page.gate.with(Option::is_some) && !page.has_gates_of_slice();
    let gates = move || page.gates_px();
    view! {
        <Show when=move || page.study.with(Option::is_some) && !gates().is_empty()>
            <h2>{words.title}</h2>
            <div class="gates">
                {move || gates().into_iter().enumerate().map(|(gate, px)| view! {
                    <button data-testid=format!("gate-{gate}") class:on=move || page.gate.get() == Some(gate)
                        aria-pressed=move || (page.gate.get() == Some(gate)).to_string()
                        title=interpolate(words.gate_title, &[("px", &px)]) on:click=move |_| page.gate.set(Some(gate))>
                        {interpolate(words.gate, &[("number", &(gate + 1))])}
                    </button>
                }).collect_view()}
            </div>
            <Ramp/>
            <p class="quiet">{move || if waiting() { words.computing } else { words.meaning }}</p>
            <OpenGate/>
        </Show>
        <Show when=move || page.study.with(Option::is_some)>
            <Maps/>
        </Show>
    }
}

/// What changes when the gate shown is held open.
#[component]
fn OpenGate() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().explain;
    let label = move || match page.gate.get() {
        Some(gate) => interpolate(words.open_gate, &[("number", &(gate + 1))]),
        None => words.choose_gate.into(),
    };
    let amount = move |count: usize| match page.study.with(|s| s.as_ref().and_then(|s| s.spacing_mm)) {
        Some([_, y, x]) => {
            let mm2 = format!("{:.0}", count as f64 * y * x);
            interpolate(words.pixels_mm2, &[("count", &count), ("mm2", &mm2)])
        }
        None => interpolate(words.pixels, &[("count", &count)]),
    };
    let pressed = move || page.why.opening.get() && page.gate.with(Option::is_some);
    view! {
        <button data-testid="ablate" title=words.open_gate_title disabled=move || page.gate.with(Option::is_none)
            aria-pressed=move || pressed().to_string() on:click=move |_| page.why.opening.update(|on| *on = !*on)>{label}</button>
        <Show when=pressed>
            <dl class="ablation" data-testid="ablation" aria-live="polite">
                {move || match shown_ablation(page) {
                    None => view! { <dd class="quiet">{words.computing}</dd> }.into_any(),
                    Some(a) => view! {
                        <dt class="gained">{words.gained}</dt><dd data-testid="gained">{amount(a.pixels[0])}</dd>
                        <dt class="lost">{words.lost}</dt><dd data-testid="lost">{amount(a.pixels[1])}</dd>
                        <dt>{words.agreement}</dt><dd data-testid="ablation-dsc">{format!("{:.3}", a.dsc)}</dd>
                        <dt>{words.moved}</dt><dd data-testid="ablation-change">{format!("{:.4}", a.mean_change)}</dd>
                    }.into_any(),
                }}
            </dl>
            <p class="quiet">{words.ablation_note}</p>
        </Show>
    }
}

/// Probability and uncertainty over the picture.
#[component]
fn Maps() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().explain;
    let why = page.why;
    let shown = move |kind: MapKind| why.kind.get() == Some(kind) && page.gate.with(Option::is_none);
    let toggle = move |kind: MapKind| {
        let next = (!shown(kind)).then_some(kind);
        page.gate.set(None);
        why.kind.set(next);
    };
    let note = move || {
        let map = why.map.get().filter(|m| m.slice == page.slice.get() && shown(m.kind));
        let threshold = format!("{:.2}", page.shown.settings.get().threshold);
        match map.map(|m| (m.kind, m.mirrored)) {
            None => String::new(),
            Some((MapKind::Probability, false)) => interpolate(words.probability_note, &[("threshold", &threshold)]),
            Some((MapKind::Probability, true)) => interpolate(words.mean_note, &[("threshold", &threshold)]),
            Some((MapKind::Uncertainty, false)) => words.doubt_note.into(),
            Some((MapKind::Uncertainty, true)) => words.disagreement_note.into(),
        }
    };
    view! {
        <h2>{words.maps}</h2>
        <div class="pair">
            <button data-testid="map-probability" title=words.probability_title
                aria-pressed=move || shown(MapKind::Probability).to_string()
                on:click=move |_| toggle(MapKind::Probability)>{words.probability}</button>
            <button data-testid="map-uncertainty" title=words.uncertainty_title
                aria-pressed=move || shown(MapKind::Uncertainty).to_string()
                on:click=move |_| toggle(MapKind::Uncertainty)>{words.uncertainty}</button>
        </div>
        <Ramp/>
        <p class="quiet" data-testid="map-note">{note}</p>
    }
}

/// What the colours of a map mean.
#[component]
fn Ramp() -> impl IntoView {
    let words = &expect_context::<Page>().words().explain;
    view! { <p class="ramp" aria-hidden="true"><span>{words.lowest}</span><i></i><span>{words.highest}</span></p> }
}
