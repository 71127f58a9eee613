//! The row above the pictures: planes, surfaces, overlays, measuring, texts in the corners, and the help.

use leptos::prelude::*;

use crate::core::mpr::Plane;
use crate::web::page::state::display::Display;
use crate::web::page::state::finetuning::FineTuning;
use crate::web::page::state::key_bindings::{Action, KeyBindings};
use crate::web::page::state::measuring::MeasuringTool;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{ViewLayout, ViewState};

/// The row of buttons above the pictures.
#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let strings = expect_context::<Shell>().strings().viewer;
    view! {
        <div class="toolbar" role="group" aria-label=strings.tools>
            <LayoutButtons/>
            <i class="gap"></i>
            <DisplayButtons/>
        </div>
    }
}

/// The choice of planes and surfaces, and of the pair before and after fine-tuning.
#[component]
fn LayoutButtons() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let tuning = expect_context::<FineTuning>();
    let keys = expect_context::<KeyBindings>();
    let strings = expect_context::<Shell>().strings().viewer;
    let surface = expect_context::<Shell>().strings().surface;
    let needs_planes = |layout: ViewLayout| layout != ViewLayout::AXIAL && layout != ViewLayout::Pair;
    let button = move |layout: ViewLayout, name: &'static str, title: &'static str, action: Action| {
        view! {
            <button data-testid=format!("layout-{}", layout.id()) title=move || keys.tooltip(title, action)
                aria-pressed=move || (state.layout.get() == beside_too(state.layout.get(), layout)).to_string()
                disabled=move || needs_planes(layout) && !series.has_planes()
                on:click=move |_| state.show(beside_too(state.layout.get_untracked(), layout))>{name}</button>
        }
    };
    // The pair is closed once the reader has decided between the two models.
    Effect::new(move |_| {
        if !tuning.awaits_decision() && state.layout.get() == ViewLayout::Pair {
            state.show(ViewLayout::AXIAL);
        }
    });
    view! {
        {button(ViewLayout::AXIAL, strings.axial, strings.axial_title, Action::Layout)}
        {button(ViewLayout::One(Plane::Coronal), strings.coronal, strings.coronal_title, Action::Maximise)}
        {button(ViewLayout::One(Plane::Sagittal), strings.sagittal, strings.sagittal_title, Action::Maximise)}
        {button(ViewLayout::Surface, surface.name, surface.title, Action::Surface)}
        {button(ViewLayout::Three, strings.three, strings.three_title, Action::Layout)}
        <Show when=move || tuning.awaits_decision()>
            {button(ViewLayout::Pair, strings.pair, strings.pair_title, Action::SideBySide)}
        </Show>
    }
}

/// The layout to choose: while another series is beside this one, it stays there on another plane.
fn beside_too(now: ViewLayout, chosen: ViewLayout) -> ViewLayout {
    match (now, chosen) {
        (ViewLayout::Beside(_), ViewLayout::One(plane)) => ViewLayout::Beside(plane),
        _ => chosen,
    }
}

/// The tools that measure.
#[component]
fn MeasuringButtons() -> impl IntoView {
    let measuring = expect_context::<SeriesView>().measuring;
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().measuring;
    let button = move |tool: MeasuringTool| {
        let (hook, action, picture) = match tool {
            MeasuringTool::Length => ("ruler-toggle", Action::Ruler, "M2 14L14 2M1 11l4 4M11 1l4 4"),
            MeasuringTool::Angle => ("angle-toggle", Action::Angle, "M13 2 L2 14 h13 M9.5 14 a8 8 0 0 0 -2 -6"),
            MeasuringTool::Ellipse => {
                ("ellipse-toggle", Action::Ellipse, "M1.5 8a6.5 4.5 0 1 0 13 0a6.5 4.5 0 1 0-13 0")
            }
        };
        let title = tool.title(strings);
        view! {
            <button class="icon" data-testid=hook aria-label=title title=move || keys.tooltip(title, action)
                aria-pressed=move || (measuring.tool.get() == Some(tool)).to_string() on:click=move |_| measuring.toggle(tool)>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d=picture/></svg>
            </button>
        }
    };
    view! { <span class="icons" role="group" aria-label=strings.tools>{MeasuringTool::ALL.map(button)}</span> }
}

/// Shows or hides the texts in the corners.
#[component]
fn AnnotationsButton() -> impl IntoView {
    let shown = expect_context::<Display>().shows_annotations;
    let keys = expect_context::<KeyBindings>();
    let title = expect_context::<Shell>().strings().attributes.corners_title;
    view! {
        <button class="icon" data-testid="annotations-toggle" aria-label=title title=move || keys.tooltip(title, Action::Annotations)
            aria-pressed=move || shown.get().to_string() on:click=move |_| shown.update(|shown| *shown = !*shown)>
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1.5 3h4M1.5 6h3M10.5 3h4M11.5 6h3M1.5 10h3M1.5 13h4M11.5 10h3M10.5 13h4"/></svg>
        </button>
    }
}

/// Attention, measuring, inversion, reset, and the help.
#[component]
fn DisplayButtons() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let display = expect_context::<Display>();
    let keys = expect_context::<KeyBindings>();
    let strings = shell.strings().viewer;
    let reset = move |_| {
        display.reset_window();
        state.fit();
    };
    view! {
        <Show when=move || series.is_open() && !shell.gates_px().is_empty()>
            <button data-testid="attention-toggle" title=move || keys.tooltip(strings.attention_title, Action::Attention)
                aria-pressed=move || display.gate.with(Option::is_some).to_string()
                on:click=move |_| display.toggle_attention(untrack(|| shell.gates_px()).len())>{strings.attention}</button>
        </Show>
        <MeasuringButtons/>
        <AnnotationsButton/>
        <button data-testid="invert" title=move || keys.tooltip(strings.invert_title, Action::Invert)
            aria-pressed=move || display.inverted.get().to_string()
            on:click=move |_| display.inverted.update(|inverted| *inverted = !*inverted)>{strings.invert}</button>
        <button data-testid="reset" title=move || keys.tooltip(strings.reset_title, Action::Reset) on:click=reset>{strings.reset}</button>
        <button data-testid="help-button" title=move || keys.tooltip(strings.keys_title, Action::Help) aria-label=strings.keys_title
            on:click=move |_| keys.help_open.set(true)>{"?"}</button>
    }
}
