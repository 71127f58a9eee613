//! Gestures with two fingers: a pinch, or a change of the window.

use super::pointer_geometry::distance;

/// Two fingers that have moved this far either pinch or change the window.
const DECIDED_PX: f64 = 16.0;
/// One kind of movement of two fingers counts if it is this many times the other.
const CLEARLY: f64 = 1.5;

/// The state of a gesture with two fingers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TwoFingers {
    /// The gesture, once it can be told.
    pub(super) gesture: Option<TwoFingerGesture>,
    /// The distance between the fingers at the last event.
    pub(super) distance: f64,
    /// The point between the fingers at the last event.
    pub(super) midpoint: [f64; 2],
}

/// What two fingers do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TwoFingerGesture {
    /// They move apart or together.
    Zoom,
    /// They move side by side, and change the window.
    Window,
}

impl TwoFingers {
    /// Tells a pinch from a change of the window with two fingers, once they have moved far enough.
    pub(super) fn decided(&self, apart: f64, midpoint: [f64; 2]) -> Option<TwoFingerGesture> {
        let spread = (apart - self.distance).abs();
        // Fingers report one after the other. After the first report both are equal, and neither can be told.
        let moved_together = 2.0 * distance(midpoint, self.midpoint);
        if spread.max(moved_together) < DECIDED_PX {
            None
        } else if spread > CLEARLY * moved_together {
            Some(TwoFingerGesture::Zoom)
        } else {
            (moved_together > CLEARLY * spread).then_some(TwoFingerGesture::Window)
        }
    }
}
