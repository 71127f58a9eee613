//! The surfaces of organs for the page, made piece by piece while nothing else is to be done.

use std::borrow::Cow;

use super::label_places::LabelSource;
use super::series::SeriesState;
use super::surface_state::{SurfaceStage, SurfaceWork};
use crate::app::protocol::{OrganSurface, Response, SurfaceMesh};
use crate::core::volume::Geometry;
use crate::imaging::organ_surface::{LabelExtents, OrganMask, Pieces, SurfaceDetail};

/// The number of voxels that are looked at before other requests are heard.
const PIECE_VOXELS: usize = 1 << 22;

impl SeriesState {
    /// True if the page waits for surfaces. They are made once every mask is there.
    pub(super) fn has_outdated_surfaces(&self) -> bool {
        let surfaces = &self.organs.surfaces;
        surfaces.are_wanted()
            && self.surface_geometry().is_some()
            && self.predictions.current.is_complete()
            && (surfaces.under_way.is_some() || self.next_surface().is_some())
    }

    /// Does a piece of the surfaces. Returns a surface when it is done.
    pub(super) fn advance_surfaces(&mut self) -> Option<Response> {
        let geometry = self.surface_geometry()?;
        let active = self.active_label();
        self.organs.surfaces.drop_outdated(active);
        let work = match self.organs.surfaces.under_way.take() {
            Some(work) => work,
            None => self.begin_surface(self.next_surface()?),
        };
        let label = work.label;
        let stage = match work.stage {
            SurfaceStage::Find { next, found } => self.find_extent(label, next, found),
            SurfaceStage::Collect { next, organ } => Some(self.collect_mask(label, next, organ)),
            SurfaceStage::Divide(organ) => Some(SurfaceStage::MeshLargest(Pieces::of(organ))),
            SurfaceStage::MeshLargest(pieces) => {
                let mesh = pieces.largest(&geometry, SurfaceDetail::Still);
                Some(SurfaceStage::MeshMoving(pieces, mesh))
            }
            SurfaceStage::MeshMoving(pieces, largest) => {
                let moving = pieces.largest(&geometry, SurfaceDetail::Moving);
                Some(SurfaceStage::MeshStrays(pieces, largest, moving))
            }
            SurfaceStage::MeshStrays(pieces, largest, moving) => {
                let count = pieces.count();
                let strays = pieces.strays(&geometry);
                let [largest, moving, strays] = [largest, moving, strays].map(|mesh| SurfaceMesh::from(&mesh));
                return Some(self.send_surface(OrganSurface { label, pieces: count, largest, moving, strays }));
            }
        };
        match stage {
            Some(stage) => {
                self.organs.surfaces.under_way = Some(SurfaceWork { label, stage });
                None
            }
            None => {
                let [largest, moving, strays] = [0; 3].map(|_| SurfaceMesh::default());
                Some(self.send_surface(OrganSurface { label, pieces: 0, largest, moving, strays }))
            }
        }
    }

    /// Where the voxels of the series lie, if it is a volume.
    fn surface_geometry(&self) -> Option<Geometry> {
        self.image.volume.geometry.filter(|_| self.image.volume.depth() > 1)
    }

    /// The organ whose surface is made next: the active one, then those of the label map.
    fn next_surface(&self) -> Option<u8> {
        let active = self.active_label();
        let others = self.organ_values().filter(|label| *label != active);
        self.organs.surfaces.next(active, std::iter::once(active).chain(others))
    }

    fn begin_surface(&self, label: u8) -> SurfaceWork {
        let known = self.organs.surfaces.extents.as_ref().filter(|_| label != self.active_label());
        let stage = match known.map(|extents| extents.of(label)) {
            Some(Some(extent)) => {
                let organ = OrganMask::new(extent);
                SurfaceStage::Collect { next: organ.slices()[0], organ }
            }
            // Nothing is found behind the last slice.
            Some(None) => SurfaceStage::Find { next: self.image.volume.depth(), found: LabelExtents::default() },
            None => SurfaceStage::Find { next: 0, found: LabelExtents::default() },
        };
        SurfaceWork { label, stage }
    }

    /// Looks at some slices for the box around an organ; `None` if there is nothing of it.
    fn find_extent(&mut self, label: u8, next: usize, mut found: LabelExtents) -> Option<SurfaceStage> {
        let [depth, height, width] = self.image.volume.dims;
        let end = (next + (PIECE_VOXELS / (height * width)).max(1)).min(depth);
        let source = self.source_of(label);
        for z in next..end {
            if let Some(labels) = self.source_labels(source, z) {
                found.add_slice(z, &labels, width);
            }
        }
        if end < depth {
            return Some(SurfaceStage::Find { next: end, found });
        }
        let extent = found.of(label);
        if source == LabelSource::Map && next < depth {
            self.organs.surfaces.extents = Some(found);
        }
        let organ = OrganMask::new(extent?);
        Some(SurfaceStage::Collect { next: organ.slices()[0], organ })
    }

    /// Collects the mask of an organ from some slices.
    fn collect_mask(&self, label: u8, next: usize, mut organ: OrganMask) -> SurfaceStage {
        let width = self.image.volume.dims[2];
        let [_, last] = organ.slices();
        let end = (next + (PIECE_VOXELS / organ.slice_voxels()).max(1)).min(last + 1);
        let is_active = label == self.active_label();
        for z in next..end {
            let labels = if is_active { self.labels_shown(z) } else { self.organ_labels(z) };
            let labels = labels.unwrap_or(Cow::Borrowed(&[]));
            organ.set_slice(z, &labels, width, |found| if is_active { found != 0 } else { found == label });
        }
        if end > last { SurfaceStage::Divide(organ) } else { SurfaceStage::Collect { next: end, organ } }
    }

    fn send_surface(&mut self, surface: OrganSurface) -> Response {
        self.organs.surfaces.note_sent(surface.label);
        Response::Surface(Box::new(surface))
    }
}
