//! Arrays with channels, and the order of their axes.

/// An array `[c, z, y, x]`, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelVolume {
    /// The values, channel after channel.
    pub values: Vec<f32>,
    /// Number of channels.
    pub channels: usize,
    /// `[z, y, x]`.
    pub dims: [usize; 3],
}

/// `dims` with axis `order[i]` in place `i`.
pub fn transposed_dims(dims: [usize; 3], order: [usize; 3]) -> [usize; 3] {
    order.map(|axis| dims[axis])
}

/// The order that undoes `order`: `transpose_backward` of nnU-Net's plans.
pub fn inverse_order(order: [usize; 3]) -> [usize; 3] {
    let mut inverse = [0; 3];
    for (place, &axis) in order.iter().enumerate() {
        inverse[axis] = place;
    }
    inverse
}

/// An array of shape `dims` with axis `order[i]` in place `i`, as NumPy's `transpose`.
///
/// # Panics
/// If `order` is no permutation of 0, 1 and 2, or `values` has another length.
pub fn transposed<T: Copy>(values: &[T], dims: [usize; 3], order: [usize; 3]) -> Vec<T> {
    assert_eq!(values.len(), dims.iter().product::<usize>(), "values have the given shape");
    if order == [0, 1, 2] {
        return values.to_vec();
    }
    let strides = [dims[1] * dims[2], dims[2], 1];
    let [deep, high, wide] = order.map(|axis| strides[axis]);
    let [depth, height, width] = transposed_dims(dims, order);
    let mut result = Vec::with_capacity(values.len());
    for z in 0..depth {
        for y in 0..height {
            let start = z * deep + y * high;
            result.extend((0..width).map(|x| values[start + x * wide]));
        }
    }
    result
}
