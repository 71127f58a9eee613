//! The export menu: masks, surfaces, measurements, and the picture as files.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::report::ReportButtons;
use super::screenshot::draw_viewer;
use super::server_store::StoreButtons;
use crate::app::protocol::{Export, PatientData, Request};
use crate::core::error::UserError;
use crate::core::i18n::interpolate;
use crate::web::clock::local_time;
use crate::web::page::io::downloads::save_blob;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::io::session_file::SessionFiles;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::surfaces::Surfaces;

/// A button that saves the mask, and a menu with all other file formats.
#[component]
pub(crate) fn ExportMenu() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().export;
    let is_unfinished = move || !series.is_segmented();
    let export_nifti = move |_| session.send(&Request::Export { what: Export::Nifti, at: local_time() });
    view! {
        <div class="take">
            <button data-testid="export-nifti" title=strings.nifti_title disabled=is_unfinished on:click=export_nifti>{strings.nifti}</button>
            <details data-testid="take-away">
                <summary title=strings.title>{strings.more}</summary>
                <div class="menu"><OtherFormats/></div>
            </details>
        </div>
    }
}

/// The formats of the menu.
#[component]
fn OtherFormats() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let strings = &shell.strings().export;
    let session_files = expect_context::<SessionFiles>();
    let (organs, surfaces) = (expect_context::<OrganList>(), expect_context::<Surfaces>());
    let without_patient = RwSignal::new(false);
    let has_patient = move || series.info.with(|series| series.as_ref().is_some_and(|series| series.has_patient));
    let is_unfinished = move || !series.is_segmented();
    let export = move |what: Export| session.send(&Request::Export { what, at: local_time() });
    let patient = move || if without_patient.get_untracked() { PatientData::Omit } else { PatientData::Include };
    let measurements = move |patient: PatientData| {
        let drawn = untrack(|| series.measuring.rows()).iter().map(|row| row.drawn).collect();
        Export::Sr { patient, hidden: untrack(|| organs.hidden_labels()), drawn }
    };
    let seg_title = move || if has_patient() { strings.seg_title } else { strings.seg_own_title };
    view! {
        <div class="pair">
            <button data-testid="export-seg" title=seg_title disabled=is_unfinished
                on:click=move |_| export(Export::Seg { patient: patient() })>{strings.seg}</button>
            <button data-testid="export-rtstruct" title=strings.rtstruct_title disabled=is_unfinished
                on:click=move |_| export(Export::RtStruct { patient: patient() })>{strings.rtstruct}</button>
            <button data-testid="export-sr" title=strings.sr_title disabled=is_unfinished
                on:click=move |_| export(measurements(patient()))>{strings.sr}</button>
            <button data-testid="export-seg-nrrd" title=strings.seg_nrrd_title disabled=is_unfinished
                on:click=move |_| export(Export::SegNrrd)>{strings.seg_nrrd}</button>
            <button data-testid="export-stl" title=strings.stl_title disabled=is_unfinished
                on:click=move |_| export(Export::Stl)>{strings.stl}</button>
            <button data-testid="export-glb" title=strings.glb_title disabled=is_unfinished
                on:click=move |_| export(Export::Glb { organs: untrack(|| surfaces.looks()) })>{strings.glb}</button>
            <button data-testid="export-csv" title=strings.csv_title disabled=is_unfinished
                on:click=move |_| export(Export::Csv)>{strings.csv}</button>
            <button data-testid="export-json" title=strings.json_title disabled=is_unfinished
                on:click=move |_| export(Export::Json)>{strings.json}</button>
            <button data-testid="export-session" title=strings.session_title on:click=move |_| session_files.save()>{strings.session}</button>
            <button data-testid="export-png" title=strings.png_title on:click=move |_| save_picture(shell, series)>{strings.png}</button>
            <ReportButtons/>
        </div>
        <Show when=has_patient>
            <label class="switch" title=strings.without_patient_title>
                <input type="checkbox" data-testid="seg-without-patient" prop:checked=move || without_patient.get()
                    on:change=move |event| without_patient.set(event_target_checked(&event))/>
                {strings.without_patient}
            </label>
            <StoreButtons/>
        </Show>
    }
}

/// Saves the pictures as they are seen. The file is named after the series' hash, because the series' name may contain a
/// patient's.
fn save_picture(shell: Shell, series: SeriesView) {
    let Some(key) = series.info.with_untracked(|series| series.as_ref().map(|series| series.key.clone())) else {
        return;
    };
    let name = format!("islet_{}_{}.png", &key[..8], series.slice.get_untracked() + 1);
    let drawn = draw_viewer().and_then(|canvas| {
        let save = Closure::once_into_js(move |blob: Option<Blob>| {
            if let Some(blob) = blob {
                save_blob(&name, blob.into());
            }
        });
        canvas.to_blob(save.unchecked_ref())
    });
    if let Err(error) = drawn {
        let strings = &shell.strings().export;
        let reason = interpolate(strings.picture_why, &[("error", &crate::web::transfer::text(&error))]);
        shell.failure.set(Some(UserError::new(strings.picture, reason, strings.picture_hint)));
    }
}
