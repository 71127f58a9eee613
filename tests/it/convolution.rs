//! Convolutions on another device and their gradients, beside Burn's own on the CPU.

use burn::tensor::module::conv3d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use islet::nn::convolution::{ConvGeometry, convolve};

use super::networks::given;
use super::other_device::other_device;

struct Case {
    samples: usize,
    channels: [usize; 2],
    dims: [usize; 3],
    kernel: [usize; 3],
    geometry: ConvGeometry,
}

impl Case {
    /// The output and the gradients of input, weights and bias, of the sum of all outputs times given numbers.
    fn results(&self, device: &Device, ours: bool) -> [Vec<f32>; 4] {
        let device = &device.clone().autodiff();
        let tensor = |name: &str, shape: [usize; 5]| {
            let values = given(name, shape.iter().product());
            Tensor::<5>::from_data(TensorData::new(values, shape), device)
        };
        let ([inputs, outputs], [z, y, x]) = (self.channels, self.dims);
        let input = tensor("input", [self.samples, inputs, z, y, x]).require_grad();
        let [z, y, x] = self.kernel;
        let weight = tensor("weight", [outputs, inputs, z, y, x]).require_grad();
        let bias = Tensor::<1>::from_data(TensorData::from(&given("bias", outputs)[..]), device).require_grad();
        let ConvGeometry { stride, padding } = self.geometry;
        let out = if ours {
            convolve(input.clone(), weight.clone(), bias.clone(), self.geometry)
        } else {
            let options = ConvOptions::new(stride, padding, [1; 3], 1);
            conv3d(input.clone(), weight.clone(), Some(bias.clone()), options)
        };
        let gradients = (out.clone() * tensor("factors", out.dims())).sum().backward();
        let gradient_of = |tensor: &Tensor<5>| numbers(tensor.grad(&gradients).unwrap());
        [numbers(out), gradient_of(&input), gradient_of(&weight), numbers(bias.grad(&gradients).unwrap())]
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

#[test]
fn convolutions_and_their_gradients_are_burns() {
    let centred = ConvGeometry::centred;
    let case = |samples, channels, dims, kernel, geometry| Case { samples, channels, dims, kernel, geometry };
    let cases = [
        case(2, [6, 16], [1, 33, 21], [1, 3, 3], centred([1, 3, 3], [1; 3])),
        case(1, [1, 8], [9, 12, 10], [3; 3], centred([3; 3], [1; 3])),
        case(2, [16, 1], [1, 12, 10], [1; 3], centred([1; 3], [1; 3])),
        case(1, [8, 12], [8, 13, 10], [3; 3], centred([3; 3], [2; 3])),
        case(1, [8, 4], [8, 9, 11], [1, 3, 3], centred([1, 3, 3], [1, 2, 2])),
        case(2, [5, 7], [1, 16, 16], [1; 3], centred([1; 3], [1, 2, 2])),
        case(1, [3, 4], [6, 10, 12], [5; 3], centred([5; 3], [1; 3])),
        case(1, [4, 8], [8; 3], [2; 3], ConvGeometry { stride: [2; 3], padding: [0; 3] }),
        case(1, [2, 3], [4, 9, 8], [3, 1, 5], centred([3, 1, 5], [1, 3, 2])),
    ];
    for case in cases {
        let (ours, theirs) = (case.results(&other_device(), true), case.results(&Device::flex(), false));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let most = theirs.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert_eq!(ours.len(), theirs.len());
            assert!(off <= 1e-5 * most, "{:?} {:?}: off by {off} of {most}", case.channels, case.kernel);
        }
    }
}
