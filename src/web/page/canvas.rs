//! Drawing on canvas elements.

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// The 2-D context of a canvas.
pub(crate) fn context_2d(canvas: &HtmlCanvasElement) -> CanvasRenderingContext2d {
    canvas.get_context("2d").expect("no other context was requested").expect("every browser has it").unchecked_into()
}

/// Shows RGBA pixels, `[height, width, 4]`, in a canvas of that size.
pub(crate) fn put_rgba(canvas: &HtmlCanvasElement, rgba: &[u8], [height, width]: [u32; 2]) {
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), width, height);
    let image = image.expect("four bytes per pixel");
    context_2d(canvas).put_image_data(&image, 0.0, 0.0).expect("an image of this page");
}
