//! From a slice to what the network sees, and back: the one preprocessing of trainer, command line
//! and page.
//!
//! A slice and its neighbours are resampled in plane to the model's spacing and cropped or padded
//! around the body; a [`CropGeometry`] remembers how, so that a probability map comes back onto the
//! slice's own grid. Values only: no tensors.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::core::flood_fill::{FloodFill, Neighbourhood};
use crate::core::hounsfield::BODY_OUTLINE_HU;
use crate::core::volume::{Slice, Volume};
use crate::core::window::Window;

/// How slices become inputs. Part of the model file: a network is only good for what it was trained
/// on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreprocessConfig {
    /// Height and width of the input.
    pub size_px: usize,
    /// In-plane spacing of the input, in mm.
    pub spacing_mm: f64,
    /// Distance of the slices below and above that give the other two channels, in mm.
    pub slice_distance_mm: f64,
    /// Clipped to this and scaled to [0, 1].
    pub window: Window,
}

impl Default for PreprocessConfig {
    fn default() -> Self {
        Self { size_px: 224, spacing_mm: 1.5, slice_distance_mm: 3.0, window: Window::PANCREAS }
    }
}

/// The input of the network for one slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// `[3, size, size]`: slice below (inferior), slice, slice above; each value in [0, 1].
    pub channels: Vec<f32>,
    /// Height and width.
    pub size_px: usize,
}

/// The placement of an input on its slice: `slice_px = origin_px + step_px * input_px`, pixel
/// centres, `[y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropGeometry {
    /// Slice coordinates of the input's first pixel.
    pub origin_px: [f64; 2],
    /// Slice pixels per input pixel.
    pub step_px: [f64; 2],
    /// `[height, width]` of the slice.
    pub slice_dims: [usize; 2],
    /// Height and width of the input.
    pub size_px: usize,
}

/// The network's input for slice `z` of a volume in viewing order, and its placement.
pub fn prepare(volume: &Volume, z: usize, config: &PreprocessConfig) -> (Input, CropGeometry) {
    let placement = crop_geometry(&volume.slice(z), config);
    let mut channels = Vec::with_capacity(3 * config.size_px * config.size_px);
    let neighbours = neighbours(volume, z, config.slice_distance_mm);
    for (i, &neighbour) in neighbours.iter().enumerate() {
        match neighbours[..i].iter().position(|&earlier| earlier == neighbour) {
            Some(same) => {
                let area = config.size_px * config.size_px;
                channels.extend_from_within(same * area..(same + 1) * area);
            }
            None => {
                let unit: Vec<f32> =
                    volume.slice(neighbour).hu.iter().map(|&hu| config.window.unit(f32::from(hu))).collect();
                channels.extend(placement.resample(&unit));
            }
        }
    }
    (Input { channels, size_px: config.size_px }, placement)
}

/// Indices of the slice below (inferior), the slice, and the slice above. A lone slice, or the end
/// of a series, repeats itself.
pub fn neighbours(volume: &Volume, z: usize, slice_distance_mm: f64) -> [usize; 3] {
    let (spacing_mm, upward) = match &volume.geometry {
        Some(geometry) => (geometry.spacing_mm()[0], geometry.step_mm(0)[2] >= 0.0),
        None => (slice_distance_mm, true),
    };
    let offset = (slice_distance_mm / spacing_mm).round().max(1.0) as usize;
    let (lower, higher) = (z.saturating_sub(offset), (z + offset).min(volume.depth() - 1));
    if upward { [lower, z, higher] } else { [higher, z, lower] }
}

/// The placement of the input on this slice: around the body's bounding box at the model's spacing
/// or, where the spacing is unknown, the whole picture fitted into the input.
pub fn crop_geometry(slice: &Slice<'_>, config: &PreprocessConfig) -> CropGeometry {
    let [height, width] = slice.dims;
    let (step_px, centre_px) = match slice.spacing_mm {
        Some(spacing_mm) => (spacing_mm.map(|s| config.spacing_mm / s), body_centre_px(slice)),
        None => {
            let fit = height.max(width) as f64 / config.size_px as f64;
            ([fit; 2], [(height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0])
        }
    };
    let half = (config.size_px as f64 - 1.0) / 2.0;
    CropGeometry {
        origin_px: [0, 1].map(|axis| centre_px[axis] - half * step_px[axis]),
        step_px,
        slice_dims: slice.dims,
        size_px: config.size_px,
    }
}

impl CropGeometry {
    /// An image on the slice's grid, `[y, x]`, on the input's grid. Each input pixel averages the
    /// slice pixels under a tent as wide as the step, so that nothing between samples is lost;
    /// outside the slice counts as 0.
    pub fn resample(&self, image: &[f32]) -> Vec<f32> {
        let [height, width] = self.slice_dims;
        let columns = tent_weights(self.origin_px[1], self.step_px[1], self.size_px, width);
        let rows = tent_weights(self.origin_px[0], self.step_px[0], self.size_px, height);
        // Rows of the slice that no row of the input takes anything from are left at zero.
        let first = rows.iter().map(|row| row.first).min().unwrap_or(0);
        let end = rows.iter().map(|row| row.first + row.weights.len()).max().unwrap_or(0);
        let mut narrow = vec![0.0f32; height * self.size_px];
        let lines = image.chunks_exact(width).zip(narrow.chunks_exact_mut(self.size_px));
        for (from, to) in lines.take(end).skip(first) {
            for (value, source) in to.iter_mut().zip(&columns) {
                *value = source.weights.iter().zip(&from[source.first..]).map(|(w, v)| w * v).sum();
            }
        }
        let mut out = vec![0.0f32; self.size_px * self.size_px];
        for (to, source) in out.chunks_exact_mut(self.size_px).zip(&rows) {
            for (i, weight) in source.weights.iter().enumerate() {
                let from = &narrow[(source.first + i) * self.size_px..][..self.size_px];
                to.iter_mut().zip(from).for_each(|(t, f)| *t += weight * f);
            }
        }
        out
    }

    /// A `size` x `size` map over the input's area, `[y, x]`, on the slice's grid, by linear
    /// interpolation; 0 outside. A map coarser than the input (a gate's attention) covers the same
    /// area with larger pixels.
    pub fn restore(&self, map: &[f32], size: usize) -> Vec<f32> {
        self.restore_part(map, size, self.slice_dims.map(|pixels| 0..pixels))
    }

    /// [`restore`](Self::restore) for some rows and columns of the slice alone: `[y, x]` of that
    /// part.
    pub fn restore_part(&self, map: &[f32], size: usize, [rows, columns]: [Range<usize>; 2]) -> Vec<f32> {
        let columns: Vec<_> = columns.map(|x| linear_neighbours(self.map_px(1, x, size), size)).collect();
        let mut out = Vec::with_capacity(rows.len() * columns.len());
        for y in rows {
            let Some((y0, y1, fy)) = linear_neighbours(self.map_px(0, y, size), size) else {
                out.extend(std::iter::repeat_n(0.0, columns.len()));
                continue;
            };
            let (top, bottom) = (&map[y0 * size..][..size], &map[y1 * size..][..size]);
            out.extend(columns.iter().map(|weights| match *weights {
                None => 0.0,
                Some((x0, x1, fx)) => {
                    let upper = top[x0] + (top[x1] - top[x0]) * fx;
                    let lower = bottom[x0] + (bottom[x1] - bottom[x0]) * fx;
                    upper + (lower - upper) * fy
                }
            }));
        }
        out
    }

    /// The rows (axis 0) or columns (axis 1) of the slice that take something from the input's in
    /// `from` when a map comes back.
    pub fn affected_range(&self, axis: usize, from: &Range<usize>) -> Range<usize> {
        let takes = |&i: &usize| {
            let weights = linear_neighbours(self.map_px(axis, i, self.size_px), self.size_px);
            weights.is_some_and(|(low, high, _)| from.contains(&low) || from.contains(&high))
        };
        let all = 0..self.slice_dims[axis];
        match (all.clone().find(takes), all.rev().find(takes)) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }

    /// The position of a row or column of the slice on a map of `size` over the area of the input.
    fn map_px(&self, axis: usize, slice_px: usize, size: usize) -> f64 {
        let input_px = (slice_px as f64 - self.origin_px[axis]) / self.step_px[axis];
        let coarser = self.size_px as f64 / size as f64;
        ((input_px + 0.5) / coarser) - 0.5
    }
}

/// A `size` x `size` map or plane, or several one after the other, mirrored left to right.
pub fn flip_left_right(planes: &[f32], size: usize) -> Vec<f32> {
    planes.chunks_exact(size).flat_map(|row| row.iter().rev().copied()).collect()
}

/// The source pixels of one output pixel along one axis.
struct ResampleWeights {
    first: usize,
    weights: Vec<f32>,
}

fn tent_weights(origin: f64, step: f64, count: usize, source_len: usize) -> Vec<ResampleWeights> {
    let radius = step.max(1.0);
    (0..count)
        .map(|i| {
            let centre = origin + step * i as f64;
            let weight = |t: i64| (1.0 - (t as f64 - centre).abs() / radius).max(0.0);
            let (low, high) = ((centre - radius).ceil() as i64, (centre + radius).floor() as i64);
            let total: f64 = (low..=high).map(weight).sum();
            let inside = low.max(0)..(high + 1).min(source_len as i64);
            let first = inside.start.clamp(0, source_len as i64) as usize;
            ResampleWeights { first, weights: inside.map(|t| (weight(t) / total) as f32).collect() }
        })
        .collect()
}

fn linear_neighbours(at: f64, len: usize) -> Option<(usize, usize, f32)> {
    if at < -0.5 || at > len as f64 - 0.5 {
        return None;
    }
    let at = at.clamp(0.0, (len - 1) as f64);
    let low = at as usize;
    Some((low, (low + 1).min(len - 1), (at - low as f64) as f32))
}

/// The body on a slice: the largest connected region that is not air, which leaves the table out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// Pixels of it.
    pub pixels: usize,
    /// First and last row of its bounding box.
    pub rows: [usize; 2],
    /// First and last column.
    pub columns: [usize; 2],
}

/// The body on a slice, if there is anything but air.
pub fn body(slice: &Slice<'_>) -> Option<Body> {
    let [height, width] = slice.dims;
    let mut fill = FloodFill::new(slice.dims, Neighbourhood::Sides);
    let mut best: Option<Body> = None;
    for start in 0..slice.hu.len() {
        let mut found = Body { pixels: 0, rows: [height, 0], columns: [width, 0] };
        let count = |pixel: usize| {
            let (y, x) = (pixel / width, pixel % width);
            found.pixels += 1;
            found.rows = [found.rows[0].min(y), found.rows[1].max(y)];
            found.columns = [found.columns[0].min(x), found.columns[1].max(x)];
        };
        fill.spread(start, |pixel| slice.hu[pixel] > BODY_OUTLINE_HU, count);
        if found.pixels == 0 {
            continue;
        }
        if best.is_none_or(|best| found.pixels > best.pixels) {
            best = Some(found);
        }
    }
    best
}

/// Centre `[y, x]` of the body's bounding box; the picture's where there is no body.
fn body_centre_px(slice: &Slice<'_>) -> [f64; 2] {
    let [rows, columns] = body(slice).map_or(slice.dims.map(|n| [0, n - 1]), |body| [body.rows, body.columns]);
    [rows, columns].map(|[first, last]| (first + last) as f64 / 2.0)
}
