//! The correction tools: which is in hand, and what the pointer does with it. What an edit does to a mask is in [`crate::imaging::edit`].

use leptos::prelude::*;
use web_sys::PointerEvent;

use super::state::Page;
use super::tabs::Tab;
use crate::app::protocol::Request;
use crate::core::i18n::Strings;
use crate::core::mpr::Plane;
use crate::imaging::edit::{Edit, Stroke, apply};

/// A tool in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Brush,
    Eraser,
    Fill,
    Grow,
    Remove,
}

impl Tool {
    /// All of them, with their hooks: the name of their action after `tool-`.
    pub(crate) const ALL: [(Self, &str); 5] = [
        (Self::Brush, "tool-brush"),
        (Self::Eraser, "tool-eraser"),
        (Self::Fill, "tool-fill"),
        (Self::Grow, "tool-grow"),
        (Self::Remove, "tool-remove"),
    ];

    /// Its name, and what it is for.
    pub(crate) fn says(self, words: &Strings) -> (&'static str, &'static str) {
        let words = &words.tools;
        match self {
            Self::Brush => (words.brush, words.brush_use),
            Self::Eraser => (words.eraser, words.eraser_use),
            Self::Fill => (words.fill, words.fill_use),
            Self::Grow => (words.grow, words.grow_use),
            Self::Remove => (words.remove, words.remove_use),
        }
    }
}

/// Radii of the brush, in pixels.
pub(crate) const RADII_PX: std::ops::RangeInclusive<f32> = 0.5..=40.0;
/// Growing takes what is this close to where it starts, in HU: about twice the noise of a CT slice.
const GROW_HU: i16 = 30;
/// And no farther than this, in mm: half a pancreas.
const GROW_MM: f64 = 20.0;

/// The tool in hand, its settings, and a stroke on its way.
#[derive(Clone, Copy)]
pub(crate) struct Tools {
    pub(crate) tool: RwSignal<Option<Tool>>,
    pub(crate) radius_px: RwSignal<f32>,
    /// Whether the brush keeps to [`range_hu`](Self::range_hu).
    pub(crate) guarded: RwSignal<bool>,
    pub(crate) range_hu: RwSignal<[i16; 2]>,
    /// Where the stroke on its way has come to.
    last: StoredValue<Option<[f32; 2]>>,
    /// Edits sent and not yet confirmed.
    pending: StoredValue<usize>,
}

impl Tools {
    pub(crate) fn new() -> Self {
        Self {
            tool: RwSignal::new(None),
            radius_px: RwSignal::new(6.0),
            guarded: RwSignal::new(false),
            range_hu: RwSignal::new([20, 180]),
            last: StoredValue::new(None),
            pending: StoredValue::new(0),
        }
    }

    pub(crate) fn resize(&self, factor: f32) {
        self.radius_px.update(|r| *r = (*r * factor).clamp(*RADII_PX.start(), *RADII_PX.end()));
    }

    /// Whether edits are sent and not yet confirmed.
    pub(crate) fn awaits_confirmation(&self) -> bool {
        self.pending.get_value() > 0
    }

    /// Counts one confirmation; whether none is left to come. Masks confirmed before that are older than what is shown.
    pub(crate) fn confirmed(&self) -> bool {
        self.pending.update_value(|pending| *pending = pending.saturating_sub(1));
        self.pending.get_value() == 0
    }
}

/// Takes a tool into the hand and shows its settings, or puts it down if it is there already.
pub(crate) fn pick(page: Page, tool: Tool) {
    let held = page.tools.tool.get_untracked() == Some(tool);
    page.tools.tool.set((!held).then_some(tool));
    if !held {
        page.tab.set(Tab::Correct);
    }
}

/// What the pointer does with the tool in hand.
pub(crate) fn use_tool(page: Page, event: &PointerEvent) {
    let Some(tool) = page.tools.tool.get_untracked() else { return };
    let tools = page.tools;
    if event.buttons() & 1 == 0 {
        tools.last.set_value(None);
        return;
    }
    let Some((Plane::Axial, at)) = page.view.pointer.get_untracked() else { return };
    let at = at.map(|c| c as f32);
    let clicks = !matches!(tool, Tool::Brush | Tool::Eraser);
    if event.type_() != "pointerdown" && (clicks || tools.last.get_value().is_none()) {
        // A drag that began elsewhere, or with a tool that clicks.
        return;
    }
    let pixel = at.map(|c| c.round().max(0.0) as usize);
    let edit = match tool {
        Tool::Brush | Tool::Eraser => Edit::Stroke(Stroke {
            from: tools.last.get_value().unwrap_or(at),
            to: at,
            radius_px: tools.radius_px.get_untracked(),
            erase: tool == Tool::Eraser,
            range_hu: tools.guarded.get_untracked().then(|| tools.range_hu.get_untracked()),
        }),
        Tool::Fill => Edit::Fill { at: pixel },
        Tool::Grow => Edit::Grow { at: pixel, tolerance_hu: GROW_HU, reach_px: reach_px(page) },
        Tool::Remove => Edit::Remove { at: pixel },
    };
    let joins = tools.last.get_value().is_some();
    tools.last.set_value(Some(at));
    make(page, edit, joins);
}

/// Makes an edit of the slice shown: here at once, and in the session, which keeps it.
pub(crate) fn make(page: Page, edit: Edit, joins: bool) {
    let Some(picture) = page.picture.get_untracked() else { return };
    let Some([_, height, width]) = page.study.with_untracked(|s| s.as_ref().map(|s| s.dims)) else { return };
    if picture.hu.len() != height * width || picture.slice != page.slice.get_untracked() {
        return;
    }
    let mut labels = picture.mask.clone().unwrap_or_else(|| vec![0; height * width]);
    if apply(&edit, &picture.hu, [height, width], &mut labels) {
        page.show_labels(picture.slice, Some(labels));
    }
    page.show_mask.set(true);
    page.tools.pending.update_value(|pending| *pending += 1);
    page.send(&Request::Edit { slice: picture.slice, edit, joins });
}

fn reach_px(page: Page) -> f32 {
    let column_mm = page.study.with_untracked(|s| s.as_ref().and_then(|s| s.spacing_mm).map_or(1.0, |s| s[2]));
    (GROW_MM / column_mm) as f32
}

/// The brush as a circle under the pointer.
#[component]
pub(crate) fn BrushCircle() -> impl IntoView {
    let page = expect_context::<Page>();
    let held = move || matches!(page.tools.tool.get(), Some(Tool::Brush | Tool::Eraser));
    // In percent of the picture, which is as large as the slice.
    let style = move || {
        let (Some((Plane::Axial, at)), Some(dims)) =
            (page.view.pointer.get(), page.study.with(|s| s.as_ref().map(|s| s.dims)))
        else {
            return None;
        };
        let [y, x] = at.map(|c| c as f32);
        let (height, width) = (dims[1] as f32, dims[2] as f32);
        let (radius, share) = (page.tools.radius_px.get().max(0.5), 100.0);
        Some(format!(
            "left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%",
            (x + 0.5 - radius) / width * share,
            (y + 0.5 - radius) / height * share,
            2.0 * radius / width * share,
            2.0 * radius / height * share
        ))
    };
    view! {
        <Show when=move || held() && style().is_some()>
            <i class="brush" class:erases=move || page.tools.tool.get() == Some(Tool::Eraser) style=move || style().unwrap_or_default()></i>
        </Show>
    }
}
