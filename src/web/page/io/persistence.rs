//! Corrections stored in this browser (OPFS, the origin's private file system), if the reader asks for that.
//!
//! It is off until it is switched on. The storage is on this machine, and no other site can read it.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::session_client::SessionClient;
use super::storage;
use crate::app::protocol::Request;
use crate::core::error::UserError;
use crate::core::i18n::interpolate;
use crate::web::browser_folder::BrowserFolder;
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
        spawn_local(async move { this.report(files().write(&key, &bytes).await) });
    }

    /// Restores the stored corrections of a series, if there are any.
    pub(crate) fn restore(&self, key: &str) {
        if !self.enabled.get_untracked() {
            return;
        }
        let (this, key) = (*self, key.to_owned());
        spawn_local(async move {
            // Most series have none.
            if let Ok(Some(bytes)) = files().read(&key).await {
                this.session.send(&Request::RestoreCorrections { key, bytes });
            }
        });
    }

    /// Deletes all stored corrections and switches storing off. Those of the open series stay in memory.
    pub(crate) fn wipe(&self) {
        self.set_enabled(false);
        let this = *self;
        spawn_local(async move {
            this.report(files().remove().await);
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

fn files() -> BrowserFolder {
    BrowserFolder::new(window().navigator().storage(), FOLDER)
}
