//! What is happening, and what everybody must know.

use leptos::prelude::*;

use super::state::{Page, Status};

/// What is happening, and what everybody must know.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let page = expect_context::<Page>();
    let says = move || match page.status() {
        Status::Loading => "Loading the model".to_owned(),
        Status::Ready => "Ready".into(),
        Status::Error => "Something could not be done; see the message".into(),
        Status::Done => "Done".into(),
        Status::Busy => match page.reading.get() {
            Some((done, total)) if total > 1 => format!("Reading {done} of {total} files"),
            Some(_) => "Reading".into(),
            None if page.learn.is_running() => "Learning".into(),
            None => {
                let (done, all) = page.progress();
                format!("Segmenting, {done} of {all} slices")
            }
        },
    };
    let share = move || {
        let learning = || page.learn.progress.get().filter(|_| page.learn.is_running()).map(|p| (p.done, p.total));
        let (done, all) = page.reading.get().or_else(learning).unwrap_or_else(|| page.progress());
        if all == 0 || page.status() != Status::Busy { 0.0 } else { done as f64 / all as f64 }
    };
    view! {
        <footer>
            <span class="status" data-testid="status" data-state=move || page.status().name()>
                <i class="bar" style:transform=move || format!("scaleX({:.3})", share())></i>
                {says}
            </span>
            <span class="credit">
                <b>"Not a medical device."</b>
                " Model trained on NIH Pancreas-CT, "
                <a href="https://doi.org/10.7937/K9/TCIA.2016.tNB1kqBU" target="_blank" rel="noreferrer"
                    title="Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016.">
                    "Roth et al., TCIA 2016"
                </a>
                ", CC BY 3.0, and on synthetic phantoms."
            </span>
        </footer>
    }
}
