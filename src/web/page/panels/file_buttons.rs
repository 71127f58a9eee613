//! The buttons that open files, a folder, a series of a server, or a sample.

use leptos::html::Input;
use leptos::prelude::*;

use super::server::ServerButton;
use crate::web::page::io::files::FileOpener;
use crate::web::page::io::opened_thing::ShippedModel;
use crate::web::page::io::requests::open_sample;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// Three buttons: one for files, one for a folder, one for the server of DICOMweb.
#[component]
pub(crate) fn FileButtons() -> impl IntoView {
    let opener = FileOpener { session: expect_context(), shell: expect_context(), session_files: expect_context() };
    let strings = &opener.shell.strings().files;
    let (files, folder) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let click = |input: NodeRef<Input>| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    folder.on_load(|input| {
        input.set_attribute("webkitdirectory", "").expect("a valid attribute name");
    });
    let open_chosen = move |input: NodeRef<Input>| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(list) = input.files() {
            opener.open_list(&list);
        }
        // Choosing the same files again is a change, too.
        input.set_value("");
    };
    view! {
        <button title=strings.open_title on:click=move |_| click(files)>{strings.open}</button>
        <button title=strings.open_folder_title on:click=move |_| click(folder)>{strings.open_folder}</button>
        <input node_ref=files type="file" multiple hidden data-testid="file-input" aria-label=strings.files on:change=move |_| open_chosen(files)/>
        <input node_ref=folder type="file" multiple hidden data-testid="folder-input" aria-label=strings.folder
            on:change=move |_| open_chosen(folder)/>
        <ServerButton/>
    }
}

/// The prominence of a sample button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SampleProminence {
    /// The main action of the empty page.
    Primary,
    /// One button among others.
    Normal,
}

/// Two buttons that open a synthetic series: one for the model in use, one that puts the model of volumes into use.
#[component]
pub(crate) fn SampleButtons(
    /// The prominence of the first.
    prominence: SampleProminence,
) -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let strings = &shell.strings().welcome;
    view! {
        <button class:primary=prominence == SampleProminence::Primary data-testid="try-sample" title=strings.sample_title
            on:click=move |_| open_sample(session, shell, series, None)>{strings.sample}</button>
        <button data-testid="try-sample-3d" title=strings.sample_3d_title
            on:click=move |_| open_sample(session, shell, series, Some(ShippedModel::Volumes))>{strings.sample_3d}</button>
    }
}
