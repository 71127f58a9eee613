//! The panel with the result: how large the pancreas is and where it is.

use leptos::prelude::*;

use super::state::Page;
use crate::words::fill;

/// Volume or area.
#[component]
pub(crate) fn Result() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().result;
    let total = move || page.pixels.with(|pixels| pixels.iter().flatten().sum::<usize>());
    let size = move || {
        let study = page.study.get()?;
        let count = total() as f64;
        Some(match (study.voxel_mm3, study.spacing_mm, study.dims[0]) {
            (_, Some([_, y, x]), 1) => (format!("{:.2} cm²", count * y * x / 100.0), words.area),
            (Some(voxel_mm3), _, _) => (format!("{:.1} mL", count * voxel_mm3 / 1000.0), words.volume),
            _ => (format!("{count} px"), words.area_px),
        })
    };
    let range = move || {
        page.pixels.with(|pixels| {
            let filled: Vec<usize> =
                pixels.iter().enumerate().filter(|(_, p)| p.is_some_and(|p| p > 0)).map(|(z, _)| z + 1).collect();
            match (filled.first(), filled.last()) {
                (Some(first), Some(last)) if pixels.len() > 1 => {
                    fill(words.range, &[("count", &filled.len()), ("first", first), ("last", last)])
                }
                (None, _) if pixels.iter().all(Option::is_some) => words.none.into(),
                _ => String::new(),
            }
        })
    };
    let partial = move || {
        let (done, all) = page.progress();
        (done < all).then(|| fill(words.so_far, &[("done", &done), ("all", &all)]))
    };
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <h2>{words.title}</h2>
            <p class="figure">
                <output data-testid="volume-ml">{move || size().map(|s| s.0)}</output>
                <span>{move || size().map(|s| s.1)}</span>
            </p>
            <p class="quiet">{range}</p>
            <p class="quiet">{move || partial().unwrap_or_else(|| words.all_done.into())}</p>
            <label class="switch" title=words.show_mask_key>
                <input type="checkbox" data-testid="mask-toggle" prop:checked=move || page.show_mask.get()
                    on:change=move |event| page.show_mask.set(event_target_checked(&event))/>
                {words.show_mask}
            </label>
        </Show>
    }
}
