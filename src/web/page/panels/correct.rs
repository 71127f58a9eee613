//! The panel with the correction tools.

use leptos::prelude::*;

use super::completion::{AcceptedSlices, CompleteSlices, completed_from, source_hook};
use super::whole_organ::WholeOrgan;
use crate::app::protocol::{Mark, MaskSource, PropagationProgress, Request};
use crate::core::i18n::interpolate;
use crate::core::mpr::Plane;
use crate::imaging::edit::Edit;
use crate::imaging::edit::UndoStep;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::key_bindings::{Action, KeyBindings};
use crate::web::page::state::pictures::Pictures;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::{Shell, Tab};
use crate::web::page::state::tools::{RADII_PX, Tool, ToolLabel, Tools};
use crate::web::page::state::view::{Pane, ViewState};

/// Tools, undo, and the acceptance of slices.
#[component]
pub(crate) fn CorrectionPanel() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    view! {
        <Show when=move || series.is_open()>
            <ToolButtons/>
            <BrushSettings/>
            <EditButtons/>
            <WholeOrgan/>
            <AcceptButtons/>
            <AcceptedSlices/>
            <CompleteSlices/>
            <PropagationStatus/>
        </Show>
    }
}

/// The key that has the same effect as a tool's button.
fn action_of(tool: Tool) -> Action {
    match tool {
        Tool::Brush => Action::Brush,
        Tool::Eraser => Action::Eraser,
        Tool::Fill => Action::Fill,
        Tool::Grow => Action::Grow,
        Tool::Remove => Action::Remove,
    }
}

/// The choice of a tool.
#[component]
fn ToolButtons() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let tools = expect_context::<Tools>();
    let keys = expect_context::<KeyBindings>();
    let strings = shell.strings();
    let pick = move |tool: Tool| {
        if tools.toggle(tool) {
            shell.tab.set(Tab::Correct);
        }
    };
    view! {
        <div class="trio" role="group" aria-label=strings.tools.group>
            {Tool::ALL.into_iter().map(|tool| {
                let ToolLabel { name, description } = tool.label(strings);
                view! {
                    <button data-testid=tool.hook() title=move || keys.tooltip(description, action_of(tool))
                        aria-pressed=move || (tools.tool.get() == Some(tool)).to_string()
                        on:click=move |_| pick(tool)>{name}</button>
                }
            }).collect_view()}
            <button data-testid="clear" title=move || keys.tooltip(strings.correct.clear_title, Action::ClearSlice)
                on:click=move |_| tools.apply(Edit::Clear, UndoStep::New)>{strings.correct.clear}</button>
        </div>
    }
}

/// The size of the brush, and the HU range that it paints.
#[component]
fn BrushSettings() -> impl IntoView {
    let tools = expect_context::<Tools>();
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().correct;
    let set_bound = move |bound: usize| {
        move |event: web_sys::Event| {
            if let Ok(hu) = event_target_value(&event).parse::<i16>() {
                tools.range_hu.update(|range| range[bound] = hu);
            }
        }
    };
    view! {
        <label class="setting" title=move || keys.tooltip(strings.size_title, Action::LargerBrush)>
            <span>{strings.size}</span>
            <input type="range" data-testid="brush-size" min=RADII_PX.start().to_string() max=RADII_PX.end().to_string() step="0.5"
                prop:value=move || tools.radius_px.get().to_string()
                on:input=move |event| tools.radius_px.set(event_target_value(&event).parse().unwrap_or(6.0))/>
            <output>{move || format!("{:.0} px", 2.0 * tools.radius_px.get())}</output>
        </label>
        <div class="setting">
            <label title=strings.only_hu_title>
                <input type="checkbox" data-testid="brush-guard" prop:checked=move || tools.range_limited.get()
                    on:change=move |event| tools.range_limited.set(event_target_checked(&event))/>
                {strings.only_hu}
            </label>
            <input type="number" aria-label=strings.lowest_hu prop:value=move || tools.range_hu.get()[0].to_string() on:change=set_bound(0)/>
            <input type="number" aria-label=strings.highest_hu prop:value=move || tools.range_hu.get()[1].to_string() on:change=set_bound(1)/>
        </div>
    }
}

/// Undo and redo, and edits without a tool.
#[component]
fn EditButtons() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let tools = expect_context::<Tools>();
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().correct;
    let interpolated = move || match series.interpolated.get() {
        None => String::new(),
        Some(0) => strings.nothing_between.into(),
        Some(count) => interpolate(strings.interpolated, &[("count", &count)]),
    };
    view! {
        <div class="trio">
            <button data-testid="undo" title=move || keys.tooltip(strings.undo_title, Action::Undo) disabled=move || !series.history.get().can_undo
                on:click=move |_| session.send(&Request::Undo)>{strings.undo}</button>
            <button data-testid="redo" title=move || keys.tooltip(strings.redo_title, Action::Redo) disabled=move || !series.history.get().can_redo
                on:click=move |_| session.send(&Request::Redo)>{strings.redo}</button>
            <button data-testid="forget" title=strings.discard_title disabled=move || series.current_mark() == Mark::None
                on:click=move |_| session.send(&Request::Forget { slice: series.slice.get_untracked() })>{strings.discard}</button>
        </div>
        <div class="pair">
            <button data-testid="fill-holes" title=move || keys.tooltip(strings.fill_holes_title, Action::FillHoles)
                on:click=move |_| tools.apply(Edit::FillHoles, UndoStep::New)>{strings.fill_holes}</button>
            <button data-testid="interpolate" title=move || keys.tooltip(strings.interpolate_title, Action::Interpolate)
                on:click=move |_| session.send(&Request::Interpolate)>{strings.interpolate}</button>
        </div>
        <p class="quiet" role="status" data-testid="interpolated">{interpolated}</p>
    }
}

/// Accepts the slice or plane that the keys act on, and moves to the next slice to correct.
#[component]
fn AcceptButtons() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let pictures = expect_context::<Pictures>();
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().correct;
    let active = expect_context::<ViewState>().active;
    let is_accepted = move || match active.get() {
        Plane::Axial => series.current_mark() == Mark::Accepted,
        plane => pictures.of_pane(Pane::Current(plane)).is_some_and(|picture| picture.accepted),
    };
    let accept = move || match active.get() {
        _ if is_accepted() => strings.accepted,
        Plane::Axial => strings.accept,
        Plane::Coronal => strings.accept_coronal,
        Plane::Sagittal => strings.accept_sagittal,
    };
    let title = move || match active.get() {
        Plane::Axial => strings.accept_title,
        Plane::Coronal | Plane::Sagittal => strings.accept_plane_title,
    };
    let next = move || match series.next_to_correct() {
        Some(slice) => interpolate(strings.next, &[("slice", &(slice + 1))]),
        None => strings.next_unknown.into(),
    };
    view! {
        <button data-testid="accept" title=move || keys.tooltip(title(), Action::Accept) aria-pressed=move || is_accepted().to_string()
            on:click=move |_| series.accept(active.get_untracked())>{accept}</button>
        <button data-testid="correct-next" title=move || keys.tooltip(strings.next_title, Action::NextCorrection)
            disabled=move || series.next_to_correct().is_none() on:click=move |_| series.go_to_next_correction()>{next}</button>
    }
}

/// What the masks of the other slices follow from, and the switch between that and the model.
#[component]
fn PropagationStatus() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().correct;
    let info = series.propagation;
    let status = move || match info.get().progress {
        PropagationProgress::Off => String::new(),
        PropagationProgress::Running => strings.propagation_running.into(),
        PropagationProgress::Done => match info.get().shown {
            MaskSource::AcceptedSlices => completed_from(strings, &info.get()),
            MaskSource::Interpolation => strings.interpolation_shown.into(),
            MaskSource::Model => strings.predicted.into(),
        },
    };
    let switch = move || match info.get().shown {
        MaskSource::AcceptedSlices | MaskSource::Interpolation => strings.show_predicted,
        MaskSource::Model => strings.show_propagated,
    };
    view! {
        <Show when=move || info.get().progress != PropagationProgress::Off>
            <p class="quiet" role="status" data-testid="propagation" data-state=move || format!("{:?}", info.get().progress).to_lowercase()
                data-shown=move || source_hook(info.get().shown)>
                {status}
            </p>
            <button data-testid="mask-source" title=move || keys.tooltip(strings.mask_source_title, Action::CompareModels)
                on:click=move |_| series.toggle_mask_source()>{switch}</button>
        </Show>
    }
}
