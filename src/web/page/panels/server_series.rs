//! A study of the server of DICOMweb, and its series.

use leptos::prelude::*;

use crate::core::i18n::interpolate;
use crate::core::i18n::server::ServerStrings;
use crate::formats::dicomweb::listing::{ServerSeries, ServerStudy};
use crate::web::page::io::dicomweb::DicomWeb;
use crate::web::page::state::attributes::{iso_date, person_name};
use crate::web::page::state::shell::Shell;

/// A study: a button that shows its series.
#[component]
pub(super) fn StudyEntry(
    /// The study.
    study: ServerStudy,
) -> impl IntoView {
    let server = expect_context::<DicomWeb>();
    let browser = server.browser;
    let strings = &expect_context::<Shell>().strings().server;
    let uid = StoredValue::new(study.uid);
    let series = Memo::new(move |_| {
        browser.chosen.with(|chosen| chosen.clone().filter(|chosen| uid.with_value(|uid| *uid == chosen.uid)))
    });
    let name = match person_name(&study.patient_name) {
        name if name.is_empty() => strings.no_name.to_owned(),
        name => name,
    };
    let is_reading = move || browser.download.with(Option::is_some);
    view! {
        <li>
            <button class="study" data-testid="server-study" disabled=is_reading
                aria-expanded=move || series.with(Option::is_some).to_string() on:click=move |_| server.choose(uid.get_value())>
                <b>{name}</b><span>{study.patient_id}</span><span>{iso_date(&study.date)}</span>
                <span>{study.modalities.join(", ")}</span><span>{study.description}</span>
            </button>
            {move || series.get().and_then(|chosen| chosen.series).map(|series| view! { <SeriesOfStudy study=uid.get_value() series/> })}
        </li>
    }
}

#[component]
fn SeriesOfStudy(
    /// StudyInstanceUID.
    study: String,
    /// Its series.
    series: Vec<ServerSeries>,
) -> impl IntoView {
    let strings = &expect_context::<Shell>().strings().server;
    let remark = match series.iter().any(ServerSeries::is_ct) {
        true => None,
        false if series.is_empty() => Some(strings.no_series),
        false => Some(strings.no_ct),
    };
    view! {
        {remark.map(|remark| view! { <p class="quiet" role="status" data-testid="server-no-ct">{remark}</p> })}
        <ul class="of-study">
            {series.into_iter().map(|series| view! { <SeriesOnServer study=study.clone() series/> }).collect_view()}
        </ul>
    }
}

/// A series: a button that opens it, if this page can.
#[component]
fn SeriesOnServer(
    /// StudyInstanceUID.
    study: String,
    /// The series.
    series: ServerSeries,
) -> impl IntoView {
    let server = expect_context::<DicomWeb>();
    let strings = &expect_context::<Shell>().strings().server;
    let can_be_opened = series.can_be_opened();
    let title = if can_be_opened { strings.read } else { strings.not_read };
    let is_disabled = move || !can_be_opened || server.browser.download.with(Option::is_some);
    let facts = view! {
        <b>{series.modality.clone()}</b><span>{series.number.map(|number| number.to_string())}</span>
        <span>{series.description.clone()}</span><span>{images_text(strings, &series)}</span>
    };
    view! {
        <li>
            <button class="study" data-testid="server-series" data-modality=series.modality.clone() title=title disabled=is_disabled
                on:click=move |_| server.read(study.clone(), series.clone())>{facts}</button>
        </li>
    }
}

/// How many images a series has, if the server says so.
fn images_text(strings: &ServerStrings, series: &ServerSeries) -> String {
    match series.images {
        None => String::new(),
        Some(1) => strings.one_image.into(),
        Some(count) => interpolate(strings.images, &[("count", &count)]),
    }
}
