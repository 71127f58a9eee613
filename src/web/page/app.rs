//! The page as a whole: creates its state, starts its parts, and lays out the panels.

use leptos::prelude::*;

use super::io::dicomweb::DicomWeb;
use super::io::files::FileOpener;
use super::io::persistence::Persistence;
use super::io::receiver::Receiver;
use super::io::recovery::Recovery;
use super::io::session_client::SessionClient;
use super::io::session_file::SessionFiles;
use super::io::{language, offline, requests, script, unload};
use super::keyboard;
use super::panels::announcement::Announcement;
use super::panels::attributes::AttributesDialog;
use super::panels::correct::CorrectionPanel;
use super::panels::explain::{AttentionSection, MapsSection};
use super::panels::export::ExportMenu;
use super::panels::finetune::{FineTunePanel, StartFineTuning};
use super::panels::footer::Footer;
use super::panels::header::Header;
use super::panels::help::Help;
use super::panels::menu::close_menus;
use super::panels::model::ModelSection;
use super::panels::notices::Notices;
use super::panels::result::{Headline, ResultPanel};
use super::panels::series::SeriesList;
use super::panels::server::ServerDialog;
use super::panels::tabs::{Panel, Tabs};
use super::panels::truth::TruthSection;
use super::panels::welcome::Welcome;
use super::state::attributes::FileAttributesView;
use super::state::beside::Beside;
use super::state::cine::Cine;
use super::state::display::Display;
use super::state::finetuning::FineTuning;
use super::state::key_bindings::KeyBindings;
use super::state::organs::OrganList;
use super::state::page_parts::PageParts;
use super::state::pictures::Pictures;
use super::state::report::Reports;
use super::state::series::SeriesView;
use super::state::server::ServerBrowser;
use super::state::shell::{Shell, Tab};
use super::state::surfaces::Surfaces;
use super::state::tools::Tools;
use super::state::view::ViewState;
use super::state::volume::VolumeRun;
use super::viewer::Viewer;

/// The page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let opener = provide_state();
    let shell = opener.shell;
    let dragging = opener.accept_drops();
    close_menus(shell);
    keyboard::listen();
    offline::store_when_ready(shell);
    language::follow(shell.language);
    // Drawn again in another language; the state stays.
    move || {
        shell.language.track();
        view! { <Layout dragging=dragging/> }
    }
}

/// Creates the state of the page, gives every part of it as a context, and starts the session.
fn provide_state() -> FileOpener {
    let session = SessionClient::new();
    let shell = Shell::new(language::preferred());
    let series = SeriesView::new(session);
    let (view, display) = (ViewState::new(), Display::new());
    let beside = Beside::new(series, view);
    let pictures = Pictures::new(session, series, beside);
    let tools = Tools::new(session, series, pictures, display);
    let (tuning, attributes) = (FineTuning::new(session, series), FileAttributesView::new(session, series));
    let (persistence, volume) = (Persistence::load(session, shell), VolumeRun::new());
    provide_context(session);
    provide_context(shell);
    provide_view(view, display, beside, pictures);
    provide_cine(series, view, pictures);
    provide_series(series);
    provide_context(tools);
    provide_context(tuning);
    provide_context(persistence);
    provide_context(volume);
    let organs = OrganList::new(session, series, display, persistence);
    provide_context(organs);
    let surfaces = Surfaces::new(session, series, view, display, organs);
    surfaces.follow();
    provide_context(surfaces);
    provide_context(KeyBindings::load(shell));
    let reports = Reports::new(session, series, organs, surfaces);
    provide_context(reports);
    provide_context(attributes);
    let recovery = Recovery::new(session, shell, series, view, display, organs);
    let session_files = SessionFiles { shell, series, view, display, organs, recovery };
    provide_context(session_files);
    let opener = FileOpener { session, shell, session_files };
    let dicomweb = DicomWeb::new(ServerBrowser::new(), opener);
    provide_context(dicomweb);
    Receiver {
        session,
        shell,
        series,
        beside,
        pictures,
        view,
        display,
        tools,
        tuning,
        persistence,
        volume,
        organs,
        recovery,
        surfaces,
        reports,
        attributes,
        dicomweb,
    }
    .start();
    requests::request_what_is_shown(session, series, view, display, pictures, shell);
    script::install(session, shell, series);
    unload::ask_before_leaving(shell, series, organs, persistence);
    opener
}

/// Gives what the pictures are made from as contexts.
fn provide_view(view: ViewState, display: Display, beside: Beside, pictures: Pictures) {
    beside.follow();
    provide_context(view);
    provide_context(display);
    provide_context(beside);
    provide_context(pictures);
}

/// Gives the series, and what tells which parts of the page are made, as contexts.
fn provide_series(series: SeriesView) {
    provide_context(series);
    let parts = PageParts::new(series);
    parts.follow();
    provide_context(parts);
}

/// Gives what plays through the slices as a context.
fn provide_cine(series: SeriesView, view: ViewState, pictures: Pictures) {
    let cine = Cine::new(series, view, pictures);
    cine.follow();
    provide_context(cine);
}

/// Everything on the screen.
#[component]
fn Layout(
    /// True while something is dragged over the page.
    dragging: RwSignal<bool>,
) -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let strings = shell.strings();
    let empty = move || !series.is_open();
    view! {
        <div class="app" class:empty=empty class:dragging=move || dragging.get()>
            <Header/>
            <aside class="left" aria-label=strings.series.title class:open=move || shell.series_sheet_open.get()><SeriesList/></aside>
            <main>
                <Show when=empty><Welcome/></Show>
                <Viewer/>
            </main>
            <aside class="right" aria-label=strings.tabs.title class:closed=move || !shell.sheet_open.get()>
                <Headline/>
                <Tabs/>
                <div class="panels">
                    <Panel tab=Tab::Result><ResultPanel/><TruthSection/></Panel>
                    <Panel tab=Tab::Explain><AttentionSection/><MapsSection/><ModelSection/></Panel>
                    <Panel tab=Tab::Correct><CorrectionPanel/></Panel>
                    <Panel tab=Tab::FineTune><FineTunePanel/></Panel>
                </div>
                // Export and fine-tuning can be reached from every panel.
                <div class="pinned"><ExportMenu/><StartFineTuning/></div>
            </aside>
            <Notices/>
            <Footer/>
            <Announcement/>
            <Help/>
            <AttributesDialog/>
            <ServerDialog/>
        </div>
    }
}
