//! Tiles of feature maps to the transform domain, and back.

use std::ops::Range;

use pulp::Simd;

use super::transforms::{
    FullResolution, IN, IN_HALF, InputTransform, OUT, OutputTransform, Upsampled, column, transform_gradient,
};
use crate::nn::cpu::feature_maps::{FeatureMaps, MapSize, load, store};
use crate::nn::cpu::parameters::Epilogue;
use crate::nn::cpu::slabs::MapSlices;
use crate::nn::network::Sampling;

/// Values of a block in the transform domain that fit into the cache of one core with its sums.
pub(super) const BLOCK_VALUES: usize = 1 << 18;

/// The tiles of a block in the transform domain, as rows.
#[derive(Clone, Copy)]
pub(super) struct TransformedTiles<'a> {
    /// `[points, rows_per_point, padded(in_channels)]`.
    pub(super) values: &'a [f32],
    pub(super) rows_per_point: usize,
    /// The first row that is multiplied.
    pub(super) first: usize,
    /// Rows that are multiplied.
    pub(super) count: usize,
    pub(super) in_channels: usize,
}

/// Some tiles of some slices.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) slices: Range<usize>,
    pub(super) tiles: Range<usize>,
}

impl Block {
    /// Rows of the block's sums: one for each tile of each slice.
    pub(super) fn rows(&self) -> usize {
        self.slices.len() * self.tiles.len()
    }
}

/// Transforms the tiles of a block and of the neighbouring slices that a kernel of `taps` slices reads.
/// Slices outside the maps are zero.
#[inline(always)]
pub(super) fn transform_block<'t, S: Simd>(
    simd: S,
    sampling: Sampling,
    input: MapSlices<'_, '_>,
    block: &Block,
    taps: usize,
    transformed: &'t mut [f32],
) -> TransformedTiles<'t> {
    let maps = input.maps;
    let (stride, tiles) = (maps.voxel_stride(), block.tiles.len());
    let slices = block.slices.len() + taps - 1;
    let rows_per_point = slices * tiles;
    for i in 0..slices {
        let slice = (block.slices.start + i).checked_sub(taps / 2).and_then(|z| input.slice(z));
        let target = TransformTarget { rows_per_point, first: i * tiles };
        match (slice, sampling) {
            (None, _) => {
                for point in transformed.chunks_exact_mut(rows_per_point * stride).take(IN * IN) {
                    point[i * tiles * stride..][..tiles * stride].fill(0.0);
                }
            }
            (Some(slice), Sampling::AsIs) => {
                transform_input::<FullResolution, S, IN>(simd, maps, slice, block.tiles.clone(), target, transformed);
            }
            (Some(slice), Sampling::RepeatedTwice) => {
                transform_input::<Upsampled, S, IN_HALF>(simd, maps, slice, block.tiles.clone(), target, transformed);
            }
        }
    }
    TransformedTiles { values: transformed, rows_per_point, first: 0, count: block.rows(), in_channels: maps.channels }
}

/// The rows of each point that some tiles are written to.
#[derive(Clone, Copy)]
struct TransformTarget {
    rows_per_point: usize,
    /// The row of the first tile.
    first: usize,
}

/// The first pixel, `[y, x]`, of a tile, in tiles of `side` pixels on a map of `width` pixels.
#[inline(always)]
fn tile_origin(tile: usize, side: usize, width: usize) -> [usize; 2] {
    let tiles_per_row = width.div_ceil(side);
    [tile / tiles_per_row * side, tile % tiles_per_row * side]
}

/// Transforms the pixels of some tiles of a slice of `maps`, and writes them to `transformed`,
/// `[points, rows_per_point, padded(in_channels)]`. Pixels outside the slice are zero.
#[inline(always)]
fn transform_input<T: InputTransform<SIDE>, S: Simd, const SIDE: usize>(
    simd: S,
    maps: &FeatureMaps<'_>,
    slice: &[f32],
    tiles: Range<usize>,
    target: TransformTarget,
    transformed: &mut [f32],
) {
    let (stride, size) = (maps.voxel_stride(), maps.size);
    let mut patch = maps.pool().take(SIDE * SIDE * stride);
    let mut columns = [[simd.splat_f32s(0.0); SIDE]; SIDE];
    for (row, tile) in (target.first..).zip(tiles) {
        let [y, x] = tile_origin(tile, T::COVERED, size.width);
        let is_inside = y > 0 && x > 0 && y + SIDE - 1 <= size.height && x + SIDE - 1 <= size.width;
        let (pixels, row_stride) = if is_inside {
            (&slice[((y - 1) * size.width + x - 1) * stride..], size.width * stride)
        } else {
            for (dy, row) in patch.chunks_exact_mut(SIDE * stride).enumerate() {
                copy_row(row, slice, size, (y + dy).wrapping_sub(1), x);
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
            let mut points = transformed.chunks_exact_mut(target.rows_per_point * stride);
            for y in 0..SIDE {
                for (values, point) in T::transform(simd, column(&columns, y)).into_iter().zip(&mut points) {
                    store::<S>(point, row * stride + channel, values);
                }
            }
        }
    }
}

/// Copies pixels of row `y` to `to`, from the pixel left of `x` on. Pixels outside the map are
/// zero.
fn copy_row(to: &mut [f32], slice: &[f32], size: MapSize, y: usize, x: usize) {
    let stride = slice.len() / size.slice_area();
    if y >= size.height {
        return to.fill(0.0);
    }
    let left = x.saturating_sub(1);
    let count = (to.len() / stride - usize::from(x == 0)).min(size.width - left);
    let (before, rest) = to.split_at_mut(if x == 0 { stride } else { 0 });
    let (within, after) = rest.split_at_mut(count * stride);
    before.fill(0.0);
    within.copy_from_slice(&slice[(y * size.width + left) * stride..][..count * stride]);
    after.fill(0.0);
}

/// Transforms the sums of a block to pixels, applies the epilogue, and stores them in `out`, slices of
/// the given size, whose slice number `first` is the first of the block.
#[inline(always)]
pub(super) fn write_output<T: OutputTransform<SIDE>, S: Simd, const SIDE: usize>(
    simd: S,
    sums: &[f32],
    block: &Block,
    first: usize,
    epilogue: &Epilogue,
    size: MapSize,
    out: &mut [f32],
) {
    let stride = sums.len() / (IN * IN * block.rows());
    let mut rows = [[simd.splat_f32s(0.0); SIDE]; IN];
    for (row, (slice, tile)) in
        (0..block.slices.len()).flat_map(|z| block.tiles.clone().map(move |tile| (z, tile))).enumerate()
    {
        let [top, left] = tile_origin(tile, SIDE, size.width);
        let is_inside = top + SIDE <= size.height && left + SIDE <= size.width;
        let out = &mut out[(first + slice) * size.slice_area() * stride..][..size.slice_area() * stride];
        for channel in (0..stride).step_by(S::F32_LANES) {
            let mut points = sums.chunks_exact(block.rows() * stride);
            for to in &mut rows {
                let mut values = [simd.splat_f32s(0.0); IN];
                for (to, point) in values.iter_mut().zip(&mut points) {
                    *to = load::<S>(point, row * stride + channel);
                }
                *to = T::transform(simd, values);
            }
            for x in 0..SIDE {
                let pixels_down = T::transform(simd, column(&rows, x));
                for (y, sums) in pixels_down.into_iter().enumerate() {
                    if is_inside || (top + y < size.height && left + x < size.width) {
                        let pixel = ((top + y) * size.width + left + x) * stride + channel;
                        store::<S>(out, pixel, epilogue.apply(simd, sums, channel));
                    }
                }
            }
        }
    }
}

/// Transforms the gradient of the tiles of a block, the adjoint of [`write_output`], and writes them to
/// `transformed`, `[points, rows, padded(channels)]`. Pixels outside the slices are zero.
#[inline(always)]
pub(super) fn transform_gradient_block<S: Simd>(
    simd: S,
    gradient: &FeatureMaps<'_>,
    block: &Block,
    transformed: &mut [f32],
) {
    let (stride, size) = (gradient.voxel_stride(), gradient.size);
    let mut patch = gradient.pool().take(OUT * OUT * stride);
    let mut columns = [[simd.splat_f32s(0.0); IN]; OUT];
    for (row, (z, tile)) in
        block.slices.clone().flat_map(|z| block.tiles.clone().map(move |tile| (z, tile))).enumerate()
    {
        let slice = &gradient.data[z * gradient.slice_stride()..][..gradient.slice_stride()];
        let [y, x] = tile_origin(tile, OUT, size.width);
        let (pixels, row_stride) = if y + OUT <= size.height && x + OUT <= size.width {
            (&slice[(y * size.width + x) * stride..], size.width * stride)
        } else {
            patch.fill(0.0);
            for (dy, to) in patch.chunks_exact_mut(OUT * stride).enumerate().take(size.height - y) {
                let count = OUT.min(size.width - x) * stride;
                to[..count].copy_from_slice(&slice[((y + dy) * size.width + x) * stride..][..count]);
            }
            (&patch[..], OUT * stride)
        };
        for channel in (0..stride).step_by(S::F32_LANES) {
            for (x, to) in columns.iter_mut().enumerate() {
                let mut pixels_down = [simd.splat_f32s(0.0); OUT];
                for (y, to) in pixels_down.iter_mut().enumerate() {
                    *to = load::<S>(pixels, y * row_stride + x * stride + channel);
                }
                *to = transform_gradient(simd, pixels_down);
            }
            let mut points = transformed.chunks_exact_mut(block.rows() * stride);
            for y in 0..IN {
                for (values, point) in transform_gradient(simd, column(&columns, y)).into_iter().zip(&mut points) {
                    store::<S>(point, row * stride + channel, values);
                }
            }
        }
    }
}
