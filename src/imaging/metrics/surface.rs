//! How far two segmentations' surfaces lie from one another, in mm: HD95, ASSD and NSD, by two
//! packages' definitions.
//!
//! - HD95 and NSD (normalised surface Dice) are those of DeepMind's `surface-distance`:
//!   `compute_surface_distances`, then `compute_robust_hausdorff(95)` and
//!   `compute_surface_dice_at_tolerance`. The surface consists of elements at the corners between
//!   voxels; each has an area and lies as far away as the other surface's nearest element. HD95 is
//!   the larger of the two directions' percentiles, by area. After Nikolov et al., "Deep learning
//!   to achieve clinically applicable segmentation of head and neck anatomy for radiotherapy",
//!   2018.
//! - ASSD is that of MedPy's `medpy.metric.binary.assd` with connectivity 1: the surface consists
//!   of the object's voxels with a face towards the outside, and the mean goes over the voxels of
//!   both surfaces alike.
//!
//! What lies beyond the grid is outside in both. `tests/golden/surface.py` has the packages' own
//! answers. Where one mask is empty or both are, there is no distance: `None`. NSD is then 0 and 1.

use super::nearest::distances_mm;
use super::surfels::{BITS, areas_mm2};
use crate::core::mask::Mask;

/// Distances between two surfaces that both exist. Made once, asked several times.
#[derive(Clone, Debug)]
pub struct SurfaceDistances {
    /// From the prediction's surface to the truth's, and the other way round; each sorted by
    /// distance.
    surfels: [Vec<Surfel>; 2],
    assd_mm: f64,
}

#[derive(Clone, Copy, Debug)]
struct Surfel {
    distance_mm: f64,
    area_mm2: f64,
}

impl SurfaceDistances {
    /// Between what `inside` accepts in `pred` and in `truth`, masks of one grid with `spacing_mm`,
    /// `[z, y, x]`; `None` if either is empty.
    ///
    /// # Panics
    /// If their shapes differ.
    pub fn between(pred: &Mask, truth: &Mask, inside: impl Fn(u8) -> bool, spacing_mm: [f64; 3]) -> Option<Self> {
        assert_eq!(pred.dims, truth.dims, "masks of one grid");
        let [pred, truth] = cropped([pred, truth], inside)?;
        let assd_mm = assd_mm(&pred, &truth, spacing_mm);
        let areas_mm2 = areas_mm2(spacing_mm);
        let [codes_of_pred, codes_of_truth] = [&pred, &truth].map(codes);
        drop((pred.inside, truth.inside));
        let [on_pred, on_truth] = [&codes_of_pred, &codes_of_truth].map(|codes| codes.iter().map(is_surface).collect());
        let dims = pred.dims.map(|n| n - 1);
        let directed = |codes: &[u8], places: &Vec<bool>, sites: &Vec<bool>| {
            let codes = codes.iter().filter(|code| is_surface(code));
            let mut surfels: Vec<_> = distances_mm(places, sites, dims, spacing_mm)
                .into_iter()
                .zip(codes)
                .map(|(distance_mm, &code)| Surfel { distance_mm, area_mm2: areas_mm2[usize::from(code)] })
                .collect();
            surfels.sort_unstable_by(|a, b| a.distance_mm.total_cmp(&b.distance_mm));
            surfels
        };
        let surfels = [directed(&codes_of_pred, &on_pred, &on_truth), directed(&codes_of_truth, &on_truth, &on_pred)];
        Some(Self { surfels, assd_mm })
    }

    /// The larger of the two directions' `percent` percentile of distance by area, in mm: HD95 for
    /// 95.
    pub fn robust_hausdorff_mm(&self, percent: f64) -> f64 {
        let percentile = |surfels: &Vec<Surfel>| {
            let total = area_mm2(surfels, f64::INFINITY);
            let mut covered = 0.0;
            let reached = surfels.iter().find(|surfel| {
                covered += surfel.area_mm2;
                covered / total >= percent / 100.0
            });
            reached.or(surfels.last()).map_or(0.0, |surfel| surfel.distance_mm)
        };
        percentile(&self.surfels[0]).max(percentile(&self.surfels[1]))
    }

    /// Normalised surface Dice: the share of both surfaces' area that lies within `tolerance_mm` of
    /// the other, in [0, 1].
    pub fn nsd(&self, tolerance_mm: f64) -> f64 {
        let both = |limit_mm| area_mm2(&self.surfels[0], limit_mm) + area_mm2(&self.surfels[1], limit_mm);
        both(tolerance_mm) / both(f64::INFINITY)
    }

    /// Average symmetric surface distance, in mm.
    pub fn assd_mm(&self) -> f64 {
        self.assd_mm
    }
}

/// The area of what lies within `limit_mm` of the other surface.
fn area_mm2(surfels: &[Surfel], limit_mm: f64) -> f64 {
    surfels.iter().take_while(|surfel| surfel.distance_mm <= limit_mm).map(|surfel| surfel.area_mm2).sum()
}

/// An object within a margin of one voxel on every side, `[z, y, x]`.
struct Object {
    inside: Vec<bool>,
    dims: [usize; 3],
}

impl Object {
    /// Offsets to the next voxel along z, y and x.
    fn strides(&self) -> [usize; 3] {
        [self.dims[1] * self.dims[2], self.dims[2], 1]
    }
}

/// Both objects, cut to the box that holds them both; `None` if one is empty.
fn cropped(masks: [&Mask; 2], inside: impl Fn(u8) -> bool) -> Option<[Object; 2]> {
    let mut low = [usize::MAX; 3];
    let mut high = [0; 3];
    for mask in masks {
        let [_, height, width] = mask.dims;
        let mut empty = true;
        for (line, labels) in mask.labels.chunks_exact(width.max(1)).enumerate() {
            let Some(first) = labels.iter().position(|&label| inside(label)) else { continue };
            let last = labels.iter().rposition(|&label| inside(label)).unwrap_or(first);
            for (axis, [from, to]) in [[line / height; 2], [line % height; 2], [first, last]].into_iter().enumerate() {
                low[axis] = low[axis].min(from);
                high[axis] = high[axis].max(to);
            }
            empty = false;
        }
        if empty {
            return None;
        }
    }
    let dims = [0, 1, 2].map(|axis| high[axis] - low[axis] + 3);
    Some(masks.map(|mask| {
        let mut object = Object { inside: vec![false; dims.iter().product()], dims };
        for z in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                let from = (z * mask.dims[1] + y) * mask.dims[2];
                let to = ((z - low[0] + 1) * dims[1] + y - low[1] + 1) * dims[2] + 1;
                let labels = &mask.labels[from + low[2]..=from + high[2]];
                for (voxel, &label) in object.inside[to..].iter_mut().zip(labels) {
                    *voxel = inside(label);
                }
            }
        }
        object
    }))
}

fn assd_mm(pred: &Object, truth: &Object, spacing_mm: [f64; 3]) -> f64 {
    let [on_pred, on_truth] = [pred, truth].map(|object| {
        let (inside, strides) = (&object.inside, object.strides());
        let outermost =
            |at: usize| inside[at] && strides.iter().any(|stride| !inside[at - stride] || !inside[at + stride]);
        (0..inside.len()).map(outermost).collect::<Vec<_>>()
    });
    let mut distances = distances_mm(&on_pred, &on_truth, pred.dims, spacing_mm);
    distances.extend(distances_mm(&on_truth, &on_pred, pred.dims, spacing_mm));
    distances.iter().sum::<f64>() / distances.len() as f64
}

/// The voxels inside the mask among the eight around each inner corner of the grid, as bits;
/// `[z, y, x]`, one less than voxels per axis.
fn codes(object: &Object) -> Vec<u8> {
    let ([depth, height, width], [plane, row, _]) = (object.dims, object.strides());
    let mut codes = Vec::with_capacity((depth - 1) * (height - 1) * (width - 1));
    for (z, y) in (0..depth - 1).flat_map(|z| (0..height - 1).map(move |y| (z, y))) {
        let corner = z * plane + y * row;
        let lines = [0, row, plane, plane + row].map(|offset| &object.inside[corner + offset..][..width]);
        let bits = [BITS[0][0], BITS[0][1], BITS[1][0], BITS[1][1]];
        codes.extend((0..width - 1).map(|x| {
            let pairs = lines.iter().zip(bits);
            pairs.fold(0, |code, (line, [low, high])| code + u8::from(line[x]) * low + u8::from(line[x + 1]) * high)
        }));
    }
    codes
}

fn is_surface(code: &u8) -> bool {
    ![0, 255].contains(code)
}
