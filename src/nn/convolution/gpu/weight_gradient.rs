//! The kernel for the gradient of weights, in single precision.

// Arrays in registers are indexed by what is known when a kernel is compiled.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments)]

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::kernels::Axis;

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
    #[comptime] axes: [Axis; 3],
    #[comptime] outputs: usize,
    #[comptime] inputs: usize,
) {
    let [z_axis, y_axis, x_axis] = comptime!(axes);
    let channels = x.shape(1) as u32;
    let depth = x.shape(2) as u32;
    let height = x.shape(3) as u32;
    let width = x.shape(4) as u32;
    let out_depth = gradient.shape(1) as u32;
    let out_height = gradient.shape(2) as u32;
    let out_width = gradient.shape(3) as u32;
    let out_channels = gradient.shape(4) as u32;
    let parts = sums.shape(0) as u32;
    let output_blocks = out_channels / comptime!(outputs as u32);
    let input_blocks = channels / comptime!(inputs as u32);

    let position = ABSOLUTE_POS as u32;
    let first_output = (position % output_blocks) * comptime!(outputs as u32);
    let rest = position / output_blocks;
    let first_input = (rest % input_blocks) * comptime!(inputs as u32);
    let rest = rest / input_blocks;
    let tap_z = rest % comptime!(z_axis.taps as u32);
    let part = rest / comptime!(z_axis.taps as u32);
    if part >= parts {
        terminate!();
    }

    // The window is `[inputs, y, x]`.
    let window = comptime!(inputs * y_axis.taps * x_axis.taps);
    // Of a window that moves by one voxel only the last column is read anew.
    let kept = comptime!(if x_axis.stride == 1 { x_axis.taps - 1 } else { 0 });
    let mut products = Array::<f32>::new(comptime!(outputs * window));
    #[unroll]
    for i in 0..comptime!(outputs * window) {
        products[i] = 0.0f32;
    }
    let mut values = Array::<f32>::new(window);
    let mut factors = Array::<f32>::new(outputs);

    let rows = x.shape(0) as u32 * out_depth * out_height;
    let each = (rows + parts - 1) / parts;
    let start = part * each;
    let end = select(start + each < rows, start + each, rows);
    for row in start..end {
        let out_y = row % out_height;
        let rest = row / out_height;
        let out_z = rest % out_depth;
        let sample = rest / out_depth;
        let z = out_z * comptime!(z_axis.stride as u32) + tap_z - padding_z;
        if z < depth {
            let plane = ((sample * channels + first_input) * depth + z) * height;
            let channel_step = depth * height;
            // The columns before the first that is read in the loop, shifted by one.
            #[unroll]
            for i in 0..comptime!(inputs * y_axis.taps) {
                let y = out_y * comptime!(y_axis.stride as u32) + comptime!((i % y_axis.taps) as u32) - padding_y;
                #[unroll]
                for tap_x in 0..kept {
                    let place = tap_x as u32 - padding_x;
                    let is_inside = y < height && place < width;
                    let row_start = plane + comptime!((i / y_axis.taps) as u32) * channel_step + y;
                    let index = select(is_inside, row_start * width + place, 0u32);
                    values[i * x_axis.taps + tap_x + 1] = select(is_inside, x[index as usize], 0.0f32);
                }
            }
            for out_x in 0..out_width {
                #[unroll]
                for i in 0..comptime!(inputs * y_axis.taps) {
                    #[unroll]
                    for tap_x in 0..kept {
                        values[i * x_axis.taps + tap_x] = values[i * x_axis.taps + tap_x + 1];
                    }
                    let y = out_y * comptime!(y_axis.stride as u32) + comptime!((i % y_axis.taps) as u32) - padding_y;
                    let row_start = plane + comptime!((i / y_axis.taps) as u32) * channel_step + y;
                    #[unroll]
                    for tap_x in kept..x_axis.taps {
                        let place = out_x * comptime!(x_axis.stride as u32) + tap_x as u32 - padding_x;
                        let is_inside = y < height && place < width;
                        let index = select(is_inside, row_start * width + place, 0u32);
                        values[i * x_axis.taps + tap_x] = select(is_inside, x[index as usize], 0.0f32);
                    }
                }
                let voxel = ((sample * out_depth + out_z) * out_height + out_y) * out_width + out_x;
                #[unroll]
                for output in 0..outputs {
                    factors[output] = gradient[(voxel * out_channels + first_output + output as u32) as usize];
                }
                #[unroll]
                for output in 0..outputs {
                    #[unroll]
                    for i in 0..window {
                        products[output * window + i] += values[i] * factors[output];
                    }
                }
            }
        }
    }
    #[unroll]
    for output in 0..outputs {
        #[unroll]
        for i in 0..window {
            let taps = comptime!(y_axis.taps * x_axis.taps);
            let tap = (part * comptime!(z_axis.taps as u32) + tap_z) * taps as u32 + comptime!((i % taps) as u32);
            let row = tap * channels + first_input + comptime!((i / taps) as u32);
            sums[(row * out_channels + first_output + output as u32) as usize] = products[output * window + i];
        }
    }
}
