//! The choice of a slab in place of a single plane.

use leptos::prelude::*;

use crate::core::slab::Projection;
use crate::web::page::state::key_bindings::{Action, KeyBindings};
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{SLAB_MM, ViewState};

const PROJECTIONS: [Projection; 3] = [Projection::Mean, Projection::Maximum, Projection::Minimum];

/// The kind of slab, and its thickness while there is one.
#[component]
pub(crate) fn SlabChoice() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let keys = expect_context::<KeyBindings>();
    let strings = expect_context::<Shell>().strings().slab;
    let value = move || state.projection.get().map_or("", id);
    let choose = move |chosen: String| {
        state.projection.set(PROJECTIONS.into_iter().find(|projection| id(*projection) == chosen));
    };
    view! {
        <h2>{strings.kind}</h2>
        <div class="slab">
        <select data-testid="slab" aria-label=strings.kind title=move || keys.tooltip(strings.title, Action::Slab)
            disabled=move || !series.has_planes() prop:value=value on:change=move |event| choose(event_target_value(&event))>
            <option value="">{strings.off}</option>
            {PROJECTIONS.map(|projection| view! { <option value=id(projection)>{strings.projection(projection)}</option> })}
        </select>
        <Show when=move || state.projection.get().is_some()>
            <input type="number" data-testid="slab-mm" min=SLAB_MM.start().to_string() max=SLAB_MM.end().to_string() step="1"
                aria-label=strings.thickness title=move || keys.tooltip(strings.thickness, Action::ThickerSlab)
                prop:value=move || state.thickness_mm.get().to_string()
                on:change=move |event| state.set_thickness(event_target_value(&event).parse().unwrap_or(f64::NAN))/>
            <span>"mm"</span>
        </Show>
        </div>
    }
}

fn id(projection: Projection) -> &'static str {
    match projection {
        Projection::Mean => "mean",
        Projection::Maximum => "maximum",
        Projection::Minimum => "minimum",
    }
}
