//! What is opened again, and what no more, when the session's worker has died.
//!
//! The page remembers the things that were opened (drops of files, samples) and what each of them changed. A new
//! worker opens them again, one after the other. A thing that a worker dies over twice is left out, so that no file
//! can end workers for ever.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::protocol::Response;

/// A worker that dies within this time after everything is open again has died of what was opened.
const SETTLED_AFTER_MS: f64 = 10_000.0;
/// A worker that dies more often than this within [`COUNTED_MS`], although nothing new was opened, has died of what is open.
const MOST_DEATHS: usize = 3;
/// The time in which deaths are counted.
const COUNTED_MS: f64 = 600_000.0;

/// What a thing that was opened has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpenEffect {
    /// It was refused.
    Nothing,
    /// It added to the open series: a ground truth, or corrections.
    Labels,
    /// It put another model into use.
    Model,
    /// It opened a series.
    Series,
    /// It put another model into use and opened a series.
    ModelAndSeries,
}

impl OpenEffect {
    /// True if another series is open now.
    pub fn opens_series(self) -> bool {
        matches!(self, Self::Series | Self::ModelAndSeries)
    }

    /// What the responses to a thing say of it.
    pub fn of(responses: &[Response]) -> Self {
        let has = |is: fn(&Response) -> bool| responses.iter().any(is);
        let model = has(|response| matches!(response, Response::Model(_)));
        let series = has(|response| matches!(response, Response::Opened { .. }));
        let labels = has(|response| matches!(response, Response::Changed { .. } | Response::Truth(_)));
        match (model, series) {
            (true, true) => Self::ModelAndSeries,
            (true, false) => Self::Model,
            (false, true) => Self::Series,
            (false, false) if labels => Self::Labels,
            (false, false) => Self::Nothing,
        }
    }

    /// The effect of a thing that held no series itself: labels can show another series of the last drop.
    pub fn without_series(self) -> Self {
        match self {
            Self::Series => Self::Labels,
            Self::ModelAndSeries => Self::Model,
            other => other,
        }
    }
}

/// A thing that was opened, and what it changed; `None` while that is not known.
#[derive(Clone, Debug)]
struct ListedThing<T> {
    thing: T,
    effect: Option<OpenEffect>,
    is_again: bool,
}

/// What follows from a worker's death.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterWorkerDeath<T> {
    /// A new worker opens everything again.
    OpenAgain,
    /// A new worker opens everything again but one thing, over which workers died twice.
    LeaveOut(T),
    /// Workers die although there is nothing left to leave out.
    GiveUp,
}

/// The things that are open and those that are being opened, in order.
#[derive(Clone, Debug)]
pub struct OpenedThings<T> {
    open: Vec<ListedThing<T>>,
    waiting: VecDeque<ListedThing<T>>,
    deaths_ms: Vec<f64>,
    /// When everything was open again after the last death.
    back_at_ms: Option<f64>,
}

impl<T> Default for OpenedThings<T> {
    fn default() -> Self {
        Self { open: Vec::new(), waiting: VecDeque::new(), deaths_ms: Vec::new(), back_at_ms: None }
    }
}

impl<T: Clone> OpenedThings<T> {
    /// A person opens something. It is for the worker at once if [`next`](Self::next) returns it, else after what is
    /// before it.
    pub fn begin(&mut self, thing: T) {
        self.deaths_ms.clear();
        self.back_at_ms = None;
        self.waiting.push_back(ListedThing { thing, effect: None, is_again: false });
    }

    /// The thing that a worker is to open next, or is opening.
    pub fn next(&self) -> Option<&T> {
        self.waiting.front().map(|next| &next.thing)
    }

    /// The number of things that are not open yet.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// True while things are opened again.
    pub fn is_returning(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.is_again)
    }

    /// The first of the waiting things is open, or was refused.
    pub fn finished(&mut self, effect: OpenEffect, now_ms: f64) {
        let was_returning = self.is_returning();
        if let Some(done) = self.waiting.pop_front() {
            self.record(ListedThing { effect: Some(effect), is_again: false, ..done });
        }
        if was_returning && !self.is_returning() {
            self.back_at_ms = Some(now_ms);
        }
    }

    /// Another model is in use, which `thing` holds. It was not opened but came from the session.
    pub fn model_kept(&mut self, thing: T) {
        self.record(ListedThing { thing, effect: Some(OpenEffect::Model), is_again: false });
    }

    /// The series was closed. Models stay.
    pub fn closed(&mut self) {
        self.open.retain(|opened| matches!(opened.effect, Some(OpenEffect::Model | OpenEffect::ModelAndSeries)));
    }

    /// A worker has died. What was open waits to be opened again.
    pub fn died(&mut self, now_ms: f64) -> AfterWorkerDeath<T> {
        let was_returning = self.is_returning();
        let is_recent = self.back_at_ms.take().is_some_and(|back_at_ms| now_ms - back_at_ms < SETTLED_AFTER_MS);
        self.deaths_ms.retain(|death_ms| now_ms - death_ms < COUNTED_MS);
        self.deaths_ms.push(now_ms);
        let is_often = self.deaths_ms.len() > MOST_DEATHS;
        let finished = self.open.len();
        let tried_twice = self.waiting.front().is_some_and(|front| front.is_again);
        let mut all: Vec<ListedThing<T>> =
            std::mem::take(&mut self.open).into_iter().chain(self.waiting.drain(..)).collect();
        let blamed = match all.len() {
            0 if is_often => return AfterWorkerDeath::GiveUp,
            0 => None,
            _ if was_returning && tried_twice => Some(finished),
            count if is_recent || is_often => Some(last_series(&all).unwrap_or(count - 1)),
            _ => None,
        };
        let left_out = blamed.map(|index| remove(&mut all, index));
        all.iter_mut().for_each(|thing| thing.is_again = true);
        self.waiting = all.into();
        left_out.map_or(AfterWorkerDeath::OpenAgain, AfterWorkerDeath::LeaveOut)
    }

    fn record(&mut self, done: ListedThing<T>) {
        match done.effect {
            None | Some(OpenEffect::Nothing) => return,
            Some(OpenEffect::Labels) => {}
            Some(OpenEffect::Model) => self.open.retain(|opened| opened.effect != Some(OpenEffect::Model)),
            Some(OpenEffect::Series) => {
                let later_model = self.open.iter().rposition(|opened| opened.effect == Some(OpenEffect::Model));
                let mut index = 0;
                self.open.retain(|opened| {
                    index += 1;
                    match opened.effect {
                        Some(OpenEffect::Model) => true,
                        // It holds the model in use, unless another one came after it.
                        Some(OpenEffect::ModelAndSeries) => later_model.is_none_or(|later| later < index - 1),
                        _ => false,
                    }
                });
            }
            Some(OpenEffect::ModelAndSeries) => self.open.clear(),
        }
        self.open.push(done);
    }
}

/// The index of the thing whose series is open.
fn last_series<T>(things: &[ListedThing<T>]) -> Option<usize> {
    things.iter().rposition(|thing| thing.effect.is_some_and(OpenEffect::opens_series))
}

/// Removes a thing and, if it opened a series, the labels after it, which belong to that series.
fn remove<T>(things: &mut Vec<ListedThing<T>>, index: usize) -> T {
    let removed = things.remove(index);
    if removed.effect.is_some_and(OpenEffect::opens_series) {
        let rest = things.split_off(index);
        things.extend(rest.into_iter().filter(|thing| thing.effect != Some(OpenEffect::Labels)));
    }
    removed.thing
}
