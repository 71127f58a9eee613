//! The result: the size of the pancreas, what was measured, how its mask is made and shown, and what to review.

use leptos::prelude::*;

use super::input_check::InputWarnings;
use super::measurement::{doubt_texts, measurement, range_text, size_kind, warning_texts};
use super::measurements::MeasurementList;
use super::organs::{ActiveOrgan, OrganSection};
use super::review::ReviewSection;
use super::volume::VolumeSection;
use crate::core::i18n::interpolate;
use crate::core::volumetry::{OrganSize, millilitres};
use crate::imaging::overlay::FILL;
use crate::web::page::state::display::Display;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::page_parts::PageParts;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::volume::VolumeRun;

/// The size of the pancreas. It stands above the tabs because it is the answer that the page is opened for.
#[component]
pub(crate) fn Headline() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let shell = expect_context::<Shell>();
    let volume = expect_context::<VolumeRun>();
    let organs = expect_context::<OrganList>();
    let parts = expect_context::<PageParts>();
    let strings = &shell.strings().result;
    let title = move || organs.other_name().map_or_else(|| strings.title.into(), |name| shell.organ_title(&name));
    let measured = move || measurement(&series);
    let origin = move || match series.progress() {
        _ if series.shows_completed() => {
            interpolate(strings.completed, &[("count", &series.propagation.get().accepted)])
        }
        _ if volume.is_stopped() => shell.strings().volume.stopped.into(),
        (done, all) if done < all && shell.is_volume_model() => String::new(),
        (done, all) if done < all => interpolate(strings.so_far, &[("done", &done), ("all", &all)]),
        _ => strings.all_done.into(),
    };
    view! {
        <Show when=move || series.is_open() && parts.has_shown()>
            <div class="headline">
                <h2 data-testid="organ-title">{title}</h2>
                <p class="figure">
                    <output data-testid="volume-ml">{move || measured().map(|m| strings.size(m.size))}</output>
                    <span data-testid="volume-kind">{move || measured().map(|m| size_kind(strings, &m))}</span>
                </p>
                <p class="quiet">{move || measured().map(|m| range_text(strings, &series, &m))}</p>
                <p class="quiet">{origin}</p>
                <Doubts/>
                <ActiveOrgan/>
                <Limits/>
                <VolumeSection/>
            </div>
        </Show>
    }
}

/// What speaks against the number.
#[component]
fn Doubts() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let organs = expect_context::<OrganList>();
    let strings = &expect_context::<Shell>().strings().result;
    let sentences = Memo::new(move |_| doubt_texts(strings, &series, &organs));
    move || {
        let sentence = |text| view! { <p class="warning" role="note" data-testid="volume-doubt">{text}</p> };
        sentences.get().into_iter().map(sentence).collect_view()
    }
}

/// What the model in use says of its own limits, beside the number that it gives.
#[component]
fn Limits() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let remarks = move || {
        let remarks = shell.model.with(|model| model.as_ref().map(|model| model.training.remarks.clone()));
        remarks.unwrap_or_default()
    };
    view! {
        <Show when=move || !remarks().is_empty()>
            <details class="limits" data-testid="limits">
                <summary>{shell.strings().result.limits}</summary>
                <p class="quiet">{remarks}</p>
            </details>
        </Show>
    }
}

/// Warnings about the result, the settings of its mask, and the slices to review.
#[component]
pub(crate) fn ResultPanel() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().result;
    let sentences = Memo::new(move |_| measurement(&series).map(|m| warning_texts(strings, &m)).unwrap_or_default());
    view! {
        <ul class="statements" data-testid="caveats">
            {move || sentences.get().into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
        </ul>
        <InputWarnings/>
        <MeasurementList/>
        <OrganSection/>
        <MaskDisplay/>
        <MaskControls/>
        <ReviewSection/>
    }
}

/// Shows or hides the mask, and sets its opacity.
#[component]
fn MaskDisplay() -> impl IntoView {
    let display = expect_context::<Display>();
    let strings = expect_context::<Shell>().strings();
    let (strings, organs) = (&strings.result, &strings.organs);
    view! {
        <label class="switch" title=strings.show_mask_key>
            <input type="checkbox" data-testid="mask-toggle" prop:checked=move || display.mask_visible.get()
                on:change=move |event| display.mask_visible.set(event_target_checked(&event))/>
            {strings.show_mask}
        </label>
        <label class="switch" title=organs.outline_only_title>
            <input type="checkbox" data-testid="outline-only" prop:checked=move || display.outline_only.get()
                on:change=move |event| display.outline_only.set(event_target_checked(&event))/>
            {organs.outline_only}
        </label>
        <label class="setting" title=strings.opacity_title>
            <span>{strings.opacity}</span>
            <input type="range" data-testid="opacity" min="0" max="1" step="0.05" prop:value=move || display.opacity.get().to_string()
                on:input=move |event| display.opacity.set(event_target_value(&event).parse().unwrap_or(FILL))/>
            <output>{move || format!("{:.0} %", 100.0 * display.opacity.get())}</output>
        </label>
    }
}

/// The threshold of the mask, and the removal of small components.
#[component]
fn MaskControls() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().result;
    let settings = series.mask_settings;
    let set_threshold = move |event| {
        if let Ok(threshold) = event_target_value(&event).parse::<f32>() {
            series.change_mask_settings(|settings| settings.threshold = threshold);
        }
    };
    let volume = expect_context::<VolumeRun>();
    let threshold_title = move || {
        if volume.lacks_probability() { shell.strings().volume.no_probability } else { strings.threshold_title }
    };
    let removed = move || {
        let (voxels, voxel_mm3) = (series.removed.get(), series.info.with(|s| s.as_ref().and_then(|s| s.voxel_mm3)));
        let amount = match voxel_mm3 {
            Some(mm3) => OrganSize::VolumeMl(millilitres(voxels as f64, mm3)),
            None => OrganSize::Pixels(voxels),
        };
        interpolate(strings.removes, &[("amount", &strings.size(amount))])
    };
    view! {
        <label class="setting" title=threshold_title>
            <span>{strings.threshold}</span>
            <input type="range" data-testid="threshold" min="0.05" max="0.95" step="0.01"
                disabled=move || volume.lacks_probability()
                prop:value=move || settings.get().threshold.to_string() on:input=set_threshold/>
            <output>{move || format!("{:.2}", settings.get().threshold)}</output>
        </label>
        <div class="setting">
            <label title=strings.clean_up_title>
                <input type="checkbox" data-testid="clean-up" prop:checked=move || settings.get().clean_up
                    on:change=move |event| series.change_mask_settings(|s| s.clean_up = event_target_checked(&event))/>
                {strings.clean_up}
            </label>
            <output data-testid="clean-up-removes">{move || settings.get().clean_up.then(removed)}</output>
        </div>
    }
}
