//! The report for printing: its buttons. What goes into it is in [`writer`], its form in [`crate::formats::report_page`].

mod writer;

use leptos::prelude::*;

use self::writer::ReportWriter;
use crate::app::protocol::PatientData;
use crate::web::clock::local_time;
use crate::web::page::state::report::Reports;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::viewer::surface::PaperEasel;

/// The buttons of the export menu. The second is there if the files identify a patient.
#[component]
pub(crate) fn ReportButtons() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let reports = expect_context::<Reports>();
    let strings = &expect_context::<Shell>().strings().report;
    let writer = ReportWriter::new();
    let easel = StoredValue::new_local(None::<PaperEasel>);
    Effect::new(move |_| {
        if let Some(facts) = reports.facts.get() {
            untrack(|| writer.save(&facts, easel));
            reports.finish();
        }
    });
    let is_unready = move || !series.is_segmented() || reports.is_pending();
    let has_patient = move || series.info.with(|series| series.as_ref().is_some_and(|series| series.has_patient));
    let label = move |label: &'static str| move || if reports.is_pending() { strings.making } else { label };
    let begin = move |patient: PatientData| {
        easel.update_value(|easel| *easel = easel.take().or_else(PaperEasel::new));
        reports.begin(patient, local_time(), easel.with_value(Option::is_some));
    };
    view! {
        <button data-testid="export-report" title=strings.button_title disabled=is_unready
            on:click=move |_| begin(PatientData::Omit)>{label(strings.button)}</button>
        <Show when=has_patient>
            <button data-testid="export-report-patient" title=strings.patient_title disabled=is_unready
                on:click=move |_| begin(PatientData::Include)>{label(strings.patient_button)}</button>
        </Show>
    }
}
