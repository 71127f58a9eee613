//! Between the page and the session worker: requests out, responses into the page's signals.

use std::cell::RefCell;
use std::sync::Arc;

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent, Worker, WorkerOptions};

use super::script;
use super::state::{GateInfo, Page, Picture};
use super::view::Pane;
use crate::app::protocol::{Request, Response, TruthInfo, from_bytes};
use crate::core::error::UserError;
use crate::core::i18n::interpolate;
use crate::web::session_worker::{FILES, LISTENING, NAMES, StartMessage};
use crate::web::transfer::{decode, encode, error_text};

/// The session worker, as the page holds it.
pub(crate) struct Bridge {
    worker: Worker,
    /// What is to be said once it listens; messages before that would be lost. `None` from then on.
    early: RefCell<Option<Vec<(JsValue, Array)>>>,
}

impl Bridge {
    pub(crate) fn send(&self, request: &Request) {
        let (message, buffers) = encode(request);
        self.post(message, buffers);
    }

    fn post(&self, message: JsValue, buffers: Array) {
        match &mut *self.early.borrow_mut() {
            Some(early) => early.push((message, buffers)),
            None => self.worker.post_message_with_transfer(&message, &buffers).expect("a plain message"),
        }
    }

    /// The worker listens: says where the model is, then whatever waited.
    fn begin(&self) {
        let early = self.early.take().unwrap_or_default();
        self.post(encode(&parameters()).0, Array::new());
        early.into_iter().for_each(|(message, buffers)| self.post(message, buffers));
    }

    /// Hands a drop over: the files themselves stay on disk until the worker reads them.
    pub(crate) fn send_files(&self, files: &[(String, File)]) {
        let (handles, names) = (Array::new(), Array::new());
        for (name, file) in files {
            handles.push(file);
            names.push(&name.into());
        }
        let message = Object::new();
        Reflect::set(&message, &FILES.into(), &handles).expect("a plain object");
        Reflect::set(&message, &NAMES.into(), &names).expect("a plain object");
        self.post(message.into(), Array::new());
    }
}

/// Starts the session worker and listens to it.
pub(crate) fn start(page: Page) {
    let options = WorkerOptions::new();
    options.set_name("session");
    let Ok(worker) = Worker::new_with_options("./worker_loader.js", &options) else {
        let words = page.words();
        let (why, hint) = (words.notices.no_worker, words.notices.other_browser);
        page.failure.set(Some(UserError::new(words.header.name, why, hint)));
        return;
    };
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().as_deref() == Some(LISTENING) {
            page.bridge.with_value(|bridge| bridge.iter().for_each(Bridge::begin));
        } else if let Some(response) = decode::<Response>(event.data()) {
            hear(page, response);
        }
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let on_error = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| died(page, &error_text(&event)));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    on_error.forget();
    page.bridge.set_value(Some(Bridge { worker, early: RefCell::new(Some(Vec::new())) }));
}

/// A session worker that died at work (most likely out of memory) is replaced by an empty one; one that never started is not, it would not
/// start the next time either. The page says which.
fn died(page: Page, why: &str) {
    let mut was_at_work = false;
    page.bridge.update_value(|bridge| {
        if let Some(bridge) = bridge.take() {
            bridge.worker.terminate();
            was_at_work = bridge.early.take().is_none();
        }
    });
    let words = &page.words().notices;
    script::reject_masks(words.session_stopped);
    page.device.set(None);
    page.reading.set(None);
    forget_series(page);
    if was_at_work {
        start(page);
    }
    let why = interpolate(words.session_stopped_why, &[("why", &why)]);
    page.failure.set(Some(UserError::new(words.the_series, why, words.open_again)));
}

/// Nothing is open any more.
fn forget_series(page: Page) {
    page.study.set(None);
    page.series.set((Vec::new(), 0));
    page.refused.set(Vec::new());
    page.learn.ends(None);
    page.picture.set(None);
    page.gates.set(None);
    page.pixels.set(Vec::new());
    page.marks.set(Vec::new());
    page.truth.set(None);
    page.why.forget();
    page.looking.set_value(false);
}

/// `?model=` and `?device=`. A model's address is taken from the page's, not from the worker's script.
fn parameters() -> StartMessage {
    let location = window().location();
    let query = location.search().ok().and_then(|search| web_sys::UrlSearchParams::new_with_str(&search).ok());
    let get = |key: &str| query.as_ref().and_then(|query| query.get(key));
    let model = get("model").unwrap_or_else(|| "models/pancreas.safetensors".into());
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let model_url = web_sys::Url::new_with_base(&model, &base).map(|url| url.href()).unwrap_or(model);
    StartMessage { model_url, device: get("device").unwrap_or_default() }
}

/// Asks for the picture of each slice looked at, and for its attention where that is shown.
pub(crate) fn look_as_slices_change(page: Page) {
    Effect::new(move |_| {
        page.slice.track();
        page.study.track();
        page.look();
    });
    Effect::new(move |_| {
        let slice = page.slice.get();
        if page.gate.with(Option::is_some) && page.study.with(Option::is_some) && !page.has_gates_of_slice() {
            page.send(&Request::Explain { slice });
        }
    });
}

fn hear(page: Page, response: Response) {
    match response {
        Response::Ready { device, model } => {
            page.device.set(Some(device));
            page.model.set(Some(model));
        }
        Response::Reading { done, total } => page.reading.set(Some((done, total))),
        Response::Opened { study, pixels, marks, series, shown, refused, settings, checked } => {
            script::reject_masks(page.words().notices.other_opened);
            page.failure.set(None);
            page.reading.set(None);
            page.picture.set(None);
            page.gates.set(None);
            page.pixels.set(pixels);
            page.marks.set(marks);
            page.history.set([false; 2]);
            page.shown.settings.set(settings);
            page.shown.removed.set(0);
            page.why.forget();
            page.why.checked.set(checked);
            page.why.first.set(None);
            page.slice.set(study.first_slice);
            page.view.opened(study.dims);
            super::persistence::restore(page, &study.key);
            page.looking.set_value(false);
            page.series.set((series, shown));
            page.refused.set(refused);
            page.truth.set(None);
            page.study.set(Some(study));
        }
        Response::Closed => {
            script::reject_masks(page.words().notices.closed);
            page.failure.set(None);
            forget_series(page);
        }
        Response::Picture { slice, hu, mask, truth } => {
            page.looking.set_value(false);
            let [mask, truth] = [mask, truth].map(|labels| labels.map(|l| l.into_vec()));
            let picture = Picture { slice, hu: from_bytes(&hu).into(), mask, truth };
            // One that was scrolled past is shown too, so that the picture moves along however late they come.
            page.picture.set(Some(Arc::new(picture)));
            if slice != page.slice.get_untracked() {
                page.look();
            }
        }
        Response::Cut { plane, index, before, hu, mask, truth } => {
            let pane = if before { Pane::Before } else { Pane::Of(plane) };
            let truth = truth.map(|truth| truth.into_vec());
            let picture = Picture { slice: index, hu: from_bytes(&hu).into(), mask: Some(mask.into_vec()), truth };
            page.take_cut(pane, picture);
        }
        Response::Segmented { slice, pixels, mask } => {
            page.pixels.update(|all| all[slice] = Some(pixels));
            page.view.masks.update(|changes| *changes += 1);
            if let Some(mask) = mask {
                page.show_labels(slice, Some(mask.into_vec()));
            }
        }
        Response::Changed { pixels, marks, slice, mask, go_there, undo, redo } => {
            page.reading.set(None);
            page.pixels.set(pixels);
            page.marks.set(marks);
            page.view.masks.update(|changes| *changes += 1);
            page.history.set([undo, redo]);
            if page.tools.confirmed() {
                page.show_labels(slice, mask.map(|m| m.into_vec()));
            }
            if go_there {
                page.slice.set(slice);
            }
            super::persistence::save_soon(page);
        }
        Response::Truth(truth) => {
            let name = |truth: &Option<TruthInfo>| truth.as_ref().map(|truth| truth.name.clone());
            let is_new = page.truth.with_untracked(name).as_ref() != Some(&truth.name);
            page.truth.set(Some(truth));
            if is_new {
                // The picture at hand came without it.
                page.compare.set(true);
                page.look();
            }
        }
        Response::LookFirst { slices, mirrored } => page.why.first.set(Some((slices, mirrored))),
        Response::MasksUpdated(remade) => super::result::remade(page, remade),
        Response::Map(map) => page.why.map.set(Some(Arc::new(map))),
        Response::Ablated(ablation) => page.why.ablation.set(Some(Arc::new(ablation))),
        Response::Checked(checked) => page.why.checked.set(checked),
        Response::Tuning(progress) => page.learn.goes_on(progress),
        Response::Tuned(outcome) => page.learn.ends(Some(outcome)),
        Response::NotTuned => page.learn.ends(None),
        Response::Model(model) => {
            page.reading.set(None);
            page.gates.set(None);
            page.why.forget();
            page.model.set(Some(model));
        }
        Response::Corrections { key, bytes } => super::persistence::save(page, key, bytes),
        Response::Explained { slice, gates } => {
            let maps = gates.into_iter().map(|map| map.into_vec()).collect();
            page.gates.set(Some(Arc::new(GateInfo { slice, maps })));
        }
        Response::Mask { dims, labels } => script::resolve_masks(dims, &labels),
        Response::File { name, bytes } => super::files::save(&name, &bytes),
        Response::Failed(refusal) => {
            page.reading.set(None);
            page.failure.set(Some(refusal));
        }
    }
}
