//! The weights of a convolution in the transform domain.

use std::borrow::Cow;

use half::f16;
use pulp::Simd;

use super::tiles::TransformedTiles;
use super::transforms::{IN, IN_HALF, KERNEL_TRANSFORM, UPSAMPLED_POINTS};
use crate::core::parallel::for_each_chunk;
use crate::nn::cpu::feature_maps::{BufferPool, PooledBuffer, padded};
use crate::nn::cpu::matmul::{MatMul, WriteMode, weight_index};
use crate::nn::network::Sampling;

/// Weights from which on a kernel of several slices is transformed whenever it is used: that costs a
/// few hundredths of the time, and the transformed weights are four times as large.
const KEPT_WEIGHTS: usize = 1 << 18;

/// The weights for one of a convolution's inputs.
#[derive(Clone, Debug)]
pub(super) struct SourceWeights {
    sampling: Sampling,
    channels: usize,
    products: Vec<PointProduct>,
    stored: StoredWeights,
}

#[derive(Clone, Debug)]
enum StoredWeights {
    /// For each slice of the kernel and each of the products a matrix, packed as [`weight_index`] says.
    Transformed(Vec<f32>),
    /// `[out, in, taps, 3, 3]`.
    Original(Vec<f32>),
    /// The same where half precision holds every weight, as that of most model files.
    OriginalHalf(Vec<f16>),
}

/// One matrix product of the transform domain.
#[derive(Clone, Copy, Debug)]
struct PointProduct {
    /// The point, of `IN * IN`, that the product belongs to.
    sum_point: usize,
    /// The point of the transformed input that is multiplied.
    input_point: usize,
    /// Included in the weights; see [`UPSAMPLED_POINTS`].
    factor: f64,
}

impl SourceWeights {
    /// The weights `original`, `[out, in, taps, 3, 3]`, kept as they are or transformed.
    pub(super) fn new(
        original: Vec<f32>,
        channels: usize,
        sampling: Sampling,
        [taps, out_channels]: [usize; 2],
    ) -> Self {
        let products = products_of(sampling);
        let stored = if taps > 1 && original.len() >= KEPT_WEIGHTS {
            StoredWeights::of_original(original)
        } else {
            let mut transformed = vec![0.0; taps * products.len() * padded(out_channels) * channels];
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
        let mut transformed = pool.take(taps * self.products.len() * padded(out_channels) * self.channels);
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
    products: &[PointProduct],
    transformed: &mut [f32],
) {
    let matrix = transformed.len() / (taps * products.len());
    for_each_chunk(transformed, matrix, |i, weights| {
        let (tap, product) = (i / products.len(), products[i % products.len()]);
        let [down, across] = [product.sum_point / IN, product.sum_point % IN].map(|point| KERNEL_TRANSFORM[point]);
        let factors: [f64; 9] = std::array::from_fn(|at| product.factor * down[at / 3] * across[at % 3]);
        weights.fill(0.0);
        for (kernel, slices) in original.chunks_exact(taps * 9).enumerate() {
            let (output, input) = (kernel / channels, kernel % channels);
            let slice = &slices[tap * 9..][..9];
            let sum: f64 = slice.iter().zip(&factors).map(|(weight, factor)| f64::from(*weight) * factor).sum();
            weights[weight_index(output, input, channels)] = sum as f32;
        }
    });
}

/// The weights for one of a convolution's inputs, in the transform domain.
#[derive(Clone, Copy)]
pub(super) struct TransformedWeights<'a> {
    pub(super) sampling: Sampling,
    /// For each slice of the kernel and each of `products` a matrix, packed as [`weight_index`] says.
    weights: &'a [f32],
    products: &'a [PointProduct],
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
        let (matrix, sums_per_point) = (self.weights.len() / (taps * self.products.len()), sums.len() / (IN * IN));
        let weights = &self.weights[tap * self.products.len() * matrix..];
        for (product, weights) in self.products.iter().zip(weights.chunks_exact(matrix)) {
            let rows = &values[(product.input_point * rows_per_point + first) * stride..];
            let sums = &mut sums[product.sum_point * sums_per_point..][..sums_per_point];
            let product = MatMul { rows, count, stride, in_channels, weights };
            product.write::<S, ROWS, PANELS, VECTORS>(simd, sums, mode);
        }
    }
}

/// The products that an input's tiles take part in.
fn products_of(sampling: Sampling) -> Vec<PointProduct> {
    let all = 0..IN * IN;
    match sampling {
        Sampling::AsIs => all.map(|point| PointProduct { sum_point: point, input_point: point, factor: 1.0 }).collect(),
        Sampling::RepeatedTwice => all
            .filter_map(|point| {
                let ((row, by_row), (column, by_column)) =
                    (UPSAMPLED_POINTS[point / IN]?, UPSAMPLED_POINTS[point % IN]?);
                Some(PointProduct { sum_point: point, input_point: row * IN_HALF + column, factor: by_row * by_column })
            })
            .collect(),
    }
}
