//! Convolutions of tensors, with their gradients, on any device.
//!
//! On the CPU they are Burn's. On a GPU, where Burn runs untiled kernels unless it may try several of
//! them first (autotune, which browsers lack the features for), they are those of `gpu`.

#[cfg(feature = "gpu")]
mod gpu;

use burn::nn::conv::Conv2d;
#[cfg(feature = "gpu")]
use burn::tensor::Device;
use burn::tensor::Tensor;
use burn::tensor::module::conv3d;
use burn::tensor::ops::ConvOptions;

/// How the kernel of a convolution moves over its input, along `[z, y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvGeometry {
    /// The step from one output voxel to the next.
    pub stride: [usize; 3],
    /// The zeros on each side.
    pub padding: [usize; 3],
}

impl ConvGeometry {
    /// A kernel with odd sides that is centred on each voxel it is applied to.
    pub fn centred(kernel: [usize; 3], stride: [usize; 3]) -> Self {
        Self { stride, padding: kernel.map(|taps| (taps - 1) / 2) }
    }

    fn options(self) -> ConvOptions<3> {
        ConvOptions::new(self.stride, self.padding, [1; 3], 1)
    }
}

/// Convolves `x`, `[samples, in, z, y, x]`, with `weight`, `[out, in, z, y, x]`, and adds `bias`.
pub fn convolve(x: Tensor<5>, weight: Tensor<5>, bias: Tensor<1>, geometry: ConvGeometry) -> Tensor<5> {
    #[cfg(feature = "gpu")]
    if is_on_gpu(&x.device()) {
        return gpu::convolve(x, weight, bias, geometry);
    }
    conv3d(x, weight, Some(bias), geometry.options())
}

/// Applies a convolution with odd sides and a bias to `[samples, channels, height, width]`.
pub fn convolve_slices(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "gpu")]
    if is_on_gpu(&x.device()) {
        let bias = conv.bias.as_ref().expect("a convolution with a bias").val();
        let weight: Tensor<5> = conv.weight.val().unsqueeze_dim(2);
        let [_, _, _, height, width] = weight.dims();
        let geometry = ConvGeometry::centred([1, height, width], [1, conv.stride[0], conv.stride[1]]);
        return gpu::convolve(x.unsqueeze_dim(2), weight, bias, geometry).squeeze_dim(2);
    }
    conv.forward(x)
}

#[cfg(feature = "gpu")]
fn is_on_gpu(device: &Device) -> bool {
    device.clone().without_autodiff() != Device::flex()
}
