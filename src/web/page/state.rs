//! What the page knows, as signals; and what follows from it.

use std::sync::Arc;

use leptos::prelude::*;

use super::explain::Explanations;
use super::finetune::Learn;
use super::keys::Keys;
use super::offline::NewVersion;
use super::result::MaskDisplay;
use super::session_client::Bridge;
use super::tabs::Tab;
use super::tools::Tools;
use super::view::View;
use crate::app::protocol::{DeviceInfo, Mark, ModelInfo, OpenSeries, Request, SeriesInfo, TruthInfo};
use crate::core::error::UserError;
use crate::core::i18n::{Language, Strings};
use crate::core::window::Window;

/// One slice or another plane, as shown.
pub(crate) struct Picture {
    /// Which one of its plane.
    pub(crate) slice: usize,
    pub(crate) hu: Arc<[i16]>,
    pub(crate) mask: Option<Vec<u8>>,
    /// The true labels, where a truth was given.
    pub(crate) truth: Option<Vec<u8>>,
}

/// The gates' attention on one slice, deepest gate first: 0 outside the network's input, else 1 + 254 alpha.
pub(crate) struct GateInfo {
    pub(crate) slice: usize,
    pub(crate) maps: Vec<Vec<u8>>,
}

/// Everything the page knows. A handle: copies are the same page.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    pub(crate) bridge: StoredValue<Option<Bridge>, LocalStorage>,
    /// Whether a picture was asked for and has not come.
    pub(crate) looking: StoredValue<bool>,
    /// The page is drawn anew when it changes, so whatever reads it need not follow it.
    pub(crate) language: RwSignal<Language>,
    pub(crate) device: RwSignal<Option<DeviceInfo>>,
    pub(crate) model: RwSignal<Option<ModelInfo>>,
    /// Files read and files of the drop, while a drop is being read.
    pub(crate) reading: RwSignal<Option<(usize, usize)>>,
    pub(crate) study: RwSignal<Option<OpenSeries>>,
    /// The series of the drop, and which of them is shown.
    pub(crate) series: RwSignal<(Vec<SeriesInfo>, usize)>,
    pub(crate) refused: RwSignal<Vec<UserError>>,
    pub(crate) failure: RwSignal<Option<UserError>>,
    /// The slice looked at, in viewing order.
    pub(crate) slice: RwSignal<usize>,
    pub(crate) picture: RwSignal<Option<Arc<Picture>>>,
    /// Pixels of pancreas on each slice that is segmented.
    pub(crate) pixels: RwSignal<Vec<Option<usize>>>,
    pub(crate) window: RwSignal<Window>,
    pub(crate) show_mask: RwSignal<bool>,
    /// Space is held.
    pub(crate) peeking: RwSignal<bool>,
    /// The gate whose attention is shown; at first the one with the finest map.
    pub(crate) gate: RwSignal<Option<usize>>,
    pub(crate) gates: RwSignal<Option<Arc<GateInfo>>>,
    /// What has been made of each slice.
    pub(crate) marks: RwSignal<Vec<Mark>>,
    /// Whether there is something to undo, and to redo.
    pub(crate) history: RwSignal<[bool; 2]>,
    pub(crate) shown: MaskDisplay,
    pub(crate) why: Explanations,
    /// A newer version of the page.
    pub(crate) newer: RwSignal<Option<NewVersion>>,
    /// The panel shown beside the picture.
    pub(crate) tab: RwSignal<Tab>,
    /// Whether that panel is open, where it is a sheet.
    pub(crate) sheet: RwSignal<bool>,
    /// Whether the list of series is open, where it is a sheet.
    pub(crate) series_open: RwSignal<bool>,
    pub(crate) view: View,
    pub(crate) keys: Keys,
    pub(crate) tools: Tools,
    pub(crate) learn: Learn,
    /// The truth of the series shown, and how the mask compares with it.
    pub(crate) truth: RwSignal<Option<TruthInfo>>,
    /// Whether the picture shows that.
    pub(crate) compare: RwSignal<bool>,
}

/// What `data-state` says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Loading,
    Ready,
    Busy,
    Done,
    Error,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Busy => "busy",
            Self::Done => "done",
            Self::Error => "error",
        }
    }
}

impl Page {
    pub(crate) fn new() -> Self {
        Self {
            bridge: StoredValue::new_local(None),
            looking: StoredValue::new(false),
            language: RwSignal::new(super::language::preferred()),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            reading: RwSignal::new(None),
            study: RwSignal::new(None),
            series: RwSignal::new((Vec::new(), 0)),
            refused: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            slice: RwSignal::new(0),
            picture: RwSignal::new(None),
            pixels: RwSignal::new(Vec::new()),
            window: RwSignal::new(Window::ABDOMEN),
            show_mask: RwSignal::new(true),
            peeking: RwSignal::new(false),
            gate: RwSignal::new(None),
            gates: RwSignal::new(None),
            marks: RwSignal::new(Vec::new()),
            history: RwSignal::new([false; 2]),
            shown: MaskDisplay::new(),
            why: Explanations::new(),
            newer: RwSignal::new(None),
            tab: RwSignal::new(Tab::Result),
            sheet: RwSignal::new(true),
            series_open: RwSignal::new(false),
            view: View::new(),
            keys: Keys::new(),
            tools: Tools::new(),
            learn: Learn::new(),
            truth: RwSignal::new(None),
            compare: RwSignal::new(true),
        }
    }

    /// The strings of the language chosen.
    pub(crate) fn words(&self) -> &'static Strings {
        self.language.get_untracked().words()
    }

    pub(crate) fn send(&self, request: &Request) {
        self.bridge.with_value(|bridge| {
            if let Some(bridge) = bridge {
                bridge.send(request);
            }
        });
    }

    /// Asks for the picture of the slice looked at, unless one is on its way: then the newest wish goes out when that has come.
    pub(crate) fn look(&self) {
        if !self.looking.get_value() && self.study.with_untracked(Option::is_some) {
            self.looking.set_value(true);
            self.send(&Request::Look { slice: self.slice.get_untracked() });
        }
    }

    /// Shows other labels on a slice, if it is the one shown.
    pub(crate) fn show_labels(&self, slice: usize, mask: Option<Vec<u8>>) {
        self.picture.update(|picture| {
            if let Some(shown) = picture.as_ref().filter(|p| p.slice == slice) {
                let (hu, truth) = (shown.hu.clone(), shown.truth.clone());
                *picture = Some(Arc::new(Picture { slice, hu, mask, truth }));
            }
        });
    }

    pub(crate) fn status(&self) -> Status {
        if self.failure.with(Option::is_some) {
            Status::Error
        } else if self.device.with(Option::is_none) {
            Status::Loading
        } else if self.reading.with(Option::is_some) {
            Status::Busy
        } else if self.study.with(Option::is_none) {
            Status::Ready
        } else if self.learn.is_running() {
            Status::Busy
        } else if self.pixels.with(|pixels| pixels.iter().all(Option::is_some)) {
            Status::Done
        } else {
            Status::Busy
        }
    }

    /// Slices segmented, and slices of the series.
    pub(crate) fn progress(&self) -> (usize, usize) {
        self.pixels.with(|pixels| (pixels.iter().flatten().count(), pixels.len()))
    }

    pub(crate) fn try_sample(&self) {
        self.failure.set(None);
        self.reading.set(Some((0, 1)));
        // A new one each time, the same ones in the same order for everybody.
        let seed = self.study.with_untracked(|study| {
            let shown =
                study.as_ref().filter(|s| s.synthetic).and_then(|s| s.name.split(' ').nth(1)?.parse::<u64>().ok());
            shown.map_or(FIRST_SAMPLE, |seed| seed + 1)
        });
        self.send(&Request::OpenSample { seed });
    }

    /// Steps through the plane in use.
    pub(crate) fn step(&self, steps: isize) {
        self.move_by(self.view.active.get_untracked(), steps);
    }

    pub(crate) fn toggle_attention(&self) {
        let last = self.gates_px().len().checked_sub(1);
        self.gate.update(|gate| *gate = if gate.is_some() { None } else { last });
    }

    /// Slices that are accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.marks.with(|marks| marks.iter().filter(|mark| **mark == Mark::Accepted).count())
    }

    /// What has been made of the slice looked at.
    pub(crate) fn mark(&self) -> Mark {
        let slice = self.slice.get();
        self.marks.with(|marks| marks.get(slice).copied().unwrap_or_default())
    }

    /// Accepts the slice looked at, or takes that back.
    pub(crate) fn toggle_accept(&self) {
        let slice = self.slice.get_untracked();
        let accepted = self.marks.with_untracked(|marks| marks.get(slice) != Some(&Mark::Accepted));
        self.send(&Request::Accept { slice, accepted });
    }

    pub(crate) fn go_to_next_correction(&self) {
        if let Some(slice) = self.correct_next() {
            self.slice.set(slice);
        }
    }

    /// The slice whose correction would teach the model most.
    pub(crate) fn correct_next(&self) -> Option<usize> {
        self.why.first.with(|first| first.as_ref().and_then(|(slices, _)| slices.first().copied()))
    }

    /// Whether the maps at hand are those of the slice looked at.
    pub(crate) fn has_gates_of_slice(&self) -> bool {
        self.gates.with(|gates| gates.as_ref().map(|g| g.slice)) == Some(self.slice.get())
    }

    /// Size of each gate's attention map, deepest gate first; empty for a model without gates.
    pub(crate) fn gates_px(&self) -> Vec<usize> {
        self.model.with(|model| model.as_ref().map(|model| model.gates_px.clone())).unwrap_or_default()
    }
}

/// Samples are counted from a seed that training never used.
const FIRST_SAMPLE: u64 = 5000;
