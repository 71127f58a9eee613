//! The surfaces of organs as files: STL of the active organ on the grid itself, and glTF of all that are shown.

use super::series::SeriesState;
use crate::app::protocol::SurfaceLook;
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::core::volume::Geometry;
use crate::formats::glb::{self, ColouredSurface};
use crate::formats::{OrganLabel, stl};
use crate::imaging::mesh::{Mesh, surface};
use crate::imaging::organ_surface::{LabelExtents, OrganMask, Pieces};

fn refused(reason: AppMessage, hint: AppMessage) -> UserError {
    UserError::new(AppMessage::TheSurface, reason, hint)
}

impl SeriesState {
    /// The surface of the active organ.
    pub(super) fn stl(&self) -> Result<Vec<u8>, UserError> {
        let mesh = surface(&self.mask(), &self.known_geometry()?);
        if mesh.triangles.is_empty() {
            return Err(refused(AppMessage::MaskEmpty, AppMessage::MarkFirst));
        }
        Ok(stl::write(mesh.triangles.iter().map(|&triangle| mesh.corners(triangle))))
    }

    /// The surfaces of some organs, with their names and colours.
    pub(super) fn coloured_surfaces(&self, looks: &[SurfaceLook]) -> Result<Vec<u8>, UserError> {
        let geometry = self.known_geometry()?;
        let [own, others] = self.surface_extents();
        let saved = |look: &SurfaceLook| {
            let is_active = look.label == self.active_label();
            let mesh = self.saved_mesh(look.label, if is_active { &own } else { &others }, &geometry)?;
            let name = if is_active { self.active_name() } else { self.organ_name(look.label)? };
            let name = self.harmless_name(look.label, name);
            Some(ColouredSurface {
                name: OrganLabel { label: look.label, name }.title(),
                rgb: look.rgb,
                opacity: look.opacity,
                normals: mesh.point_normals(),
                points_mm: mesh.points_mm,
                triangles: mesh.triangles,
            })
        };
        let surfaces: Vec<ColouredSurface> = looks.iter().filter_map(saved).collect();
        if surfaces.is_empty() {
            return Err(refused(AppMessage::NothingVisible, AppMessage::ShowOrgan));
        }
        Ok(glb::write(&surfaces))
    }

    fn known_geometry(&self) -> Result<Geometry, UserError> {
        let geometry = self.image.volume.geometry;
        geometry.ok_or_else(|| refused(AppMessage::PixelSizeUnknown, AppMessage::OpenAsDicomOrNifti))
    }

    /// The boxes around the active organ, and around those of the label map.
    fn surface_extents(&self) -> [LabelExtents; 2] {
        let [depth, _, width] = self.image.volume.dims;
        let [mut own, mut others] = [LabelExtents::default(), LabelExtents::default()];
        for z in 0..depth {
            if let Some(labels) = self.active_as_label(z) {
                own.add_slice(z, &labels, width);
            }
            if let Some(labels) = self.organ_labels(z) {
                others.add_slice(z, &labels, width);
            }
        }
        [own, others]
    }

    /// The mask of a slice with the value of the active organ inside.
    fn active_as_label(&self, z: usize) -> Option<Vec<u8>> {
        let active = self.active_label();
        Some(self.labels_shown(z)?.iter().map(|&label| if label == 0 { 0 } else { active }).collect())
    }

    /// The surface of an organ for a file; `None` if there is nothing of it.
    fn saved_mesh(&self, label: u8, extents: &LabelExtents, geometry: &Geometry) -> Option<Mesh> {
        let mut organ = OrganMask::new(extents.of(label)?);
        let [first, last] = organ.slices();
        let width = self.image.volume.dims[2];
        for z in first..=last {
            if label == self.active_label() {
                if let Some(labels) = self.active_as_label(z) {
                    organ.set_slice(z, &labels, width, |found| found == label);
                }
            } else if let Some(labels) = self.organ_labels(z) {
                organ.set_slice(z, &labels, width, |found| found == label);
            }
        }
        Some(Pieces::of(organ).saved(geometry))
    }
}
