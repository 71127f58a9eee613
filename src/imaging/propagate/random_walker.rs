//! The random walker (Grady, "Random Walks for Image Segmentation", 2006) on a box with spacing.
//!
//! The value of a voxel is the probability that a walker from there, who crosses steps of the
//! image's intensity reluctantly, meets the organ of an accepted slice before its background. It
//! solves a Laplace equation with the accepted slices as its boundary, by conjugate gradients with
//! a diagonal preconditioner, a few iterations at a time, so that a shell can do other work in
//! between.

/// Weight of the lightest edge, so that no voxel is cut off.
const LIGHTEST_EDGE: f32 = 1e-6;
/// Iterations end when the residual's norm has fallen to this fraction.
const TOLERANCE: f64 = 2e-3;
/// Iterations end after this many, converged or not.
const MOST_ITERATIONS: usize = 150;
/// Sums that are kept side by side.
const LANES: usize = 8;

/// The box that is walked on.
#[derive(Clone, Debug)]
pub(super) struct WalkerImage<'a> {
    /// Intensities, `[slice, row, column]`.
    pub(super) intensity: &'a [f32],
    /// `[slices, rows, columns]`.
    pub(super) dims: [usize; 3],
    /// Distance between voxels along each axis, in mm.
    pub(super) spacing_mm: [f64; 3],
    /// How strongly steps of the intensity hold the walker back: the logarithm of an edge's weight
    /// is minus this times the squared step per mm.
    pub(super) beta: f32,
}

/// The equation and the state of its solution.
#[derive(Clone, Debug)]
pub(super) struct RandomWalker {
    dims: [usize; 3],
    /// Weights of the edges to the next voxel along each axis; 0 beyond the last.
    edges: [Vec<f32>; 3],
    /// The preconditioner: one over the sum of a voxel's edges; 0 where the value is known.
    inverse_diagonal: Vec<f32>,
    solution: Vec<f32>,
    residual: Vec<f32>,
    direction: Vec<f32>,
    product: Vec<f32>,
    error: f64,
    first_error: f64,
    /// How much of the last direction the next one keeps.
    ratio: f32,
    iterations: usize,
}

impl RandomWalker {
    /// Prepares the equation. `known` has the probability of each voxel where it is known, and
    /// `guess` a first guess of all, `[slice, row, column]` in [0, 1].
    pub(super) fn new(image: &WalkerImage<'_>, known: &[Option<f32>], guess: Vec<f32>) -> Self {
        let edges = [0, 1, 2].map(|axis| edge_weights(image, axis));
        let mut solution = guess;
        let mut inverse_diagonal = diagonal(&edges, image.dims);
        for ((value, inverse), known) in solution.iter_mut().zip(&mut inverse_diagonal).zip(known) {
            match known {
                Some(known) => (*value, *inverse) = (*known, 0.0),
                None => *inverse = 1.0 / *inverse,
            }
        }
        let zero = || vec![0.0; solution.len()];
        let mut walker = Self {
            dims: image.dims,
            residual: zero(),
            direction: zero(),
            product: zero(),
            edges,
            inverse_diagonal,
            solution,
            error: 0.0,
            first_error: 0.0,
            ratio: 0.0,
            iterations: 0,
        };
        walker.begin();
        walker
    }

    /// True if the solution has converged.
    pub(super) fn is_done(&self) -> bool {
        self.iterations >= MOST_ITERATIONS || self.error <= TOLERANCE * TOLERANCE * self.first_error
    }

    /// The probability of each voxel, `[slice, row, column]`.
    pub(super) fn probability(&self) -> &[f32] {
        &self.solution
    }

    /// Runs up to `count` iterations of the conjugate gradient method.
    pub(super) fn advance(&mut self, count: usize) {
        for _ in 0..count {
            if self.is_done() {
                return;
            }
            let curvature = self.turn();
            if curvature <= 0.0 {
                self.iterations = MOST_ITERATIONS;
                return;
            }
            let step = (self.error / curvature) as f32;
            let error = self.step(step);
            self.ratio = (error / self.error) as f32;
            self.error = error;
            self.iterations += 1;
        }
    }

    fn begin(&mut self) {
        let area = self.dims[1] * self.dims[2];
        for (z, residual) in self.residual.chunks_exact_mut(area).enumerate() {
            apply(&self.edges, self.dims, &self.solution, z, residual);
            residual.iter_mut().for_each(|residual| *residual = -*residual);
        }
        self.error = self.step(0.0);
        self.first_error = self.error;
    }

    /// Takes the next direction and applies the Laplacian to it. Returns the curvature along it. A slice of the
    /// direction is made just before it is read for the first time, while it is in the processor's cache.
    fn turn(&mut self) -> f64 {
        let [slices, rows, columns] = self.dims;
        let area = rows * columns;
        let mut curvature = 0.0;
        for z in 0..=slices {
            if z < slices {
                let on_slice = z * area..(z + 1) * area;
                let gradient = self.residual[on_slice.clone()].iter().zip(&self.inverse_diagonal[on_slice.clone()]);
                for (direction, (residual, inverse)) in self.direction[on_slice].iter_mut().zip(gradient) {
                    *direction = residual * inverse + self.ratio * *direction;
                }
            }
            if let Some(z) = z.checked_sub(1) {
                let product = &mut self.product[z * area..(z + 1) * area];
                curvature += apply(&self.edges, self.dims, &self.direction, z, product);
            }
        }
        curvature
    }

    /// Goes along the direction, which is zero where the value is known. Returns the error that is left. What the
    /// residual is where the value is known says nothing: the inverse diagonal is zero there.
    fn step(&mut self, step: f32) -> f64 {
        let columns = self.dims[2];
        let solution = self.solution.chunks_exact_mut(columns).zip(self.direction.chunks_exact(columns));
        let residual = self.residual.chunks_exact_mut(columns).zip(self.product.chunks_exact(columns));
        let mut error = 0.0;
        for ((solution, residual), inverse) in solution.zip(residual).zip(self.inverse_diagonal.chunks_exact(columns)) {
            add_scaled(solution.0, step, solution.1);
            add_scaled(residual.0, -step, residual.1);
            error += row_sum(residual.0, inverse, |residual, inverse| residual * residual * inverse);
        }
        error
    }
}

fn add_scaled(to: &mut [f32], factor: f32, values: &[f32]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += factor * value);
}

/// The sum of what `term` makes of the pairs of two rows, in single precision side by side, so that a processor
/// can add several at once.
fn row_sum(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f64 {
    let mut sums = [0.0f32; LANES];
    let (blocks_a, rest_a) = a.as_chunks::<LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<LANES>();
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| term(*a, *b)).sum();
    f64::from(sums.iter().sum::<f32>() + rest)
}

/// The weights of the edges from each voxel to the next along an axis; 0 beyond the last.
fn edge_weights(image: &WalkerImage<'_>, axis: usize) -> Vec<f32> {
    let stride = strides(image.dims)[axis];
    let [spacing, in_plane] = [image.spacing_mm[axis], image.spacing_mm[1]].map(|mm| mm as f32);
    let (beta, nearness) = (image.beta / (spacing * spacing), in_plane / spacing);
    let mut weights = vec![0.0; image.intensity.len()];
    let lines = stride * image.dims[axis];
    for (weights, intensity) in weights.chunks_exact_mut(lines).zip(image.intensity.chunks_exact(lines)) {
        for ((weight, from), to) in weights.iter_mut().zip(intensity).zip(&intensity[stride..]) {
            let step = to - from;
            *weight = nearness * (-beta * step * step).exp() + LIGHTEST_EDGE;
        }
    }
    weights
}

/// The sum of the weights of each voxel's edges.
fn diagonal(edges: &[Vec<f32>; 3], dims: [usize; 3]) -> Vec<f32> {
    let mut sum = vec![LIGHTEST_EDGE; edges[0].len()];
    for (weights, stride) in edges.iter().zip(strides(dims)) {
        for (i, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            sum[i] += weight;
            sum[i + stride] += weight;
        }
    }
    sum
}

/// The graph's Laplacian applied to `values`, on slice `z`: the weighted sum of the differences to neighbours. Returns
/// the scalar product of `values` and `out` on it.
fn apply(edges: &[Vec<f32>; 3], dims: [usize; 3], values: &[f32], z: usize, out: &mut [f32]) -> f64 {
    let [slices, rows, columns] = dims;
    let area = rows * columns;
    let mut product = 0.0;
    for (y, out) in out.chunks_exact_mut(columns).enumerate() {
        let start = z * area + y * columns;
        let own = &values[start..start + columns];
        set_flow_along(&edges[2][start..start + columns], own, out);
        // The flow over the edges of each axis, from this row and to it.
        let mut flow = |axis: usize, edge: usize, other: usize| {
            let weights = &edges[axis][edge..edge + columns];
            let others = &values[other..other + columns];
            for (((out, weight), own), other) in out.iter_mut().zip(weights).zip(own).zip(others) {
                *out += weight * (own - other);
            }
        };
        if y > 0 {
            flow(1, start - columns, start - columns);
        }
        if y + 1 < rows {
            flow(1, start, start + columns);
        }
        if z > 0 {
            flow(0, start - area, start - area);
        }
        if z + 1 < slices {
            flow(0, start, start + area);
        }
        product += row_sum(own, out, |value, out| value * out);
    }
    product
}

/// Sets `out` to what flows between the voxels of a row.
fn set_flow_along(weights: &[f32], values: &[f32], out: &mut [f32]) {
    let last = values.len() - 1;
    out[last] = 0.0;
    for (((out, weight), from), to) in out.iter_mut().zip(weights).zip(values).zip(&values[1..]) {
        *out = weight * (from - to);
    }
    for (((out, weight), from), to) in out[1..].iter_mut().zip(weights).zip(values).zip(&values[1..]) {
        *out -= weight * (from - to);
    }
}

fn strides([_, rows, columns]: [usize; 3]) -> [usize; 3] {
    [rows * columns, columns, 1]
}
