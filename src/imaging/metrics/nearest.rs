//! How far it is from places on a grid to the nearest of other places on it, in mm; exact, for
//! voxels of any shape. What the places are is for `surface` to say.

use crate::core::distance_transform::Envelope;

/// Steps along z where a column holds no site.
const NONE: u16 = u16::MAX;

/// Distance in mm from each of `places` to the nearest of `sites`, both `[z, y, x]` on a grid of
/// `dims` with `spacing_mm`, in the order of the places; infinite where there are no sites.
///
/// The distance transform goes along z, y, x in that order, which rounds as SciPy's sum of squares
/// does. All that is kept of the whole grid is the step along z; planes and rows without places are
/// passed over.
///
/// # Panics
/// If a length differs from `dims`.
pub(super) fn distances_mm(places: &[bool], sites: &[bool], dims: [usize; 3], spacing_mm: [f64; 3]) -> Vec<f64> {
    let [depth, height, width] = dims;
    assert!(places.len() == sites.len() && sites.len() == depth * height * width, "places and sites of one grid");
    let steps = steps_along_z(sites, dims);
    let area = height * width;
    let (mut plane, mut row, mut envelope) = (vec![0.0; area], vec![0.0; width], Envelope::default());
    let mut distances = Vec::new();
    for (places, steps) in places.chunks_exact(area).zip(steps.chunks_exact(area)) {
        if !places.contains(&true) {
            continue;
        }
        // Transposed, `[x, y]`, so that columns lie in one piece.
        for (y, steps) in steps.chunks_exact(width).enumerate() {
            for (x, &step) in steps.iter().enumerate() {
                let along = f64::from(step) * spacing_mm[0];
                plane[x * height + y] = if step == NONE { f64::INFINITY } else { along * along };
            }
        }
        for column in plane.chunks_exact_mut(height) {
            envelope.lower(column, spacing_mm[1]);
        }
        for (y, places) in places.chunks_exact(width).enumerate().filter(|(_, places)| places.contains(&true)) {
            for (x, value) in row.iter_mut().enumerate() {
                *value = plane[x * height + y];
            }
            envelope.lower(&mut row, spacing_mm[2]);
            distances.extend(places.iter().zip(&row).filter(|(place, _)| **place).map(|(_, squared)| squared.sqrt()));
        }
    }
    distances
}

/// Steps along z from each place to the nearest site of its column; [`NONE`] without one.
fn steps_along_z(sites: &[bool], [depth, height, width]: [usize; 3]) -> Vec<u16> {
    assert!(depth < usize::from(NONE), "{depth} slices");
    let area = height * width;
    let mut steps: Vec<u16> = sites.iter().map(|&site| if site { 0 } else { NONE }).collect();
    let mut relax = |z: usize, from: usize| {
        let (low, high) = steps.split_at_mut(z.max(from) * area);
        let (lower, upper) = (&mut low[z.min(from) * area..][..area], &mut high[..area]);
        let (to, from) = if z < from { (lower, upper) } else { (upper, lower) };
        for (to, from) in to.iter_mut().zip(from) {
            *to = (*to).min(from.saturating_add(1));
        }
    };
    (1..depth).for_each(|z| relax(z, z - 1));
    (1..depth).rev().for_each(|z| relax(z - 1, z));
    steps
}
