//! The surfaces of organs as files: STL of the active organ on the grid itself, and glTF of all that are shown.

use super::series::SeriesState;
use crate::app::protocol::SurfaceLook;
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::core::volume::Geometry;
use crate::formats::glb::{self, ColouredSurface};
use crate::formats::{OrganLabel, stl};
use crate::imaging::mesh::surface;

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
        let places = self.organ_places();
        let saved = |look: &SurfaceLook| {
            let is_active = look.label == self.active_label();
            let mesh = self.pieces(look.label, &places)?.saved(&geometry);
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
}
