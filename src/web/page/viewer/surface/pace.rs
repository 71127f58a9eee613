//! How fast surfaces are drawn, and how finely they are drawn therefore.
//!
//! A graphics card draws all triangles at the pace of the screen. A browser without one is slow: there, surfaces with few
//! triangles are drawn on a coarser canvas while something moves, and all triangles once it rests.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use crate::imaging::organ_surface::SurfaceDetail;

/// A picture that takes longer than this is a slow one.
const SLOW_MS: f64 = 25.0;
/// Drawing is slow once there were this many more slow pictures than others.
const SLOW_PICTURES: i32 = 3;
/// All triangles are drawn once nothing has moved for this time.
const REST: Duration = Duration::from_millis(250);

/// The pace of drawing.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Slow pictures, less the others.
    slow_pictures: StoredValue<i32>,
    /// Counts the times that all triangles are to be drawn because nothing has moved.
    rests: RwSignal<usize>,
    /// True if that is due with the next picture.
    is_rest_due: StoredValue<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Pace {
    /// Nothing is drawn yet.
    pub(super) fn new() -> Self {
        Self {
            slow_pictures: StoredValue::new(0),
            rests: RwSignal::new(0),
            is_rest_due: StoredValue::new(false),
            timer: StoredValue::new(None),
        }
    }

    /// Subscribes the running effect to the times that all triangles are to be drawn.
    pub(super) fn track(&self) {
        self.rests.track();
    }

    /// How finely the next picture is to be drawn.
    pub(super) fn next_detail(&self) -> SurfaceDetail {
        let is_at_rest = self.is_rest_due.try_get_value().unwrap_or_default();
        self.is_rest_due.try_set_value(false);
        let is_slow = self.slow_pictures.try_get_value().is_some_and(|pictures| pictures >= SLOW_PICTURES);
        if is_slow && !is_at_rest { SurfaceDetail::Moving } else { SurfaceDetail::Still }
    }

    /// A picture has been begun: one with all triangles is due once nothing moves.
    pub(super) fn begun(&self, detail: SurfaceDetail) {
        let this = *self;
        if let Some(timer) = self.timer.try_get_value().flatten() {
            timer.clear();
        }
        let rest = move || {
            // The pane may be gone.
            this.is_rest_due.try_set_value(true);
            this.rests.try_update(|rests| *rests += 1);
        };
        let timer = (detail == SurfaceDetail::Moving).then(|| set_timeout_with_handle(rest, REST).ok());
        self.timer.try_set_value(timer.flatten());
    }

    /// A picture is done.
    pub(super) fn done(&self, detail: SurfaceDetail, picture_ms: f64) {
        // The pane may be gone.
        self.slow_pictures.try_update_value(|pictures| {
            // Once slow, it stays so.
            if detail == SurfaceDetail::Still && *pictures < SLOW_PICTURES {
                *pictures = if picture_ms > SLOW_MS { *pictures + 1 } else { (*pictures - 1).max(0) };
            }
        });
    }
}
