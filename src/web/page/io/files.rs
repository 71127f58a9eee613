//! Files into the page: drops, folders and the browser's file dialog.

use std::rc::Rc;

use js_sys::{Array, Promise};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DataTransfer, DragEvent, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

use super::opened_thing::{DroppedFile, FileDrop, OpenedThing};
use super::session_client::SessionClient;
use super::session_file::{SessionFiles, may_be_session};
use crate::core::error::UserError;
use crate::core::i18n::interpolate;
use crate::web::page::state::shell::{ReadProgress, Shell};

#[wasm_bindgen]
extern "C" {
    /// A file chosen together with its folder.
    #[wasm_bindgen(js_name = File)]
    type FileInFolder;

    #[wasm_bindgen(method, getter, js_name = webkitRelativePath)]
    fn webkit_relative_path(this: &FileInFolder) -> Option<String>;
}

/// Opens files.
#[derive(Clone, Copy)]
pub(crate) struct FileOpener {
    /// The session that reads the files.
    pub(crate) session: SessionClient,
    /// Shows progress and failures.
    pub(crate) shell: Shell,
    /// Takes session files.
    pub(crate) session_files: SessionFiles,
}

impl FileOpener {
    /// Accepts drops anywhere on the page. The signal is true while something is dragged over the page.
    pub(crate) fn accept_drops(self) -> RwSignal<bool> {
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
                self.open_drop(&transfer);
            }
        });
        on_cleanup(move || {
            over.remove();
            leave.remove();
            drop.remove();
        });
        dragging
    }

    fn open_drop(self, transfer: &DataTransfer) {
        // The items exist only during the event, so entries and files are read before anything is awaited.
        let items = transfer.items();
        let (mut entries, mut files) = (Vec::new(), Vec::new());
        for i in 0..items.length() {
            let Some(item) = items.get(i) else { continue };
            match item.webkit_get_as_entry().ok().flatten() {
                Some(entry) => entries.push(entry),
                None => {
                    let file = item.get_as_file().ok().flatten();
                    files.extend(file.map(|file| DroppedFile { path: file.name(), file }));
                }
            }
        }
        self.shell.reading.set(Some(ReadProgress { done: 0, total: entries.len() + files.len() }));
        spawn_local(async move {
            let (mut unreadable, mut unreadable_folders) = (Vec::new(), 0);
            while let Some(entry) = entries.pop() {
                let path = entry.full_path().trim_start_matches('/').to_owned();
                match read_entry(&entry).await {
                    Ok(EntryContents::File(file)) => files.push(DroppedFile { path, file }),
                    Ok(EntryContents::Folder(more)) => entries.extend(more),
                    Err(_) if entry.is_file() => unreadable.push(path),
                    Err(_) => unreadable_folders += 1,
                }
            }
            files.sort_by(|a, b| a.path.cmp(&b.path));
            // A single file may be a link to one that is not there, which the series does without. A folder may hold half of
            // the series, and a series with missing slices is worse than none.
            let has_nothing = files.is_empty() && !unreadable.is_empty();
            if unreadable_folders > 0 || has_nothing {
                let count = unreadable_folders + unreadable.len();
                let strings = &self.shell.strings().files;
                let reason = interpolate(strings.unread, &[("count", &count)]);
                self.shell.fail(UserError::new(strings.drop, reason, strings.choose_instead));
                return;
            }
            self.open(files, unreadable);
        });
    }

    /// Opens the files of a file dialog.
    pub(crate) fn open_list(self, list: &FileList) {
        let files = (0..list.length()).filter_map(|i| list.get(i)).map(|file| {
            let path = file.unchecked_ref::<FileInFolder>().webkit_relative_path();
            DroppedFile { path: path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name()), file }
        });
        self.open(files.collect(), Vec::new());
    }

    /// Opens files; `unreadable` are the paths of those that could not be had.
    pub(crate) fn open(self, files: Vec<DroppedFile>, unreadable: Vec<String>) {
        if !files.iter().any(may_be_session) {
            return self.read(files, unreadable);
        }
        spawn_local(async move {
            let others = self.session_files.take_from(files).await;
            if others.is_empty() && unreadable.is_empty() {
                self.shell.reading.set(None);
            } else {
                self.read(others, unreadable);
            }
        });
    }

    fn read(self, files: Vec<DroppedFile>, unreadable: Vec<String>) {
        self.shell.begin_reading(files.len());
        self.session.open(OpenedThing::Files(Rc::new(FileDrop { files, unreadable })));
    }
}

/// An entry of a drop.
enum EntryContents {
    File(File),
    Folder(Vec<FileSystemEntry>),
}

async fn read_entry(entry: &FileSystemEntry) -> Result<EntryContents, JsValue> {
    if let Some(file) = entry.dyn_ref::<FileSystemFileEntry>() {
        let promise = Promise::new(&mut |resolve, reject| file.file_with_callback_and_callback(&resolve, &reject));
        return Ok(EntryContents::File(JsFuture::from(promise).await?.unchecked_into()));
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
            return Ok(EntryContents::Folder(entries));
        }
        entries.extend(batch.iter().map(|entry| entry.unchecked_into::<FileSystemEntry>()));
    }
}
