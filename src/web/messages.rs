//! The envelopes of the messages between threads: one enum for each direction, so that no receiver has to guess.
//!
//! What the session and the page say to each other is in [`protocol`](crate::app::protocol).

use std::borrow::Cow;

use js_sys::Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::app::model_import::ImportedModel;
use crate::app::protocol::{JobDone, Request, Response};
use crate::app::recovery::OpenEffect;
use crate::core::error::UserError;

/// A message from the page to the session worker.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToSession<'a> {
    /// The first message.
    Start(StartMessage),
    /// Files to open, or a part of them.
    Files(DroppedFiles),
    /// A change of the model in use, or of the one that is kept in this browser.
    Model(ModelWish),
    /// Any other request.
    Request(Cow<'a, Request>),
}

/// The model and the device to start with.
#[derive(Serialize, Deserialize)]
pub(crate) struct StartMessage {
    /// The model.
    pub(crate) model: StartModel,
    /// The value of `?device=`, or empty.
    pub(crate) device: String,
}

/// The model to start with.
#[derive(Serialize, Deserialize)]
pub(crate) enum StartModel {
    /// The one at this address, which the page's address asks for.
    At(String),
    /// The one that is kept in this browser, or else the one at this address.
    KeptOr(String),
}

/// What a person wants of models.
#[derive(Serialize, Deserialize)]
pub(crate) enum ModelWish {
    /// The model in use is kept in this browser, and in use when the page is opened again.
    Keep,
    /// No model is kept in this browser any more. The one in use stays in use.
    Forget,
    /// The model at this address is in use.
    Use(String),
}

/// The files of a drop, which stay on disk until the worker reads them. A browser takes its time to hand over each file, so
/// many come in parts.
#[derive(Serialize, Deserialize)]
pub(crate) struct DroppedFiles {
    /// One path within the drop for each file.
    pub(crate) paths: Vec<String>,
    /// The browser's `File` objects.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) files: Array,
    /// The paths of files that the browser could not give, such as links to files that are not there.
    pub(crate) unreadable: Vec<String>,
    /// Which files are announced before they are read.
    pub(crate) announced: AnnouncedFiles,
    /// True if another part of the drop follows.
    pub(crate) is_to_continue: bool,
}

impl DroppedFiles {
    /// Takes the files of the part that follows.
    pub(crate) fn append(&mut self, part: Self) {
        self.paths.extend(part.paths);
        self.files = self.files.concat(&part.files);
        self.unreadable.extend(part.unreadable);
        self.is_to_continue = part.is_to_continue;
    }
}

/// The files whose names a worker sends before it reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AnnouncedFiles {
    /// None; messages take time.
    None,
    /// All, because a worker has died over one of them.
    All,
}

/// A message from the session worker to the page.
#[derive(Serialize, Deserialize)]
pub(crate) enum FromSession<'a> {
    /// The worker listens: messages sent before this one are lost.
    Listening {
        /// The lock that it holds while it lives; `None` in a browser without locks.
        lifeline: Option<String>,
    },
    /// A response.
    Response(Cow<'a, Response>),
    /// The worker reads a file now.
    Reading {
        /// Its path within the drop.
        path: String,
    },
    /// Files or a sample are open, or were refused.
    Opened {
        /// What they changed.
        effect: OpenEffect,
        /// What the page is told.
        responses: Cow<'a, [Response]>,
    },
}

/// The first message to a compute worker or an import worker, read by `www/worker_loader.js`. Every later one to a compute
/// worker is a [`Job`](crate::app::protocol::Job).
#[derive(Serialize, Deserialize)]
pub(crate) struct Program {
    /// The compiled `WebAssembly.Module` of the worker.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) module: JsValue,
}

/// A message from a compute worker to the session worker.
#[derive(Serialize, Deserialize)]
pub(crate) enum FromCompute<'a> {
    /// The worker listens: jobs sent before this message are lost.
    Listening {
        /// The lock that it holds while it lives; `None` in a browser without locks.
        lifeline: Option<String>,
    },
    /// A result.
    Done(Cow<'a, JobDone>),
}

/// The message to an import worker: the zips of a drop.
#[derive(Serialize, Deserialize)]
pub(crate) struct ZipFiles {
    /// One path within the drop for each file.
    pub(crate) paths: Vec<String>,
    /// The browser's `File` objects.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) files: Array,
}

/// A message from an import worker to the session worker.
#[derive(Serialize, Deserialize)]
pub(crate) enum FromImport {
    /// The worker listens: messages sent before this one are lost.
    Listening,
    /// Its only answer.
    Done {
        /// The places of the zips that are releases of nnU-Net, among all that it was sent.
        places: Vec<usize>,
        /// The model that they are; `None` if there is no release.
        model: Option<Result<ImportedModel, UserError>>,
    },
}
