//! Variation of what tissue looks like: contrast agent and reconstruction kernels.

/// Pieces of a tone curve.
const PIECES: usize = 6;

/// A rising curve of straight pieces from 0 to 1.
pub(super) struct ToneCurve {
    /// Values at evenly spaced places from 0 to 1.
    knots: [f32; PIECES + 1],
}

impl ToneCurve {
    /// Each piece has the slope e to the power of a number that `drawn` gives; all of them are scaled so that the curve
    /// ends at 1.
    pub(super) fn drawn(drawn: &mut dyn FnMut() -> f32) -> Self {
        let slopes: [f32; PIECES] = std::array::from_fn(|_| drawn().exp());
        let sum: f32 = slopes.iter().sum();
        let mut knots = [0.0; PIECES + 1];
        for (piece, slope) in slopes.iter().enumerate() {
            knots[piece + 1] = knots[piece] + slope / sum;
        }
        Self { knots }
    }

    /// The curve at `value`, in [0, 1].
    pub(super) fn apply(&self, value: f32) -> f32 {
        let place = value * PIECES as f32;
        let piece = (place as usize).min(PIECES - 1);
        self.knots[piece] + (place - piece as f32) * (self.knots[piece + 1] - self.knots[piece])
    }
}

/// A plane, `[size, size]`, moved towards its blurred self (binomial, 3 x 3) by the share `softness`, or away from it
/// where that is negative. Values stay in [0, 1], and black stays black.
pub(super) fn change_sharpness(plane: &[f32], size: usize, softness: f32) -> Vec<f32> {
    let last = size - 1;
    let blurred = |at: usize| {
        let (y, x) = (at / size, at % size);
        let row = |y: usize| {
            let row = &plane[y * size..(y + 1) * size];
            row[x.saturating_sub(1)] + 2.0 * row[x] + row[(x + 1).min(last)]
        };
        (row(y.saturating_sub(1)) + 2.0 * row(y) + row((y + 1).min(last))) / 16.0
    };
    let changed = |(at, &value): (usize, &f32)| {
        if value > 0.0 { (value + softness * (blurred(at) - value)).clamp(f32::MIN_POSITIVE, 1.0) } else { 0.0 }
    };
    plane.iter().enumerate().map(changed).collect()
}
