//! The weights of a convolution in the transform domain.

use std::borrow::Cow;

use half::f16;
use pulp::{Arch, Simd};

use super::output_sampling::OutputSampling;
use super::tiles::TransformedTiles;
use super::transforms::{IN, IN_HALF, KERNEL_TRANSFORM, UPSAMPLED_POINTS};
use crate::core::parallel::for_each_chunk;
use crate::nn::cpu::feature_maps::{BufferPool, PANEL, PooledBuffer, padded};
use crate::nn::cpu::matmul::{MatMul, WriteMode};
use crate::nn::network::Sampling;

/// Weights from which on a kernel of several slices is transformed whenever it is used: that costs a
/// few hundredths of the time, and the transformed weights are four times as large.
const KEPT_WEIGHTS: usize = 1 << 18;

/// The weights for one of a convolution's inputs.
#[derive(Clone, Debug)]
pub(super) struct SourceWeights {
    sampling: Sampling,
    channels: usize,
    products: PointProducts,
    stored: StoredWeights,
}

#[derive(Clone, Debug)]
enum StoredWeights {
    /// For each slice of the kernel and each of the products a matrix, packed as
    /// [`weight_index`](crate::nn::cpu::matmul::weight_index) says.
    Transformed(Vec<f32>),
    /// `[out, in, taps, 3, 3]`.
    Original(Vec<f32>),
    /// The same where half precision holds every weight, as that of most model files.
    OriginalHalf(Vec<f16>),
}

/// The points of the transform domain that a product belongs to along one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct SidePoint {
    /// The point of the sums, of `IN`.
    pub(super) sum: usize,
    /// The point of the transformed input that is multiplied.
    pub(super) input: usize,
    /// Included in the weights; see [`UPSAMPLED_POINTS`].
    factor: f64,
}

/// The matrix products of the transform domain: one for each pair of points along both sides.
#[derive(Clone, Debug)]
pub(super) struct PointProducts {
    sides: Vec<SidePoint>,
    /// Points of a transformed input along one side.
    input_points: usize,
}

impl PointProducts {
    /// The products for an input and an output.
    pub(super) fn new(sampling: Sampling, output: OutputSampling) -> Self {
        let point = |sum: usize| {
            let (input, factor) = match sampling {
                Sampling::AsIs => (sum, 1.0),
                Sampling::RepeatedTwice => UPSAMPLED_POINTS[sum]?,
            };
            let counts = output == OutputSampling::AsIs || UPSAMPLED_POINTS[sum].is_some();
            counts.then_some(SidePoint { sum, input, factor })
        };
        let input_points = match sampling {
            Sampling::AsIs => IN,
            Sampling::RepeatedTwice => IN_HALF,
        };
        Self { sides: (0..IN).filter_map(point).collect(), input_points }
    }

    /// The number of products.
    pub(super) fn count(&self) -> usize {
        self.sides.len() * self.sides.len()
    }

    /// The points of the sums and of the transformed input, of each product in turn.
    pub(super) fn points(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        self.sides.iter().flat_map(move |down| {
            let across = self.sides.iter();
            across.map(move |across| [down.sum * IN + across.sum, down.input * self.input_points + across.input])
        })
    }

    /// The factors of a kernel's three weights along one side for each point along it.
    pub(super) fn kernel_factors(&self) -> Vec<[f64; 3]> {
        self.sides.iter().map(|side| KERNEL_TRANSFORM[side.sum].map(|factor| factor * side.factor)).collect()
    }
}

impl SourceWeights {
    /// The weights `original`, `[out, in, taps, 3, 3]`, kept as they are or transformed.
    pub(super) fn new(
        original: Vec<f32>,
        (channels, sampling): (usize, Sampling),
        output: OutputSampling,
        [taps, out_channels]: [usize; 2],
    ) -> Self {
        let products = PointProducts::new(sampling, output);
        let stored = if taps > 1 && original.len() >= KEPT_WEIGHTS {
            StoredWeights::of_original(original)
        } else {
            let mut transformed = vec![0.0; taps * products.count() * padded(out_channels) * channels];
            transform_weights(&original, channels, taps, &products, &mut transformed);
            StoredWeights::Transformed(transformed)
        };
        Self { sampling, channels, products, stored }
    }

    /// The transformed weights, if they are not kept.
    pub(super) fn transformed_now<'p>(&self, taps: usize, pool: &'p BufferPool) -> Option<PooledBuffer<'p>> {
        let original = match &self.stored {
            StoredWeights::Transformed(_) => return None,
            StoredWeights::Original(original) => Cow::Borrowed(&original[..]),
            StoredWeights::OriginalHalf(half) => Cow::Owned(half.iter().map(|weight| weight.to_f32()).collect()),
        };
        let out_channels = original.len() / (self.channels * taps * 9);
        let mut transformed = pool.take(taps * self.products.count() * padded(out_channels) * self.channels);
        transform_weights(&original, self.channels, taps, &self.products, &mut transformed);
        Some(transformed)
    }

    /// The weights with those that were transformed now.
    pub(super) fn with<'a>(&'a self, now: Option<&'a [f32]>) -> TransformedWeights<'a> {
        let weights = match &self.stored {
            StoredWeights::Transformed(kept) => kept,
            StoredWeights::Original(_) | StoredWeights::OriginalHalf(_) => now.unwrap_or_default(),
        };
        TransformedWeights { sampling: self.sampling, weights, products: &self.products }
    }
}

impl StoredWeights {
    fn of_original(weights: Vec<f32>) -> Self {
        let half: Vec<f16> = weights.iter().map(|weight| f16::from_f32(*weight)).collect();
        let is_exact = half.iter().zip(&weights).all(|(half, weight)| half.to_f32() == *weight);
        if is_exact { Self::OriginalHalf(half) } else { Self::Original(weights) }
    }
}

/// Transforms `original`, `[out, in, taps, 3, 3]`, by `G` along both sides, and writes a packed matrix
/// for each slice of the kernel and each product.
fn transform_weights(
    original: &[f32],
    channels: usize,
    taps: usize,
    products: &PointProducts,
    transformed: &mut [f32],
) {
    let matrix = transformed.len() / (taps * products.count());
    let mut packed = vec![0.0; matrix * taps * 9];
    for_each_chunk(&mut packed, channels * PANEL * taps * 9, |panel, packed| {
        let kernels = original.chunks_exact(channels * taps * 9).skip(panel * PANEL).take(PANEL);
        for (output, kernels) in kernels.enumerate() {
            for (input, kernel) in kernels.chunks_exact(taps * 9).enumerate() {
                for (at, weight) in kernel.iter().enumerate() {
                    packed[(at * channels + input) * PANEL + output] = *weight;
                }
            }
        }
    });
    let (factors, per_panel) = (products.kernel_factors(), channels * PANEL);
    for_each_chunk(transformed, factors.len() * matrix, |i, points| {
        let (tap, down) = (i / factors.len(), factors[i % factors.len()]);
        let transform = || {
            for (panel, packed) in packed.chunks_exact(taps * 9 * per_panel).enumerate() {
                let slice = &packed[tap * 9 * per_panel..][..9 * per_panel];
                transform_panel(slice, down, &factors, panel * per_panel, points);
            }
        };
        Arch::new().dispatch(transform);
    });
}

/// Writes the points of one row of the transform domain for one panel of one slice of a kernel,
/// `[9, in, PANEL]`, to the matrices of the points, from `start` on.
#[inline(always)]
fn transform_panel(slice: &[f32], down: [f64; 3], across: &[[f64; 3]], start: usize, points: &mut [f32]) {
    let (length, matrix) = (slice.len() / 9, points.len() / across.len());
    let mut weights = slice.chunks_exact(length);
    let nine: [&[f32]; 9] = std::array::from_fn(|_| weights.next().expect("a kernel of 3 x 3"));
    for vector in (0..length).step_by(PANEL) {
        let column = |x: usize| -> [f64; PANEL] {
            let [a, b, c] = [x, x + 3, x + 6].map(|at| &nine[at][vector..vector + PANEL]);
            std::array::from_fn(|lane| {
                down[0] * f64::from(a[lane]) + down[1] * f64::from(b[lane]) + down[2] * f64::from(c[lane])
            })
        };
        let columns = [column(0), column(1), column(2)];
        for (factors, point) in across.iter().zip(points.chunks_exact_mut(matrix)) {
            for (lane, to) in point[start + vector..][..PANEL].iter_mut().enumerate() {
                let sum = factors[0] * columns[0][lane] + factors[1] * columns[1][lane] + factors[2] * columns[2][lane];
                *to = sum as f32;
            }
        }
    }
}

/// The weights for one of a convolution's inputs, in the transform domain.
#[derive(Clone, Copy)]
pub(super) struct TransformedWeights<'a> {
    pub(super) sampling: Sampling,
    /// For each slice of the kernel and each of `products` a packed matrix.
    weights: &'a [f32],
    products: &'a PointProducts,
}

impl TransformedWeights<'_> {
    /// Multiplies the transformed tiles of an input by the weights of one slice of the kernel, and
    /// writes the products to `sums`, `[IN * IN, rows, out channels]`.
    #[inline(always)]
    pub(super) fn multiply<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        [tap, taps]: [usize; 2],
        tiles: TransformedTiles<'_>,
        sums: &mut [f32],
        mode: WriteMode,
    ) {
        let TransformedTiles { values, rows_per_point, first, count, in_channels } = tiles;
        let stride = padded(in_channels);
        let products = self.products.count();
        let (matrix, sums_per_point) = (self.weights.len() / (taps * products), sums.len() / (IN * IN));
        let weights = &self.weights[tap * products * matrix..];
        for ([sum_point, input_point], weights) in self.products.points().zip(weights.chunks_exact(matrix)) {
            let rows = &values[(input_point * rows_per_point + first) * stride..];
            let sums = &mut sums[sum_point * sums_per_point..][..sums_per_point];
            let product = MatMul { rows, count, stride, in_channels, weights };
            product.write::<S, ROWS, PANELS, VECTORS>(simd, sums, mode);
        }
    }
}
