//! Where the voxels of a NIfTI file lie, from the three statements of its header: sform, qform and
//! pixdim.
//!
//! A sform may be any affine, a qform is a rotation with pixdim's sizes, and pixdim alone says no
//! more than sizes. Where they differ, what was found and what was taken is noted.

use super::affine;
use super::fields::NiftiFields;
use crate::core::i18n::messages::{FormatsMessage, Message, NiftiMessage};
use crate::core::volume::{Geometry, dot, norm};

/// Sizes that differ by a larger share than this disagree: more than rounding to two decimals
/// leaves.
const SIZE_TOLERANCE: f64 = 0.005;
/// Axes whose cosine is below this point elsewhere: by more than 45 degrees, so that sides or
/// planes are changed.
const SAME_DIRECTION: f64 = 0.7;

/// Where the voxels lie, and what there is to know about it.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    /// LPS, mm; `None` where the header says nothing usable.
    pub(super) geometry: Option<Geometry>,
    /// Notes for the reader, without final stops.
    pub(super) notes: Vec<Message>,
}

impl Placement {
    /// From sform, else qform, else pixdim, the first that spans space. If the sform's sizes are
    /// not pixdim's, pixdim's are taken, because a sform may also map to an atlas of another size;
    /// unless pixdim was left at 1 for all axes.
    pub(super) fn of(fields: &NiftiFields) -> Self {
        let to_mm = match fields.xyzt_units & 7 {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        };
        let to_lps = |ras| affine::to_lps(ras, to_mm);
        let [x, y, z] = fields.pixdim;
        let sizes = to_lps([[x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0]]);
        let sform = (fields.sform_code > 0).then(|| to_lps(fields.srows)).flatten();
        let qform = (fields.qform_code > 0).then(|| to_lps(qform(fields))).flatten();
        let mut notes = Vec::new();
        let oriented = match (sform, qform) {
            (Some(sform), _) => Some(agreed(sform, qform, sizes, &mut notes)),
            (None, qform) => {
                if fields.sform_code > 0 {
                    notes.push(NiftiMessage::SformUnusable.into());
                }
                qform
            }
        };
        let geometry = oriented.or(sizes);
        if geometry.is_none() {
            notes = vec![FormatsMessage::NoVoxelSize.into()];
        } else if oriented.is_none() {
            notes.push(FormatsMessage::RasAssumed.into());
        }
        Self { geometry, notes }
    }
}

/// The affine of the qform (nifti1.h, method 2).
fn qform(fields: &NiftiFields) -> [[f64; 4]; 3] {
    affine::of_quaternion(fields.quaternion, fields.pixdim, fields.qfac < 0.0, fields.qoffset)
}

/// The sform, or what replaces it where it contradicts the other two; says so in `notes`.
fn agreed(sform: Geometry, qform: Option<Geometry>, sizes: Option<Geometry>, notes: &mut Vec<Message>) -> Geometry {
    if qform.is_some_and(|qform| !same_directions(&sform, &qform)) {
        notes.push(NiftiMessage::PlacesDisagree.into());
    }
    // A qform spans space wherever pixdim does, so that pixdim stands for both.
    let Some(sizes) = sizes.filter(|sizes| !same_sizes(&sform, sizes)) else { return sform };
    let left_at_one = sizes.spacing_mm().iter().all(|&mm| mm == 1.0);
    let taken = if left_at_one { "sform" } else { "pixdim" };
    let note = NiftiMessage::SizesDisagree { sform: size_text(&sform), pixdim: size_text(&sizes), taken: taken.into() };
    notes.push(note.into());
    if left_at_one { sform } else { resized(&sform, sizes.spacing_mm()).unwrap_or(sform) }
}

/// True if a sform has pixdim's `sizes`. That of a tilted scan may have the distance of planes
/// there, which is less than the step from slice to slice.
fn same_sizes(sform: &Geometry, sizes: &Geometry) -> bool {
    let same = |a: f64, b: f64| (a - b).abs() <= SIZE_TOLERANCE * a.max(b);
    let ([z, y, x], [size_z, size_y, size_x]) = (sform.spacing_mm(), sizes.spacing_mm());
    same(x, size_x) && same(y, size_y) && (same(z, size_z) || same(sform.voxel_mm3(), sizes.voxel_mm3()))
}

fn same_directions(a: &Geometry, b: &Geometry) -> bool {
    (0..3).all(|axis| {
        let (a, b) = (a.step_mm(axis), b.step_mm(axis));
        dot(a, b) / (norm(a) * norm(b)) > SAME_DIRECTION
    })
}

/// The same directions and first voxel, with other steps, `[z, y, x]` in mm.
fn resized(geometry: &Geometry, spacing_mm: [f64; 3]) -> Option<Geometry> {
    let own = geometry.spacing_mm();
    let mut affine = geometry.affine;
    for row in &mut affine {
        for axis in 0..3 {
            row[2 - axis] *= spacing_mm[axis] / own[axis];
        }
    }
    Geometry { affine }.plausible()
}

fn size_text(geometry: &Geometry) -> String {
    let [z, y, x] = geometry.spacing_mm();
    format!("{x:.3} x {y:.3} x {z:.3}")
}
