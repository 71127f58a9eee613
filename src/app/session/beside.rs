//! Another series of the drop at the place of a plane of the one shown.

use serde_bytes::ByteBuf;

use super::Session;
use crate::app::protocol::{BesideView, Response, SeriesBeside, to_bytes};
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::core::mpr::Plane;
use crate::core::plane_sampling::PlaneSampling;

impl Session {
    /// Returns another series, with its mask, on the pixels of a plane of the series shown. `None` if there is no such
    /// plane or no such series; a failure if one of them has no positions.
    pub(super) fn view_beside(&self, beside: SeriesBeside, plane: Plane, index: usize) -> Option<Response> {
        let (shown, other) = (self.series.get(self.shown)?, self.series.get(beside.series)?);
        let grid = shown.grid();
        if index >= grid.count(plane) {
            return None;
        }
        let shift_mm = [0.0, 0.0, beside.shift_mm];
        let volume = &other.image.volume;
        let sampling =
            volume.geometry.and_then(|geometry| PlaneSampling::new(&grid, plane, index, &geometry, shift_mm));
        let Some(sampling) = sampling else {
            let name = other.study.name.clone();
            return Some(Response::Failed(UserError::new(name, AppMessage::NoPositions, AppMessage::OpenItAlone)));
        };
        let (hu, is_covered) = sampling.linear(volume);
        let mask = ByteBuf::from(sampling.nearest(volume.dims, |z| other.labels_shown(z)));
        let (hu, calibrated) = (to_bytes(&hu), volume.calibrated);
        Some(Response::Beside(BesideView { beside, plane, index, hu, mask, is_covered, calibrated }))
    }
}
