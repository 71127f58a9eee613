//! The appearance of the pictures: grey-scale window and overlays. The choice of pictures is in [`view`](super::view).

use leptos::prelude::*;

use crate::app::protocol::MapKind;
use crate::core::window::Window;
use crate::imaging::overlay::FILL;

/// The appearance of the pictures.
#[derive(Clone, Copy)]
pub(crate) struct Display {
    /// The grey-scale window.
    pub(crate) window: RwSignal<Window>,
    /// True if black and white are swapped.
    pub(crate) inverted: RwSignal<bool>,
    /// True if the mask is drawn.
    pub(crate) mask_visible: RwSignal<bool>,
    /// True while the key that hides the mask is held.
    pub(crate) peeking: RwSignal<bool>,
    /// Opacity of the mask inside its outline.
    pub(crate) opacity: RwSignal<f32>,
    /// True if masks are drawn as outlines, without a fill.
    pub(crate) outline_only: RwSignal<bool>,
    /// True if patient, date, position and the like stand in the corners of the pictures.
    pub(crate) shows_annotations: RwSignal<bool>,
    /// True if the mask is compared with the ground truth, where there is one.
    pub(crate) compare_truth: RwSignal<bool>,
    /// The gate whose attention is shown.
    pub(crate) gate: RwSignal<Option<usize>>,
    /// True if the effect of holding that gate open is shown.
    pub(crate) ablating: RwSignal<bool>,
    /// The map that is drawn over the picture while no gate's attention is.
    pub(crate) map_kind: RwSignal<Option<MapKind>>,
}

impl Display {
    /// The display at the start.
    pub(crate) fn new() -> Self {
        Self {
            window: RwSignal::new(Window::ABDOMEN),
            inverted: RwSignal::new(false),
            mask_visible: RwSignal::new(true),
            peeking: RwSignal::new(false),
            opacity: RwSignal::new(FILL),
            outline_only: RwSignal::new(false),
            shows_annotations: RwSignal::new(true),
            compare_truth: RwSignal::new(true),
            gate: RwSignal::new(None),
            ablating: RwSignal::new(false),
            map_kind: RwSignal::new(None),
        }
    }

    /// Subscribes the running effect to everything that changes the appearance of a picture.
    pub(crate) fn track(&self) {
        let Self {
            window,
            inverted,
            mask_visible,
            peeking,
            opacity,
            outline_only,
            compare_truth,
            gate,
            ablating,
            map_kind,
            // Not drawn into the picture.
            shows_annotations: _,
        } = self;
        window.track();
        opacity.track();
        gate.track();
        map_kind.track();
        [inverted, mask_visible, peeking, outline_only, compare_truth, ablating]
            .into_iter()
            .for_each(|flag| flag.track());
    }

    /// True if the mask is to be drawn now.
    pub(crate) fn shows_mask(&self) -> bool {
        self.mask_visible.get() && !self.peeking.get()
    }

    /// The opacity of masks inside their outlines.
    pub(crate) fn fill(&self) -> f32 {
        if self.outline_only.get() { 0.0 } else { self.opacity.get() }
    }

    /// The standard window, not inverted.
    pub(crate) fn reset_window(&self) {
        self.window.set(Window::ABDOMEN);
        self.inverted.set(false);
    }

    /// Changes the window's level and width, in HU.
    pub(crate) fn shift_window(&self, level_hu: f32, width_hu: f32) {
        self.window.update(|window| {
            let [level_hu, width_hu] = [window.level_hu + level_hu, window.width_hu + width_hu];
            *window = Window { level_hu, width_hu }.limited();
        });
    }

    /// Hides the attention, or shows that of the last of `gates` gates, whose map is the finest.
    pub(crate) fn toggle_attention(&self, gates: usize) {
        self.gate.update(|gate| *gate = if gate.is_some() { None } else { gates.checked_sub(1) });
    }

    /// The map chosen, unless a gate's attention covers it.
    pub(crate) fn visible_map(&self) -> Option<MapKind> {
        self.map_kind.get().filter(|_| self.gate.with(Option::is_none))
    }

    /// Shows a map in place of the attention, or hides it if it is shown already.
    pub(crate) fn toggle_map(&self, kind: MapKind) {
        let next = untrack(|| self.visible_map() != Some(kind)).then_some(kind);
        self.gate.set(None);
        self.map_kind.set(next);
    }
}
