//! Where a person was in a series, and with which settings: what comes back when the series is opened again by itself.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::display::Display;
use super::organs::OrganList;
use super::series::SeriesView;
use super::shell::Shell;
use super::view::{ViewLayout, ViewState, Viewport};
use crate::app::protocol::{MaskSettings, MaskSource, PropagationProgress, Request};
use crate::core::drawn_measurement::DrawnMeasurement;
use crate::core::window::Window;

/// A place in a series.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The key of the series.
    pub(crate) key: String,
    /// Its index among the series of its drop.
    pub(crate) shown: usize,
    /// The organ that the tools act on, if the model's organs are known.
    pub(crate) organ: Option<u8>,
    /// SHA-256 of the model in use, in hexadecimal digits; `None` in files of before it was noted.
    #[serde(default)]
    pub(crate) model_sha256: Option<String>,
    /// The grey-scale window, and true if black and white are swapped; `None` in files of before they were noted.
    #[serde(default)]
    window: Option<(Window, bool)>,
    /// True if texts stand in the corners of the pictures; `None` in files of before it was noted.
    #[serde(default)]
    shows_annotations: Option<bool>,
    slice: usize,
    crosshair_yx: [usize; 2],
    measurements: Vec<DrawnMeasurement>,
    layout: ViewLayout,
    viewports: [Viewport; 3],
    mask_settings: MaskSettings,
    has_mirrored_check: bool,
    shows_model_masks: bool,
}

impl Place {
    /// The place in the open series, if one is open.
    pub(crate) fn of(
        shell: Shell,
        series: SeriesView,
        view: ViewState,
        display: Display,
        organs: OrganList,
    ) -> Option<Self> {
        let key = series.info.with_untracked(|info| info.as_ref().map(|info| info.key.clone()))?;
        let checked = series.checked.get_untracked();
        let propagation = series.propagation.get_untracked();
        // The masks of two models are compared no more, and the other series may not be there.
        let is_lasting = |layout: &ViewLayout| !matches!(layout, ViewLayout::Pair | ViewLayout::Beside(_));
        let layout = Some(view.layout.get_untracked()).filter(is_lasting);
        Some(Self {
            key,
            shown: series.dropped.with_untracked(|dropped| dropped.open),
            organ: organs.info.with_untracked(|info| info.as_ref().map(|info| info.active)),
            model_sha256: shell.model.with_untracked(|model| model.as_ref().map(|model| model.sha256.clone())),
            window: Some((display.window.get_untracked(), display.inverted.get_untracked())),
            shows_annotations: Some(display.shows_annotations.get_untracked()),
            slice: series.slice.get_untracked(),
            crosshair_yx: series.crosshair_yx.get_untracked(),
            measurements: untrack(|| series.measuring.rows()).iter().map(|row| row.drawn).collect(),
            layout: layout.unwrap_or(ViewLayout::AXIAL),
            viewports: view.viewports(),
            mask_settings: series.mask_settings.get_untracked(),
            has_mirrored_check: checked.running || checked.done > 0,
            shows_model_masks: propagation.progress != PropagationProgress::Off
                && propagation.shown == MaskSource::Model,
        })
    }

    /// Goes back to the place, in the same series. A place from a file may be anywhere, so it is moved into the series.
    pub(crate) fn show(&self, series: SeriesView, view: ViewState, display: Display) {
        let Some(grid) = untrack(|| series.grid()) else { return };
        let [depth, height, width] = grid.dims;
        let [y, x] = self.crosshair_yx;
        series.slice.set(self.slice.min(depth - 1));
        series.crosshair_yx.set([y.min(height - 1), x.min(width - 1)]);
        series.measuring.add(&self.measurements);
        series.mask_settings.set(self.mask_settings);
        if let Some((window, inverted)) = self.window {
            display.window.set(window.limited());
            display.inverted.set(inverted);
        }
        if let Some(shows_annotations) = self.shows_annotations {
            display.shows_annotations.set(shows_annotations);
        }
        view.show(self.layout);
        view.set_viewports(self.viewports.map(|viewport| viewport.limited()));
    }

    /// The requests that give the session the same settings again.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut requests = Vec::new();
        if self.mask_settings != MaskSettings::default() {
            requests.push(Request::Set(self.mask_settings));
        }
        if self.has_mirrored_check {
            requests.push(Request::CheckMirrored { on: true });
        }
        if self.shows_model_masks {
            requests.push(Request::ShowMasks { source: MaskSource::Model });
        }
        requests
    }
}
