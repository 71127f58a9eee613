//! The result: how large the pancreas is and where it is, the panel with how its mask is made and shown.

use leptos::prelude::*;

use super::input_check::Warnings;
use super::review::LookFirst;
use super::state::Page;
use crate::app::protocol::{MaskSettings, MasksUpdated, Request};
use crate::core::i18n::interpolate;
use crate::core::volumetry::{Measurement, OrganSize, SizeWarning, measure_volume};
use crate::imaging::overlay::FILL;

/// How the mask is made and shown.
#[derive(Clone, Copy)]
pub(crate) struct MaskDisplay {
    /// Opacity of the mask inside its outline.
    pub(crate) fill: RwSignal<f32>,
    /// As the person wishes; the session may not have got there yet.
    pub(crate) settings: RwSignal<MaskSettings>,
    /// Voxels that the clean-up has removed.
    pub(crate) removed: RwSignal<usize>,
}

impl MaskDisplay {
    pub(crate) fn new() -> Self {
        Self { fill: RwSignal::new(FILL), settings: RwSignal::new(MaskSettings::default()), removed: RwSignal::new(0) }
    }
}

/// Makes the masks in another way.
pub(crate) fn set(page: Page, change: impl FnOnce(&mut MaskSettings)) {
    page.shown.settings.update(change);
    page.send(&Request::Set(page.shown.settings.get_untracked()));
}

/// Masks were made anew.
pub(crate) fn remade(page: Page, remade: MasksUpdated) {
    page.pixels.set(remade.pixels);
    page.view.masks.update(|changes| *changes += 1);
    page.shown.removed.set(remade.removed);
    if let Some(mask) = remade.mask.filter(|_| !page.tools.awaits_confirmation()) {
        page.show_labels(remade.slice, Some(mask.into_vec()));
    }
    if remade.more {
        page.send(&Request::GoOn);
    }
}

/// What the pixels on the slices come to.
fn measured(page: Page) -> Option<Measurement> {
    let (spacing_mm, voxel_mm3) = page.study.with(|s| s.as_ref().map(|s| (s.spacing_mm, s.voxel_mm3)))?;
    Some(page.pixels.with(|pixels| measure_volume(pixels, spacing_mm, voxel_mm3)))
}

/// A size with its unit.
fn worded(page: Page, size: OrganSize) -> String {
    let words = &page.words().result;
    match size {
        OrganSize::VolumeMl(ml) => interpolate(words.ml, &[("value", &format!("{ml:.1}"))]),
        OrganSize::AreaCm2(cm2) => interpolate(words.cm2, &[("value", &format!("{cm2:.2}"))]),
        OrganSize::Pixels(count) => interpolate(words.px, &[("value", &count)]),
    }
}

/// What a size is the size of.
fn kind(page: Page, measure: &Measurement) -> &'static str {
    let words = &page.words().result;
    let has = |caveat: fn(&SizeWarning) -> bool| measure.caveats.iter().any(caveat);
    match measure.size {
        OrganSize::AreaCm2(_) => words.area,
        OrganSize::Pixels(_) => words.area_px,
        OrganSize::VolumeMl(_) if has(|c| matches!(c, SizeWarning::Unfinished { .. })) => words.volume_so_far,
        OrganSize::VolumeMl(_)
            if has(|c| {
                matches!(c, SizeWarning::TouchesFirst | SizeWarning::TouchesLast | SizeWarning::TouchesBoth)
            }) =>
        {
            words.volume_cut_off
        }
        OrganSize::VolumeMl(_) => words.volume,
    }
}

/// Which slices it is on.
fn range(page: Page, measure: &Measurement) -> String {
    let words = &page.words().result;
    match measure.slices {
        Some([count, first, last]) if page.pixels.with(Vec::len) > 1 => {
            interpolate(words.range, &[("count", &count), ("first", &(first + 1)), ("last", &(last + 1))])
        }
        None if page.pixels.with(|pixels| pixels.iter().all(Option::is_some)) => words.none.into(),
        _ => String::new(),
    }
}

/// Why the size is not the organ's volume, in sentences.
fn caveats(page: Page, measure: &Measurement) -> Vec<String> {
    let words = &page.words().result;
    let sentence = |caveat: &SizeWarning| match caveat {
        SizeWarning::LoneSlice => words.lone_slice.into(),
        SizeWarning::NoSpacing => words.no_spacing.into(),
        SizeWarning::Unfinished { done, all } => interpolate(words.unfinished, &[("done", done), ("all", all)]),
        SizeWarning::TouchesFirst => words.touches_first.into(),
        SizeWarning::TouchesLast => words.touches_last.into(),
        SizeWarning::TouchesBoth => words.touches_both.into(),
    };
    measure.caveats.iter().map(sentence).collect()
}

/// The size with its unit, and what it is the size of.
pub(crate) fn size(page: Page) -> Option<(String, &'static str)> {
    measured(page).map(|measure| (worded(page, measure.size), kind(page, &measure)))
}

/// Volume or area; above the tabs, for it is what the page is opened for.
#[component]
pub(crate) fn Figure() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().result;
    let partial = move || {
        let (done, all) = page.progress();
        (done < all).then(|| interpolate(words.so_far, &[("done", &done), ("all", &all)]))
    };
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <div class="headline">
                <h2>{words.title}</h2>
                <p class="figure">
                    <output data-testid="volume-ml">{move || size(page).map(|size| size.0)}</output>
                    <span data-testid="volume-kind">{move || size(page).map(|size| size.1)}</span>
                </p>
                <p class="quiet">{move || measured(page).map(|measure| range(page, &measure))}</p>
                <p class="quiet">{move || partial().unwrap_or_else(|| words.all_done.into())}</p>
            </div>
        </Show>
    }
}

/// How the mask is shown and made, and what to make of it.
#[component]
pub(crate) fn Result() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().result;
    let shown = page.shown;
    let sentences = Memo::new(move |_| measured(page).map(|measure| caveats(page, &measure)).unwrap_or_default());
    let number = |event: &web_sys::Event| event_target_value(event).parse::<f32>().ok();
    let removes = move || {
        let (removed, voxel_mm3) = (shown.removed.get(), page.study.with(|s| s.as_ref().and_then(|s| s.voxel_mm3)));
        let amount =
            voxel_mm3.map_or(OrganSize::Pixels(removed), |mm3| OrganSize::VolumeMl(removed as f64 * mm3 / 1000.0));
        interpolate(words.removes, &[("amount", &worded(page, amount))])
    };
    view! {
            <ul class="statements" data-testid="caveats">
                {move || sentences.get().into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
            </ul>
            <Warnings/>
            <label class="switch" title=words.show_mask_key>
                <input type="checkbox" data-testid="mask-toggle" prop:checked=move || page.show_mask.get()
                    on:change=move |event| page.show_mask.set(event_target_checked(&event))/>
                {words.show_mask}
            </label>
            <label class="setting" title=words.opacity_title>
                <span>{words.opacity}</span>
                <input type="range" data-testid="opacity" min="0" max="1" step="0.05" prop:value=move || shown.fill.get().to_string()
                    on:input=move |event| shown.fill.set(number(&event).unwrap_or(FILL))/>
                <output>{move || format!("{:.0} %", 100.0 * shown.fill.get())}</output>
            </label>
            <label class="setting" title=words.threshold_title>
                <span>{words.threshold}</span>
                <input type="range" data-testid="threshold" min="0.05" max="0.95" step="0.01"
                    prop:value=move || shown.settings.get().threshold.to_string()
                    on:input=move |event| if let Some(threshold) = number(&event) { set(page, |s| s.threshold = threshold) }/>
                <output>{move || format!("{:.2}", shown.settings.get().threshold)}</output>
            </label>
            <div class="setting">
                <label title=words.clean_up_title>
                    <input type="checkbox" data-testid="clean-up" prop:checked=move || shown.settings.get().clean_up
                        on:change=move |event| set(page, |s| s.clean_up = event_target_checked(&event))/>
                    {words.clean_up}
                </label>
                <output data-testid="clean-up-removes">{move || shown.settings.get().clean_up.then(removes)}</output>
            </div>
            <LookFirst/>
    }
}
