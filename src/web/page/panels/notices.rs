//! Notes about the series, and the message of the last failure.

use leptos::prelude::*;

use crate::app::protocol::Request;
use crate::core::i18n::interpolate;
use crate::core::i18n::messages::Message;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The last failure, and notes about series, ground truth, device and files.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let strings = &shell.strings().notices;
    let language = shell.language.get_untracked();
    // The scores of the ground truth change with every slice, its notes do not.
    let notes = Memo::new(move |_| notes(&shell, &series));
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || shell.failure.get().map(|error| view! {
                <div class="failure" role="alert" data-testid="error">
                    <div><b>{error.subject.text(language)}</b>{format!(": {}. ", error.reason.text(language))}<p>{error.hint.text(language) + "."}</p></div>
                    <button title=strings.close aria-label=strings.close on:click=move |_| shell.failure.set(None)>{strings.cross}</button>
                </div>
            })}
            <Recovered/>
            <div class="notes" data-testid="notes" tabindex=move || notes.with(|notes| (notes.len() > 3).then_some("0"))>
                {move || notes.get().into_iter().map(|note| view! { <p class="note">{note + "."}</p> }).collect_view()}
            </div>
        </div>
    }
}

/// What happened when the session's worker died, and corrections to save whose series is not open.
#[component]
fn Recovered() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let session = expect_context::<SessionClient>();
    let strings = &shell.strings().notices;
    let language = shell.language.get_untracked();
    let sentences = move || {
        shell
            .recovered
            .with(|messages| messages.iter().map(|message| message.text(language) + ". ").collect::<String>())
    };
    let save_label = move || interpolate(strings.save_kept, &[("count", &shell.kept_slices.get())]);
    view! {
        <Show when=move || !sentences().is_empty() || shell.kept_slices.get() != 0>
            <div class="note recovered" data-testid="recovered">
                <span>{sentences}</span>
                <Show when=move || shell.kept_slices.get() != 0>
                    <button class="small" data-testid="save-kept" title=strings.save_kept_title
                        on:click=move |_| session.send(&Request::ExportKept)>{save_label}</button>
                </Show>
                <button class="small" title=strings.close aria-label=strings.close
                    on:click=move |_| shell.recovered.set(Vec::new())>{strings.cross}</button>
            </div>
        </Show>
    }
}

fn notes(shell: &Shell, series: &SeriesView) -> Vec<String> {
    let strings = &shell.strings().notices;
    let language = shell.language.get_untracked();
    let mut notes: Vec<String> = series
        .info
        .with(|series| series.iter().flat_map(|series| &series.notes).map(|note| note.text(language)).collect());
    series.truth.with(|truth| {
        if let Some(truth) = truth {
            let with_name =
                |note: &Message| interpolate(strings.label, &[("name", &truth.name), ("note", &note.text(language))]);
            notes.extend(truth.notes.iter().map(with_name));
        }
    });
    notes.extend(
        shell
            .device
            .with(|device| device.as_ref().and_then(|device| device.note.as_ref().map(|note| note.text(language)))),
    );
    series.dropped.with(|dropped| {
        let left_out = dropped.refused.iter().map(|error| {
            let (what, why) = (error.subject.text(language), error.reason.text(language));
            interpolate(strings.left_out, &[("what", &what), ("why", &why)])
        });
        notes.extend(left_out);
    });
    notes
}
