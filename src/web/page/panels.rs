//! What stands around the picture: header, series, result, attention, notices, footer.

use leptos::prelude::*;

use super::files::ChooseFiles;
use super::keys::HELP;
use super::state::{Page, Status};
use crate::protocol::{DeviceKind, Request};
use crate::window::Window;

/// Name, series, device.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let page = expect_context::<Page>();
    let facts = move || {
        page.study.with(|study| {
            let s = study.as_ref()?;
            let size = format!("{} x {} x {}", s.dims[2], s.dims[1], s.dims[0]);
            let spacing = match s.spacing_mm {
                Some([z, y, x]) => format!("{x:.2} x {y:.2} x {z:.2} mm"),
                None => "pixel size unknown".into(),
            };
            Some((s.name.clone(), format!("{size}  ·  {spacing}"), s.synthetic))
        })
    };
    let device = move || page.device.get();
    let device_name = move || match device() {
        None => "starting".to_owned(),
        Some(d) if d.kind == DeviceKind::WebGpu => "WebGPU".into(),
        Some(d) => format!("CPU x {}", d.workers),
    };
    let device_hook = move || {
        device().map(|d| match d.kind {
            DeviceKind::WebGpu => "webgpu",
            DeviceKind::Cpu => "cpu",
        })
    };
    let why = move || {
        device().and_then(|d| d.note).unwrap_or_else(|| "Where the network runs; ?device=cpu or webgpu chooses".into())
    };
    view! {
        <header>
            <strong class="name">"Islet"</strong>
            <span class="facts">
                {move || facts().map(|(name, facts, synthetic)| view! {
                    <b>{name}</b>
                    <Show when=move || synthetic><em class="badge">"synthetic"</em></Show>
                    <span>{facts}</span>
                })}
            </span>
            <span class="device" data-testid="device" data-device=device_hook title=why>{device_name}</span>
            <span class="local" title="The page makes no request with your data: it has no server to send it to">"nothing leaves this machine"</span>
        </header>
    }
}

/// The open series, the others of the drop, and ways to open more.
#[component]
pub(crate) fn SeriesList() -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <h2>"Series"</h2>
        <ul class="series">
            {move || {
                let (all, shown) = page.series.get();
                all.into_iter().enumerate().map(|(series, s)| {
                    let facts = view! { <b>{s.name}</b><span>{s.source}</span><span>{slices(s.slices)}</span> };
                    if series == shown {
                        view! { <li class="open">{facts}</li> }.into_any()
                    } else {
                        view! {
                            <li><button data-testid="other-series" title="Show this series"
                                on:click=move |_| page.send(&Request::Choose { series })>{facts}</button></li>
                        }.into_any()
                    }
                }).collect_view()
            }}
        </ul>
        <Show when=move || page.study.with(Option::is_some)>
            <div class="more">
                <ChooseFiles/>
                <button data-testid="try-sample" title="Open a synthetic abdomen" on:click=move |_| page.try_sample()>"Try a sample"</button>
            </div>
        </Show>
        <h2>"Window"</h2>
        <div class="presets">
            {Window::PRESETS.into_iter().enumerate().map(|(i, (name, window))| view! {
                <button class:on=move || page.window.get() == window title=format!("Key {}", i + 1)
                    on:click=move |_| page.window.set(window)>{name}</button>
            }).collect_view()}
        </div>
        <h2>"Keys"</h2>
        <dl class="keys">
            {HELP.into_iter().map(|(key, what)| view! { <dt>{key}</dt><dd>{what}</dd> }).collect_view()}
        </dl>
    }
}

fn slices(count: usize) -> String {
    if count == 1 { "1 slice".into() } else { format!("{count} slices") }
}

/// Volume or area, and the way to take the mask away.
#[component]
pub(crate) fn Result() -> impl IntoView {
    let page = expect_context::<Page>();
    let total = move || page.pixels.with(|pixels| pixels.iter().flatten().sum::<usize>());
    let size = move || {
        let study = page.study.get()?;
        let count = total() as f64;
        Some(match (study.voxel_mm3, study.spacing_mm, study.dims[0]) {
            (_, Some([_, y, x]), 1) => (format!("{:.2} cm²", count * y * x / 100.0), "Area on this slice"),
            (Some(voxel_mm3), _, _) => (format!("{:.1} mL", count * voxel_mm3 / 1000.0), "Volume"),
            _ => (format!("{count} px"), "Area in pixels; their size is unknown"),
        })
    };
    let range = move || {
        page.pixels.with(|pixels| {
            let filled: Vec<usize> =
                pixels.iter().enumerate().filter(|(_, p)| p.is_some_and(|p| p > 0)).map(|(z, _)| z + 1).collect();
            match (filled.first(), filled.last()) {
                (Some(first), Some(last)) if pixels.len() > 1 => {
                    format!("on {} slices, {first} to {last}", filled.len())
                }
                (None, _) if pixels.iter().all(Option::is_some) => "no pancreas found".into(),
                _ => String::new(),
            }
        })
    };
    let partial = move || {
        let (done, all) = page.progress();
        (done < all).then(|| format!("so far: {done} of {all} slices"))
    };
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <h2>"Pancreas"</h2>
            <p class="figure">
                <output data-testid="volume-ml">{move || size().map(|s| s.0)}</output>
                <span>{move || size().map(|s| s.1)}</span>
            </p>
            <p class="quiet">{range}</p>
            <p class="quiet">{move || partial().unwrap_or_else(|| "all slices segmented".into())}</p>
            <label class="switch" title="Hold Space to hide it for a moment">
                <input type="checkbox" data-testid="mask-toggle" prop:checked=move || page.show_mask.get()
                    on:change=move |event| page.show_mask.set(event_target_checked(&event))/>
                "Show the mask"
            </label>
            <button data-testid="export-nifti" title="Save the mask as NIfTI, on the series' own grid"
                disabled=move || { let (done, all) = page.progress(); done < all }
                on:click=move |_| page.send(&Request::ExportNifti)>"Save mask (NIfTI)"</button>
        </Show>
    }
}

/// Which gate's attention lies over the picture.
#[component]
pub(crate) fn Attention() -> impl IntoView {
    let page = expect_context::<Page>();
    let waiting = move || page.gate.with(Option::is_some) && !page.has_gates_of_slice();
    let gates = move || page.gates_px();
    view! {
        <Show when=move || page.study.with(Option::is_some) && !gates().is_empty()>
            <h2>"Attention"</h2>
            <button data-testid="attention-toggle" class:on=move || page.gate.with(Option::is_some) title="Key A"
                aria-pressed=move || page.gate.with(Option::is_some).to_string()
                on:click=move |_| page.toggle_attention()>
                {move || if page.gate.with(Option::is_some) { "Hide attention" } else { "Show attention" }}
            </button>
            <div class="gates">
                {move || gates().into_iter().enumerate().map(|(gate, px)| view! {
                    <button data-testid=format!("gate-{gate}") class:on=move || page.gate.get() == Some(gate)
                        title=format!("{px} x {px} over the input") on:click=move |_| page.gate.set(Some(gate))>
                        {format!("Gate {}", gate + 1)}
                    </button>
                }).collect_view()}
            </div>
            <p class="ramp" aria-hidden="true"><span>"0"</span><i></i><span>"1"</span></p>
            <p class="quiet">{move || if waiting() { "computing…" } else { "Attention, not probability: where a gate lets the skip through." }}</p>
        </Show>
    }
}

/// What the network is, and what it is worth.
#[component]
pub(crate) fn Model() -> impl IntoView {
    let page = expect_context::<Page>();
    let remarks = move || page.model.with(|m| m.as_ref().map(|m| m.training.remarks.clone())).unwrap_or_default();
    let facts = move || {
        page.model.get().map(|m| {
            let t = m.training;
            view! { <p class="quiet" title=m.license>{format!("{}, {} epochs on {}.", t.preset, t.epochs, t.dataset)}</p> }
        })
    };
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <h2>"Model"</h2>
            <p class="quiet" data-testid="model-remarks">{remarks}</p>
            {facts}
        </Show>
    }
}

/// What a reader should know of the series, and what went wrong.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let page = expect_context::<Page>();
    let notes = move || {
        let mut notes = page.study.with(|s| s.as_ref().map(|s| s.notes.clone())).unwrap_or_default();
        notes.extend(page.device.with(|d| d.as_ref().and_then(|d| d.note.clone())));
        notes.extend(page.refused.get().iter().map(|r| format!("Left out: {}: {}", r.what, r.why)));
        notes
    };
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || page.failure.get().map(|refusal| view! {
                <div class="failure" role="alert" data-testid="error">
                    <div><b>{refusal.what}</b>": "{refusal.why}"." <p>{refusal.hint}"."</p></div>
                    <button title="Close this message" aria-label="Close this message" on:click=move |_| page.failure.set(None)>"×"</button>
                </div>
            })}
            {move || notes().into_iter().map(|note| view! { <p class="note">{note}"."</p> }).collect_view()}
        </div>
    }
}

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
