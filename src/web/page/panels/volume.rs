//! A model of whole volumes on the page: its progress, and a button that stops it.

use leptos::prelude::*;

use super::duration::duration;
use crate::app::protocol::{Patches, Request, VolumeProgress};
use crate::core::i18n::interpolate;
use crate::core::i18n::volume::VolumeStrings;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::volume::VolumeRun;

/// How far the segmentation is, with the remaining time; `None` if none runs or waits.
pub(crate) fn progress_text(shell: &Shell, run: &VolumeRun) -> Option<String> {
    let strings = &shell.strings().volume;
    match run.progress.get()? {
        VolumeProgress::Waiting => Some(strings.waiting.into()),
        VolumeProgress::Running(Patches { all: 0, .. }) => Some(strings.preparing.into()),
        VolumeProgress::Running(patches) => Some(patch_text(strings, patches) + &left_text(shell, run)),
        VolumeProgress::Done | VolumeProgress::Stopped => None,
    }
}

fn patch_text(strings: &VolumeStrings, patches: Patches) -> String {
    let Patches { network, networks, done, all } = patches;
    let patch = interpolate(strings.patch, &[("patch", &(done + 1).min(all)), ("all", &all)]);
    match networks {
        0 | 1 => patch,
        _ => interpolate(strings.network, &[("network", &(network + 1)), ("networks", &networks)]) + &patch,
    }
}

fn left_text(shell: &Shell, run: &VolumeRun) -> String {
    let (strings, times) = (&shell.strings().volume, &shell.strings().finetune);
    let left = run.left_s.get().map(|seconds| {
        let left = interpolate(times.left, &[("time", &duration(times, seconds))]);
        interpolate(strings.left, &[("left", &left)])
    });
    left.unwrap_or_default()
}

/// Progress and a button that stops, or after a stop one that starts again.
#[component]
pub(crate) fn VolumeSection() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let shell = expect_context::<Shell>();
    let run = expect_context::<VolumeRun>();
    let strings = &shell.strings().volume;
    view! {
        <Show when=move || run.is_unfinished()>
            <p class="quiet" data-testid="volume-progress">{move || progress_text(&shell, &run)}</p>
            <button data-testid="volume-stop" title=strings.stop_title
                on:click=move |_| session.send(&Request::StopSegmenting)>{strings.stop}</button>
        </Show>
        <Show when=move || run.is_stopped()>
            <button data-testid="volume-again" title=strings.again_title
                on:click=move |_| session.send(&Request::SegmentAgain)>{strings.again}</button>
        </Show>
    }
}
