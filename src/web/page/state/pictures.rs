//! The pictures of the planes, and the requests for them.
//!
//! At most one request per pane is under way. A request made meanwhile is sent when that picture has arrived, so that
//! fast scrolling does not queue pictures that have left the screen.

use std::sync::Arc;

use leptos::prelude::*;

use super::beside::Beside;
use super::series::SeriesView;
use super::view::Pane;
use crate::app::protocol::{ModelChoice, PlaneView, Request, from_bytes};
use crate::core::slab::Slab;
use crate::web::page::io::session_client::SessionClient;

/// One plane of the series with its labels.
#[derive(Clone)]
pub(crate) struct Picture {
    /// The index of the plane.
    pub(crate) index: usize,
    /// The slab that the picture was made from.
    pub(crate) slab: Option<Slab>,
    /// HU, `[row, column]`.
    pub(crate) hu: Arc<[i16]>,
    /// One label per pixel, where there are any.
    pub(crate) mask: Option<Vec<u8>>,
    /// The labels of all organs, where there is a label map.
    pub(crate) organs: Option<Arc<[u8]>>,
    /// The labels of the ground truth, where there is one.
    pub(crate) truth: Option<Arc<[u8]>>,
    /// True if a coronal or sagittal plane is accepted.
    pub(crate) accepted: bool,
}

impl From<PlaneView> for Picture {
    fn from(view: PlaneView) -> Self {
        let PlaneView { index, slab, hu, mask, organs, truth, accepted, .. } = view;
        let mask = mask.map(|labels| labels.into_vec());
        let [organs, truth] = [organs, truth].map(|labels| labels.map(|labels| labels.into_vec().into()));
        Self { index, slab, hu: from_bytes(&hu).into(), mask, organs, truth, accepted }
    }
}

/// The state of a pane's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    /// No request is under way.
    Idle,
    /// One request is under way.
    Sent,
    /// One request is under way and already out of date.
    Outdated,
}

/// The pictures of all panes.
#[derive(Clone, Copy)]
pub(crate) struct Pictures {
    session: SessionClient,
    series: SeriesView,
    beside: Beside,
    shown: [RwSignal<Option<Arc<Picture>>>; 5],
    pending: StoredValue<[Pending; 5]>,
}

fn slot(pane: Pane) -> usize {
    match pane {
        Pane::Current(plane) => plane.axis(),
        Pane::Before => 3,
        Pane::Beside(_) => 4,
    }
}

impl Pictures {
    /// No pictures.
    pub(crate) fn new(session: SessionClient, series: SeriesView, beside: Beside) -> Self {
        let shown = [0; 5].map(|_| RwSignal::new(None));
        Self { session, series, beside, shown, pending: StoredValue::new([Pending::Idle; 5]) }
    }

    /// The picture of a pane, if it has arrived.
    pub(crate) fn of_pane(&self, pane: Pane) -> Option<Arc<Picture>> {
        self.shown[slot(pane)].get()
    }

    /// True if the picture of a pane is the one at the crosshair.
    pub(crate) fn is_current(&self, pane: Pane) -> bool {
        let index = self.shown[slot(pane)].with_untracked(|picture| picture.as_ref().map(|picture| picture.index));
        index == Some(untrack(|| self.series.index(pane.plane())))
    }

    /// Drops all pictures and pending requests, because another series is opened or none.
    pub(crate) fn clear(&self) {
        self.shown.iter().for_each(|picture| picture.set(None));
        self.pending.set_value([Pending::Idle; 5]);
    }

    /// Requests the picture at the crosshair.
    pub(crate) fn request(&self, pane: Pane) {
        if !untrack(|| self.series.is_open()) {
            return;
        }
        let mut before = Pending::Idle;
        self.pending.update_value(|pending| {
            let entry = &mut pending[slot(pane)];
            before = *entry;
            *entry = if before == Pending::Idle { Pending::Sent } else { Pending::Outdated };
        });
        if before == Pending::Idle {
            let (plane, index) = (pane.plane(), untrack(|| self.series.index(pane.plane())));
            let request = match (pane, untrack(|| self.beside.chosen())) {
                (Pane::Before, _) => Request::View { plane, index, model: ModelChoice::Before },
                (Pane::Current(_), _) => Request::View { plane, index, model: ModelChoice::Current },
                (Pane::Beside(_), Some(beside)) => Request::ViewBeside { beside, plane, index },
                (Pane::Beside(_), None) => {
                    self.forget(pane);
                    return;
                }
            };
            self.session.send(&request);
        }
    }

    /// Drops the picture of a pane, and waits for none.
    pub(crate) fn forget(&self, pane: Pane) {
        self.shown[slot(pane)].set(None);
        self.pending.update_value(|pending| pending[slot(pane)] = Pending::Idle);
    }

    /// Shows a picture that has arrived, and sends the request that was made meanwhile. A picture that was scrolled
    /// past is shown too, so that the view keeps moving however slowly pictures arrive.
    pub(crate) fn receive(&self, pane: Pane, picture: Picture) {
        let index = picture.index;
        self.shown[slot(pane)].set(Some(Arc::new(picture)));
        let mut before = Pending::Idle;
        self.pending.update_value(|pending| before = std::mem::replace(&mut pending[slot(pane)], Pending::Idle));
        if before == Pending::Outdated || index != untrack(|| self.series.index(pane.plane())) {
            self.request(pane);
        }
    }

    /// Replaces the mask of an axial slice, if it is the one shown.
    pub(crate) fn replace_mask(&self, slice: usize, mask: Option<Vec<u8>>) {
        self.update(Pane::AXIAL, |picture| {
            let is_shown = picture.index == slice;
            if is_shown {
                picture.mask = mask;
            }
            is_shown
        });
    }

    /// Changes the picture of a pane in place; `change` returns true if there is something new to paint.
    pub(crate) fn update(&self, pane: Pane, change: impl FnOnce(&mut Picture) -> bool) {
        self.shown[slot(pane)]
            .maybe_update(|picture| picture.as_mut().is_some_and(|picture| change(Arc::make_mut(picture))));
    }
}
