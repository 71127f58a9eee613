//! Pooling and interpolation of maps with three axes, composed of what Burn has.

use burn::tensor::{Int, Tensor, TensorData};

use crate::nn::cpu::neighbours;

/// How the voxels of a block become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pooling {
    Largest,
    Mean,
}

/// Each block of `size` voxels, `[z, y, x]`, as one. Voxels beyond the last whole block are left out.
pub(super) fn pooled(mut x: Tensor<5>, size: [usize; 3], pooling: Pooling) -> Tensor<5> {
    for (axis, block) in (2..).zip(size).filter(|(_, block)| *block > 1) {
        let blocks = x.dims()[axis] / block;
        let x_of_blocks = x.narrow(axis, 0, blocks * block);
        let mut shape = [1; 6];
        shape[..=axis].copy_from_slice(&x_of_blocks.dims()[..=axis]);
        shape[axis + 2..].copy_from_slice(&x_of_blocks.dims()[axis + 1..]);
        shape[axis..axis + 2].copy_from_slice(&[blocks, block]);
        let divided = x_of_blocks.reshape(shape);
        x = match pooling {
            Pooling::Largest => divided.max_dim(axis + 1),
            Pooling::Mean => divided.mean_dim(axis + 1),
        }
        .squeeze_dim(axis + 1);
    }
    x
}

/// Each voxel repeated, to the given size, a multiple of its own.
pub(super) fn resized_nearest(mut x: Tensor<5>, size: [usize; 3]) -> Tensor<5> {
    for (axis, to) in (2..).zip(size) {
        let from = x.dims()[axis];
        if from != to {
            let places = (0..to).map(|place| place * from / to).collect();
            x = selected(&x, axis, places);
        }
    }
    x
}

/// Linear interpolation to the given size with half-voxel centres (PyTorch's `align_corners=False`).
pub(super) fn resized_linear(mut x: Tensor<5>, size: [usize; 3]) -> Tensor<5> {
    for (axis, to) in (2..).zip(size) {
        let from = x.dims()[axis];
        if from == to {
            continue;
        }
        let places = neighbours(from, to);
        let [first, second] = [0, 1].map(|i| selected(&x, axis, places.iter().map(|place| place.from[i]).collect()));
        let mut shape = [1; 5];
        shape[axis] = to;
        let weights: Vec<f32> = places.iter().map(|place| place.weight).collect();
        let weight = Tensor::<5>::from_data(TensorData::new(weights, shape), &x.device());
        x = first.clone() + (second - first) * weight;
    }
    x
}

/// The planes of `x` at some places along an axis.
fn selected(x: &Tensor<5>, axis: usize, places: Vec<usize>) -> Tensor<5> {
    let count = places.len();
    let places: Vec<i32> = places.into_iter().map(|place| place as i32).collect();
    x.clone().select(axis, Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &x.device()))
}
