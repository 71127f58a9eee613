//! The series of the drop, ways to open more, and the windows.

use leptos::prelude::*;

use super::files::ChooseFiles;
use super::keys::help;
use super::state::Page;
use crate::protocol::{Mark, Request};
use crate::window::Window;
use crate::words::{Words, fill};

/// The open series, the others of the drop, and ways to open more.
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
                all.into_iter().enumerate().map(|(series, s)| {
                    let facts = view! { <b>{s.name}</b><span>{s.source}</span><span>{slices(all_words, s.slices)}</span> };
                    if series == shown {
                        view! { <li class="open">{facts}</li> }.into_any()
                    } else {
                        view! {
                            <li><button data-testid="other-series" title=words.show
                                on:click=move |_| page.send(&Request::Choose { series })>{facts}</button></li>
                        }.into_any()
                    }
                }).collect_view()
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
                <button class:on=move || page.window.get() == window title=fill(words.key, &[("key", &(i + 1))])
                    on:click=move |_| page.window.set(window)>{name}</button>
            }).collect_view()}
        </div>
        <h2>{all_words.keys.title}</h2>
        <dl class="keys">
            {help(all_words).into_iter().map(|(key, what)| view! { <dt>{key}</dt><dd>{what}</dd> }).collect_view()}
        </dl>
    }
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

fn slices(words: &Words, count: usize) -> String {
    if count == 1 { words.series.one_slice.into() } else { fill(words.series.slices, &[("count", &count)]) }
}

/// Names of the windows, in the order of [`Window::PRESETS`].
fn preset_names(words: &Words) -> [&'static str; 5] {
    let words = &words.series;
    [words.abdomen, words.liver, words.lung, words.bone, words.what_the_model_sees]
}
