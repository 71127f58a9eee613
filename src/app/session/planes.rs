//! Pictures of the planes of a series, with the masks that lie over them.

use std::borrow::Cow;

use serde_bytes::ByteBuf;

use super::series::SeriesState;
use crate::app::protocol::{ModelChoice, PlaneView, Response, to_bytes};
use crate::core::drawn_measurement::{DrawnMeasurement, EllipseStatistics};
use crate::core::mpr::{Grid, Plane};
use crate::core::slab::Slab;
use crate::formats::dicom::AttributeList;

impl SeriesState {
    /// Returns the picture of a plane, and makes an axial plane the current slice. `None` if the series has no such plane.
    pub(super) fn look_at(
        &mut self,
        plane: Plane,
        index: usize,
        model: ModelChoice,
        slab: Option<Slab>,
    ) -> Option<PlaneView> {
        if index >= self.grid().count(plane) {
            return None;
        }
        if plane == Plane::Axial {
            self.focus = index;
        }
        Some(self.view(plane, index, model, slab))
    }

    /// Returns the picture of the slice to show first, and makes it the current slice.
    pub(super) fn first_view(&mut self, slab: Option<Slab>) -> PlaneView {
        self.focus = self.study.first_slice;
        self.view(Plane::Axial, self.focus, ModelChoice::Current, slab)
    }

    /// The picture of a plane.
    pub(super) fn view(&self, plane: Plane, index: usize, model: ModelChoice, slab: Option<Slab>) -> PlaneView {
        let grid = self.grid();
        let labels = |z| match model {
            ModelChoice::Before => self.labels_over(self.predictions.of_model(model), z),
            ModelChoice::Current => self.labels_shown(z),
        };
        let slice = |z| self.image.volume.slice(z).hu;
        let hu = match &slab {
            Some(slab) => slab.project(&grid, plane, index, slice),
            None => grid.reslice(plane, index, |z| Some(Cow::Borrowed(slice(z)))),
        };
        let has_mask = plane != Plane::Axial || labels(index).is_some();
        let mask = has_mask.then(|| grid.reslice(plane, index, labels));
        let accepted = match &mask {
            Some(mask) if plane != Plane::Axial => self.is_plane_accepted(plane, index, mask),
            _ => false,
        };
        let mask = mask.map(ByteBuf::from);
        let organs = self.has_organ_map().then(|| grid.reslice(plane, index, |z| self.organ_labels(z)));
        let truth = self.true_mask();
        let truth = truth.map(|truth| grid.reslice(plane, index, |z| Some(Cow::Borrowed(truth.slice(z)))));
        let [organs, truth] = [organs, truth].map(|labels| labels.map(ByteBuf::from));
        PlaneView { plane, index, model, slab, hu: to_bytes(&hu), mask, organs, truth, accepted }
    }

    /// Returns what the file of a slice says.
    pub(super) fn attributes(&self, slice: usize) -> Response {
        let header = self.image.header(slice);
        Response::Attributes {
            key: self.study.key.clone(),
            slice,
            rows: header.map(AttributeList::rows).unwrap_or_default(),
            left_out: header.map_or(0, AttributeList::left_out),
        }
    }

    /// Returns the Hounsfield units in an ellipse; nothing if it is drawn on another series.
    pub(super) fn measure_ellipse(&self, key: String, ellipse: DrawnMeasurement) -> Option<Response> {
        (key == self.study.key).then(|| {
            let statistics = self.ellipse_statistics(&ellipse);
            Response::EllipseMeasured { key, ellipse, statistics }
        })
    }

    /// The Hounsfield units in an ellipse; `None` of another shape, and where there are none.
    pub(super) fn ellipse_statistics(&self, drawn: &DrawnMeasurement) -> Option<EllipseStatistics> {
        let (grid, volume) = (self.grid(), &self.image.volume);
        let [_, height, width] = volume.dims;
        let hu = |[z, y, x]: [usize; 3]| volume.hu[(z * height + y) * width + x];
        let is_measurable = volume.calibrated && drawn.fits(&grid);
        is_measurable.then(|| drawn.ellipse_statistics(&grid, hu)).flatten()
    }

    /// The grid of the image.
    pub(super) fn grid(&self) -> Grid {
        Grid { dims: self.image.volume.dims, geometry: self.image.volume.geometry }
    }
}
