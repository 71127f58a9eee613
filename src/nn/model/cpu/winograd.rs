//! 3 x 3 convolutions by Winograd's minimal filtering, F(4 x 4, 3 x 3) of Lavin and Gray 2016,
//! arXiv 1509.09308, sections 4.1 and 4.3.
//!
//! The output is computed in tiles of 4 x 4 pixels. A tile's 6 x 6 input pixels and the 3 x 3
//! kernel are each transformed to 36 values, the *transform domain*; there the convolution is 36
//! products, summed over the input channels, in place of 144. In single precision this costs about
//! one digit of rounding.
//!
//! ```text
//!  input [H, W, in]          transform domain                              output [H, W, out]
//!
//!  . . . . . .      B^T   36 points x [STRIP tiles, in]                    . . . .
//!  . x x x x .     ---->    point 0:  | tile 0: in channels |              x x x x
//!  . x x x x .              (y=0,x=0) | tile 1: in channels |              x x x x
//!  . x x x x .                        | ...                 |              x x x x
//!  . x x x x .                      times one packed matrix [in, out]      x x x x
//!  . . . . . .                        for each point, from G                 ^
//!  6 x 6 pixels             point 1:  ...                                    |
//!                           point 35: ...                                    |
//!                         = 36 points x [STRIP tiles, out]  -----------------+
//!                                                             A^T, epilogue
//! ```
//!
//! The first convolution of a decoder block reads a skip connection and the upsampled maps of the
//! level below. The upsampled maps are never made: repeated pixels make the 36 points of a tile
//! multiples of 16 values, which [`Upsampled`] computes from the tile's 4 x 4 pixels below.
//! [`UPSAMPLED_POINTS`] says which value belongs to which point.

mod transforms;

use std::ops::Range;

use pulp::Simd;

use super::feature_maps::{FeatureMaps, PooledBuffer, load, padded, store};
use super::fold::{Activation, ConvParameters, Epilogue, ScaleShift};
use super::matmul::{Kernel, MatMul, WriteMode, dispatch, weight_index};
use transforms::{
    FullResolution, IN, IN_HALF, InputTransform, OUT, UPSAMPLED_POINTS, Upsampled, column, transform_kernel,
    transform_output,
};

/// Tiles that are computed together: few enough for the cache of one core, and a multiple of the
/// rows of every [`Kernel`].
const STRIP: usize = 24;

/// A convolution of stride 1 that keeps height and width. It reads maps of the output's resolution,
/// and maps of half that resolution whose channels come last.
#[derive(Clone, Debug)]
pub(super) struct Conv3x3 {
    full: TransformedWeights,
    upsampled: TransformedWeights,
    out_channels: usize,
    epilogue: Epilogue,
}

/// The weights for one of a convolution's inputs, in the transform domain.
#[derive(Clone, Debug)]
struct TransformedWeights {
    /// For each of `products` a matrix, packed as [`weight_index`] says.
    weights: Vec<f32>,
    products: Vec<PointProduct>,
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

impl Conv3x3 {
    /// Transforms the weights of `conv`. The last `upsampled_channels` of its input channels come
    /// from maps of half the resolution. `norm` is applied after the ReLU.
    pub(super) fn new(conv: &ConvParameters, upsampled_channels: usize, norm: Option<ScaleShift>) -> Self {
        let channels = conv.weights_per_output() / 9;
        let full_channels = channels - upsampled_channels;
        let full = (0..IN * IN).map(|point| PointProduct { sum_point: point, input_point: point, factor: 1.0 });
        let upsampled = (0..IN * IN).filter_map(|point| {
            let ((row, by_row), (column, by_column)) = (UPSAMPLED_POINTS[point / IN]?, UPSAMPLED_POINTS[point % IN]?);
            Some(PointProduct { sum_point: point, input_point: row * IN_HALF + column, factor: by_row * by_column })
        });
        Self {
            full: TransformedWeights::new(conv, 0..full_channels, full.collect()),
            upsampled: TransformedWeights::new(conv, full_channels..channels, upsampled.collect()),
            out_channels: conv.out_channels(),
            epilogue: Epilogue::new(conv.bias.clone(), Activation::Relu, norm),
        }
    }

    /// The convolution of `full` and, where there is one, of `half`, whose size is half that of
    /// `full`.
    pub(super) fn forward<'p>(&self, full: &FeatureMaps<'p>, half: Option<&FeatureMaps<'p>>) -> FeatureMaps<'p> {
        let pool = full.pool();
        let mut out = FeatureMaps::uninitialized(self.out_channels, full.size, pool);
        let for_half = half.map_or(0, |half| IN_HALF * IN_HALF * half.pixel_stride());
        let transformed = pool.take(STRIP * for_half.max(IN * IN * full.pixel_stride()));
        let sums = pool.take(STRIP * IN * IN * out.pixel_stride());
        dispatch(Conv3x3Kernel { conv: self, full, half, transformed, sums, out: &mut out });
        out
    }
}

impl TransformedWeights {
    /// The weights of `channels`, transformed by `G` along both sides.
    fn new(conv: &ConvParameters, channels: Range<usize>, products: Vec<PointProduct>) -> Self {
        let in_channels = channels.len();
        let matrix = padded(conv.out_channels()) * in_channels;
        let mut weights = vec![0.0; products.len() * matrix];
        for (output, kernels) in conv.weights.chunks_exact(conv.weights_per_output()).enumerate() {
            for (input, kernel) in kernels.as_chunks::<9>().0[channels.clone()].iter().enumerate() {
                let rows = [0, 3, 6].map(|y| transform_kernel([0, 1, 2].map(|x| f64::from(kernel[y + x]))));
                let columns: [_; IN] = std::array::from_fn(|x| transform_kernel(column(&rows, x)));
                let weights = weights[weight_index(output, input, in_channels)..].iter_mut().step_by(matrix);
                for (weight, product) in weights.zip(&products) {
                    *weight = (product.factor * columns[product.sum_point % IN][product.sum_point / IN]) as f32;
                }
            }
        }
        Self { weights, products }
    }

    /// Multiplies the transformed tiles of an input, and writes the products to `sums`,
    /// `[IN * IN, STRIP, out channels]`.
    #[inline(always)]
    fn multiply<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        tiles: TransformedTiles<'_>,
        sums: &mut [f32],
        mode: WriteMode,
    ) {
        let TransformedTiles { values, count, in_channels } = tiles;
        let stride = padded(in_channels);
        let (matrix, sums_per_point) = (self.weights.len() / self.products.len(), sums.len() / (IN * IN));
        for (product, weights) in self.products.iter().zip(self.weights.chunks_exact(matrix)) {
            let rows = &values[product.input_point * STRIP * stride..][..STRIP * stride];
            let sums = &mut sums[product.sum_point * sums_per_point..][..sums_per_point];
            let product = MatMul { rows, count, stride, in_channels, weights };
            product.write::<S, ROWS, PANELS, VECTORS>(simd, sums, mode);
        }
    }
}

/// A strip of tiles in the transform domain.
#[derive(Clone, Copy)]
struct TransformedTiles<'a> {
    /// `[points, STRIP, padded(in_channels)]`.
    values: &'a [f32],
    /// Tiles of the strip, at most `STRIP`.
    count: usize,
    in_channels: usize,
}

/// The computation of one convolution.
struct Conv3x3Kernel<'a, 'p> {
    conv: &'a Conv3x3,
    full: &'a FeatureMaps<'p>,
    half: Option<&'a FeatureMaps<'p>>,
    /// `[points, STRIP, in channels]`.
    transformed: PooledBuffer<'p>,
    /// `[IN * IN, STRIP, out channels]`.
    sums: PooledBuffer<'p>,
    out: &'a mut FeatureMaps<'p>,
}

impl Kernel for Conv3x3Kernel<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { conv, full, half, mut transformed, mut sums, out } = self;
        let tiles = out.size.height.div_ceil(OUT) * out.size.width.div_ceil(OUT);
        for first in (0..tiles).step_by(STRIP) {
            let strip = first..tiles.min(first + STRIP);
            let count = strip.len();
            transform_input::<FullResolution, S, IN>(simd, full, strip.clone(), &mut transformed);
            let tiles = TransformedTiles { values: &transformed, count, in_channels: full.channels };
            conv.full.multiply::<S, ROWS, PANELS, VECTORS>(simd, tiles, &mut sums, WriteMode::Overwrite);
            if let Some(half) = half {
                transform_input::<Upsampled, S, IN_HALF>(simd, half, strip.clone(), &mut transformed);
                let tiles = TransformedTiles { values: &transformed, count, in_channels: half.channels };
                conv.upsampled.multiply::<S, ROWS, PANELS, VECTORS>(simd, tiles, &mut sums, WriteMode::Accumulate);
            }
            write_output(simd, &sums, strip, &conv.epilogue, out);
        }
    }
}

/// The first pixel, `[y, x]`, of a tile, in tiles of `side` pixels on a map of `width` pixels.
#[inline(always)]
fn tile_origin(tile: usize, side: usize, width: usize) -> [usize; 2] {
    let tiles_per_row = width.div_ceil(side);
    [tile / tiles_per_row * side, tile % tiles_per_row * side]
}

/// Transforms the pixels of each tile of `strip`, and writes them to `transformed`,
/// `[points, STRIP, in channels]`. Pixels outside the map are zero.
#[inline(always)]
fn transform_input<T: InputTransform<SIDE>, S: Simd, const SIDE: usize>(
    simd: S,
    maps: &FeatureMaps<'_>,
    strip: Range<usize>,
    transformed: &mut [f32],
) {
    let (stride, size) = (maps.pixel_stride(), maps.size);
    let mut patch = maps.pool().take(SIDE * SIDE * stride);
    let mut columns = [[simd.splat_f32s(0.0); SIDE]; SIDE];
    for (slot, tile) in strip.enumerate() {
        let [y, x] = tile_origin(tile, T::COVERED, size.width);
        let is_inside = y > 0 && x > 0 && y + SIDE - 1 <= size.height && x + SIDE - 1 <= size.width;
        let (pixels, row_stride) = if is_inside {
            (&maps.data[((y - 1) * size.width + x - 1) * stride..], size.width * stride)
        } else {
            for (dy, row) in patch.chunks_exact_mut(SIDE * stride).enumerate() {
                copy_row(row, maps, (y + dy).wrapping_sub(1), x);
            }
            (&patch[..], SIDE * stride)
        };
        for channel in (0..stride).step_by(S::F32_LANES) {
            for (x, to) in columns.iter_mut().enumerate() {
                let mut pixels_down = [simd.splat_f32s(0.0); SIDE];
                for (y, to) in pixels_down.iter_mut().enumerate() {
                    *to = load::<S>(pixels, y * row_stride + x * stride + channel);
                }
                *to = T::transform(simd, pixels_down);
            }
            let mut points = transformed.chunks_exact_mut(STRIP * stride);
            for y in 0..SIDE {
                for (values, point) in T::transform(simd, column(&columns, y)).into_iter().zip(&mut points) {
                    store::<S>(point, slot * stride + channel, values);
                }
            }
        }
    }
}

/// Copies pixels of row `y` to `to`, from the pixel left of `x` on. Pixels outside the map are
/// zero.
fn copy_row(to: &mut [f32], maps: &FeatureMaps<'_>, y: usize, x: usize) {
    let (stride, size) = (maps.pixel_stride(), maps.size);
    if y >= size.height {
        return to.fill(0.0);
    }
    let left = x.saturating_sub(1);
    let count = (to.len() / stride - usize::from(x == 0)).min(size.width - left);
    let (before, rest) = to.split_at_mut(if x == 0 { stride } else { 0 });
    let (within, after) = rest.split_at_mut(count * stride);
    before.fill(0.0);
    within.copy_from_slice(&maps.data[(y * size.width + left) * stride..][..count * stride]);
    after.fill(0.0);
}

/// Transforms the sums of each tile of `strip` to pixels, applies the epilogue, and stores them in
/// `out`.
#[inline(always)]
fn write_output<S: Simd>(simd: S, sums: &[f32], strip: Range<usize>, epilogue: &Epilogue, out: &mut FeatureMaps<'_>) {
    let (stride, size) = (out.pixel_stride(), out.size);
    let mut rows = [[simd.splat_f32s(0.0); OUT]; IN];
    for (slot, tile) in strip.enumerate() {
        let [top, left] = tile_origin(tile, OUT, size.width);
        let is_inside = top + OUT <= size.height && left + OUT <= size.width;
        for channel in (0..stride).step_by(S::F32_LANES) {
            let mut points = sums.chunks_exact(STRIP * stride);
            for to in &mut rows {
                let mut row = [simd.splat_f32s(0.0); IN];
                for (to, point) in row.iter_mut().zip(&mut points) {
                    *to = load::<S>(point, slot * stride + channel);
                }
                *to = transform_output(simd, row);
            }
            for x in 0..OUT {
                let pixels_down = transform_output(simd, column(&rows, x));
                for (y, sums) in pixels_down.into_iter().enumerate() {
                    if is_inside || (top + y < size.height && left + x < size.width) {
                        let pixel = ((top + y) * size.width + left + x) * stride + channel;
                        store::<S>(&mut out.data, pixel, epilogue.apply(simd, sums, channel));
                    }
                }
            }
        }
    }
}
