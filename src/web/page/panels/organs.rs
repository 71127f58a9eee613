//! The list of organs: colour, size and Hounsfield units of each, what is shown of them, and the one that tools act on.

use leptos::prelude::*;

use crate::app::protocol::OrganInfo;
use crate::core::i18n::organ_names::organ_title;
use crate::core::i18n::organs::OrgansStrings;
use crate::core::i18n::{Language, interpolate};
use crate::core::organ_colours::{Rgb, organ_rgb};
use crate::web::page::state::display::Display;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::shell::{Shell, Tab};

/// A colour in CSS.
fn css_colour([red, green, blue]: Rgb) -> String {
    ["rgb(", &red.to_string(), " ", &green.to_string(), " ", &blue.to_string(), ")"].concat()
}

/// The Hounsfield units of an organ; nothing if there are none.
fn hu_text(strings: &OrgansStrings, organ: &OrganInfo) -> String {
    let text = organ.hu.map(|hu| {
        let (mean, sd) = (format!("{:.0}", hu.mean_hu), format!("{:.0}", hu.sd_hu));
        interpolate(strings.hu, &[("mean", &mean), ("sd", &sd)])
    });
    text.unwrap_or_default()
}

/// The Hounsfield units of the organ that the tools act on, and the way back if that is not the pancreas.
#[component]
pub(crate) fn ActiveOrgan() -> impl IntoView {
    let organs = expect_context::<OrganList>();
    let strings = &expect_context::<Shell>().strings().organs;
    view! {
        <p class="quiet" data-testid="organ-hu" title=strings.hu_title>
            {move || organs.active().map(|organ| hu_text(strings, &organ))}
        </p>
        <Show when=move || organs.other_name().is_some()>
            <button class="small" data-testid="organ-back" title=strings.back_title
                on:click=move |_| organs.choose_pancreas()>{strings.back}</button>
        </Show>
    }
}

/// The organs of the series, if there are several.
#[component]
pub(crate) fn OrganSection() -> impl IntoView {
    let organs = expect_context::<OrganList>();
    let strings = &expect_context::<Shell>().strings().organs;
    let all = move || organs.info.with(|info| info.as_ref().map(|info| info.organs.clone()).unwrap_or_default());
    let count = move || {
        let all = all();
        let shown = all.iter().filter(|organ| organs.is_visible(organ.label)).count();
        interpolate(strings.count, &[("shown", &shown), ("all", &all.len())])
    };
    let has_match = move || all().iter().any(|organ| is_found(&organ.name, &organs.search.get()));
    let source = move || organs.label_map().map(|name| interpolate(strings.from_label_map, &[("name", &name)]));
    view! {
        <Show when=move || organs.are_several()>
            <h2>{strings.title}" "<output data-testid="organ-count">{count}</output></h2>
            {move || source().map(|source| view! { <p class="quiet">{source}</p> })}
            <input type="search" data-testid="organ-search" aria-label=strings.search placeholder=strings.search
                prop:value=move || organs.search.get() on:input=move |event| organs.search.set(event_target_value(&event))/>
            <div class="pair">
                <button data-testid="organs-all" title=strings.all_title on:click=move |_| organs.show(|_| true)>{strings.all}</button>
                <button data-testid="organs-none" title=strings.none_title on:click=move |_| organs.show(|_| false)>{strings.none}</button>
            </div>
            <ul class="organs" data-testid="organs" aria-label=strings.title>
                <For each=all key=|organ| format!("{organ:?}") children=move |organ| view! { <OrganRow organ/> }/>
            </ul>
            <Show when=move || !has_match()><p class="quiet" role="status">{strings.no_match}</p></Show>
            <OwnOpacity/>
        </Show>
    }
}

/// True if a name has every word of a search in one of the page's languages, in any order.
fn is_found(name: &str, search: &str) -> bool {
    let search = search.to_lowercase().replace('_', " ");
    Language::ALL.into_iter().any(|language| {
        let name = organ_title(name, language).to_lowercase();
        search.split_whitespace().all(|word| name.contains(word))
    })
}

/// The opacity of the organ that was chosen last in the list.
#[component]
fn OwnOpacity() -> impl IntoView {
    let organs = expect_context::<OrganList>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().organs;
    let display = expect_context::<Display>();
    let selected = move || organs.selected.get().or_else(|| organs.active().map(|organ| organ.label));
    let name = move || {
        let organ = selected().and_then(|label| organs.info.with(|info| info.as_ref()?.organ(label).cloned()));
        organ.map(|organ| shell.organ_title(&organ.name)).unwrap_or_default()
    };
    let own = move || selected().and_then(|label| organs.own_opacity(label));
    let value = move || own().unwrap_or_else(|| display.opacity.get());
    let set = move |opacity: Option<f32>| {
        if let Some(label) = untrack(selected) {
            organs.set_own_opacity(label, opacity);
        }
    };
    let label = move || interpolate(strings.opacity_of, &[("organ", &name())]);
    view! {
        <label class="setting" title=strings.opacity_title>
            <span data-testid="own-opacity-of">{label}</span>
            <input type="range" data-testid="own-opacity" min="0" max="1" step="0.05" prop:value=move || value().to_string()
                on:input=move |event| set(event_target_value(&event).parse().ok())/>
            <output>{move || format!("{:.0} %", 100.0 * value())}</output>
        </label>
        <button class="small" data-testid="own-opacity-reset" title=strings.opacity_reset_title
            disabled=move || own().is_none() on:click=move |_| set(None)>{strings.opacity_reset}</button>
    }
}

/// One organ of the list.
#[component]
fn OrganRow(
    /// The organ.
    organ: OrganInfo,
) -> impl IntoView {
    let organs = expect_context::<OrganList>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().organs;
    let (label, title) = (organ.label, shell.organ_title(&organ.name));
    let named = |template: &'static str| interpolate(template, &[("organ", &title)]);
    let colour = css_colour(organ_rgb(&organ.name, label));
    let (show, only_title) = (named(strings.show), named(strings.only_title));
    let jump_title = if organ.middle.is_some() { named(strings.jump) } else { strings.absent.into() };
    let middle = organ.middle;
    let choose = move |_| {
        organs.selected.set(Some(label));
        middle.into_iter().for_each(|middle| organs.go_to(middle));
    };
    let is_selected = move || (organs.selected.get() == Some(label)).then_some("true");
    let name = organ.name.clone();
    let is_hidden = move || !is_found(&name, &organs.search.get());
    view! {
        <li data-organ=organ.name.clone() data-label=label class:active=move || organs.is_active(label) hidden=is_hidden>
            <button class="eye" data-testid="organ-eye" aria-label=show.clone() title=show
                aria-pressed=move || organs.is_visible(label).to_string() on:click=move |_| organs.toggle(label)>
                <i style:--colour=colour></i>
            </button>
            <button class="organ-name" data-testid="organ-jump" title=jump_title disabled=middle.is_none() aria-current=is_selected
                on:click=choose>{title.clone()}</button>
            <output data-testid="organ-size">{size_text(&organ)}</output>
            <span class="facts" title=strings.hu_title data-testid="organ-facts">{facts_text(strings, &organ)}</span>
            <button class="small" data-testid="organ-only" aria-label=only_title.clone() title=only_title
                on:click=move |_| organs.show(|shown| shown == label)>{strings.only}</button>
            <Show when=move || organs.label_map().is_none()><CorrectButton label title=title.clone()/></Show>
        </li>
    }
}

/// Lets the tools act on an organ.
#[component]
fn CorrectButton(
    /// Its label.
    label: u8,
    /// Its name for people.
    title: String,
) -> impl IntoView {
    let organs = expect_context::<OrganList>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().organs;
    let spoken = interpolate(strings.correct_organ, &[("organ", &title)]);
    let tooltip = move || {
        let template = if organs.is_active(label) { strings.active_title } else { strings.correct_title };
        interpolate(template, &[("organ", &title)])
    };
    let choose = move |_| {
        organs.choose(label);
        shell.tab.set(Tab::Correct);
    };
    view! {
        <button class="small" data-testid="organ-correct" aria-label=spoken title=tooltip
            aria-pressed=move || organs.is_active(label).to_string() on:click=choose>{strings.correct}</button>
    }
}

/// The size of an organ with its unit.
fn size_text(organ: &OrganInfo) -> String {
    let sizes = &expect_context::<Shell>().strings();
    match organ.volume_ml {
        Some(ml) => interpolate(sizes.result.ml, &[("value", &format!("{ml:.1}"))]),
        None => interpolate(sizes.organs.voxels, &[("count", &organ.voxels)]),
    }
}

/// Hounsfield units, and what was corrected.
fn facts_text(strings: &OrgansStrings, organ: &OrganInfo) -> String {
    let corrected = match organ.corrected {
        0 => String::new(),
        1 => strings.one_corrected.into(),
        count => interpolate(strings.corrected, &[("count", &count)]),
    };
    let hu = hu_text(strings, organ);
    [hu, corrected].into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" · ")
}
