//! Buttons that store the mask on the server of DICOMweb, once there is one.

use leptos::prelude::*;

use crate::app::protocol::{Request, ServerObject};
use crate::web::clock::local_time;
use crate::web::page::io::dicomweb::DicomWeb;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// A button for a segmentation and one for contours. Both have the patient's data, or the server could not file them.
#[component]
pub(super) fn StoreButtons() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let browser = expect_context::<DicomWeb>().browser;
    let strings = &expect_context::<Shell>().strings().server;
    let store = move |what: ServerObject| session.send(&Request::ExportToServer { what, at: local_time() });
    let is_unfinished = move || !series.is_segmented();
    view! {
        <Show when=move || browser.address.with(Option::is_some)>
            <div class="store" role="group" aria-label=strings.store>
                <span class="quiet">{strings.store}</span>
                <div class="pair">
                    <button data-testid="store-seg" title=strings.store_title disabled=is_unfinished
                        on:click=move |_| store(ServerObject::Seg)>{strings.seg}</button>
                    <button data-testid="store-rtstruct" title=strings.store_title disabled=is_unfinished
                        on:click=move |_| store(ServerObject::RtStruct)>{strings.rtstruct}</button>
                </div>
            </div>
        </Show>
    }
}
