//! The model that is kept in this browser, on request.

use js_sys::global;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::WorkerGlobalScope;

use super::work::WorkKind;
use super::{Shared, continue_work, model_file};
use crate::app::protocol::Response;
use crate::app::recovery::OpenEffect;
use crate::app::session::Session;
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::web::browser_folder::BrowserFolder;
use crate::web::messages::{ModelWish, StartModel};
use crate::web::transfer::text;

const FOLDER: &str = "models";
const FILE: &str = "kept.safetensors";

fn folder() -> BrowserFolder {
    let scope: WorkerGlobalScope = global().unchecked_into();
    BrowserFolder::new(scope.navigator().storage(), FOLDER)
}

/// A session with the model to start with, and what the page has to be told.
///
/// # Errors
///
/// The model cannot be fetched, or is none.
pub(super) async fn start(model: StartModel) -> Result<(Session, Vec<Response>), UserError> {
    let (url, mut told) = match model {
        StartModel::At(url) => (url, Vec::new()),
        // A browser without storage has no model either.
        StartModel::KeptOr(url) => match folder().read(FILE).await.ok().flatten().map(Session::from_model_file) {
            Some(Ok(session)) => {
                let name = session.model_info().imported_name();
                return Ok((session, vec![Response::KeptModel(name)]));
            }
            Some(Err(refusal)) => (url, vec![Response::Failed(refusal)]),
            None => (url, Vec::new()),
        },
    };
    let session = Session::from_model_file(model_file::fetch(&url).await?)?;
    told.push(Response::KeptModel(None));
    Ok((session, told))
}

/// Does what a person wants of models.
pub(super) fn fulfil(host: &Shared, wish: ModelWish) {
    let host = host.clone();
    spawn_local(async move {
        let (kind, responses) = match wish {
            ModelWish::Keep => (WorkKind::Other, keep(&host).await),
            ModelWish::Forget => (WorkKind::Other, forget().await),
            ModelWish::Use(url) => (WorkKind::Opening, use_model(&host, &url).await),
        };
        host.borrow().answer(kind, OpenEffect::of(&responses), &responses);
        continue_work(&host);
    });
}

async fn use_model(host: &Shared, url: &str) -> Vec<Response> {
    match model_file::fetch(url).await {
        Ok(bytes) => {
            host.borrow_mut().session.as_mut().map(|session| session.load_model(url, bytes)).unwrap_or_default()
        }
        Err(refusal) => vec![Response::Failed(refusal)],
    }
}

async fn forget() -> Vec<Response> {
    match folder().remove().await {
        Ok(()) => vec![Response::KeptModel(None)],
        Err(error) => vec![Response::Failed(refused(&error))],
    }
}

async fn keep(host: &Shared) -> Vec<Response> {
    let Some((name, bytes)) = host
        .borrow()
        .session
        .as_ref()
        .map(|session| (session.model_info().imported_name(), session.model().0.to_vec()))
    else {
        return Vec::new();
    };
    match folder().write(FILE, &bytes).await {
        Ok(()) => vec![Response::KeptModel(name)],
        Err(error) => vec![Response::Failed(refused(&error))],
    }
}

fn refused(error: &JsValue) -> UserError {
    let reason = WebMessage::BrowserRefused { why: text(error) };
    UserError::new(WebMessage::KeepingTheModel, reason, WebMessage::DropModelNextTime)
}
