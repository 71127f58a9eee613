//! The tabs beside the pictures, with the roles and keys of the WAI-ARIA Authoring Practices.
//!
//! On narrow screens the panels are a sheet below the pictures, which a second tap on the tab closes. Panels that are not
//! shown stay in the document.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::core::i18n::tabs::TabsStrings;
use crate::web::page::state::finetuning::FineTuning;
use crate::web::page::state::page_parts::PageParts;
use crate::web::page::state::shell::{Shell, Tab};

fn tab_name(strings: &TabsStrings, tab: Tab) -> &'static str {
    match tab {
        Tab::Result => strings.result,
        Tab::Explain => strings.explain,
        Tab::Correct => strings.correct,
        Tab::FineTune => strings.fine_tune,
    }
}

/// The row of tabs.
#[component]
pub(crate) fn Tabs() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let tuning = expect_context::<FineTuning>();
    let strings = &shell.strings().tabs;
    let choose = move |tab: Tab| {
        let is_shown = shell.tab.get_untracked() == tab;
        shell.sheet_open.update(|open| *open = !(is_shown && *open));
        shell.tab.set(tab);
    };
    let is_shown = move |tab: Tab| shell.tab.get() == tab;
    // A fine-tuned model waits for a decision, and its panel is not shown.
    let waits = move |tab: Tab| tab == Tab::FineTune && !is_shown(tab) && tuning.awaits_decision();
    view! {
        <div class="tabs" role="tablist" aria-label=strings.title on:keydown=move |event| move_by_key(shell, &event)>
            {Tab::ALL.into_iter().map(|tab| view! {
                <button role="tab" id=format!("tab-{}", tab.id()) data-testid=format!("tab-{}", tab.id())
                    aria-controls=format!("panel-{}", tab.id()) aria-selected=move || is_shown(tab).to_string()
                    tabindex=move || if is_shown(tab) { "0" } else { "-1" } class:waits=move || waits(tab)
                    title=move || waits(tab).then_some(strings.waiting)
                    on:click=move |_| choose(tab)>{tab_name(strings, tab)}</button>
            }).collect_view()}
        </div>
    }
}

/// Arrow keys, Home and End move between the tabs.
fn move_by_key(shell: Shell, event: &KeyboardEvent) {
    let current = Tab::ALL.iter().position(|tab| *tab == shell.tab.get_untracked()).unwrap_or(0);
    let count = Tab::ALL.len();
    let next = match event.key().as_str() {
        "ArrowRight" => (current + 1) % count,
        "ArrowLeft" => (current + count - 1) % count,
        "Home" => 0,
        "End" => count - 1,
        _ => return,
    };
    event.prevent_default();
    shell.tab.set(Tab::ALL[next]);
    let button = document().get_element_by_id(&format!("tab-{}", Tab::ALL[next].id()));
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        button.focus().ok();
    }
}

/// The contents of a tab. Where it is not the one that is shown, they are made after what is shown.
#[component]
pub(crate) fn Panel(
    /// The tab that shows it.
    tab: Tab,
    children: ChildrenFn,
) -> impl IntoView {
    let shell = expect_context::<Shell>();
    let parts = expect_context::<PageParts>();
    let is_shown = move || shell.tab.get() == tab;
    let is_made = move || parts.has_panel(tab) || is_shown() && parts.has_shown();
    let children = StoredValue::new(children);
    view! {
        <section class="panel" role="tabpanel" id=format!("panel-{}", tab.id()) aria-labelledby=format!("tab-{}", tab.id())
            hidden=move || !is_shown()><Show when=is_made>{children.with_value(|children| children())}</Show></section>
    }
}
