//! Corrections stored in this browser (OPFS, the origin's private file system), if the reader asks for that.
//!
//! It is off until it is switched on. The storage is on this machine, and no other site can read it.

use std::time::Duration;

use js_sys::{Reflect, Uint8Array};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DomException, File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemRemoveOptions, FileSystemWritableFileStream,
};

use super::session_client::SessionClient;
use super::storage;
use crate::app::protocol::Request;
use crate::core::error::UserError;
use crate::core::i18n::interpolate;
use crate::web::page::state::shell::Shell;

/// The storage key of the switch.
const STORAGE_KEY: &str = "islet-autosave";
/// The folder of the corrections, with one file per series.
const FOLDER: &str = "corrections";
/// Changes within this time are saved together.
const SAVE_DELAY: Duration = Duration::from_millis(800);

/// Stores corrections in the browser.
#[derive(Clone, Copy)]
pub(crate) struct Persistence {
    session: SessionClient,
    shell: Shell,
    /// True if corrections are stored.
    pub(crate) enabled: RwSignal<bool>,
    due: StoredValue<Option<TimeoutHandle>>,
}

impl Persistence {
    /// Storing as it was switched on or off before.
    pub(crate) fn load(session: SessionClient, shell: Shell) -> Self {
        let enabled = RwSignal::new(storage::get(STORAGE_KEY).is_some());
        Self { session, shell, enabled, due: StoredValue::new(None) }
    }

    /// Switches storing on or off. The corrections made so far are stored at once.
    pub(crate) fn set_enabled(&self, enabled: bool) {
        self.enabled.set(enabled);
        if enabled {
            storage::set(STORAGE_KEY, "on");
            self.session.send(&Request::SaveCorrections);
        } else {
            storage::remove(STORAGE_KEY);
        }
    }

    /// Stores the corrections once no other change has followed for a moment.
    pub(crate) fn save_soon(&self) {
        if !self.enabled.get_untracked() {
            return;
        }
        if let Some(due) = self.due.get_value() {
            due.clear();
        }
        let this = *self;
        let save = move || {
            if this.enabled.get_untracked() {
                this.session.send(&Request::SaveCorrections);
            }
        };
        self.due.set_value(set_timeout_with_handle(save, SAVE_DELAY).ok());
    }

    /// Stores the corrections at once, because the session will turn to others.
    pub(crate) fn save_now(&self) {
        if self.enabled.get_untracked() {
            self.session.send(&Request::SaveCorrections);
        }
    }

    /// Writes the corrections of a series, unless storing has been switched off since they were requested.
    pub(crate) fn write(&self, key: String, bytes: Vec<u8>) {
        if !self.enabled.get_untracked() {
            return;
        }
        let this = *self;
        spawn_local(async move { this.report(write_file(&key, &bytes).await) });
    }

    /// Restores the stored corrections of a series, if there are any.
    pub(crate) fn restore(&self, key: &str) {
        if !self.enabled.get_untracked() {
            return;
        }
        let (this, key) = (*self, key.to_owned());
        spawn_local(async move {
            // Most series have none, which is not an error.
            if let Ok(bytes) = read_file(&key).await {
                this.session.send(&Request::RestoreCorrections { key, bytes });
            }
        });
    }

    /// Deletes all stored corrections and switches storing off. Those of the open series stay in memory.
    pub(crate) fn wipe(&self) {
        self.set_enabled(false);
        let this = *self;
        spawn_local(async move {
            let result = remove_folder().await;
            let is_missing =
                |error: &JsValue| error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "NotFoundError");
            if !result.as_ref().is_err_and(is_missing) {
                this.report(result);
            }
        });
    }

    fn report(&self, result: Result<(), JsValue>) {
        if let Err(error) = result {
            let strings = &self.shell.strings().correct;
            let reason = interpolate(strings.browser_refused, &[("why", &crate::web::transfer::text(&error))]);
            self.shell.failure.set(Some(UserError::new(strings.keeping, reason, strings.save_instead)));
        }
    }
}

async fn write_file(key: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let file = folder().await?.get_file_handle_with_options(key, &options);
    let file: FileSystemFileHandle = JsFuture::from(file).await?.unchecked_into();
    // Older versions of Safari write only in workers.
    if !Reflect::has(&file, &"createWritable".into())? {
        return Err("createWritable".into());
    }
    let stream: FileSystemWritableFileStream = JsFuture::from(file.create_writable()).await?.unchecked_into();
    JsFuture::from(stream.write_with_js_u8_array(&Uint8Array::from(bytes))?).await?;
    JsFuture::from(stream.close()).await.map(drop)
}

async fn read_file(key: &str) -> Result<Vec<u8>, JsValue> {
    let file: FileSystemFileHandle = JsFuture::from(folder().await?.get_file_handle(key)).await?.unchecked_into();
    let file: File = JsFuture::from(file.get_file()).await?.unchecked_into();
    Ok(Uint8Array::new(&JsFuture::from(file.array_buffer()).await?).to_vec())
}

async fn remove_folder() -> Result<(), JsValue> {
    let options = FileSystemRemoveOptions::new();
    options.set_recursive(true);
    JsFuture::from(root().await?.remove_entry_with_options(FOLDER, &options)).await.map(drop)
}

async fn folder() -> Result<FileSystemDirectoryHandle, JsValue> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    let folder = root().await?.get_directory_handle_with_options(FOLDER, &options);
    Ok(JsFuture::from(folder).await?.unchecked_into())
}

async fn root() -> Result<FileSystemDirectoryHandle, JsValue> {
    let storage = window().navigator().storage();
    // Pages from insecure addresses have no storage.
    if storage.is_undefined() {
        return Err("navigator.storage".into());
    }
    Ok(JsFuture::from(storage.get_directory()).await?.unchecked_into())
}
