//! Files into the page (drops, folders, choosers) and out of it (downloads).

use js_sys::{Array, Promise, Uint8Array};
use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, DataTransfer, DragEvent, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry, HtmlAnchorElement, Url,
};

use super::state::Page;
use crate::core::error::UserError;
use crate::core::i18n::interpolate;

/// Takes drops anywhere on the page; the signal is true while something is dragged over it.
pub(crate) fn accept_drops(page: Page) -> RwSignal<bool> {
    let dragging = RwSignal::new(false);
    let over = window_event_listener(ev::dragover, move |event: DragEvent| {
        event.prevent_default();
        dragging.set(true);
    });
    let leave = window_event_listener(ev::dragleave, move |event: DragEvent| {
        if event.related_target().is_none() {
            dragging.set(false);
        }
    });
    let drop = window_event_listener(ev::drop, move |event: DragEvent| {
        event.prevent_default();
        dragging.set(false);
        if let Some(transfer) = event.data_transfer() {
            take_drop(page, &transfer);
        }
    });
    on_cleanup(move || {
        over.remove();
        leave.remove();
        drop.remove();
    });
    dragging
}

fn take_drop(page: Page, transfer: &DataTransfer) {
    // The items are only there during the event, so entries and files are taken out before anything is awaited.
    let items = transfer.items();
    let (mut entries, mut plain) = (Vec::new(), Vec::new());
    for i in 0..items.length() {
        let Some(item) = items.get(i) else { continue };
        match item.webkit_get_as_entry().ok().flatten() {
            Some(entry) => entries.push(entry),
            None => plain.extend(item.get_as_file().ok().flatten().map(|file| (file.name(), file))),
        }
    }
    page.reading.set(Some((0, entries.len() + plain.len())));
    spawn_local(async move {
        let mut files = plain;
        let mut unread = 0;
        while let Some(entry) = entries.pop() {
            match inside(&entry).await {
                Ok(Inside::File(file)) => files.push((entry.full_path().trim_start_matches('/').to_owned(), file)),
                Ok(Inside::Entries(more)) => entries.extend(more),
                Err(_) => unread += 1,
            }
        }
        files.sort_by(|a, b| a.0.cmp(&b.0));
        // Half a series is worse than none: slices would be missing in silence.
        if unread > 0 {
            let words = &page.words().files;
            let why = interpolate(words.unread, &[("count", &unread)]);
            page.reading.set(None);
            page.failure.set(Some(UserError::new(words.drop, why, words.choose_instead)));
            return;
        }
        open(page, files);
    });
}

fn open(page: Page, files: Vec<(String, File)>) {
    page.failure.set(None);
    page.reading.set(Some((0, files.len())));
    page.bridge.with_value(|bridge| {
        if let Some(bridge) = bridge {
            bridge.send_files(&files);
        }
    });
}

enum Inside {
    File(File),
    Entries(Vec<FileSystemEntry>),
}

async fn inside(entry: &FileSystemEntry) -> Result<Inside, JsValue> {
    if let Some(file) = entry.dyn_ref::<FileSystemFileEntry>() {
        let promise = Promise::new(&mut |resolve, reject| file.file_with_callback_and_callback(&resolve, &reject));
        return Ok(Inside::File(JsFuture::from(promise).await?.unchecked_into()));
    }
    let folder: &FileSystemDirectoryEntry = entry.unchecked_ref();
    let reader: FileSystemDirectoryReader = folder.create_reader();
    let mut entries = Vec::new();
    // A reader gives at most a hundred entries at a time, and none at the end.
    loop {
        let promise = Promise::new(&mut |resolve, reject| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                reject.call1(&JsValue::NULL, &error).expect("rejecting cannot fail");
            }
        });
        let batch: Array = JsFuture::from(promise).await?.unchecked_into();
        if batch.length() == 0 {
            return Ok(Inside::Entries(entries));
        }
        entries.extend(batch.iter().map(|entry| entry.unchecked_into::<FileSystemEntry>()));
    }
}

/// Two buttons: files, or a folder.
#[component]
pub(crate) fn ChooseFiles() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().files;
    let (files, folder) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let click = |input: NodeRef<Input>| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    folder.on_load(|input| {
        input.set_attribute("webkitdirectory", "").expect("a plain attribute");
    });
    let chosen = move |input: NodeRef<Input>| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(list) = input.files() {
            open(page, listed(&list));
        }
        // So that choosing the same files again is a change again.
        input.set_value("");
    };
    view! {
        <button title=words.open_title on:click=move |_| click(files)>{words.open}</button>
        <button title=words.open_folder_title on:click=move |_| click(folder)>{words.open_folder}</button>
        <input node_ref=files type="file" multiple hidden data-testid="file-input" aria-label=words.files on:change=move |_| chosen(files)/>
        <input node_ref=folder type="file" multiple hidden data-testid="folder-input" aria-label=words.folder
            on:change=move |_| chosen(folder)/>
    }
}

fn listed(list: &FileList) -> Vec<(String, File)> {
    let files = (0..list.length()).filter_map(|i| list.get(i));
    files
        .map(|file| {
            let path = js_sys::Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
            (path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name()), file)
        })
        .collect()
}

/// Offers bytes as a download.
pub(crate) fn save(name: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    if let Ok(blob) = Blob::new_with_u8_array_sequence(&parts) {
        save_blob(name, &blob);
    }
}

/// Offers a blob as a download.
pub(crate) fn save_blob(name: &str, blob: &Blob) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else { return };
    let link: HtmlAnchorElement = document().create_element("a").expect("an element").unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url).expect("an address just made");
}
