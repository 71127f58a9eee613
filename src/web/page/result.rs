//! The result: how large the pancreas is and where it is, the panel with what can be done to its mask, and the way to take it away.

use leptos::prelude::*;

use super::state::Page;
use crate::protocol::Request;
use crate::words::fill;

/// Volume or area with its unit, and which of them it is.
pub(crate) fn size(page: Page) -> Option<(String, &'static str)> {
    let words = page.words().result;
    let study = page.study.get()?;
    let count = page.pixels.with(|pixels| pixels.iter().flatten().sum::<usize>()) as f64;
    Some(match (study.voxel_mm3, study.spacing_mm, study.dims[0]) {
        (_, Some([_, y, x]), 1) => (format!("{:.2} cm²", count * y * x / 100.0), words.area),
        (Some(voxel_mm3), _, _) => (format!("{:.1} mL", count * voxel_mm3 / 1000.0), words.volume),
        _ => (format!("{count} px"), words.area_px),
    })
}

/// Volume or area; above the tabs, for it is what the page is opened for.
#[component]
pub(crate) fn Figure() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().result;
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
            <div class="headline">
                <h2>{words.title}</h2>
                <p class="figure">
                    <output data-testid="volume-ml">{move || size(page).map(|s| s.0)}</output>
                    <span>{move || size(page).map(|s| s.1)}</span>
                </p>
                <p class="quiet">{range}</p>
                <p class="quiet">{move || partial().unwrap_or_else(|| words.all_done.into())}</p>
            </div>
        </Show>
    }
}

/// What is shown of the mask.
#[component]
pub(crate) fn Result() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().result;
    view! {
        <label class="switch" title=words.show_mask_key>
            <input type="checkbox" data-testid="mask-toggle" prop:checked=move || page.show_mask.get()
                on:change=move |event| page.show_mask.set(event_target_checked(&event))/>
            {words.show_mask}
        </label>
    }
}

/// Takes the mask away.
#[component]
pub(crate) fn SaveMask() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().result;
    view! {
        <button data-testid="export-nifti" title=words.save_nifti_title
            disabled=move || { let (done, all) = page.progress(); done < all }
            on:click=move |_| page.send(&Request::ExportNifti)>{words.save_nifti}</button>
    }
}
