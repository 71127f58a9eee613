//! The panel with the dropped series, the buttons that open more, the window presets, and the slab.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::attributes::AttributesButton;
use super::file_buttons::{FileButtons, SampleButtons, SampleProminence};
use super::slab::SlabChoice;
use crate::app::protocol::{Mark, Request, SeriesInfo, Thumbnail};
use crate::core::i18n::interpolate;
use crate::core::i18n::series::SeriesStrings;
use crate::core::window::Window;
use crate::web::page::canvas::put_rgba;
use crate::web::page::io::persistence::Persistence;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::beside::Beside;
use crate::web::page::state::display::Display;
use crate::web::page::state::key_bindings::{Action, KeyBindings};
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::page_parts::PageParts;
use crate::web::page::state::pictures::Pictures;
use crate::web::page::state::series::{DroppedSeries, SeriesView};
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::Pane;

/// The dropped series, those that cannot be opened among them, and ways to open more.
#[component]
pub(crate) fn SeriesList() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let parts = expect_context::<PageParts>();
    let strings = &expect_context::<Shell>().strings().series;
    view! {
        <h2>{strings.title}</h2>
        <ul class="series">
            {move || {
                let DroppedSeries { entries, open, .. } = series.dropped.get();
                entries.into_iter().enumerate().map(|(index, entry)| view! { <SeriesEntry index entry is_open=index == open/> }).collect_view()
            }}
        </ul>
        <Show when=move || series.is_open() && parts.has_shown()>
            <div class="more">
                <FileButtons/>
                <SampleButtons prominence=SampleProminence::Normal/>
                <AttributesButton/>
                <CloseButton/>
            </div>
        </Show>
        <h2>{strings.window}</h2>
        <WindowPresets/>
        <SlabChoice/>
    }
}

/// One of the dropped series.
#[component]
fn SeriesEntry(
    /// Its index in the list.
    index: usize,
    /// The series.
    entry: SeriesInfo,
    /// True if it is the open one.
    is_open: bool,
) -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().series;
    let beside = expect_context::<Beside>();
    let beside_strings = &shell.strings().beside;
    let keys = expect_context::<KeyBindings>();
    let reason = entry
        .why_not
        .as_ref()
        .map(|reason| interpolate(strings.not_opened, &[("why", &reason.text(shell.language.get_untracked()))]));
    let count = count_text(strings, &entry);
    let reason_line = reason.clone().map(|reason| view! { <span class="why">{reason}</span> });
    let facts = view! {
        {entry.thumbnail.map(|thumbnail| view! { <ThumbnailImage thumbnail/> })}
        <div><b>{entry.name}</b><span>{entry.source}</span><span>{count}</span>{reason_line}</div>
    };
    match reason {
        Some(reason) => {
            view! { <li class="entry closed" data-testid="listed-series" title=reason>{facts}</li> }.into_any()
        }
        None if is_open => view! { <li class="entry open" aria-current="true">{facts}</li> }.into_any(),
        None => view! {
            <li>
                <button class="entry" data-testid="other-series" title=strings.show
                    on:click=move |_| session.send(&Request::Choose { series: index })>{facts}</button>
                <button class="small" data-testid="series-beside" title=move || keys.tooltip(beside_strings.show_title, Action::Beside)
                    aria-pressed=move || beside.is_chosen(index).to_string() on:click=move |_| beside.toggle(index)>{beside_strings.show}</button>
            </li>
        }
        .into_any(),
    }
}

/// The number of slices of a series, or of files if it cannot be opened.
fn count_text(strings: &SeriesStrings, entry: &SeriesInfo) -> String {
    match (entry.why_not.is_some(), entry.slices) {
        (false, 1) => strings.one_slice.into(),
        (false, count) => interpolate(strings.slices, &[("count", &count)]),
        (true, 1) => strings.one_file.into(),
        (true, count) => interpolate(strings.files, &[("count", &count)]),
    }
}

#[component]
fn ThumbnailImage(
    /// A small grey-scale image.
    thumbnail: Thumbnail,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let [height, width] = [thumbnail.height, thumbnail.width].map(|n| n as u32);
    canvas.on_load(move |canvas| {
        let rgba: Vec<u8> = thumbnail.grey.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect();
        put_rgba(&canvas, &rgba, [height, width]);
    });
    view! { <canvas node_ref=canvas class="thumbnail" data-testid="thumbnail" width=width height=height aria-hidden="true"/> }
}

/// Closes the series. If corrections or measurements would be lost it asks for a second click; leaving the button cancels.
#[component]
fn CloseButton() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let persistence = expect_context::<Persistence>();
    let strings = &expect_context::<Shell>().strings().series;
    let is_asking = RwSignal::new(false);
    let organs = expect_context::<OrganList>();
    let is_corrected = move || series.marks.with_untracked(|marks| marks.iter().any(|mark| *mark != Mark::None));
    let has_corrections = move || is_corrected() || organs.has_other_corrections();
    let would_lose = move || {
        let corrections = has_corrections() && !persistence.enabled.get_untracked();
        corrections || untrack(|| series.measuring.are_any())
    };
    let label = move || match is_asking.get() {
        false => strings.close,
        true if has_corrections() => strings.close_sure,
        true => strings.close_sure_measured,
    };
    let close = move |_| {
        if is_asking.get_untracked() || !would_lose() {
            session.send(&Request::Close);
        } else {
            is_asking.set(true);
        }
    };
    view! {
        <button data-testid="close" title=strings.close_title on:click=close on:blur=move |_| is_asking.set(false)>
            {label}
        </button>
    }
}

/// The standard windows.
#[component]
fn WindowPresets() -> impl IntoView {
    let display = expect_context::<Display>();
    let keys = expect_context::<KeyBindings>();
    let pictures = expect_context::<Pictures>();
    let strings = &expect_context::<Shell>().strings().series;
    // In the order of the presets.
    let names = [strings.abdomen, strings.liver, strings.lung, strings.bone, strings.model_input];
    let tooltip = move |index: usize, name: &str| {
        Action::window_preset(index).map_or_else(|| name.to_owned(), |action| keys.tooltip(name, action))
    };
    let from_picture = move |_| {
        if let Some(picture) = untrack(|| pictures.of_pane(Pane::AXIAL)) {
            display.window.set(Window::of_percentiles(&picture.hu));
        }
    };
    // A number that is out of range is moved into it, and what is no number changes nothing.
    let change = move |window: Window| {
        display.window.set(window.limited());
        display.window.notify();
    };
    let type_width = move |event: web_sys::Event| {
        let window = display.window.get_untracked();
        change(Window { width_hu: typed(&event).unwrap_or(window.width_hu), ..window });
    };
    let type_level = move |event: web_sys::Event| {
        let window = display.window.get_untracked();
        change(Window { level_hu: typed(&event).unwrap_or(window.level_hu), ..window });
    };
    view! {
        <div class="presets">
            {Window::PRESETS.into_iter().zip(names).enumerate().map(|(index, (window, name))| view! {
                <button class:on=move || display.window.get() == window title=move || tooltip(index, name)
                    on:click=move |_| display.window.set(window)>{name}</button>
            }).collect_view()}
            <button data-testid="window-percentiles" title=strings.percentiles_title on:click=from_picture>{strings.percentiles}</button>
        </div>
        <div class="slab">
            <label title=strings.window_width>{strings.width_letter}
                <input type="number" step="10" data-testid="window-width" aria-label=strings.window_width
                    prop:value=move || format!("{:.0}", display.window.get().width_hu) on:change=type_width/></label>
            <label title=strings.window_level>{strings.level_letter}
                <input type="number" step="10" data-testid="window-level" aria-label=strings.window_level
                    prop:value=move || format!("{:.0}", display.window.get().level_hu) on:change=type_level/></label>
        </div>
    }
}

/// The number that was typed, if it is one.
fn typed(event: &web_sys::Event) -> Option<f32> {
    event_target_value(event).parse().ok().filter(|number: &f32| number.is_finite())
}
