//! Resampling along one axis, with SciPy's coordinates, spline filter and weights.

use super::{Coordinates, InterpolationOrder};

/// Edge voxels that SciPy adds at both ends before it filters (`_prepad_for_spline_filter`).
const PADDING: usize = 12;
/// The pole of the cubic spline filter, `sqrt(3) - 2`.
const POLE: f64 = -0.267_949_192_431_122_7;
/// `(1 - POLE) * (1 - 1 / POLE)`.
const GAIN: f64 = 6.0;
/// Terms of the filter's start; the next would be below one part in 10^17.
const HORIZON: usize = 30;

/// Resamples one axis of an array.
#[derive(Clone, Debug)]
pub struct AxisResampler {
    input: usize,
    output: usize,
    taps: Taps,
}

/// Two input voxels and the weight of the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearTap {
    /// Index of the first.
    pub lower: usize,
    /// Index of the second, which is the first where its weight is 0.
    pub upper: usize,
    /// Weight of the second; the first has one minus that.
    pub weight: f64,
}

#[derive(Clone, Debug)]
enum Taps {
    Identity,
    Linear(Vec<LinearTap>),
    Cubic(Vec<CubicTap>),
}

#[derive(Clone, Copy, Debug)]
struct CubicTap {
    /// Index of the first of four coefficients in the padded axis.
    first: usize,
    weights: [f64; 4],
}

impl AxisResampler {
    /// A resampler from `input` to `output` voxels. If both are the same it changes nothing.
    pub fn new(input: usize, output: usize, order: InterpolationOrder, coordinates: Coordinates) -> Self {
        let at = |i: usize| coordinate(i, input, output, coordinates);
        let clamped = |i: usize| at(i).clamp(0.0, input.saturating_sub(1) as f64);
        let taps = match order {
            _ if input == output => Taps::Identity,
            InterpolationOrder::Nearest => {
                let nearest = |i| (clamped(i) + 0.5).floor() as usize;
                Taps::Linear((0..output).map(nearest).map(LinearTap::at).collect())
            }
            InterpolationOrder::Linear => {
                Taps::Linear((0..output).map(|i| LinearTap::between(clamped(i), input)).collect())
            }
            InterpolationOrder::Cubic => Taps::Cubic((0..output).map(|i| CubicTap::around(at(i))).collect()),
        };
        Self { input, output, taps }
    }

    /// Voxels before.
    pub fn input(&self) -> usize {
        self.input
    }

    /// Voxels after.
    pub fn output(&self) -> usize {
        self.output
    }

    /// True if nothing changes.
    pub fn is_identity(&self) -> bool {
        matches!(self.taps, Taps::Identity)
    }

    /// The input voxel from which output voxel `i` comes, where the axis takes the nearest or does not
    /// change.
    pub(super) fn nearest(&self, i: usize) -> usize {
        match &self.taps {
            Taps::Linear(taps) => taps[i].lower,
            Taps::Identity | Taps::Cubic(_) => i,
        }
    }

    /// The two input voxels of each output voxel. `None` if the axis is resampled with order 3.
    pub fn linear_taps(&self) -> Option<Vec<LinearTap>> {
        match &self.taps {
            Taps::Identity => Some((0..self.input).map(LinearTap::at).collect()),
            Taps::Linear(taps) => Some(taps.clone()),
            Taps::Cubic(_) => None,
        }
    }

    /// Resamples the first axis of an array `[input, width]`; the result is `[output, width]`.
    pub(super) fn apply(&self, values: Vec<f64>, width: usize) -> Vec<f64> {
        let row = |i: usize| &values[i * width..(i + 1) * width];
        match &self.taps {
            Taps::Identity => values,
            Taps::Linear(taps) => {
                let mut result = Vec::with_capacity(self.output * width);
                for tap in taps {
                    let pairs = row(tap.lower).iter().zip(row(tap.upper));
                    result.extend(pairs.map(|(a, b)| a * (1.0 - tap.weight) + b * tap.weight));
                }
                result
            }
            Taps::Cubic(taps) => {
                let coefficients = spline_coefficients(&values, self.input, width);
                let row = |i: usize| &coefficients[i * width..(i + 1) * width];
                let mut result = Vec::with_capacity(self.output * width);
                for CubicTap { first, weights: [a, b, c, d] } in taps {
                    let lower = row(*first).iter().zip(row(first + 1));
                    let upper = row(first + 2).iter().zip(row(first + 3));
                    result.extend(lower.zip(upper).map(|((p, q), (r, s))| p * a + q * b + r * c + s * d));
                }
                result
            }
        }
    }
}

impl LinearTap {
    fn at(index: usize) -> Self {
        Self { lower: index, upper: index, weight: 0.0 }
    }

    /// The tap at a coordinate inside an axis of `length` voxels.
    fn between(coordinate: f64, length: usize) -> Self {
        let lower = coordinate.floor();
        // SciPy computes the first weight as 1 - t and the second as one minus that.
        let weight = 1.0 - (1.0 - (coordinate - lower));
        let lower = lower as usize;
        if lower + 1 < length { Self { lower, upper: lower + 1, weight } } else { Self::at(lower) }
    }
}

impl CubicTap {
    /// The four weights of `get_spline_interpolation_weights` in SciPy's `ni_splines.c`.
    fn around(coordinate: f64) -> Self {
        let lower = coordinate.floor();
        let y = coordinate - lower;
        let z = 1.0 - y;
        let a = z * z * z / 6.0;
        let b = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0;
        let c = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
        // The padding is wider than a coordinate can lie outside, so the sum is positive.
        let first = (lower as isize + PADDING as isize - 1) as usize;
        Self { first, weights: [a, b, c, 1.0 - a - b - c] }
    }
}

fn coordinate(i: usize, input: usize, output: usize, coordinates: Coordinates) -> f64 {
    match coordinates {
        Coordinates::HalfPixel => (i as f64 + 0.5) * (input as f64 / output as f64) - 0.5,
        Coordinates::EndPoints if output < 2 => i as f64,
        Coordinates::EndPoints => i as f64 * ((input as f64 - 1.0) / (output as f64 - 1.0)),
    }
}

/// Coefficients of the cubic spline through the rows of an array `[length, width]` with its edges
/// repeated, `[PADDING + length + PADDING, width]`.
fn spline_coefficients(values: &[f64], length: usize, width: usize) -> Vec<f64> {
    let rows = length + 2 * PADDING;
    let mut padded = Vec::with_capacity(rows * width);
    for i in 0..rows {
        let source = i.saturating_sub(PADDING).min(length - 1);
        padded.extend(values[source * width..(source + 1) * width].iter().map(|value| value * GAIN));
    }
    // The start of the causal filter with the boundary mirrored, cut off where terms vanish.
    let (first, rest) = padded.split_at_mut(width);
    let mut power = POLE;
    for row in rest.chunks_exact(width).take(HORIZON.min(rows - 2)) {
        first.iter_mut().zip(row).for_each(|(sum, value)| *sum += power * value);
        power *= POLE;
    }
    for i in 1..rows {
        let (before, rest) = padded.split_at_mut(i * width);
        let before = &before[(i - 1) * width..];
        rest[..width].iter_mut().zip(before).for_each(|(value, previous)| *value += POLE * previous);
    }
    let (before, last) = padded.split_at_mut((rows - 1) * width);
    let before = &before[(rows - 2) * width..];
    let end = POLE / (POLE * POLE - 1.0);
    last.iter_mut().zip(before).for_each(|(value, previous)| *value = (POLE * previous + *value) * end);
    for i in (0..rows - 1).rev() {
        let (here, after) = padded.split_at_mut((i + 1) * width);
        let here = &mut here[i * width..];
        here.iter_mut().zip(&after[..width]).for_each(|(value, next)| *value = POLE * (next - *value));
    }
    padded
}
