//! The line on top: name, series, device.

use leptos::prelude::*;

use super::state::Page;
use crate::app::protocol::DeviceKind;
use crate::core::i18n::interpolate;

/// Name, series, device.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().header;
    let facts = move || {
        page.study.with(|study| {
            let s = study.as_ref()?;
            let size = format!("{} x {} x {}", s.dims[2], s.dims[1], s.dims[0]);
            let spacing = match s.spacing_mm {
                Some([z, y, x]) => format!("{x:.2} x {y:.2} x {z:.2} mm"),
                None => words.size_unknown.into(),
            };
            Some((s.name.clone(), format!("{size}  ·  {spacing}"), s.synthetic))
        })
    };
    let device = move || page.device.get();
    let device_name = move || match device() {
        None => words.starting.to_owned(),
        Some(d) if d.kind == DeviceKind::WebGpu => words.webgpu.into(),
        Some(d) => interpolate(words.cpu, &[("workers", &d.workers)]),
    };
    let device_hook = move || {
        device().map(|d| match d.kind {
            DeviceKind::WebGpu => "webgpu",
            DeviceKind::Cpu => "cpu",
        })
    };
    let why = move || device().and_then(|d| d.note).unwrap_or_else(|| words.where_it_runs.into());
    view! {
        <header>
            <h1 class="name">{words.name}</h1>
            <button class="series-sheet small" data-testid="series-sheet" aria-expanded=move || page.series_open.get().to_string()
                title=page.words().tabs.series_title on:click=move |_| page.series_open.update(|open| *open = !*open)>
                {page.words().tabs.series}
            </button>
            <span class="facts">
                {move || facts().map(|(name, facts, synthetic)| view! {
                    <b>{name}</b>
                    <Show when=move || synthetic><em class="badge">{words.synthetic}</em></Show>
                    <span>{facts}</span>
                })}
            </span>
            <span class="device" data-testid="device" data-device=device_hook title=why>{device_name}</span>
            <super::offline::NewVersion/>
            <super::language::Languages/>
            <span class="local" title=words.local_title>{words.local}</span>
        </header>
    }
}
