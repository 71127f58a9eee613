//! The lower envelope of parabolas along a line: one pass of the exact Euclidean distance transform
//! of Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions" (2012). Its use in
//! two dimensions, in pixels, is in `imaging::edit`; its use in three dimensions, in mm, is in
//! `imaging::metrics` and `imaging::whole_mask`.

/// The parabolas of the current line, from left to right. They are kept between lines to save
/// allocations.
#[derive(Default)]
pub struct Envelope {
    parabolas: Vec<Parabola>,
}

/// `height + (step (x - apex))²`, lowest of all from `start` until the next one's start.
struct Parabola {
    apex: f64,
    height: f64,
    start: f64,
}

impl Envelope {
    /// Replaces each `line[x]` by the minimum of `line[q] + (step (x - q))²` over all `q`, where
    /// `step` is the distance between neighbours. Infinite values contribute nothing; a line of
    /// infinite values stays as it is.
    pub fn lower(&mut self, line: &mut [f64], step: f64) {
        self.parabolas.clear();
        for (q, &height) in line.iter().enumerate().filter(|(_, height)| height.is_finite()) {
            self.add(q as f64, height, step * step);
        }
        let mut k = 0;
        for (x, value) in line.iter_mut().enumerate() {
            let x = x as f64;
            while self.parabolas.get(k + 1).is_some_and(|next| next.start < x) {
                k += 1;
            }
            if let Some(lowest) = self.parabolas.get(k) {
                let along = step * (x - lowest.apex);
                *value = lowest.height + along * along;
            }
        }
    }

    /// Adds a parabola to the right of all others and removes those that it hides.
    fn add(&mut self, apex: f64, height: f64, step_squared: f64) {
        let mut start = f64::NEG_INFINITY;
        while let Some(last) = self.parabolas.last() {
            let rise = (height - last.height) / step_squared + (apex * apex - last.apex * last.apex);
            start = rise / (2.0 * (apex - last.apex));
            if start > last.start {
                break;
            }
            self.parabolas.pop();
        }
        self.parabolas.push(Parabola { apex, height, start });
    }
}
