//! Flood fill on a picture: the pixels that can be reached from a seed over neighbours that pass a
//! test.
//!
//! Components of a mask in space are in [`connected_components`](super::connected_components).

/// The neighbours of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbourhood {
    /// The four pixels that share a side.
    Sides,
    /// The eight pixels that share a side or a corner.
    SidesAndCorners,
}

impl Neighbourhood {
    /// Steps `[dy, dx]` to the neighbours.
    fn steps(self) -> &'static [[isize; 2]] {
        match self {
            Self::Sides => &[[-1, 0], [0, -1], [0, 1], [1, 0]],
            Self::SidesAndCorners => &[[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]],
        }
    }
}

/// A fill in progress, which remembers the pixels reached so far.
pub struct FloodFill {
    dims: [usize; 2],
    neighbourhood: Neighbourhood,
    reached: Vec<bool>,
    frontier: Vec<usize>,
}

impl FloodFill {
    /// A fill of a picture of `dims`, `[height, width]`, in which no pixel is reached yet.
    pub fn new(dims: [usize; 2], neighbourhood: Neighbourhood) -> Self {
        Self { dims, neighbourhood, reached: vec![false; dims[0] * dims[1]], frontier: Vec::new() }
    }

    /// Reaches all pixels connected to `seed` that `passes` accepts, the seed itself included, and
    /// calls `visit` once for each that was not reached before. Pixels are indices of a row-major
    /// picture.
    ///
    /// # Panics
    /// If `seed` lies outside the picture.
    pub fn spread(&mut self, seed: usize, passes: impl Fn(usize) -> bool, mut visit: impl FnMut(usize)) {
        let [height, width] = self.dims;
        self.reach(seed, &passes);
        while let Some(pixel) = self.frontier.pop() {
            visit(pixel);
            let (y, x) = (pixel / width, pixel % width);
            for &[dy, dx] in self.neighbourhood.steps() {
                let (y, x) = (y.wrapping_add_signed(dy), x.wrapping_add_signed(dx));
                if y < height && x < width {
                    self.reach(y * width + x, &passes);
                }
            }
        }
    }

    /// True for each pixel that was reached, `[y, x]`.
    pub fn into_reached(self) -> Vec<bool> {
        self.reached
    }

    fn reach(&mut self, pixel: usize, passes: &impl Fn(usize) -> bool) {
        if !self.reached[pixel] && passes(pixel) {
            self.reached[pixel] = true;
            self.frontier.push(pixel);
        }
    }
}
