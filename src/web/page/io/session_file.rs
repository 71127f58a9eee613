//! Session files: saving one, and telling one among the files that a person opens.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::downloads::save_bytes;
use super::opened_thing::DroppedFile;
use super::recovery::Recovery;
use crate::app::saved_session::{BEGINNING, MOST_BYTES, SavedSession};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SavedSessionMessage};
use crate::web::page::state::display::Display;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::place::Place;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::ViewState;

/// The digits of a model's hash that are said: enough to tell models apart.
const DIGITS: usize = 8;

/// Saves and opens session files.
#[derive(Clone, Copy)]
pub(crate) struct SessionFiles {
    pub(crate) shell: Shell,
    pub(crate) series: SeriesView,
    pub(crate) view: ViewState,
    pub(crate) display: Display,
    pub(crate) organs: OrganList,
    pub(crate) recovery: Recovery,
}

impl SessionFiles {
    /// Offers the session as a download. Its name is made of the series' hash, because the series' name may contain a
    /// patient's.
    pub(crate) fn save(self) {
        let Some(place) = Place::of(self.shell, self.series, self.view, self.display, self.organs) else { return };
        self.recovery.with_copies(move |copies| {
            let name = format!("islet_{}.session.json", &place.key[..8.min(place.key.len())]);
            let place = serde_json::to_value(&place).ok();
            save_bytes(&name, &SavedSession::new(copies, place).to_bytes());
        });
    }

    /// Opens the session files among `files`, and returns the others.
    pub(crate) async fn take_from(self, files: Vec<DroppedFile>) -> Vec<DroppedFile> {
        let mut others = Vec::new();
        for dropped in files {
            match read(&dropped).await {
                Some(Ok(session)) => self.open(session),
                Some(Err(refusal)) => self.shell.fail(refusal),
                None => others.push(dropped),
            }
        }
        others
    }

    fn open(self, session: SavedSession) {
        let open = self.series.info.with_untracked(|info| info.as_ref().map(|info| info.key.clone()));
        let said = session.corrections.iter().map(|copy| {
            let (name, count) = (copy.name.clone(), copy.slices());
            match open.as_ref() == Some(&copy.key) {
                true => SavedSessionMessage::Opened { name, count },
                false => SavedSessionMessage::Waits { name, count },
            }
        });
        let mut said: Vec<Message> = said.map(Message::from).collect();
        if said.is_empty() {
            said.push(SavedSessionMessage::Empty.into());
        }
        let place: Option<Place> = session.place.and_then(|place| serde_json::from_value(place).ok());
        said.extend(place.as_ref().and_then(|place| self.other_model(place)));
        self.shell.recovered.set(said);
        self.recovery.take_copies(session.corrections, place);
    }

    /// What is said if another model is in use than at a place.
    fn other_model(self, place: &Place) -> Option<Message> {
        let now = self.shell.model.with_untracked(|model| model.as_ref().map(|model| model.sha256.clone()))?;
        let then = place.model_sha256.as_ref().filter(|then| **then != now)?;
        Some(SavedSessionMessage::OtherModel { then: begin(then), now: begin(&now) }.into())
    }
}

/// The first digits of a hash.
fn begin(sha256: &str) -> String {
    sha256.chars().take(DIGITS).collect()
}

/// True if a file may be a session, by its name; its content decides.
pub(crate) fn may_be_session(dropped: &DroppedFile) -> bool {
    dropped.path.ends_with(".json")
}

/// The session in a file; `None` if it is something else.
async fn read(dropped: &DroppedFile) -> Option<Result<SavedSession, UserError>> {
    if !may_be_session(dropped) {
        return None;
    }
    let head = dropped.file.slice_with_f64_and_f64(0.0, BEGINNING.len() as f64).ok()?;
    let text = |blob: web_sys::Blob| async move { JsFuture::from(blob.text()).await.ok()?.as_string() };
    if text(head).await? != BEGINNING {
        return None;
    }
    // One byte more tells a file that is too large, whatever its size is.
    let content = dropped.file.slice_with_f64_and_f64(0.0, (MOST_BYTES + 1) as f64).ok()?;
    Some(SavedSession::from_bytes(&dropped.path, text(content).await?.as_bytes()))
}
