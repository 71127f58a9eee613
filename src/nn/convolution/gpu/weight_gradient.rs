//! The kernel for the gradient of weights, in single precision.

// Arrays in registers are indexed by what is known when a kernel is compiled.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments)]
// Written out as a GPU computes them.
#![allow(clippy::manual_div_ceil, clippy::manual_is_multiple_of)]

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::kernels::KernelAxis;

/// What a thread sums up.
#[derive(CubeType, Clone, Copy)]
struct GradientPlace {
    output: u32,
    input: u32,
    tap_z: u32,
    part: u32,
}

#[cube]
fn gradient_place(sums: &mut Tensor<f32>, #[comptime] outputs: usize, #[comptime] inputs: usize) -> GradientPlace {
    let taps_z = sums.shape(1) as u32;
    let input_blocks = sums.shape(4) as u32 / comptime!(inputs as u32);
    let output_blocks = sums.shape(5) as u32 / comptime!(outputs as u32);
    let position = ABSOLUTE_POS as u32;
    let block = position / output_blocks;
    let tap = block / input_blocks;
    GradientPlace {
        output: (position % output_blocks) * comptime!(outputs as u32),
        input: (block % input_blocks) * comptime!(inputs as u32),
        tap_z: tap % taps_z,
        part: tap / taps_z,
    }
}

/// Reads some columns of a window, `[inputs, y, x]`, that has its corner at the places `y` and `x`, to
/// `ahead` columns behind their own. `plane` is the number of the rows before the slice.
#[cube]
fn read_columns(
    input: &Tensor<f32>,
    window: &mut Array<f32>,
    plane: u32,
    y: u32,
    x: u32,
    #[comptime] columns: [usize; 2],
    #[comptime] ahead: usize,
    #[comptime] taps: [usize; 2],
    #[comptime] inputs: usize,
) {
    let [start, end] = comptime!(columns);
    let [taps_y, taps_x] = comptime!(taps);
    let height = input.shape(3) as u32;
    let width = input.shape(4) as u32;
    let channel_step = input.shape(2) as u32 * height;
    #[unroll]
    for i in 0..comptime!(inputs * taps_y) {
        let place_y = y + comptime!((i % taps_y) as u32);
        let row = plane + comptime!((i / taps_y) as u32) * channel_step + place_y;
        #[unroll]
        for tap_x in start..end {
            let place_x = x + tap_x as u32;
            let is_inside = place_y < height && place_x < width;
            let index = select(is_inside, row * width + place_x, 0u32);
            window[i * taps_x + tap_x + ahead] = select(is_inside, input[index as usize], 0.0f32);
        }
    }
}

/// Sums for the gradient of weights: `sums`, `[parts, z, y, x, in, out]`, has one for each part of
/// the rows of voxels of `gradient`, `[samples, z, y, x, out]`. A thread holds `outputs` times
/// `inputs` channels, and the window of its inputs around a voxel, which moves along the row.
#[cube(launch)]
pub(super) fn weight_gradient(
    x: &Tensor<f32>,
    gradient: &Tensor<f32>,
    sums: &mut Tensor<f32>,
    padding_z: u32,
    padding_y: u32,
    padding_x: u32,
    #[comptime] axes: [KernelAxis; 3],
    #[comptime] outputs: usize,
    #[comptime] inputs: usize,
) {
    let [z_axis, y_axis, x_axis] = comptime!(axes);
    let place = gradient_place(sums, outputs, inputs);
    let parts = sums.shape(0) as u32;
    if place.part >= parts {
        terminate!();
    }
    let taps = comptime!([y_axis.taps, x_axis.taps]);
    let window_values = comptime!(inputs * y_axis.taps * x_axis.taps);
    let mut products = Array::<f32>::new(comptime!(outputs * window_values));
    #[unroll]
    for i in 0..comptime!(outputs * window_values) {
        products[i] = 0.0f32;
    }
    let mut window = Array::<f32>::new(window_values);
    let depth = x.shape(2) as u32;
    let out_height = gradient.shape(2) as u32;
    let rows = gradient.shape(0) as u32 * gradient.shape(1) as u32 * out_height;
    let each = (rows + parts - 1) / parts;
    let start = place.part * each;
    let end = select(start + each < rows, start + each, rows);
    for row in start..end {
        let slice = row / out_height;
        let out_z = slice % gradient.shape(1) as u32;
        let sample = slice / gradient.shape(1) as u32;
        let z = out_z * comptime!(z_axis.stride as u32) + place.tap_z - padding_z;
        if z < depth {
            let channel = sample * x.shape(1) as u32 + place.input;
            let plane = (channel * depth + z) * x.shape(3) as u32;
            let y = (row % out_height) * comptime!(y_axis.stride as u32) - padding_y;
            let voxel = row * gradient.shape(3) as u32;
            let places = RowPlace { plane, y, padding_x, voxel, output: place.output };
            add_row(&mut products, &mut window, x, gradient, places, axes, outputs, inputs);
        }
    }
    write_products(&products, sums, place, taps, outputs, inputs);
}

/// Where a thread reads along a row: the rows of the input before the slice, the place of the window's
/// first row, the zeros left of the first column, the first voxel of the gradient, and its channel.
#[derive(CubeType, Clone, Copy)]
struct RowPlace {
    plane: u32,
    y: u32,
    padding_x: u32,
    voxel: u32,
    output: u32,
}

/// Moves the window along a row.
#[cube]
fn add_row(
    products: &mut Array<f32>,
    window: &mut Array<f32>,
    x: &Tensor<f32>,
    gradient: &Tensor<f32>,
    place: RowPlace,
    #[comptime] axes: [KernelAxis; 3],
    #[comptime] outputs: usize,
    #[comptime] inputs: usize,
) {
    let [_, y_axis, x_axis] = comptime!(axes);
    let taps = comptime!([y_axis.taps, x_axis.taps]);
    // Of a window that moves by one voxel only the last column is read anew.
    let kept = comptime!(if x_axis.stride == 1 { x_axis.taps - 1 } else { 0 });
    let (before, columns) = comptime!(([0, kept], [kept, x_axis.taps]));
    read_columns(x, window, place.plane, place.y, 0u32 - place.padding_x, before, 1usize, taps, inputs);
    for out_x in 0..gradient.shape(3) as u32 {
        #[unroll]
        for i in 0..comptime!(inputs * y_axis.taps) {
            #[unroll]
            for tap_x in 0..kept {
                window[i * x_axis.taps + tap_x] = window[i * x_axis.taps + tap_x + 1];
            }
        }
        let place_x = out_x * comptime!(x_axis.stride as u32) - place.padding_x;
        read_columns(x, window, place.plane, place.y, place_x, columns, 0usize, taps, inputs);
        let values = comptime!(inputs * y_axis.taps * x_axis.taps);
        add_products(products, window, gradient, place.voxel + out_x, place.output, outputs, values);
    }
}

/// Adds the products of a window and the gradient at a voxel.
#[cube]
fn add_products(
    products: &mut Array<f32>,
    window: &mut Array<f32>,
    gradient: &Tensor<f32>,
    voxel: u32,
    first: u32,
    #[comptime] outputs: usize,
    #[comptime] window_values: usize,
) {
    let channels = gradient.shape(4) as u32;
    #[unroll]
    for output in 0..outputs {
        let factor = gradient[(voxel * channels + first + output as u32) as usize];
        #[unroll]
        for i in 0..window_values {
            products[output * window_values + i] += window[i] * factor;
        }
    }
}

#[cube]
fn write_products(
    products: &Array<f32>,
    sums: &mut Tensor<f32>,
    place: GradientPlace,
    #[comptime] taps: [usize; 2],
    #[comptime] outputs: usize,
    #[comptime] inputs: usize,
) {
    let [taps_y, taps_x] = comptime!(taps);
    let taps = comptime!(taps_y * taps_x);
    let taps_z = sums.shape(1) as u32;
    let channels = sums.shape(4) as u32;
    let out_channels = sums.shape(5) as u32;
    #[unroll]
    for output in 0..outputs {
        #[unroll]
        for i in 0..comptime!(inputs * taps) {
            let tap = (place.part * taps_z + place.tap_z) * taps as u32 + comptime!((i % taps) as u32);
            let row = tap * channels + place.input + comptime!((i / taps) as u32);
            let index = row * out_channels + place.output + output as u32;
            sums[index as usize] = products[output * comptime!(inputs * taps) + i];
        }
    }
}
