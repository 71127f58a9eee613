//! The series of the drop, ways to open more, and the windows.

use leptos::prelude::*;

use super::files::ChooseFiles;
use super::state::Page;
use crate::protocol::Request;
use crate::window::Window;

/// The open series, the others of the drop, and ways to open more.
#[component]
pub(crate) fn SeriesList() -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <h2>"Series"</h2>
        <ul class="series">
            {move || {
                let (all, shown) = page.series.get();
                all.into_iter().enumerate().map(|(series, s)| {
                    let facts = view! { <b>{s.name}</b><span>{s.source}</span><span>{slices(s.slices)}</span> };
                    if series == shown {
                        view! { <li class="open">{facts}</li> }.into_any()
                    } else {
                        view! {
                            <li><button data-testid="other-series" title="Show this series"
                                on:click=move |_| page.send(&Request::Choose { series })>{facts}</button></li>
                        }.into_any()
                    }
                }).collect_view()
            }}
        </ul>
        <Show when=move || page.study.with(Option::is_some)>
            <div class="more">
                <ChooseFiles/>
                <button data-testid="try-sample" title="Open a synthetic abdomen" on:click=move |_| page.try_sample()>"Try a sample"</button>
            </div>
        </Show>
        <h2>"Window"</h2>
        <div class="presets">
            {Window::PRESETS.into_iter().enumerate().map(|(i, (name, window))| view! {
                <button class:on=move || page.window.get() == window title=format!("Key {}", i + 1)
                    on:click=move |_| page.window.set(window)>{name}</button>
            }).collect_view()}
        </div>
    }
}

fn slices(count: usize) -> String {
    if count == 1 { "1 slice".into() } else { format!("{count} slices") }
}
