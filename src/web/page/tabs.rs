//! The panels beside the picture, one at a time: a tablist with the roles and keys of the WAI-ARIA Authoring Practices. On a tablet they are a
//! sheet below the picture, which a second tap on its tab closes. Panels that are not shown stay in the document.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::state::Page;
use crate::core::i18n::Strings;

/// A panel beside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Result,
    Explain,
    Correct,
    Learn,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Result, Self::Explain, Self::Correct, Self::Learn];

    fn id(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Explain => "explain",
            Self::Correct => "correct",
            Self::Learn => "learn",
        }
    }

    fn name(self, words: &Strings) -> &'static str {
        match self {
            Self::Result => words.tabs.result,
            Self::Explain => words.tabs.explain,
            Self::Correct => words.tabs.correct,
            Self::Learn => words.tabs.learn,
        }
    }
}

/// The row of tabs.
#[component]
pub(crate) fn Tabs() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words();
    let choose = move |tab: Tab| {
        let again = page.tab.get_untracked() == tab;
        page.sheet.update(|open| *open = !(again && *open));
        page.tab.set(tab);
    };
    let keys = move |event: KeyboardEvent| {
        let at = Tab::ALL.iter().position(|tab| *tab == page.tab.get_untracked()).unwrap_or(0);
        let count = Tab::ALL.len();
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % count,
            "ArrowLeft" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        page.tab.set(Tab::ALL[to]);
        let button = document().get_element_by_id(&format!("tab-{}", Tab::ALL[to].id()));
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            button.focus().ok();
        }
    };
    // A tuned model waits to be kept or not, and nobody sees it.
    let waits = move |tab: Tab| tab == Tab::Learn && page.tab.get() != tab && page.learn.outcome.with(Option::is_some);
    view! {
        <div class="tabs" role="tablist" aria-label=words.tabs.title on:keydown=keys>
            {Tab::ALL.into_iter().map(|tab| view! {
                <button role="tab" id=format!("tab-{}", tab.id()) data-testid=format!("tab-{}", tab.id())
                    aria-controls=format!("panel-{}", tab.id()) aria-selected=move || (page.tab.get() == tab).to_string()
                    tabindex=move || if page.tab.get() == tab { "0" } else { "-1" } class:waits=move || waits(tab)
                    title=move || waits(tab).then_some(words.tabs.waiting)
                    on:click=move |_| choose(tab)>{tab.name(words)}</button>
            }).collect_view()}
        </div>
    }
}

/// What belongs to a tab.
#[component]
pub(crate) fn Panel(
    /// The tab that shows it.
    tab: Tab,
    children: Children,
) -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <section class="panel" role="tabpanel" id=format!("panel-{}", tab.id()) aria-labelledby=format!("tab-{}", tab.id())
            hidden=move || page.tab.get() != tab>{children()}</section>
    }
}
