//! Convolutions on a GPU, as operations of Burn's: kernels in CubeCL, and a backward pass for its
//! automatic differentiation.

mod autodiff;
mod cube;
mod kernels;
mod weight_gradient;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::ConvGeometry;

/// A convolution by kernels of our own.
#[backend_extension(Cube, Autodiff)]
pub(super) trait ConvolutionBackend: Backend {
    /// See [`convolve`](super::convolve).
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self>;
}

/// Its gradients, of which the backward pass is made.
trait ConvolutionGradients: ConvolutionBackend {
    /// The gradient of the input, with the sides `dims`, from that of the output.
    fn input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        dims: [usize; 3],
        geometry: ConvGeometry,
    ) -> FloatTensor<Self>;

    /// The gradient of the weights, with the sides `kernel`, from that of the output.
    fn weight_gradient(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        kernel: [usize; 3],
        geometry: ConvGeometry,
    ) -> FloatTensor<Self>;
}

/// See [`convolve`](super::convolve).
pub(super) fn convolve(x: Tensor<5>, weight: Tensor<5>, bias: Tensor<1>, geometry: ConvGeometry) -> Tensor<5> {
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::convolution(x, weight, bias.into_dispatch(), geometry))
}
