//! How fast surfaces are drawn, and how finely they are drawn therefore.
//!
//! A graphics card draws all triangles at the pace of the screen. A browser without one is slow: there, surfaces with few
//! triangles are drawn on a coarser canvas while something moves, and all triangles once it rests.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use crate::imaging::organ_surface::SurfaceDetail;
use crate::web::clock::now_ms;

/// A frame that takes longer than this is a slow one.
const SLOW_MS: f64 = 25.0;
/// Drawing is slow once there were this many more slow frames than others.
const SLOW_FRAMES: i32 = 3;
/// All triangles are drawn once nothing has moved for this time.
const REST: Duration = Duration::from_millis(250);

/// The pace of drawing.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Slow frames, less the others.
    slow_frames: StoredValue<i32>,
    /// Counts the times that all triangles are to be drawn because nothing has moved.
    rests: RwSignal<usize>,
    /// True if that is due with the next frame.
    is_rest_due: StoredValue<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Pace {
    /// Nothing is drawn yet.
    pub(super) fn new() -> Self {
        Self {
            slow_frames: StoredValue::new(0),
            rests: RwSignal::new(0),
            is_rest_due: StoredValue::new(false),
            timer: StoredValue::new(None),
        }
    }

    /// Subscribes the running effect to the times that all triangles are to be drawn.
    pub(super) fn track(&self) {
        self.rests.track();
    }

    /// A frame begins; returns how finely it is to be drawn.
    pub(super) fn begin_frame(&self) -> SurfaceDetail {
        let is_at_rest = self.is_rest_due.try_get_value().unwrap_or_default();
        self.is_rest_due.try_set_value(false);
        let is_slow = self.slow_frames.try_get_value().is_some_and(|frames| frames >= SLOW_FRAMES);
        if is_slow && !is_at_rest { SurfaceDetail::Moving } else { SurfaceDetail::Still }
    }

    /// A frame has been handed to the browser.
    pub(super) fn end_frame(&self, detail: SurfaceDetail) {
        let this = *self;
        if let Some(timer) = self.timer.try_get_value().flatten() {
            timer.clear();
        }
        match detail {
            SurfaceDetail::Moving => {
                let rest = move || {
                    // The pane may be gone.
                    this.is_rest_due.try_set_value(true);
                    this.rests.try_update(|rests| *rests += 1);
                };
                self.timer.try_set_value(set_timeout_with_handle(rest, REST).ok());
            }
            SurfaceDetail::Still => {
                // The browser gives the next frame later if the last one is not done.
                let begun_ms = now_ms();
                request_animation_frame(move || this.note(now_ms() - begun_ms));
            }
        }
    }

    /// Takes note of the time of a frame with all triangles.
    fn note(&self, frame_ms: f64) {
        // The pane may be gone.
        self.slow_frames.try_update_value(|frames| {
            // Once slow, it stays so.
            if *frames < SLOW_FRAMES {
                *frames = if frame_ms > SLOW_MS { *frames + 1 } else { (*frames - 1).max(0) };
            }
        });
    }
}
