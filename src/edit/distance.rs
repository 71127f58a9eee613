//! Exact Euclidean distance to a mask's boundary, after Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled
//! Functions" (2012): the distance along rows, then along columns the lower envelope of the parabolas that stand on it.

/// Signed distance, `[y, x]` in pixels, from each pixel's centre to the boundary of `mask` (0 is background), `[y, x]` with
/// `dims` `[height, width]`: positive inside, negative outside; `None` for an empty mask, which has no boundary.
///
/// The boundary runs half a pixel from the centres on either side of it, so the magnitude is the exact distance to the nearest
/// centre of the other kind, less a half. What lies beyond the slice is background. Panics if `mask` differs from `dims`.
pub fn signed_distance_px(mask: &[u8], dims: [usize; 2]) -> Option<Vec<f32>> {
    let [height, width] = dims;
    assert_eq!(mask.len(), height * width, "labels of a {height} x {width} slice");
    if mask.iter().all(|&label| label == 0) {
        return None;
    }
    // A frame of one pixel: the nearest background beyond the slice is never farther out than that.
    let framed_dims = [height + 2, width + 2];
    let mut framed = vec![false; framed_dims[0] * framed_dims[1]];
    for (y, row) in mask.chunks_exact(width).enumerate() {
        let start = (y + 1) * framed_dims[1] + 1;
        for (inside, &label) in framed[start..start + width].iter_mut().zip(row) {
            *inside = label != 0;
        }
    }
    let to_background = distances_squared(framed.iter().map(|&inside| !inside), framed_dims);
    let to_mask = distances_squared(framed.iter().copied(), framed_dims);
    let signed = |i: usize| {
        let distance = if framed[i] { to_background[i].sqrt() - 0.5 } else { 0.5 - to_mask[i].sqrt() };
        distance as f32
    };
    Some((1..=height).flat_map(|y| (1..=width).map(move |x| signed(y * framed_dims[1] + x))).collect())
}

/// Squared distance from each pixel to the nearest that is a site; infinite where there is none.
fn distances_squared(sites: impl Iterator<Item = bool>, [height, width]: [usize; 2]) -> Vec<f64> {
    let mut squared: Vec<f64> = sites.map(|site| if site { 0.0 } else { f64::INFINITY }).collect();
    let mut envelope = Envelope::default();
    for row in squared.chunks_exact_mut(width) {
        envelope.lower(row);
    }
    let mut column = vec![0.0; height];
    for x in 0..width {
        for (y, value) in column.iter_mut().enumerate() {
            *value = squared[y * width + x];
        }
        envelope.lower(&mut column);
        for (y, value) in column.iter().enumerate() {
            squared[y * width + x] = *value;
        }
    }
    squared
}

/// The lower envelope of parabolas of one shape, from left to right. Kept between lines to spare allocations.
#[derive(Default)]
struct Envelope {
    parabolas: Vec<Parabola>,
}

/// `height + (x - apex)²`, lowest of all from `start` until the next one's start.
struct Parabola {
    apex: f64,
    height: f64,
    start: f64,
}

impl Envelope {
    /// Replaces each `line[x]` by the least of `line[q] + (x - q)²` over all `q`.
    fn lower(&mut self, line: &mut [f64]) {
        self.parabolas.clear();
        for (q, &height) in line.iter().enumerate().filter(|(_, height)| height.is_finite()) {
            self.add(q as f64, height);
        }
        let mut k = 0;
        for (x, value) in line.iter_mut().enumerate() {
            let x = x as f64;
            while self.parabolas.get(k + 1).is_some_and(|next| next.start < x) {
                k += 1;
            }
            if let Some(lowest) = self.parabolas.get(k) {
                *value = lowest.height + (x - lowest.apex) * (x - lowest.apex);
            }
        }
    }

    /// Adds a parabola to the right of all others and drops those it hides.
    fn add(&mut self, apex: f64, height: f64) {
        let mut start = f64::NEG_INFINITY;
        while let Some(last) = self.parabolas.last() {
            let rise = (height + apex * apex) - (last.height + last.apex * last.apex);
            start = rise / (2.0 * (apex - last.apex));
            if start > last.start {
                break;
            }
            self.parabolas.pop();
        }
        self.parabolas.push(Parabola { apex, height, start });
    }
}
