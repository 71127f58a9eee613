//! Positions of pointer events on the screen and in the picture.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, MouseEvent};

/// The element of an event.
pub(crate) fn target(event: &MouseEvent) -> Option<HtmlElement> {
    event.target()?.dyn_into().ok()
}

/// The position of an event on the screen, `[y, x]` in CSS pixels.
pub(crate) fn on_screen(event: &MouseEvent) -> [f64; 2] {
    [f64::from(event.client_y()), f64::from(event.client_x())]
}

/// `[height, width]` of the picture on the screen.
pub(crate) fn size_on_screen(event: &MouseEvent) -> Option<[f64; 2]> {
    let rect = target(event)?.get_bounding_client_rect();
    Some([rect.height().max(1.0), rect.width().max(1.0)])
}

/// The position of an event, `[y, x]` in fractions of the picture; a captured pointer may be outside.
pub(crate) fn fraction(event: &MouseEvent) -> Option<[f64; 2]> {
    let rect = target(event)?.get_bounding_client_rect();
    let [height, width] = size_on_screen(event)?;
    let [y, x] = on_screen(event);
    Some([(y - rect.top()) / height, (x - rect.left()) / width])
}

/// The distance between two points.
pub(crate) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The point in the middle between two points.
pub(crate) fn midpoint(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|i| (a[i] + b[i]) / 2.0)
}
