//! The progress of the segmentation of the whole series by a model of volumes.

use leptos::prelude::*;

use crate::app::protocol::{Patches, VolumeInfo, VolumeProgress};

/// The moment from which the remaining time is estimated.
#[derive(Clone, Copy, Debug)]
struct PatchClock {
    /// Its time, in ms.
    time_ms: f64,
    /// The patches that were done by then.
    patches: Patches,
}

/// The segmentation by a model of whole volumes, as the page knows it.
#[derive(Clone, Copy)]
pub(crate) struct VolumeRun {
    /// Its progress; `None` while a model of slices is in use.
    pub(crate) progress: RwSignal<Option<VolumeProgress>>,
    /// The remaining time of the network that runs, in seconds, from its first patch on.
    pub(crate) left_s: RwSignal<Option<f64>>,
    /// The duration of the last run that was seen from its beginning to its end, in seconds.
    pub(crate) took_s: RwSignal<Option<f64>>,
    /// True if the probability of the organ that the tools act on is known.
    has_probability: RwSignal<bool>,
    /// The beginning of this run, in ms.
    begun_ms: StoredValue<Option<f64>>,
    clock: StoredValue<Option<PatchClock>>,
}

impl VolumeRun {
    /// No model of whole volumes is in use.
    pub(crate) fn new() -> Self {
        Self {
            progress: RwSignal::new(None),
            left_s: RwSignal::new(None),
            took_s: RwSignal::new(None),
            has_probability: RwSignal::new(false),
            begun_ms: StoredValue::new(None),
            clock: StoredValue::new(None),
        }
    }

    /// Another series or another model is in use.
    pub(crate) fn reset(&self) {
        self.clock.set_value(None);
        self.left_s.set(None);
        self.begun_ms.set_value(None);
        self.took_s.set(None);
        self.has_probability.set(false);
        self.progress.set(None);
    }

    /// Takes note of the state, and estimates the remaining time.
    pub(crate) fn receive(&self, info: VolumeInfo) {
        let VolumeInfo { progress, has_probability } = info;
        self.has_probability.set(has_probability);
        self.advance(progress);
    }

    /// Takes note of the progress, and estimates the remaining time.
    pub(crate) fn advance(&self, progress: VolumeProgress) {
        let begun_ms = self.begun_ms.get_value();
        let is_finished = matches!(progress, VolumeProgress::Done | VolumeProgress::Stopped);
        if let Some(begun_ms) = begun_ms.filter(|_| progress == VolumeProgress::Done) {
            self.took_s.set(Some((js_sys::Date::now() - begun_ms) / 1000.0));
        }
        self.begun_ms.set_value(if is_finished { None } else { begun_ms.or_else(|| Some(js_sys::Date::now())) });
        match progress {
            VolumeProgress::Running(patches) => self.estimate(patches),
            _ => {
                self.clock.set_value(None);
                self.left_s.set(None);
            }
        }
        self.progress.set(Some(progress));
    }

    /// True if a model of whole volumes is in use that says nothing of the probability of the organ that the tools act on,
    /// or not yet.
    pub(crate) fn lacks_probability(&self) -> bool {
        self.progress.with(Option::is_some) && !self.has_probability.get()
    }

    /// True if every slice has its mask.
    pub(crate) fn is_done(&self) -> bool {
        self.progress.get() == Some(VolumeProgress::Done)
    }

    /// True while it waits or runs.
    pub(crate) fn is_unfinished(&self) -> bool {
        matches!(self.progress.get(), Some(VolumeProgress::Waiting | VolumeProgress::Running(_)))
    }

    /// True if it was stopped or has failed.
    pub(crate) fn is_stopped(&self) -> bool {
        self.progress.get() == Some(VolumeProgress::Stopped)
    }

    /// The patches that are done and all of them; those of a network that has not begun are not known.
    pub(crate) fn patches(&self) -> Option<Patches> {
        match self.progress.get() {
            Some(VolumeProgress::Running(patches)) => Some(patches),
            _ => None,
        }
    }

    /// The time of a patch is that between two reports; the first also counts what is done before it.
    fn estimate(&self, patches: Patches) {
        let time_ms = js_sys::Date::now();
        let now = PatchClock { time_ms, patches };
        let started = self.clock.get_value().filter(|clock| clock.patches.network == patches.network);
        let Some(start) = started else {
            self.clock.set_value(Some(now));
            self.left_s.set(None);
            return;
        };
        if patches.done > start.patches.done {
            let patch_ms = (time_ms - start.time_ms) / (patches.done - start.patches.done) as f64;
            self.left_s.set(Some(patch_ms * (patches.all - patches.done) as f64 / 1000.0));
        }
        // From the first patch on only patches are timed.
        if start.patches.done == 0 && patches.done > 0 {
            self.clock.set_value(Some(now));
        }
    }
}
