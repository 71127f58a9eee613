//! The section about the loaded model.

use leptos::prelude::*;

use crate::app::protocol::{ModelInfo, ModelKind};
use crate::core::i18n::volume::VolumeStrings;
use crate::core::i18n::{Language, interpolate};
use crate::web::page::io::opened_thing::{OpenedThing, ShippedModel};
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The model's training and limits, the organs that it distinguishes, and where it comes from.
#[component]
pub(crate) fn ModelSection() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let (strings, volume) = (&shell.strings().model, &shell.strings().volume);
    let remarks = move || shell.model.with(|m| m.as_ref().map(|m| m.training.remarks.clone())).unwrap_or_default();
    let organs = move || {
        shell.model.with(|m| {
            let model = m.as_ref().filter(|model| !model.organs.is_empty())?;
            Some(match model.kind {
                ModelKind::Slices => interpolate(strings.organs, &[("organs", &model.organs.join(", "))]),
                ModelKind::Volumes => interpolate(volume.knows, &[("count", &model.organs.len())]),
            })
        })
    };
    let facts = move || {
        shell.model.get().filter(|model| model.sources.is_empty()).map(|m| {
            let t = m.training;
            let text =
                interpolate(strings.training, &[("preset", &t.preset), ("epochs", &t.epochs), ("dataset", &t.dataset)]);
            view! { <p class="quiet" title=m.license>{text}</p> }
        })
    };
    let origin = move || {
        let model = shell.model.get().filter(|model| model.kind == ModelKind::Volumes);
        model.map(|model| {
            origin(volume, shell.language.get(), &model)
                .into_iter()
                .map(|text| view! { <p class="quiet">{text}</p> })
                .collect_view()
        })
    };
    let is_not_commercial = move || shell.model.with(|m| m.as_ref().is_some_and(ModelInfo::is_not_commercial));
    view! {
        <Show when=move || series.is_open()>
            <h2>{strings.title}</h2>
            <Show when=is_not_commercial>
                <p class="warning" role="note" data-testid="not-commercial">{volume.not_commercial}</p>
            </Show>
            <p class="quiet" data-testid="model-remarks">{remarks}</p>
            <Show when=move || organs().is_some()>
                <p class="quiet" data-testid="model-organs">{organs}</p>
            </Show>
            {facts}
            <div data-testid="model-origin">{origin}</div>
            <KeptModel/>
        </Show>
    }
}

/// Keeps an imported model in this browser, deletes the kept one, and goes back to the shipped one.
#[component]
fn KeptModel() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let session = expect_context::<SessionClient>();
    let strings = &shell.strings().volume;
    let imported = Memo::new(move |_| shell.model.with(|model| model.as_ref().and_then(ModelInfo::imported_name)));
    let is_of_volumes = move || shell.is_volume_model();
    let kept = shell.kept_model;
    view! {
        <Show when=move || kept.get().is_some()>
            <p class="quiet" data-testid="kept-model">
                {move || kept.get().map(|name| interpolate(strings.kept, &[("name", &name)]))}
            </p>
        </Show>
        <div class="setting wraps">
            <Show when=move || imported.get().is_some() && imported.get() != kept.get()>
                <button class="small" data-testid="keep-model" title=strings.keep_title
                    on:click=move |_| session.keep_model()>{strings.keep}</button>
            </Show>
            <Show when=move || kept.get().is_some()>
                <button class="small" data-testid="forget-model" title=strings.forget_title
                    on:click=move |_| session.forget_model()>{strings.forget}</button>
            </Show>
            <Show when=is_of_volumes>
                <button class="small" data-testid="use-shipped-model" title=strings.use_shipped_title
                    on:click=move |_| session.open(OpenedThing::ShippedModel(ShippedModel::Slices))>{strings.use_shipped}</button>
            </Show>
        </div>
    }
}

/// Where a model of another program comes from: its data sets, how to cite it, its licence, remarks on its import.
fn origin(strings: &VolumeStrings, language: Language, model: &ModelInfo) -> Vec<String> {
    let mut texts = Vec::new();
    for source in &model.sources {
        texts.push(interpolate(strings.source, &[("dataset", &source.dataset), ("model", &source.model)]));
        let cited = source.citation.as_ref().map(|citation| interpolate(strings.cite, &[("citation", citation)]));
        texts.extend(cited.filter(|cited| !texts.contains(cited)));
    }
    texts.push(interpolate(strings.licence, &[("licence", &model.license)]));
    texts.extend(model.notes.iter().map(|note| note.text(language) + "."));
    texts
}
