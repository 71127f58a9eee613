//! The launches of the kernels.

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::{CubeCount, CubeDim};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::kernels::{self, KernelAxis};
use super::weight_gradient;
use super::{ConvolutionBackend, ConvolutionGradients};
use crate::nn::convolution::ConvGeometry;

/// The voxels below each other that a thread computes.
const ROWS: usize = 8;

/// The most output channels of a thread.
const BLOCK: usize = 8;

/// The threads of the gradient of weights, if there are as many rows of voxels.
const GRADIENT_THREADS: usize = 1 << 15;

/// The threads of a workgroup.
const WORKGROUP: u32 = 64;

impl ConvolutionBackend for CubeBackend {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self> {
        let [samples, _, z, y, x_size] = x.shape().dims();
        let [outputs, _, taps_z, taps_y, taps_x] = weight.shape().dims();
        let taps = [taps_z, taps_y, taps_x];
        let axis = |i: usize| KernelAxis { taps: taps[i], stride: geometry.stride[i], spread: 1 };
        let sizes = [z, y, x_size];
        let side = |i: usize| (sizes[i] + 2 * geometry.padding[i] - taps[i]) / geometry.stride[i] + 1;
        let out = empty(&x, [samples, outputs, side(0), side(1), side(2)].into());
        let weight = Self::float_permute(weight, &[1, 2, 3, 4, 0]);
        let launch = ConvolutionLaunch { axes: [0, 1, 2].map(axis), padding: geometry.padding, is_mirrored: false };
        launch.run([x, weight, bias], &out);
        out
    }
}

impl ConvolutionGradients for CubeBackend {
    fn input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        dims: [usize; 3],
        geometry: ConvGeometry,
    ) -> FloatTensor<Self> {
        let [samples, ..] = gradient.shape().dims::<5>();
        let [_, inputs, taps_z, taps_y, taps_x] = weight.shape().dims();
        let taps = [taps_z, taps_y, taps_x];
        let axis = |i: usize| KernelAxis { taps: taps[i], stride: 1, spread: geometry.stride[i] };
        let out = empty(&gradient, [samples, inputs, dims[0], dims[1], dims[2]].into());
        let no_bias = Self::float_zeros([inputs].into(), &gradient.device, gradient.dtype.into());
        let weight = Self::float_permute(weight, &[0, 2, 3, 4, 1]);
        let padding = [0, 1, 2].map(|i| taps[i] - 1 - geometry.padding[i]);
        let launch = ConvolutionLaunch { axes: [0, 1, 2].map(axis), padding, is_mirrored: true };
        launch.run([gradient, weight, no_bias], &out);
        out
    }

    fn weight_gradient(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        kernel: [usize; 3],
        geometry: ConvGeometry,
    ) -> FloatTensor<Self> {
        let [samples, inputs, ..] = x.shape().dims::<5>();
        let [_, outputs, z, y, _] = gradient.shape().dims();
        let block = WeightBlock::of([outputs, inputs], kernel[1] * kernel[2]);
        let threads = kernel[0] * (outputs / block.outputs) * (inputs / block.inputs);
        let parts = (GRADIENT_THREADS / threads).clamp(1, samples * z * y);
        let sums = empty(&x, [parts, kernel[0], kernel[1], kernel[2], inputs, outputs].into());
        let axis = |i: usize| KernelAxis { taps: kernel[i], stride: geometry.stride[i], spread: 1 };
        let [z, y, x_padding] = geometry.padding.map(|zeros| zeros as u32);
        let gradient = Self::float_permute(gradient, &[0, 2, 3, 4, 1]);
        weight_gradient::weight_gradient::launch(
            &sums.client,
            workgroups(parts * threads),
            CubeDim::new_1d(WORKGROUP),
            into_contiguous(x).into_tensor_arg(),
            into_contiguous(gradient).into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            z,
            y,
            x_padding,
            [0, 1, 2].map(axis),
            block.outputs,
            block.inputs,
        );
        let sum = Self::float_sum_dim(sums, 0);
        let sum = Self::float_permute(sum, &[0, 5, 4, 1, 2, 3]);
        Self::float_reshape(sum, [outputs, inputs, kernel[0], kernel[1], kernel[2]].into())
    }
}

/// A run of the convolution's kernel.
struct ConvolutionLaunch {
    axes: [KernelAxis; 3],
    padding: [usize; 3],
    /// True if the weights are read from their last tap to their first.
    is_mirrored: bool,
}

impl ConvolutionLaunch {
    /// Convolves maps with weights, `[in, z, y, x, out]`, and adds a bias.
    fn run(self, [x, weight, bias]: [CubeTensor; 3], out: &CubeTensor) {
        let [samples, outputs, z, y, x_size] = out.shape().dims();
        let block = largest_part(outputs, BLOCK);
        let [padding_z, padding_y, padding_x] = self.padding.map(|zeros| zeros as u32);
        kernels::convolution::launch(
            &out.client,
            workgroups(samples * (outputs / block) * z * y.div_ceil(ROWS) * x_size),
            CubeDim::new_1d(WORKGROUP),
            into_contiguous(x).into_tensor_arg(),
            into_contiguous(weight).into_tensor_arg(),
            into_contiguous(bias).into_tensor_arg(),
            out.clone().into_tensor_arg(),
            padding_z,
            padding_y,
            padding_x,
            self.axes,
            self.is_mirrored,
            ROWS,
            block,
        );
    }
}

/// The channels of a thread of the gradient of weights.
struct WeightBlock {
    outputs: usize,
    inputs: usize,
}

impl WeightBlock {
    /// As many as leave room in the registers for `taps` sums for each pair of them.
    fn of([outputs, inputs]: [usize; 2], taps: usize) -> Self {
        let [most_outputs, most_inputs] = match taps {
            ..4 => [8, 4],
            4..10 => [4, 2],
            _ => [2, 1],
        };
        Self { outputs: largest_part(outputs, most_outputs), inputs: largest_part(inputs, most_inputs) }
    }
}

/// The largest power of two that divides `channels`, up to `most`.
fn largest_part(channels: usize, most: usize) -> usize {
    most.min(1 << channels.trailing_zeros())
}

/// The workgroups for so many threads. No axis of a grid may have more than 65,535.
fn workgroups(threads: usize) -> CubeCount {
    let groups = threads.div_ceil(WORKGROUP as usize) as u32;
    let most = u32::from(u16::MAX);
    CubeCount::Static(groups.min(most), groups.div_ceil(most), 1)
}

fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    assert_eq!(like.dtype, DType::F32, "networks are in single precision");
    let buffer = like.client.empty(shape.num_elements() * size_of::<f32>());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, DType::F32)
}
