//! The table of what the file of a slice says, in a dialog with a search.
//!
//! It is a modal dialog, so the browser keeps the focus in it and closes it on Escape.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::core::i18n::attributes::AttributesStrings;
use crate::core::i18n::interpolate;
use crate::formats::dicom::{AttributeRow, AttributeText};
use crate::web::page::state::attributes::{FileAttributesView, SliceAttributes};
use crate::web::page::state::shell::Shell;

/// Opens the table, for files in DICOM.
#[component]
pub(crate) fn AttributesButton() -> impl IntoView {
    let attributes = expect_context::<FileAttributesView>();
    let strings = &expect_context::<Shell>().strings().attributes;
    view! {
        <Show when=move || attributes.is_known.get()>
            <button data-testid="attributes-open" title=strings.open_title on:click=move |_| attributes.open()>{strings.open}</button>
        </Show>
    }
}

/// The dialog.
#[component]
pub(crate) fn AttributesDialog() -> impl IntoView {
    let attributes = expect_context::<FileAttributesView>();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let (open, Some(dialog)) = (attributes.is_open.get(), dialog.get()) else { return };
        if open && !dialog.open() {
            dialog.show_modal().expect("a dialog in the document");
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    view! {
        // Its keys are not those of the pictures.
        <dialog node_ref=dialog class="help attributes" data-testid="attributes" aria-labelledby="attributes-title"
            on:keydown=|event| event.stop_propagation() on:close=move |_| attributes.is_open.set(false)>
            <Show when=move || attributes.is_open.get()><Content/></Show>
        </dialog>
    }
}

#[component]
fn Content() -> impl IntoView {
    let attributes = expect_context::<FileAttributesView>();
    let strings = &expect_context::<Shell>().strings().attributes;
    let search = RwSignal::new(String::new());
    let shown = Memo::new(move |_| attributes.shown.get());
    let found = Memo::new(move |_| {
        let words = search.get().to_lowercase();
        let rows = shown.get().map(|shown| shown.rows).unwrap_or_default();
        rows.into_iter().filter(|row| is_found(row, &words)).collect::<Vec<_>>()
    });
    let title = move || shown.get().map(|shown| interpolate(strings.title, &[("slice", &(shown.slice + 1))]));
    let count = move || {
        let all = shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.rows.len()));
        interpolate(strings.count, &[("shown", &found.with(Vec::len)), ("all", &all)])
    };
    let remark = move || match shown.get() {
        None => String::new(),
        Some(SliceAttributes { rows, .. }) if rows.is_empty() => strings.none.into(),
        Some(SliceAttributes { left_out: 0, .. }) => strings.origin.into(),
        Some(SliceAttributes { left_out, .. }) => interpolate(strings.left_out, &[("count", &left_out)]),
    };
    view! {
        <h1 id="attributes-title">{title}</h1>
        <p class="quiet">{remark}</p>
        <div class="find">
            <input type="search" autofocus data-testid="attributes-search" aria-label=strings.search placeholder=strings.search
                prop:value=move || search.get() on:input=move |event| search.set(event_target_value(&event))/>
            <output role="status">{count}</output>
        </div>
        <div class="rows" tabindex="0" role="group" aria-labelledby="attributes-title">
            <table>
                <thead><tr>
                    <th scope="col">{strings.tag}</th><th scope="col">{strings.keyword}</th><th scope="col">{strings.vr}</th><th scope="col">{strings.value}</th>
                </tr></thead>
                <tbody>{move || found.get().iter().map(|row| table_row(strings, row)).collect_view()}</tbody>
            </table>
        </div>
        <div class="actions">
            <button class="primary" data-testid="attributes-close" on:click=move |_| attributes.is_open.set(false)>{strings.close}</button>
        </div>
    }
}

fn table_row(strings: &AttributesStrings, row: &AttributeRow) -> impl IntoView + use<> {
    let value = match &row.value {
        AttributeText::Text(text) => text.clone(),
        AttributeText::Beginning(text) => format!("{text}…"),
        AttributeText::Bytes(count) => interpolate(strings.bytes, &[("count", count)]),
        AttributeText::Attributes => String::new(),
    };
    let depth = row.depth.to_string();
    view! {
        <tr data-keyword=row.keyword.clone()>
            <td>{row.tag.clone()}</td><td style:--depth=depth>{row.keyword.clone()}</td><td>{row.vr.clone()}</td><td>{value}</td>
        </tr>
    }
}

/// True if an attribute has every word of a search.
fn is_found(row: &AttributeRow, words: &str) -> bool {
    let text = [&row.tag, &row.keyword, &row.vr, row.value.text()].map(str::to_lowercase).join(" ");
    words.split_whitespace().all(|word| text.contains(word))
}
