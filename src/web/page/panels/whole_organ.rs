//! Operations on the mask of the whole organ.

use leptos::prelude::*;

use crate::app::protocol::Request;
use crate::core::i18n::interpolate;
use crate::imaging::whole_mask::MaskOperation;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::tools::Tools;

/// Standard deviation of the smoothing, in mm: it removes steps between slices and keeps lobes.
const SMOOTHING_MM: f64 = 2.0;
/// Width of a margin, in mm: at least a pixel of a usual CT.
const MARGIN_MM: f64 = 2.0;

/// Buttons that change all slices at once, folded until they are wanted.
#[component]
pub(super) fn WholeOrgan() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let tools = expect_context::<Tools>();
    let strings = &expect_context::<Shell>().strings().correct;
    let operations = [
        ("smooth", strings.smooth, strings.smooth_title, MaskOperation::Smooth { sigma_mm: SMOOTHING_MM }),
        ("widen", strings.widen, strings.widen_title, MaskOperation::Margin { margin_mm: MARGIN_MM }),
        ("shrink", strings.shrink, strings.shrink_title, MaskOperation::Margin { margin_mm: -MARGIN_MM }),
        ("keep-largest", strings.keep_largest, strings.keep_largest_title, MaskOperation::KeepLargest),
    ];
    let changed =
        move || tools.changed_slices.get().map(|count| interpolate(strings.whole_changed, &[("count", &count)]));
    view! {
        <details class="whole">
            <summary data-testid="whole-organ">{strings.whole_organ}</summary>
            <div class="pair">
                {operations.map(|(hook, name, title, operation)| view! {
                    <button data-testid=hook title=title disabled=move || !series.is_segmented()
                        on:click=move |_| session.send(&Request::EditMask(operation))>{name}</button>
                }).into_iter().collect_view()}
            </div>
            <Show when=move || series.truth.with(Option::is_some)>
                <button data-testid="take-truth" title=strings.take_truth_title
                    on:click=move |_| session.send(&Request::TakeTruth)>{strings.take_truth}</button>
            </Show>
            <p class="quiet" role="status" data-testid="whole-changed">{changed}</p>
        </details>
    }
}
