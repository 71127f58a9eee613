//! The bar chart above the slider: the mask's area on each slice, and what the reader has done with it.

use leptos::html::Canvas;
use leptos::prelude::*;

use crate::app::protocol::Mark;
use crate::core::mpr::Plane;
use crate::web::page::canvas::context_2d;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::view::ViewState;

const HEIGHT_PX: u32 = 16;

/// The mask's area on each axial slice.
#[component]
pub(crate) fn Strip() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), pixels, marks) = (canvas.get(), series.pixels.get(), series.marks.get()) else { return };
        canvas.set_width(pixels.len() as u32);
        canvas.set_height(HEIGHT_PX);
        let largest = pixels.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
        let context = context_2d(&canvas);
        for (slice, count) in pixels.iter().enumerate() {
            let (colour, height) = match count {
                None => ("#24272b", 2.0),
                Some(0) => ("#565c64", 2.0),
                Some(count) => ("#e69f00", 2.0 + f64::from(HEIGHT_PX - 2) * *count as f64 / largest),
            };
            context.set_fill_style_str(colour);
            context.fill_rect(slice as f64, f64::from(HEIGHT_PX) - height, 1.0, height);
            // Accepted and corrected slices are marked along the top.
            let colour = match marks.get(slice) {
                Some(Mark::Accepted) => "#56b4e9",
                Some(Mark::Corrected) => "#9aa3ad",
                _ => continue,
            };
            context.set_fill_style_str(colour);
            context.fill_rect(slice as f64, 0.0, 1.0, 3.0);
        }
    });
    // It counts axial slices, so it is dimmed above the slider of another plane.
    view! { <canvas node_ref=canvas class="strip" class:other=move || state.active.get() != Plane::Axial aria-hidden="true"/> }
}
