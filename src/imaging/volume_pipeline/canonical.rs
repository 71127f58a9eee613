//! The closest canonical orientation, as nibabel's `as_closest_canonical`: a permutation of the axes
//! and flips, no resampling.

use crate::core::volume::{Geometry, Orientation, cross, dot};

/// Steps of Newton's iteration for the closest rotation; it converges quadratically.
const NEWTON_STEPS: usize = 20;

/// The orientation that turns an array in file order so that its axes `[z, y, x]` run to superior,
/// anterior and the patient's right (RAS+).
pub fn canonical(geometry: &Geometry) -> Orientation {
    // Rows are the file's axes x, y, z; columns their components in RAS.
    let steps = [2, 1, 0].map(|axis| {
        let [x, y, z] = geometry.step_mm(axis);
        let length = dot([x, y, z], [x, y, z]).sqrt().max(f64::MIN_POSITIVE);
        [-x / length, -y / length, z / length]
    });
    let rotation = closest_rotation(steps);
    // The axis whose direction is clearest chooses first, as in nibabel's `io_orientation`.
    let largest = |axis: usize| rotation[axis].iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let mut axes = [0, 1, 2];
    axes.sort_by(|&a, &b| largest(b).total_cmp(&largest(a)));
    let mut orientation = Orientation::IDENTITY;
    let mut is_taken = [false; 3];
    for axis in axes {
        let free = (0..3).rev().filter(|&direction| !is_taken[direction]);
        let along = free.max_by(|&a, &b| rotation[axis][a].abs().total_cmp(&rotation[axis][b].abs()));
        let along = along.unwrap_or(axis);
        is_taken[along] = true;
        orientation.source[2 - along] = 2 - axis;
        orientation.flip[2 - along] = rotation[axis][along] < 0.0;
    }
    orientation
}

/// The rotation or reflection closest to a matrix: its polar factor.
fn closest_rotation(mut matrix: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    for _ in 0..NEWTON_STEPS {
        let [a, b, c] = matrix;
        let determinant = dot(a, cross(b, c));
        if determinant.abs() < f64::MIN_POSITIVE {
            return matrix;
        }
        let inverse_transposed = [cross(b, c), cross(c, a), cross(a, b)].map(|row| row.map(|v| v / determinant));
        matrix = [0, 1, 2].map(|i| [0, 1, 2].map(|j| 0.5 * (matrix[i][j] + inverse_transposed[i][j])));
    }
    matrix
}
