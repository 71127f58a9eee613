//! The series of the drop, ways to open more, and the windows.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::Clamped;
use web_sys::ImageData;

use super::files::ChooseFiles;
use super::keys::titled;
use super::pane::context;
use super::state::Page;
use crate::app::protocol::{Mark, Request, SeriesInfo, Thumbnail};
use crate::core::i18n::{Strings, interpolate};
use crate::core::window::Window;

/// The open series, the others of the drop, those that are only named, and ways to open more.
#[component]
pub(crate) fn SeriesList() -> impl IntoView {
    let page = expect_context::<Page>();
    let all_words = page.words();
    let (words, welcome) = (&all_words.series, &all_words.welcome);
    view! {
        <h2>{words.title}</h2>
        <ul class="series">
            {move || {
                let (all, shown) = page.series.get();
                all.into_iter().enumerate().map(|(index, series)| view! { <Entry index series is_open=index == shown/> }).collect_view()
            }}
        </ul>
        <Show when=move || page.study.with(Option::is_some)>
            <div class="more">
                <ChooseFiles/>
                <button data-testid="try-sample" title=welcome.sample_title on:click=move |_| page.try_sample()>{welcome.sample}</button>
                <Close/>
            </div>
        </Show>
        <h2>{words.window}</h2>
        <div class="presets">
            {Window::PRESETS.into_iter().zip(preset_names(all_words)).enumerate().map(|(i, (window, name))| view! {
                <button class:on=move || page.window.get() == window title=move || titled(page, name, &format!("window-{}", i + 1))
                    on:click=move |_| page.window.set(window)>{name}</button>
            }).collect_view()}
        </div>
    }
}

/// One series of the drop.
#[component]
fn Entry(
    /// Its place in the list.
    index: usize,
    /// What it is.
    series: SeriesInfo,
    /// Whether it is the one shown.
    is_open: bool,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().series;
    let count = match (series.why_not.is_some(), series.slices) {
        (false, 1) => words.one_slice.into(),
        (false, count) => interpolate(words.slices, &[("count", &count)]),
        (true, 1) => words.one_file.into(),
        (true, count) => interpolate(words.files, &[("count", &count)]),
    };
    let why = series
        .why_not
        .as_ref()
        .map(|why| interpolate(words.not_opened, &[("why", &why.text(page.language.get_untracked()))]));
    let reason = why.clone().map(|why| view! { <span class="why">{why}</span> });
    let facts = view! {
        {series.thumbnail.map(|thumbnail| view! { <Picture thumbnail/> })}
        <div><b>{series.name}</b><span>{series.source}</span><span>{count}</span>{reason}</div>
    };
    match why {
        Some(why) => view! { <li class="entry closed" data-testid="listed-series" title=why>{facts}</li> }.into_any(),
        None if is_open => view! { <li class="entry open" aria-current="true">{facts}</li> }.into_any(),
        None => view! {
            <li><button class="entry" data-testid="other-series" title=words.show
                on:click=move |_| page.send(&Request::Choose { series: index })>{facts}</button></li>
        }
        .into_any(),
    }
}

/// A thumbnail.
#[component]
fn Picture(
    /// What it shows.
    thumbnail: Thumbnail,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let [height, width] = [thumbnail.height, thumbnail.width].map(|n| n as u32);
    canvas.on_load(move |canvas| {
        let rgba: Vec<u8> = thumbnail.grey.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect();
        let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), width, height);
        context(&canvas).put_image_data(&image.expect("four bytes a pixel"), 0.0, 0.0).expect("an image of ours");
    });
    view! { <canvas node_ref=canvas class="thumbnail" data-testid="thumbnail" width=width height=height aria-hidden="true"/> }
}

/// Closes the series. What was corrected by hand goes only at a second click, which losing the focus takes back.
#[component]
fn Close() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().series;
    let sure = RwSignal::new(false);
    let corrected = move || page.marks.with_untracked(|marks| marks.iter().any(|mark| *mark != Mark::None));
    let close = move |_| {
        if sure.get_untracked() || page.learn.autosave.get_untracked() || !corrected() {
            page.send(&Request::Close);
        } else {
            sure.set(true);
        }
    };
    view! {
        <button data-testid="close" title=words.close_title on:click=close on:blur=move |_| sure.set(false)>
            {move || if sure.get() { words.close_sure } else { words.close }}
        </button>
    }
}

/// Names of the windows, in the order of [`Window::PRESETS`].
fn preset_names(words: &Strings) -> [&'static str; 5] {
    let words = &words.series;
    [words.abdomen, words.liver, words.lung, words.bone, words.what_the_model_sees]
}
