//! Gaussian smoothing along the axes of a box, as SciPy's `gaussian_filter1d` with the mode
//! "nearest".

/// A sampled Gaussian, whose sum is one.
pub struct GaussianKernel {
    weights: Vec<f32>,
}

impl GaussianKernel {
    /// The Gaussian of a standard deviation in samples, cut off at four of them.
    pub fn new(sigma: f32) -> Self {
        let radius = (4.0 * sigma).round() as i32;
        let weight = |i: i32| if sigma > 0.0 { (-0.5 * (i as f32 / sigma).powi(2)).exp() } else { 1.0 };
        let weights: Vec<f32> = (-radius..=radius).map(weight).collect();
        let total: f32 = weights.iter().sum();
        Self { weights: weights.iter().map(|weight| weight / total).collect() }
    }

    /// A smoothed line.
    pub fn along_line(&self, line: &[f32]) -> Vec<f32> {
        self.along_axis(line, [1, 1, line.len()], 2)
    }

    /// A box, `[slice, row, column]`, smoothed along one axis.
    pub fn along_axis(&self, values: &[f32], dims: [usize; 3], axis: usize) -> Vec<f32> {
        if self.weights.len() == 1 {
            return values.to_vec();
        }
        let stride: usize = dims[axis + 1..].iter().product();
        let (length, radius) = (dims[axis], self.weights.len() / 2);
        let mut out = vec![0.0; values.len()];
        // The lines of a row of voxels are smoothed together, so that memory is read in order.
        for block in (0..values.len()).step_by(length * stride) {
            for to in 0..length {
                let target = block + to * stride..block + (to + 1) * stride;
                for (i, weight) in self.weights.iter().enumerate() {
                    let from = block + (to + i).saturating_sub(radius).min(length - 1) * stride;
                    let source = &values[from..from + stride];
                    out[target.clone()].iter_mut().zip(source).for_each(|(out, value)| *out += weight * value);
                }
            }
        }
        out
    }
}

/// A box smoothed along all three axes with standard deviations in samples.
pub fn smooth(values: &[f32], dims: [usize; 3], sigmas: [f32; 3]) -> Vec<f32> {
    let mut out = values.to_vec();
    for (axis, sigma) in sigmas.into_iter().enumerate() {
        out = GaussianKernel::new(sigma).along_axis(&out, dims, axis);
    }
    out
}
