//! The kernels, in single precision. Maps are `[samples, channels, z, y, x]`.
//!
//! A thread computes a block of outputs from values that it holds in registers: `rows` voxels below
//! each other in `block` channels, or the taps of `outputs` times `inputs` channels. So each value
//! that it reads enters several products, where a thread for each output reads two for every
//! product. Neighbouring threads read neighbouring voxels or channels.

// Arrays in registers are indexed by what is known when a kernel is compiled.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments)]

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Where a kernel reads along one axis: the voxel `at * stride + tap - padding` of an input between
/// whose voxels `spread - 1` zeros stand. `spread` is 1 but for the gradient of a strided input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Axis {
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
    #[comptime] axes: [Axis; 3],
    #[comptime] is_mirrored: bool,
    #[comptime] rows: usize,
    #[comptime] block: usize,
) {
    let [z_axis, y_axis, x_axis] = comptime!(axes);
    let channels = x.shape(1) as u32;
    let depth = x.shape(2) as u32;
    let height = x.shape(3) as u32;
    let width = x.shape(4) as u32;
    let outputs = out.shape(1) as u32;
    let out_depth = out.shape(2) as u32;
    let out_height = out.shape(3) as u32;
    let out_width = out.shape(4) as u32;
    let strips = (out_height + comptime!(rows as u32 - 1)) / comptime!(rows as u32);
    let blocks = outputs / comptime!(block as u32);

    let position = ABSOLUTE_POS as u32;
    let out_x = position % out_width;
    let rest = position / out_width;
    let out_y = (rest % strips) * comptime!(rows as u32);
    let rest = rest / strips;
    let out_z = rest % out_depth;
    let rest = rest / out_depth;
    let first = (rest % blocks) * comptime!(block as u32);
    let sample = rest / blocks;
    if sample >= out.shape(0) as u32 {
        terminate!();
    }

    let mut sums = Array::<f32>::new(comptime!(rows * block));
    #[unroll]
    for channel in 0..block {
        let start = bias[(first + channel as u32) as usize];
        #[unroll]
        for row in 0..rows {
            sums[channel * rows + row] = start;
        }
    }
    let reads = comptime!((rows - 1) * y_axis.stride + y_axis.taps);
    let mut values = Array::<f32>::new(reads);
    for channel in 0..channels {
        for tap_z in 0..comptime!(z_axis.taps as u32) {
            let place_z = out_z * comptime!(z_axis.stride as u32) + tap_z - padding_z;
            let (from_z, is_in_z) = voxel_at(place_z, depth, comptime!(z_axis.spread as u32));
            if is_in_z {
                let plane = ((sample * channels + channel) * depth + from_z) * height;
                let weight_z = if comptime!(is_mirrored) { comptime!(z_axis.taps as u32 - 1) - tap_z } else { tap_z };
                let taps = (channel * comptime!(z_axis.taps as u32) + weight_z)
                    * comptime!((y_axis.taps * x_axis.taps) as u32);
                #[unroll]
                for tap_x in 0..x_axis.taps {
                    let place_x = out_x * comptime!(x_axis.stride as u32) + tap_x as u32 - padding_x;
                    let (from_x, is_in_x) = voxel_at(place_x, width, comptime!(x_axis.spread as u32));
                    #[unroll]
                    for read in 0..reads {
                        let place_y = out_y * comptime!(y_axis.stride as u32) + read as u32 - padding_y;
                        let (from_y, is_in_y) = voxel_at(place_y, height, comptime!(y_axis.spread as u32));
                        let is_inside = is_in_x && is_in_y;
                        let index = select(is_inside, (plane + from_y) * width + from_x, 0u32);
                        values[read] = select(is_inside, x[index as usize], 0.0f32);
                    }
                    #[unroll]
                    for tap_y in 0..y_axis.taps {
                        let tap = comptime!(if is_mirrored {
                            (y_axis.taps - 1 - tap_y) * x_axis.taps + x_axis.taps - 1 - tap_x
                        } else {
                            tap_y * x_axis.taps + tap_x
                        });
                        #[unroll]
                        for channel in 0..block {
                            let index = (taps + tap as u32) * outputs + first + channel as u32;
                            let factor = weight[index as usize];
                            #[unroll]
                            for row in 0..rows {
                                sums[channel * rows + row] += values[row * y_axis.stride + tap_y] * factor;
                            }
                        }
                    }
                }
            }
        }
    }
    #[unroll]
    for channel in 0..block {
        let plane = ((sample * outputs + first + channel as u32) * out_depth + out_z) * out_height;
        #[unroll]
        for row in 0..rows {
            let y = out_y + row as u32;
            if y < out_height {
                out[((plane + y) * out_width + out_x) as usize] = sums[channel * rows + row];
            }
        }
    }
}
