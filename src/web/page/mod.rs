//! The page: what people see and touch. Leptos and values; it knows neither Burn nor the session.

#![allow(unreachable_pub)] // The component macro makes its items `pub`.

mod correct;
mod explain;
mod export;
mod files;
mod finetune;
mod footer;
mod header;
mod help;
mod input_check;
mod keys;
mod language;
mod model;
mod notices;
mod offline;
mod pane;
mod persistence;
mod pointer;
mod result;
mod review;
mod script;
mod series;
mod session_client;
mod state;
mod tabs;
mod toolbar;
mod tools;
mod truth;
mod view;
mod viewer;

use leptos::prelude::*;

use correct::Correct;
use explain::Attention;
use export::TakeAway;
use finetune::{FineTune, StartTuning};
use footer::Footer;
use header::Header;
use help::Help;
use model::Model;
use notices::Notices;
use result::{Figure, Result};
use series::SeriesList;
use state::Page;
use tabs::{Panel, Tab, Tabs};
use truth::Compare;
use viewer::{Announcement, Viewer};

/// Puts the page into the document and starts the session worker.
pub fn mount() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let page = Page::new();
    provide_context(page);
    session_client::start(page);
    session_client::look_as_slices_change(page);
    explain::ask_as_things_change(page);
    script::install(page);
    keys::listen(page);
    offline::keep(page);
    let dragging = files::accept_drops(page);
    language::follow(page.language);
    // Drawn anew in another language; what the page knows stays.
    move || {
        page.language.track();
        view! { <Everything dragging=dragging/> }
    }
}

/// What is on the screen.
#[component]
fn Everything(
    /// Whether something is dragged over the page.
    dragging: RwSignal<bool>,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let empty = move || page.study.with(Option::is_none);
    view! {
        <div class="app" class:empty=empty class:dragging=move || dragging.get()>
            <Header/>
            <aside class="left" aria-label=page.words().series.title class:open=move || page.series_open.get()><SeriesList/></aside>
            <main>
                <Show when=empty fallback=|| view! { <Viewer/> }>
                    <Welcome/>
                </Show>
            </main>
            <aside class="right" aria-label=page.words().tabs.title class:closed=move || !page.sheet.get()>
                <Figure/>
                <Tabs/>
                <div class="panels">
                    <Panel tab=Tab::Result><Result/><Compare/></Panel>
                    <Panel tab=Tab::Explain><Attention/><Model/></Panel>
                    <Panel tab=Tab::Correct><Correct/></Panel>
                    <Panel tab=Tab::Learn><FineTune/></Panel>
                </div>
                // What all of it is for, whichever panel is shown.
                <div class="pinned"><TakeAway/><StartTuning/></div>
            </aside>
            <Notices/>
            <Footer/>
            <Announcement/>
            <Help/>
        </div>
    }
}

/// Before anything is open: one place to drop, one sentence, one sample.
#[component]
fn Welcome() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().welcome;
    view! {
        <section class="welcome" data-testid="dropzone">
            <svg viewBox="0 0 48 48" aria-hidden="true"><path d="M24 8v22m0 0-8-8m8 8 8-8M10 34v6h28v-6"/></svg>
            <h2>{words.drop_here}</h2>
            <p>{words.what}</p>
            <div class="actions">
                <files::ChooseFiles/>
                <button class="primary" data-testid="try-sample" title=words.sample_title on:click=move |_| page.try_sample()>
                    {words.sample}
                </button>
            </div>
            <p class="quiet">{words.sample_is}</p>
        </section>
    }
}
