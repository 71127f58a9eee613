//! Edits that find their own extent: filling, growing, removing. All of them are one flood with different rules.

use super::{PANCREAS, write};

/// Steps `[dy, dx]` to the neighbours that share a side.
const SIDES: &[[isize; 2]] = &[[-1, 0], [0, -1], [0, 1], [1, 0]];
/// Steps to the neighbours that share a side or a corner.
const SIDES_AND_CORNERS: &[[isize; 2]] = &[[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]];

/// Fills the background around `at`, unless it reaches the slice's edge.
pub(super) fn fill(dims: [usize; 2], labels: &mut [u8], at: [usize; 2]) -> bool {
    let Some(seed) = index(at, dims) else { return false };
    let region = flood([seed], dims, SIDES, |i| labels[i] == 0);
    let enclosed = !region.iter().enumerate().any(|(i, &inside)| inside && on_edge(i, dims));
    enclosed && write(labels, PANCREAS, |i, _| region[i])
}

/// Fills the background that no path leads to from the slice's edge.
pub(super) fn fill_holes(dims: [usize; 2], labels: &mut [u8]) -> bool {
    let edge = (0..labels.len()).filter(|&i| on_edge(i, dims));
    let outside = flood(edge, dims, SIDES, |i| labels[i] == 0);
    write(labels, PANCREAS, |i, label| label == 0 && !outside[i])
}

/// Adds what is like the surroundings of `at` and connected to it.
pub(super) fn grow(
    hu: &[i16],
    dims: [usize; 2],
    labels: &mut [u8],
    at: [usize; 2],
    tolerance_hu: i16,
    reach_px: f32,
) -> bool {
    let Some(seed) = index(at, dims) else { return false };
    let mean = mean_around(hu, dims, at);
    let alike = |i: usize| {
        let [dy, dx] = [(i / dims[1]).abs_diff(at[0]) as f64, (i % dims[1]).abs_diff(at[1]) as f64];
        (f64::from(hu[i]) - mean).abs() <= f64::from(tolerance_hu) && (dy * dy + dx * dx).sqrt() <= f64::from(reach_px)
    };
    let region = flood([seed], dims, SIDES, |i| i == seed || alike(i));
    write(labels, PANCREAS, |i, label| label == 0 && region[i] && alike(i))
}

/// Removes the component of the mask that holds `at`.
pub(super) fn remove(dims: [usize; 2], labels: &mut [u8], at: [usize; 2]) -> bool {
    let Some(seed) = index(at, dims) else { return false };
    let component = flood([seed], dims, SIDES_AND_CORNERS, |i| labels[i] != 0);
    write(labels, 0, |i, _| component[i])
}

/// Which pixels can be reached from the seeds over pixels that `passes` lets through, the seeds among them.
fn flood(
    seeds: impl IntoIterator<Item = usize>,
    dims: [usize; 2],
    steps: &[[isize; 2]],
    passes: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut reached = vec![false; dims[0] * dims[1]];
    let mut frontier: Vec<usize> = Vec::new();
    let mut visit = |i: usize, frontier: &mut Vec<usize>| {
        if !reached[i] && passes(i) {
            reached[i] = true;
            frontier.push(i);
        }
    };
    for seed in seeds {
        visit(seed, &mut frontier);
    }
    while let Some(i) = frontier.pop() {
        for &[dy, dx] in steps {
            let moved = [(i / dims[1]).wrapping_add_signed(dy), (i % dims[1]).wrapping_add_signed(dx)];
            if let Some(neighbour) = index(moved, dims) {
                visit(neighbour, &mut frontier);
            }
        }
    }
    reached
}

/// Mean HU of the 3 x 3 pixels around `at`, of those that are in the slice.
fn mean_around(hu: &[i16], dims: [usize; 2], at: [usize; 2]) -> f64 {
    let near = |axis: usize| at[axis].saturating_sub(1)..(at[axis] + 2).min(dims[axis]);
    let values: Vec<f64> = near(0).flat_map(|y| near(1).map(move |x| f64::from(hu[y * dims[1] + x]))).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn index([y, x]: [usize; 2], dims: [usize; 2]) -> Option<usize> {
    (y < dims[0] && x < dims[1]).then_some(y * dims[1] + x)
}

fn on_edge(i: usize, dims: [usize; 2]) -> bool {
    let [y, x] = [i / dims[1], i % dims[1]];
    y == 0 || x == 0 || y + 1 == dims[0] || x + 1 == dims[1]
}
