//! The line at the top: name, series, device, language.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::app::protocol::DeviceKind;
use crate::core::i18n::{Language, interpolate};
use crate::web::page::io::dicomweb::DicomWeb;
use crate::web::page::io::offline::apply_update;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::{PageUpdate, Shell};

/// Name, series, device and language.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().header;
    let tabs = &shell.strings().tabs;
    view! {
        <header>
            <h1 class="name">{strings.name}</h1>
            <button class="series-sheet small" data-testid="series-sheet" aria-expanded=move || shell.series_sheet_open.get().to_string()
                title=tabs.series_title on:click=move |_| shell.series_sheet_open.update(|open| *open = !*open)>
                {tabs.series}
            </button>
            <SeriesFacts/>
            <DeviceName/>
            <UpdateButton/>
            <LanguageChoice/>
            <WhatLeaves/>
        </header>
    }
}

/// What leaves this machine: nothing, or what a person stores on a server that is known.
#[component]
pub(super) fn WhatLeaves() -> impl IntoView {
    let address = expect_context::<DicomWeb>().browser.address;
    let strings = &expect_context::<Shell>().strings().header;
    let text = move || if address.with(Option::is_some) { strings.server } else { strings.local };
    let title = move || match address.get() {
        Some(address) => interpolate(strings.server_title, &[("path", &address.path())]),
        None => strings.local_title.to_owned(),
    };
    view! { <span class="local" title=title>{text}</span> }
}

/// Name, size and spacing of the open series.
#[component]
fn SeriesFacts() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().header;
    let facts = move || {
        series.info.with(|series| {
            let series = series.as_ref()?;
            let [depth, height, width] = series.dims;
            let spacing = match series.spacing_mm {
                Some([z, y, x]) => format!("{x:.2} × {y:.2} × {z:.2} mm"),
                None => strings.size_unknown.into(),
            };
            let facts = format!("{width} × {height} × {depth}  ·  {spacing}");
            Some((series.name.clone(), facts, series.sample_seed.is_some()))
        })
    };
    view! {
        <span class="facts">
            {move || facts().map(|(name, facts, is_synthetic)| view! {
                <b>{name}</b>
                <Show when=move || is_synthetic><em class="badge">{strings.synthetic}</em></Show>
                <span>{facts}</span>
            })}
        </span>
    }
}

/// The device that runs the network.
#[component]
fn DeviceName() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().header;
    let name = move || match shell.device.get() {
        None => strings.starting.to_owned(),
        Some(device) if device.kind == DeviceKind::WebGpu => strings.webgpu.into(),
        Some(device) => interpolate(strings.cpu, &[("workers", &device.workers)]),
    };
    let hook = move || {
        shell.device.with(|device| {
            device.as_ref().map(|device| match device.kind {
                DeviceKind::WebGpu => "webgpu",
                DeviceKind::Cpu => "cpu",
            })
        })
    };
    let note = move || {
        let note = shell.device.with(|device| device.as_ref().and_then(|device| device.note.clone()));
        note.map_or_else(|| strings.where_it_runs.into(), |note| note.text(shell.language.get()))
    };
    view! { <span class="device" data-testid="device" data-device=hook title=note>{name}</span> }
}

/// Offers a new version of the page, when there is one.
#[component]
fn UpdateButton() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().offline;
    let label = |update: PageUpdate| match update {
        PageUpdate::Ready => strings.new_version,
        PageUpdate::BlockedByTabs => strings.close_others,
    };
    view! {
        <span class="newer" role="status">
            {move || shell.update.get().map(|update| view! {
                <button class="small" data-testid="new-version" title=strings.new_version_title on:click=|_| apply_update()>{label(update)}</button>
            })}
        </span>
    }
}

/// The choice of a language.
#[component]
fn LanguageChoice() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let choose = move |event: web_sys::Event| {
        shell.language.set(Language::from_tag(&event_target_value(&event)).unwrap_or_default());
        // The page is drawn again, and this element with it; its successor gets the focus.
        request_animation_frame(|| {
            let successor = document().query_selector("select.language").ok().flatten();
            if let Some(element) = successor.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
                element.focus().ok();
            }
        });
    };
    view! {
        <select class="language" data-testid="language" aria-label=shell.strings().header.language on:change=choose>
            {Language::ALL.into_iter().map(|language| view! {
                <option value=language.code() selected=language == shell.language.get_untracked()>{language.name()}</option>
            }).collect_view()}
        </select>
    }
}
