//! The studies of the server of DICOMweb, in a dialog with a search.
//!
//! It is a modal dialog, so the browser keeps the focus in it and closes it on Escape, which ends a download too.

use leptos::html::{Button, Dialog};
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::server_series::StudyEntry;
use crate::core::i18n::interpolate;
use crate::core::i18n::server::ServerStrings;
use crate::web::page::io::dicomweb::DicomWeb;
use crate::web::page::state::server::StudyList;
use crate::web::page::state::shell::{ReadProgress, Shell};

/// Opens the list.
#[component]
pub(crate) fn ServerButton() -> impl IntoView {
    let server = expect_context::<DicomWeb>();
    let strings = &expect_context::<Shell>().strings().server;
    view! {
        <button data-testid="server-open" title=strings.open_title on:click=move |_| server.open()>{strings.open}</button>
    }
}

/// The dialog.
#[component]
pub(crate) fn ServerDialog() -> impl IntoView {
    let server = expect_context::<DicomWeb>();
    let is_open = server.browser.is_open;
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let (open, Some(dialog)) = (is_open.get(), dialog.get()) else { return };
        if open && !dialog.open() {
            dialog.show_modal().expect("a dialog in the document");
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let closed = move |_| {
        is_open.set(false);
        server.cancel();
    };
    view! {
        // Its keys are not those of the pictures.
        <dialog node_ref=dialog class="help attributes server" data-testid="server" aria-labelledby="server-title"
            on:keydown=|event| event.stop_propagation() on:close=closed>
            <Show when=move || is_open.get()><Content/></Show>
        </dialog>
    }
}

#[component]
fn Content() -> impl IntoView {
    let server = expect_context::<DicomWeb>();
    let shell = expect_context::<Shell>();
    let (strings, language) = (&shell.strings().server, shell.language.get_untracked());
    let browser = server.browser;
    let words = RwSignal::new(String::new());
    let search = move || server.search(words.get_untracked());
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            search();
        }
    };
    let is_reading = move || browser.download.with(Option::is_some);
    let status = move || match browser.is_asking.get() {
        true => strings.asking.to_owned(),
        false => browser.studies.with(|list| list.as_ref().map(|list| count_text(strings, list))).unwrap_or_default(),
    };
    let failure = move || browser.failure.get().map(|error| error.text(language));
    view! {
        <h1 id="server-title">{strings.title}</h1>
        <div class="find">
            <input type="search" autofocus data-testid="server-search" aria-label=strings.search placeholder=strings.search
                disabled=is_reading prop:value=move || words.get() on:keydown=on_key
                on:input=move |event| words.set(event_target_value(&event))/>
            <button data-testid="server-find" disabled=is_reading on:click=move |_| search()>{strings.find}</button>
            <output role="status" data-testid="server-status">{status}</output>
        </div>
        <div class="remark">
            <p class="refusal" role="alert" data-testid="server-error">{failure}</p>
            <Show when=move || browser.failure.with(Option::is_none)><p class="quiet">{strings.how}</p></Show>
        </div>
        <div class="rows" role="group" aria-labelledby="server-title">
            <ul class="studies">
                {move || browser.studies.with(|list| {
                    let studies = list.iter().flat_map(|list| list.studies.clone());
                    studies.map(|study| view! { <StudyEntry study/> }).collect_view()
                })}
            </ul>
        </div>
        <Show when=is_reading fallback=|| view! { <CloseButton/> }><Reading/></Show>
    }
}

#[component]
fn CloseButton() -> impl IntoView {
    let browser = expect_context::<DicomWeb>().browser;
    let strings = &expect_context::<Shell>().strings().server;
    view! {
        <div class="actions">
            <button class="primary" data-testid="server-close" on:click=move |_| browser.is_open.set(false)>{strings.close}</button>
        </div>
    }
}

/// The progress of a download, and the button that ends it.
#[component]
fn Reading() -> impl IntoView {
    let server = expect_context::<DicomWeb>();
    let strings = &expect_context::<Shell>().strings().server;
    let button = NodeRef::<Button>::new();
    // The button that had the focus cannot be pressed now.
    button.on_load(|button| {
        button.focus().ok();
    });
    let progress = move || server.browser.download.get().unwrap_or(ReadProgress { done: 0, total: 0 });
    let text = move || match progress() {
        ReadProgress { total: 0, .. } => strings.starting.to_owned(),
        ReadProgress { done, total } => interpolate(strings.progress, &[("done", &done), ("total", &total)]),
    };
    let share = move || progress().done as f64 / progress().total.max(1) as f64;
    view! {
        <div class="actions reading">
            <div><span data-testid="server-progress">{text}</span>
                <div class="progress"><i style:transform=move || format!("scaleX({})", share())></i></div></div>
            <button node_ref=button data-testid="server-cancel" on:click=move |_| server.cancel()>{strings.cancel}</button>
        </div>
    }
}

/// How many studies there are.
fn count_text(strings: &ServerStrings, list: &StudyList) -> String {
    match list.studies.len() {
        0 if list.words.is_empty() => strings.none.into(),
        0 => interpolate(strings.none_found, &[("words", &list.words)]),
        1 => strings.one.into(),
        count if list.has_more => interpolate(strings.more, &[("count", &count)]),
        count => interpolate(strings.count, &[("count", &count)]),
    }
}
