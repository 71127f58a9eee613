//! The names of panes and of directions in the patient.

use leptos::prelude::*;

use crate::core::i18n::viewer::ViewerStrings;
use crate::core::mpr::Plane;
use crate::web::page::state::view::{Pane, ViewLayout, ViewState};

/// The name of a pane.
pub(crate) fn pane_name(strings: &ViewerStrings, state: &ViewState, pane: Pane) -> &'static str {
    match pane {
        Pane::Before => strings.before,
        Pane::Current(Plane::Axial) if state.layout.get() == ViewLayout::Pair => strings.after,
        Pane::Current(plane) | Pane::Beside(plane) => strings.plane(plane),
    }
}

/// The direction that a letter at the side of a plane stands for.
pub(crate) fn direction_name(strings: &ViewerStrings, letter: char) -> &'static str {
    match letter {
        'R' => strings.right,
        'L' => strings.left,
        'A' => strings.anterior,
        'P' => strings.posterior,
        'S' => strings.superior,
        _ => strings.inferior,
    }
}
