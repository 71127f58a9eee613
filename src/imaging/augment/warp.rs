//! Which pixel of an input each pixel of a varied sample shows.

/// Distance of the points between which a sample is bent, in pixels.
const BEND_STEP_PX: usize = 40;

/// A map of the plane about the input's centre.
pub(super) struct Placement {
    pub(super) angle_rad: f32,
    pub(super) scale: f32,
    pub(super) shift_px: [f32; 2],
    pub(super) is_mirrored: bool,
    /// Factor of the height; the width is divided by it.
    pub(super) stretch: f32,
}

/// The source of every pixel of a sample.
pub(super) struct Warp {
    /// `[crop, crop]`, positions `[y, x]` in the input.
    sources: Vec<[f32; 2]>,
    /// Height and width of the input.
    size: usize,
    /// Height and width of the sample.
    crop: usize,
}

impl Warp {
    /// The middle of an input, `[size, size]`, seen through `placement`, `[crop, crop]`.
    pub(super) fn new(placement: &Placement, size: usize, crop: usize) -> Self {
        let (cos, sin) = (placement.angle_rad.cos() / placement.scale, placement.angle_rad.sin() / placement.scale);
        let (centre, middle) = ((size as f32 - 1.0) / 2.0, (crop as f32 - 1.0) / 2.0);
        let mut sources = Vec::with_capacity(crop * crop);
        for y in 0..crop {
            let dy = (y as f32 - middle - placement.shift_px[0]) / placement.stretch;
            for x in 0..crop {
                let across = if placement.is_mirrored { middle - x as f32 } else { x as f32 - middle };
                let dx = (across - placement.shift_px[1]) * placement.stretch;
                sources.push([centre + cos * dy + sin * dx, centre - sin * dy + cos * dx]);
            }
        }
        Self { sources, size, crop }
    }

    /// Moves the sources by a smooth field: `drawn` shifts, in pixels, at the points of a coarse grid, and between them
    /// uniform cubic B-splines.
    pub(super) fn bend(&mut self, drawn: &mut dyn FnMut() -> f32) {
        let points = self.crop.div_ceil(BEND_STEP_PX) + 3;
        let shifts: Vec<[f32; 2]> = (0..points * points).map(|_| [drawn(), drawn()]).collect();
        let weights: Vec<(usize, [f32; 4])> = (0..self.crop).map(spline_weights).collect();
        for (y, (first_row, of_row)) in weights.iter().enumerate() {
            for (x, (first_column, of_column)) in weights.iter().enumerate() {
                let source = &mut self.sources[y * self.crop + x];
                for (row, row_weight) in of_row.iter().enumerate() {
                    let start = (first_row + row) * points + first_column;
                    for (shift, weight) in shifts[start..start + 4].iter().zip(of_column) {
                        source[0] += row_weight * weight * shift[0];
                        source[1] += row_weight * weight * shift[1];
                    }
                }
            }
        }
    }

    /// `image`, `[size, size]`, at the sources, by linear interpolation; 0 from outside.
    pub(super) fn apply(&self, image: &[f32]) -> Vec<f32> {
        let size = self.size;
        let pixel = |y: i32, x: i32| {
            let inside = (0..size as i32).contains(&y) && (0..size as i32).contains(&x);
            if inside { image[y as usize * size + x as usize] } else { 0.0 }
        };
        let value = |&[from_y, from_x]: &[f32; 2]| {
            let (y0, x0) = (from_y.floor(), from_x.floor());
            let (fy, fx) = (from_y - y0, from_x - x0);
            let (y0, x0) = (y0 as i32, x0 as i32);
            let upper = pixel(y0, x0) * (1.0 - fx) + pixel(y0, x0 + 1) * fx;
            let lower = pixel(y0 + 1, x0) * (1.0 - fx) + pixel(y0 + 1, x0 + 1) * fx;
            upper * (1.0 - fy) + lower * fy
        };
        self.sources.iter().map(value).collect()
    }
}

/// The first of the four points that move a pixel, and their weights, which sum up to 1.
fn spline_weights(pixel: usize) -> (usize, [f32; 4]) {
    let t = (pixel % BEND_STEP_PX) as f32 / BEND_STEP_PX as f32;
    let u = 1.0 - t;
    let inner = |a: f32| 4.0 - 6.0 * a * a + 3.0 * a * a * a;
    (pixel / BEND_STEP_PX, [u * u * u, inner(t), inner(u), t * t * t].map(|weight| weight / 6.0))
}
