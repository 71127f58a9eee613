//! The page before a series is open.

use leptos::prelude::*;

use super::file_buttons::{FileButtons, SampleButtons, SampleProminence};
use crate::web::page::state::shell::Shell;

/// An invitation to drop files, to choose them, or to open a sample.
#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let strings = &expect_context::<Shell>().strings().welcome;
    view! {
        <section class="welcome" data-testid="dropzone">
            <svg viewBox="0 0 48 48" aria-hidden="true"><path d="M24 8v22m0 0-8-8m8 8 8-8M10 34v6h28v-6"/></svg>
            <h2>{strings.drop_here}</h2>
            <p>{strings.what}</p>
            <div class="actions">
                <FileButtons/>
                <SampleButtons prominence=SampleProminence::Primary/>
            </div>
            <p class="quiet">{strings.sample_is}</p>
        </section>
    }
}
