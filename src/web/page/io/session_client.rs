//! The connection to the session worker: starts it and sends requests. What its responses change is in
//! [`receiver`](super::receiver).

use std::borrow::Cow;
use std::cell::RefCell;

use gloo::events::EventListener;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent, Worker};

use crate::app::protocol::{Request, Response};
use crate::web::messages::{DroppedFiles, FromSession, ModelWish, StartMessage, StartModel, ToSession};
use crate::web::transfer::{decode, encode, error_text};
use crate::web::worker_kind::WorkerKind;

/// A file of a drop.
pub(crate) struct DroppedFile {
    /// Its path within the drop.
    pub(crate) path: String,
    /// The file, which stays on disk until the worker reads it.
    pub(crate) file: File,
}

/// A running session worker.
struct Connection {
    worker: Worker,
    _listeners: [EventListener; 2],
    /// Messages that wait until the worker listens, because earlier ones would be lost. `None` once it listens.
    queue: RefCell<Option<Vec<(JsValue, Array)>>>,
}

impl Connection {
    fn post(&self, message: JsValue, buffers: Array) {
        match &mut *self.queue.borrow_mut() {
            Some(queue) => queue.push((message, buffers)),
            None => self.worker.post_message_with_transfer(&message, &buffers).expect("a plain message"),
        }
    }

    /// The worker listens: sends the address of the model, then everything that waited.
    fn begin(&self) {
        let queue = self.queue.take().unwrap_or_default();
        let (message, buffers) = encode(&ToSession::Start(start_message()));
        self.post(message, buffers);
        queue.into_iter().for_each(|(message, buffers)| self.post(message, buffers));
    }
}

/// The way in which a session worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkerEnd {
    /// It never listened; another one would not either.
    NeverStarted,
    /// It failed at work, most likely because memory ran out.
    Failed,
}

/// The session worker, as the page holds it. Requests to a worker that has ended are dropped.
#[derive(Clone, Copy)]
pub(crate) struct SessionClient {
    connection: StoredValue<Option<Connection>, LocalStorage>,
}

impl SessionClient {
    /// No worker is running.
    pub(crate) fn new() -> Self {
        Self { connection: StoredValue::new_local(None) }
    }

    /// Starts the worker; `on_response` gets what it sends, `on_error` gets the reason if it fails.
    ///
    /// # Errors
    ///
    /// Returns the browser's error if it cannot start a worker.
    pub(crate) fn start(
        &self,
        on_response: impl Fn(Response) + 'static,
        on_error: impl Fn(&str) + 'static,
    ) -> Result<(), JsValue> {
        let worker = WorkerKind::Session.start("./worker_loader.js")?;
        let connection = self.connection;
        let message_listener = EventListener::new(&worker, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            match decode::<FromSession>(event.data()) {
                Ok(FromSession::Listening) => {
                    connection.with_value(|connection| connection.iter().for_each(Connection::begin));
                }
                Ok(FromSession::Response(response)) => on_response(response.into_owned()),
                Err(error) => on_response(Response::Failed(error)),
            }
        });
        let error_listener = EventListener::new(&worker, "error", move |event| on_error(&error_text(event)));
        let queue = RefCell::new(Some(Vec::new()));
        let _listeners = [message_listener, error_listener];
        self.connection.set_value(Some(Connection { worker, _listeners, queue }));
        Ok(())
    }

    /// Ends the worker.
    pub(crate) fn terminate(&self) -> WorkerEnd {
        let mut end = WorkerEnd::NeverStarted;
        self.connection.update_value(|connection| {
            if let Some(connection) = connection.take() {
                connection.worker.terminate();
                if connection.queue.take().is_none() {
                    end = WorkerEnd::Failed;
                }
            }
        });
        end
    }

    /// Sends a request.
    pub(crate) fn send(&self, request: &Request) {
        let (message, buffers) = encode(&ToSession::Request(Cow::Borrowed(request)));
        self.post(message, buffers);
    }

    /// Has the model in use kept in this browser.
    pub(crate) fn keep_model(&self) {
        self.send_wish(ModelWish::Keep);
    }

    /// Has the model that is kept in this browser deleted.
    pub(crate) fn forget_model(&self) {
        self.send_wish(ModelWish::Forget);
    }

    /// Puts the model that comes with the page into use.
    pub(crate) fn use_shipped_model(&self) {
        self.send_wish(ModelWish::Use(absolute(SHIPPED_MODEL.into())));
    }

    fn send_wish(&self, wish: ModelWish) {
        let (message, buffers) = encode(&ToSession::Model(wish));
        self.post(message, buffers);
    }

    /// Sends dropped files, and the paths of those that could not be read.
    pub(crate) fn send_files(&self, files: &[DroppedFile], unreadable: Vec<String>) {
        let paths = files.iter().map(|dropped| dropped.path.clone()).collect();
        let files = files.iter().map(|dropped| &dropped.file).collect::<Array>();
        let (message, buffers) = encode(&ToSession::Files(DroppedFiles { paths, files, unreadable }));
        self.post(message, buffers);
    }

    fn post(&self, message: JsValue, buffers: Array) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.post(message, buffers);
            }
        });
    }
}

/// The model that comes with the page.
const SHIPPED_MODEL: &str = "models/pancreas.safetensors";

/// `?model=` and `?device=`.
fn start_message() -> StartMessage {
    let query = window().location().search().ok();
    let query = query.and_then(|query| web_sys::UrlSearchParams::new_with_str(&query).ok());
    let parameter = |key: &str| query.as_ref().and_then(|query| query.get(key));
    let model = match parameter("model") {
        Some(model) => StartModel::At(absolute(model)),
        None => StartModel::KeptOr(absolute(SHIPPED_MODEL.into())),
    };
    StartMessage { model, device: parameter("device").unwrap_or_default() }
}

/// A model's address is relative to the page, not to the worker's script.
fn absolute(url: String) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(&url, &base).map(|url| url.href()).unwrap_or(url)
}
