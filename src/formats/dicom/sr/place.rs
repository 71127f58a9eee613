//! Where a drawn shape lies: on an image of the series (SCOORD), or else in the patient (SCOORD3D), as on a coronal plane of
//! axial slices and where a slice has no image.

use dicom_core::{PrimitiveValue, VR};
use dicom_dictionary_std::tags;

use super::ReportContent;
use super::content::{Concept, Relationship, SOURCE, item, with_children};
use crate::core::drawn_measurement::{DrawnMeasurement, DrawnShape};
use crate::core::volume::{dot, norm};
use crate::formats::dicom::derived::{Elements, instance};
use crate::formats::dicom::identity::{Identity, Image};
use crate::formats::dicom::value::{element, items, text};

/// A shape is on a slice if its points are this near to it, in slices.
const ON_SLICE: f64 = 1e-3;

/// A shape in coordinates of an image or of the patient.
pub(super) struct PlacedShape<'a> {
    /// The image, if the coordinates are its.
    image: Option<&'a Image>,
    kind: &'static str,
    /// On an image column and row, with 0 at the upper left corner of the first pixel (PS3.3 C.18.6.1.2), and 0; else LPS in mm.
    points: Vec<[f64; 3]>,
}

impl<'a> PlacedShape<'a> {
    /// Where a measurement lies; `None` if the size of voxels is unknown.
    pub(super) fn of(drawn: &DrawnMeasurement, content: &ReportContent<'_>, identity: &'a Identity) -> Option<Self> {
        let points_mm = knots(drawn).points_mm(&content.grid)?;
        let voxels: Vec<[f64; 3]> = points_mm.iter().map(|&point| content.file_geometry.voxel_at(point)).collect();
        let slice = voxels[0][0].round();
        let is_on_slice = slice >= 0.0 && voxels.iter().all(|voxel| (voxel[0] - slice).abs() < ON_SLICE);
        let source = identity.slices.get(slice as usize).filter(|_| is_on_slice);
        let image = source.and_then(|source| source.image.as_ref());
        let pixels = || voxels.iter().map(|[_, row, column]| [column + 0.5, row + 0.5, 0.0]).collect();
        let points: Vec<[f64; 3]> = if image.is_some() { pixels() } else { points_mm };
        Some(match (drawn.shape, &points[..]) {
            (DrawnShape::Ellipse { .. }, &[centre, first, second]) => {
                Self { image, kind: "ELLIPSE", points: axes(centre, first, second).into() }
            }
            _ => Self { image, kind: "POLYLINE", points },
        })
    }

    /// The content item.
    pub(super) fn item(&self, how: Relationship, name: Concept, identity: &Identity) -> Elements {
        let used = if self.image.is_some() { 2 } else { 3 };
        let data: Vec<f32> = self.points.iter().flat_map(|point| &point[..used]).map(|&part| part as f32).collect();
        let mut value = vec![
            element(tags::GRAPHIC_DATA, VR::FL, PrimitiveValue::F32(data.into())),
            text(tags::GRAPHIC_TYPE, VR::CS, self.kind),
        ];
        let Some(image) = self.image else {
            value.push(text(tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, &identity.frame_of_reference_uid));
            return item(how, "SCOORD3D", name, value);
        };
        let source = vec![items(tags::REFERENCED_SOP_SEQUENCE, [instance(image)])];
        let source = item(Relationship::SelectedFrom, "IMAGE", SOURCE, source);
        with_children(item(how, "SCOORD", name, value), vec![source])
    }
}

/// The points that a shape follows from: of an ellipse its middle and the ends of two half axes.
fn knots(drawn: &DrawnMeasurement) -> DrawnMeasurement {
    let DrawnShape::Ellipse { corners: [a, b] } = drawn.shape else { return *drawn };
    let middle = [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0);
    let points = [middle, [b[0], middle[1]], [middle[0], b[1]]];
    DrawnMeasurement { shape: DrawnShape::Angle { points }, ..*drawn }
}

/// The ends of the long axis, then those of the short one, of the ellipse with conjugate half axes to two points (Rytz). The two
/// are at right angles already, unless slices are sheared.
fn axes(centre: [f64; 3], first: [f64; 3], second: [f64; 3]) -> [[f64; 3]; 4] {
    let [p, q] = [first, second].map(|end| [0, 1, 2].map(|i| end[i] - centre[i]));
    let turn = (2.0 * dot(p, q)).atan2(dot(p, p) - dot(q, q)) / 2.0;
    let half = |angle: f64| [0, 1, 2].map(|i| p[i] * angle.cos() + q[i] * angle.sin());
    let [mut long, mut short] = [half(turn), half(turn + std::f64::consts::FRAC_PI_2)];
    if norm(long) < norm(short) {
        std::mem::swap(&mut long, &mut short);
    }
    let end = |half: [f64; 3], sign: f64| [0, 1, 2].map(|i| centre[i] + sign * half[i]);
    [end(long, -1.0), end(long, 1.0), end(short, -1.0), end(short, 1.0)]
}
