//! The connection to the session worker: starts it and sends requests. What its responses change is in
//! [`receiver`](super::receiver).

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use gloo::events::EventListener;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::opened_thing::{FileDrop, OpenedThing, ShippedModel};
use crate::app::protocol::{Request, Response};
use crate::app::recovery::{OpenEffect, OpenedThings};
use crate::core::i18n::messages::{Message, RecoveryMessage, WebMessage};
use crate::web::lifeline;
use crate::web::messages::{AnnouncedFiles, FromSession, ModelWish, StartMessage, StartModel, ToSession};
use crate::web::transfer::{decode, encode, error_text};
use crate::web::worker_kind::WorkerKind;

/// A running session worker.
struct Connection {
    worker: Worker,
    _listeners: [EventListener; 2],
    /// Messages that wait until the worker listens, because earlier ones would be lost. `None` once it listens.
    queue: RefCell<Option<Vec<(JsValue, Array)>>>,
    /// Tells it from workers before it.
    number: u32,
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

/// What a session worker reports to the page.
pub(crate) enum SessionEvent {
    /// A response.
    Response(Response),
    /// It reads a file now.
    Reading {
        /// The path of the file within its drop.
        path: String,
    },
    /// A thing is open, or was refused; the responses to it have been reported.
    Opened {
        /// What it changed.
        effect: OpenEffect,
    },
    /// The worker has died, for this reason.
    Died {
        /// What the browser says of it.
        why: Message,
    },
}

/// Hands on what a worker reports, in the order in which it comes.
#[derive(Clone)]
struct Inbox<F> {
    /// Events that are handed on in tasks of their own.
    waiting: Rc<RefCell<VecDeque<SessionEvent>>>,
    on_event: F,
}

impl<F: Fn(SessionEvent) + Clone + 'static> Inbox<F> {
    fn new(on_event: F) -> Self {
        Self { waiting: Rc::default(), on_event }
    }

    /// Hands on at once, unless another event still waits.
    fn hand_on(&self, event: SessionEvent) {
        if self.waiting.borrow().is_empty() {
            (self.on_event)(event);
        } else {
            self.hand_on_later(event);
        }
    }

    /// Hands on in a task of its own.
    fn hand_on_later(&self, event: SessionEvent) {
        self.waiting.borrow_mut().push_back(event);
        let this = self.clone();
        let next = move || {
            let event = this.waiting.borrow_mut().pop_front();
            event.into_iter().for_each(this.on_event);
        };
        set_timeout(next, Duration::ZERO);
    }
}

/// The session worker, as the page holds it. Requests to a worker that has ended are dropped.
#[derive(Clone, Copy)]
pub(crate) struct SessionClient {
    connection: StoredValue<Option<Connection>, LocalStorage>,
    /// What was opened, to be opened again if the worker dies.
    opened: StoredValue<OpenedThings<OpenedThing>, LocalStorage>,
    /// The number of workers so far.
    workers: StoredValue<u32>,
}

impl SessionClient {
    /// No worker is running.
    pub(crate) fn new() -> Self {
        Self {
            connection: StoredValue::new_local(None),
            opened: StoredValue::new_local(OpenedThings::default()),
            workers: StoredValue::new(0),
        }
    }

    /// Starts the worker; `on_event` gets what it reports.
    ///
    /// # Errors
    ///
    /// Returns the browser's error if it cannot start a worker.
    pub(crate) fn start(&self, on_event: impl Fn(SessionEvent) + Clone + 'static) -> Result<(), JsValue> {
        let worker = WorkerKind::Session.start("./worker_loader.js")?;
        let inbox = Inbox::new(on_event);
        let (client, errors) = (*self, inbox.clone());
        let number = self.workers.get_value() + 1;
        self.workers.set_value(number);
        let message_listener = EventListener::new(&worker, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            match decode::<FromSession>(event.data()) {
                Ok(FromSession::Listening { lifeline }) => {
                    client.connection.with_value(|connection| connection.iter().for_each(Connection::begin));
                    let inbox = inbox.clone();
                    client.watch(number, lifeline, move |event| inbox.hand_on(event));
                }
                Ok(FromSession::Response(response)) => inbox.hand_on(SessionEvent::Response(response.into_owned())),
                Ok(FromSession::Reading { path }) => inbox.hand_on(SessionEvent::Reading { path }),
                Ok(FromSession::Opened { effect, responses }) => {
                    // To take in all of them at once would be felt.
                    let responses = responses.into_owned().into_iter().map(SessionEvent::Response);
                    responses.chain([SessionEvent::Opened { effect }]).for_each(|event| inbox.hand_on_later(event));
                }
                Err(error) => inbox.hand_on(SessionEvent::Response(Response::Failed(error))),
            }
        });
        let error_listener = EventListener::new(&worker, "error", move |event| {
            errors
                .hand_on(SessionEvent::Died { why: RecoveryMessage::MemoryOrFlaw { error: error_text(event) }.into() });
        });
        let queue = RefCell::new(Some(Vec::new()));
        let _listeners = [message_listener, error_listener];
        self.connection.set_value(Some(Connection { worker, _listeners, queue, number }));
        Ok(())
    }

    /// Reports the end of a worker that ends without an error.
    fn watch(&self, number: u32, lifeline: Option<String>, on_event: impl Fn(SessionEvent) + 'static) {
        let client = *self;
        let Some(name) = lifeline else { return };
        lifeline::watch(&name, move || {
            if client.is_running(number) {
                on_event(SessionEvent::Died { why: WebMessage::BrowserEndedWorker.into() });
            }
        });
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

    fn send_wish(&self, wish: ModelWish) {
        let (message, buffers) = encode(&ToSession::Model(wish));
        self.post(message, buffers);
    }

    /// Opens files or a sample, once what is being opened is open.
    pub(crate) fn open(&self, thing: OpenedThing) {
        self.change_opened(|opened| opened.begin(thing));
        if self.opened.with_value(|opened| opened.waiting() == 1) {
            self.open_next();
        }
    }

    /// Has the worker open the next thing, if there is one.
    pub(crate) fn open_next(&self) {
        let Some(thing) = self.opened.with_value(|opened| opened.next().cloned()) else { return };
        let announced = match self.opened.with_value(OpenedThings::is_returning) {
            true => AnnouncedFiles::All,
            false => AnnouncedFiles::None,
        };
        match thing {
            OpenedThing::ShippedModel(model) => self.send_wish(ModelWish::Use(absolute(model.path().into()))),
            OpenedThing::Sample { seed } => self.send(&Request::OpenSample { seed }),
            OpenedThing::Files(drop) => self.hand_over(drop, 0, announced, self.workers.get_value()),
        }
    }

    /// Hands the files of a drop from the one with index `first` on to the worker with this number, part by part, each in a
    /// task of its own. A worker that has replaced it gets all files anew.
    fn hand_over(self, files: Rc<FileDrop>, first: usize, announced: AnnouncedFiles, number: u32) {
        if !self.is_running(number) {
            return;
        }
        let part = files.part(first, announced);
        let (next, is_to_continue) = (first + part.paths.len(), part.is_to_continue);
        let (message, buffers) = encode(&ToSession::Files(part));
        self.post(message, buffers);
        if is_to_continue {
            set_timeout(move || self.hand_over(files, next, announced, number), Duration::ZERO);
        }
    }

    /// True while the worker with this number is the one that runs.
    fn is_running(&self, number: u32) -> bool {
        self.connection.with_value(|current| current.as_ref().is_some_and(|current| current.number == number))
    }

    /// Changes the list of what was opened.
    pub(crate) fn change_opened<R>(&self, change: impl FnOnce(&mut OpenedThings<OpenedThing>) -> R) -> R {
        self.opened.try_update_value(change).expect("the page never drops its session")
    }

    fn post(&self, message: JsValue, buffers: Array) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.post(message, buffers);
            }
        });
    }
}

/// `?model=` and `?device=`.
fn start_message() -> StartMessage {
    let query = window().location().search().ok();
    let query = query.and_then(|query| web_sys::UrlSearchParams::new_with_str(&query).ok());
    let parameter = |key: &str| query.as_ref().and_then(|query| query.get(key));
    let model = match parameter("model") {
        Some(model) => StartModel::At(absolute(model)),
        None => StartModel::KeptOr(absolute(ShippedModel::Slices.path().into())),
    };
    StartMessage { model, device: parameter("device").unwrap_or_default() }
}

/// A model's address is relative to the page, not to the worker's script.
fn absolute(url: String) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(&url, &base).map(|url| url.href()).unwrap_or(url)
}
