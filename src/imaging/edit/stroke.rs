//! A brush or eraser moved along one line segment. The page splits the path of a pointer into
//! segments.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{EditedImage, PANCREAS};

/// A round brush, or eraser, moved from one point to another.
///
/// It covers every pixel whose centre is within `radius_px` of the line, ends included, and the
/// pixel nearest to each end, so that the thinnest brush still paints where it touches. Ends may
/// lie outside the slice. A stroke with a number that is not finite, or a negative radius, covers
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stroke {
    /// The start, `[y, x]` in pixels; centres of pixels are at whole numbers.
    pub from: [f32; 2],
    /// The end, `[y, x]` in pixels.
    pub to: [f32; 2],
    /// Radius of the brush, in widths of a pixel.
    pub radius_px: f32,
    /// True to remove pixels from the mask, false to add them.
    pub erase: bool,
    /// Paints only pixels within this range of HU, both ends included. The eraser ignores it,
    /// because a pixel painted before the range was set must be removable as well.
    pub range_hu: Option<[i16; 2]>,
}

impl Stroke {
    /// Draws into `labels`. Returns true if anything changed.
    pub(super) fn draw(&self, image: &EditedImage<'_>, labels: &mut [u8]) -> bool {
        let EditedImage { hu, dims, pixel_aspect } = *image;
        let Some(capsule) = Capsule::of(self, pixel_aspect) else { return false };
        let value = if self.erase { 0 } else { PANCREAS };
        let guard = self.range_hu.filter(|_| !self.erase);
        let mut changed = false;
        for y in capsule.extent(0, dims[0]) {
            for x in capsule.extent(1, dims[1]) {
                let i = y * dims[1] + x;
                let allowed = guard.is_none_or(|[low, high]| (low..=high).contains(&hu[i]));
                if labels[i] != value && allowed && capsule.covers([y as f64, x as f64]) {
                    labels[i] = value;
                    changed = true;
                }
            }
        }
        changed
    }
}

/// The area that a stroke covers, in f64, so that no finite f32 overflows when it is squared.
struct Capsule {
    from: [f64; 2],
    to: [f64; 2],
    /// In widths of a pixel.
    radius: f64,
    /// The height and the width of a pixel, in widths of a pixel.
    pixel_size: [f64; 2],
}

impl Capsule {
    fn of(stroke: &Stroke, pixel_aspect: f64) -> Option<Self> {
        let numbers = [stroke.from[0], stroke.from[1], stroke.to[0], stroke.to[1], stroke.radius_px];
        let sound = numbers.iter().all(|number| number.is_finite()) && stroke.radius_px >= 0.0;
        sound.then(|| Self {
            from: stroke.from.map(f64::from),
            to: stroke.to.map(f64::from),
            radius: f64::from(stroke.radius_px),
            pixel_size: [pixel_aspect, 1.0],
        })
    }

    /// The pixels along one axis, `length` of them in the slice, that may be covered.
    fn extent(&self, axis: usize, length: usize) -> Range<usize> {
        // The pixel nearest to an end is at most half a pixel away along each axis.
        let reach = (self.radius / self.pixel_size[axis]).max(0.5);
        let low = self.from[axis].min(self.to[axis]) - reach;
        let high = self.from[axis].max(self.to[axis]) + reach;
        let within = |end: f64| end.clamp(0.0, length as f64) as usize;
        within(low.ceil())..within(high.floor() + 1.0)
    }

    fn covers(&self, pixel: [f64; 2]) -> bool {
        self.distance_squared(pixel) <= self.radius * self.radius
            || pixel == self.from.map(f64::round)
            || pixel == self.to.map(f64::round)
    }

    /// The squared distance from a pixel to the nearest point of the line, in widths of a pixel.
    fn distance_squared(&self, pixel: [f64; 2]) -> f64 {
        let line = [0, 1].map(|axis| self.pixel_size[axis] * (self.to[axis] - self.from[axis]));
        let offset = [0, 1].map(|axis| self.pixel_size[axis] * (pixel[axis] - self.from[axis]));
        let length_squared = line[0] * line[0] + line[1] * line[1];
        let dot = offset[0] * line[0] + offset[1] * line[1];
        let along = if length_squared > 0.0 { (dot / length_squared).clamp(0.0, 1.0) } else { 0.0 };
        let [dy, dx] = [offset[0] - along * line[0], offset[1] - along * line[1]];
        dy * dy + dx * dx
    }
}
