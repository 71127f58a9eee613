//! Planes of the series that is shown, cut from its image and from the mask that lies over it.

use std::borrow::Cow;

use serde_bytes::ByteBuf;

use super::SeriesState;
use crate::app::protocol::{Response, to_bytes};
use crate::core::mpr::{Grid, Plane};

impl SeriesState {
    /// The picture of a plane, with the mask of the model before a fine-tuning if that is asked for and there is one. Slices without a mask
    /// are empty in it.
    pub(super) fn cut(&self, plane: Plane, index: usize, before: bool) -> Option<Response> {
        let grid = Grid { dims: self.volume.dims, geometry: self.volume.geometry };
        if index >= grid.count(plane) {
            return None;
        }
        let prediction = self.before.as_ref().filter(|_| before).unwrap_or_else(|| self.prediction());
        let hu = grid.reslice(plane, index, |z| Some(Cow::Borrowed(self.volume.slice(z).hu)));
        let mask = grid.reslice(plane, index, |z| self.labels_of(prediction, z));
        let truth = self
            .true_mask()
            .map(|truth| ByteBuf::from(grid.reslice(plane, index, |z| Some(Cow::Borrowed(truth.slice(z))))));
        Some(Response::Cut { plane, index, before, hu: to_bytes(&hu), mask: ByteBuf::from(mask), truth })
    }
}
