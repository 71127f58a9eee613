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
            apply(&self.edges, self.dims, &self.direction, &mut self.product);
            // Directions are zero where the value is known.
            let curvature = scalar_product(&self.direction, &self.product, self.dims[1] * self.dims[2]);
            if curvature <= 0.0 {
                self.iterations = MOST_ITERATIONS;
                return;
            }
            let step = (self.error / curvature) as f32;
            let mut error = 0.0;
            for i in 0..self.solution.len() {
                let inverse = self.inverse_diagonal[i];
                if inverse != 0.0 {
                    self.solution[i] += step * self.direction[i];
                    let residual = self.residual[i] - step * self.product[i];
                    self.residual[i] = residual;
                    error += f64::from(residual * residual * inverse);
                }
            }
            let ratio = (error / self.error) as f32;
            self.error = error;
            for i in 0..self.direction.len() {
                self.direction[i] = self.residual[i] * self.inverse_diagonal[i] + ratio * self.direction[i];
            }
            self.iterations += 1;
        }
    }

    fn begin(&mut self) {
        apply(&self.edges, self.dims, &self.solution, &mut self.product);
        for i in 0..self.solution.len() {
            let inverse = self.inverse_diagonal[i];
            let residual = if inverse == 0.0 { 0.0 } else { -self.product[i] };
            self.residual[i] = residual;
            self.direction[i] = residual * inverse;
            self.error += f64::from(residual * residual * inverse);
        }
        self.first_error = self.error;
    }
}

/// The scalar product, summed slice by slice in double precision.
fn scalar_product(a: &[f32], b: &[f32], area: usize) -> f64 {
    let product = |(a, b): (&[f32], &[f32])| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
    a.chunks_exact(area).zip(b.chunks_exact(area)).map(product).sum()
}

/// The weights of the edges from each voxel to the next along an axis.
fn edge_weights(image: &WalkerImage<'_>, axis: usize) -> Vec<f32> {
    let stride = strides(image.dims)[axis];
    let [spacing, in_plane] = [image.spacing_mm[axis], image.spacing_mm[1]].map(|mm| mm as f32);
    let (beta, nearness) = (image.beta / (spacing * spacing), in_plane / spacing);
    let mut weights = vec![0.0; image.intensity.len()];
    for (i, weight) in weights.iter_mut().enumerate() {
        if (i / stride) % image.dims[axis] + 1 < image.dims[axis] {
            let step = image.intensity[i + stride] - image.intensity[i];
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

/// The graph's Laplacian applied to `values`: the weighted sum of the differences to neighbours.
fn apply(edges: &[Vec<f32>; 3], dims: [usize; 3], values: &[f32], out: &mut [f32]) {
    let [_, rows, columns] = dims;
    let area = rows * columns;
    out.fill(0.0);
    for z in 0..dims[0] {
        for y in 0..rows {
            let start = z * area + y * columns;
            add_flow(&edges[2][start..start + columns - 1], values, out, start, 1);
            if y + 1 < rows {
                add_flow(&edges[1][start..start + columns], values, out, start, columns);
            }
            if z + 1 < dims[0] {
                add_flow(&edges[0][start..start + columns], values, out, start, area);
            }
        }
    }
}

/// Adds what flows over the edges of a row of voxels to the voxels `stride` further on.
fn add_flow(weights: &[f32], values: &[f32], out: &mut [f32], start: usize, stride: usize) {
    let count = weights.len();
    if stride < count {
        for (i, weight) in weights.iter().enumerate() {
            let flow = weight * (values[start + i] - values[start + i + stride]);
            out[start + i] += flow;
            out[start + i + stride] -= flow;
        }
        return;
    }
    let (from, to) = (&values[start..start + count], &values[start + stride..start + stride + count]);
    let (head, tail) = out.split_at_mut(start + stride);
    let (out_from, out_to) = (&mut head[start..start + count], &mut tail[..count]);
    for i in 0..count {
        let flow = weights[i] * (from[i] - to[i]);
        out_from[i] += flow;
        out_to[i] -= flow;
    }
}

fn strides([_, rows, columns]: [usize; 3]) -> [usize; 3] {
    [rows * columns, columns, 1]
}
