//! The kernels, in single precision. Maps are `[samples, channels, z, y, x]`.
//!
//! A thread computes a block of outputs from values that it holds in registers: `rows` voxels below
//! each other in `block` channels, or the taps of `outputs` times `inputs` channels. So each value
//! that it reads enters several products, where a thread for each output reads two for every
//! product. Neighbouring threads read neighbouring voxels or channels.

// Arrays in registers are indexed by what is known when a kernel is compiled.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments)]
// Written out as a GPU computes them.
#![allow(clippy::manual_div_ceil, clippy::manual_is_multiple_of)]

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Where a kernel reads along one axis: the voxel `at * stride + tap - padding` of an input between
/// whose voxels `spread - 1` zeros stand. `spread` is 1 but for the gradient of a strided input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KernelAxis {
    pub(super) taps: usize,
    pub(super) stride: usize,
    pub(super) spread: usize,
}

/// The voxel at a place of the spread input, and whether there is one.
#[cube]
fn voxel_at(place: u32, size: u32, #[comptime] spread: u32) -> (u32, bool) {
    if comptime!(spread == 1) {
        (place, place < size)
    } else {
        // Places before the first voxel wrap around to large ones.
        (place / spread, place % spread == 0u32 && place / spread < size)
    }
}

/// The first of the outputs that a thread computes.
#[derive(CubeType, Clone, Copy)]
struct OutputPlace {
    sample: u32,
    channel: u32,
    z: u32,
    y: u32,
    x: u32,
}

#[cube]
fn output_place(out: &mut Tensor<f32>, #[comptime] rows: usize, #[comptime] block: usize) -> OutputPlace {
    let blocks = out.shape(1) as u32 / comptime!(block as u32);
    let depth = out.shape(2) as u32;
    let strips = (out.shape(3) as u32 + comptime!(rows as u32 - 1)) / comptime!(rows as u32);
    let width = out.shape(4) as u32;
    let column = ABSOLUTE_POS as u32 / width;
    let plane = column / strips;
    let volume = plane / depth;
    OutputPlace {
        sample: volume / blocks,
        channel: (volume % blocks) * comptime!(block as u32),
        z: plane % depth,
        y: (column % strips) * comptime!(rows as u32),
        x: ABSOLUTE_POS as u32 % width,
    }
}

/// Reads values below each other, from the places `y` and `x` on. `plane` is the number of the rows
/// before the slice.
#[cube]
fn read_column(
    input: &Tensor<f32>,
    values: &mut Array<f32>,
    plane: u32,
    y: u32,
    x: u32,
    #[comptime] axes: [KernelAxis; 3],
    #[comptime] reads: usize,
) {
    let [spread_y, spread_x] = comptime!([axes[1].spread, axes[2].spread]);
    let height = input.shape(3) as u32;
    let width = input.shape(4) as u32;
    let (from_x, is_in_x) = voxel_at(x, width, comptime!(spread_x as u32));
    #[unroll]
    for read in 0..reads {
        let (from_y, is_in_y) = voxel_at(y + read as u32, height, comptime!(spread_y as u32));
        let is_inside = is_in_x && is_in_y;
        let index = select(is_inside, (plane + from_y) * width + from_x, 0u32);
        values[read] = select(is_inside, input[index as usize], 0.0f32);
    }
}

/// Convolves `x` with `weight`, `[in, z, y, x, out]`, and adds `bias`. Places left of or above the
/// input wrap around to large numbers, which are outside of it as well.
#[cube(launch)]
pub(super) fn convolution(
    x: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    out: &mut Tensor<f32>,
    padding_z: u32,
    padding_y: u32,
    padding_x: u32,
    #[comptime] axes: [KernelAxis; 3],
    #[comptime] is_mirrored: bool,
    #[comptime] rows: usize,
    #[comptime] block: usize,
) {
    let [z_axis, y_axis, x_axis] = comptime!(axes);
    let place = output_place(out, rows, block);
    if place.sample >= out.shape(0) as u32 {
        terminate!();
    }
    let mut sums = Array::<f32>::new(comptime!(rows * block));
    start_with_bias(&mut sums, bias, place.channel, rows, block);
    let reads = comptime!((rows - 1) * y_axis.stride + y_axis.taps);
    let mut values = Array::<f32>::new(reads);
    let channels = x.shape(1) as u32;
    let first_y = place.y * comptime!(y_axis.stride as u32) - padding_y;
    for channel in 0..channels {
        for tap_z in 0..comptime!(z_axis.taps as u32) {
            let place_z = place.z * comptime!(z_axis.stride as u32) + tap_z - padding_z;
            let (from_z, is_in_z) = voxel_at(place_z, x.shape(2) as u32, comptime!(z_axis.spread as u32));
            if is_in_z {
                let volume = place.sample * channels + channel;
                let plane = (volume * x.shape(2) as u32 + from_z) * x.shape(3) as u32;
                let weight_z = if comptime!(is_mirrored) { comptime!(z_axis.taps as u32 - 1) - tap_z } else { tap_z };
                let taps = (channel * comptime!(z_axis.taps as u32) + weight_z)
                    * comptime!((y_axis.taps * x_axis.taps) as u32);
                #[unroll]
                for tap_x in 0..x_axis.taps {
                    let place_x = place.x * comptime!(x_axis.stride as u32) + tap_x as u32 - padding_x;
                    read_column(x, &mut values, plane, first_y, place_x, axes, reads);
                    add_products(
                        &mut sums,
                        &values,
                        weight,
                        taps,
                        place.channel,
                        axes,
                        is_mirrored,
                        tap_x,
                        rows,
                        block,
                    );
                }
            }
        }
    }
    write_block(&sums, out, place, rows, block);
}

#[cube]
fn start_with_bias(
    sums: &mut Array<f32>,
    bias: &Tensor<f32>,
    first: u32,
    #[comptime] rows: usize,
    #[comptime] block: usize,
) {
    #[unroll]
    for i in 0..comptime!(rows * block) {
        sums[i] = bias[(first + comptime!((i / rows) as u32)) as usize];
    }
}

/// Adds the products of a column of values and the weights at `tap_x`. `taps` is the number of taps
/// before those of the slice.
#[cube]
fn add_products(
    sums: &mut Array<f32>,
    values: &Array<f32>,
    weight: &Tensor<f32>,
    taps: u32,
    first: u32,
    #[comptime] axes: [KernelAxis; 3],
    #[comptime] is_mirrored: bool,
    #[comptime] tap_x: usize,
    #[comptime] rows: usize,
    #[comptime] block: usize,
) {
    let [_, y_axis, x_axis] = comptime!(axes);
    let outputs = weight.shape(4) as u32;
    #[unroll]
    for tap_y in 0..y_axis.taps {
        let tap = comptime!(if is_mirrored {
            (y_axis.taps - 1 - tap_y) * x_axis.taps + x_axis.taps - 1 - tap_x
        } else {
            tap_y * x_axis.taps + tap_x
        });
        #[unroll]
        for channel in 0..block {
            let factor = weight[((taps + tap as u32) * outputs + first + channel as u32) as usize];
            #[unroll]
            for row in 0..rows {
                sums[channel * rows + row] += values[row * y_axis.stride + tap_y] * factor;
            }
        }
    }
}

#[cube]
fn write_block(
    sums: &Array<f32>,
    out: &mut Tensor<f32>,
    place: OutputPlace,
    #[comptime] rows: usize,
    #[comptime] block: usize,
) {
    let channels = out.shape(1) as u32;
    let depth = out.shape(2) as u32;
    let height = out.shape(3) as u32;
    let width = out.shape(4) as u32;
    #[unroll]
    for channel in 0..block {
        let plane = ((place.sample * channels + place.channel + channel as u32) * depth + place.z) * height;
        #[unroll]
        for row in 0..rows {
            let y = place.y + row as u32;
            if y < height {
                out[((plane + y) * width + place.x) as usize] = sums[channel * rows + row];
            }
        }
    }
}
