//! The signed distance to an organ's border on every slice, interpolated between accepted slices
//! (Raya and Udupa 1990).

use super::AcceptedSlice;
use super::grid::WorkingGrid;
use crate::imaging::edit::signed_distance_px;

/// An accepted slice without the organ is taken to be this far outside of it everywhere, in mm.
const NOWHERE_MM: f32 = -30.0;
/// Beyond the first and last accepted slice an organ shrinks by this many mm for each mm.
const SHRINKING: f32 = 1.0;

/// The distances on the accepted slices.
#[derive(Debug)]
pub(super) struct ShapeField {
    /// Ascending; the slices are those of the grid, counted from its first.
    known: Vec<KnownDistance>,
    slice_spacing_mm: f32,
}

#[derive(Debug)]
struct KnownDistance {
    slice: usize,
    distance_mm: Vec<f32>,
    /// Pixels of the organ.
    pixels: usize,
}

impl ShapeField {
    /// The distances of an organ on accepted slices.
    pub(super) fn new(grid: &WorkingGrid, accepted: &[AcceptedSlice<'_>], organ: u8) -> Self {
        let spacing_mm = grid.spacing_mm[1] as f32;
        let known = accepted.iter().map(|accepted| {
            let mask = grid.organ_mask(accepted.labels, organ);
            let distance_mm = match signed_distance_px(&mask, grid.shape) {
                Some(distance_px) => distance_px.iter().map(|px| px * spacing_mm).collect(),
                None => vec![NOWHERE_MM; grid.area()],
            };
            let pixels = mask.iter().filter(|&&inside| inside != 0).count();
            KnownDistance { slice: accepted.slice - grid.slices.start, distance_mm, pixels }
        });
        Self { known: known.collect(), slice_spacing_mm: grid.spacing_mm[0] as f32 }
    }

    /// The distance on an accepted slice in mm, positive inside.
    pub(super) fn known(&self, slice: usize) -> Option<&[f32]> {
        self.known.iter().find(|known| known.slice == slice).map(|known| known.distance_mm.as_slice())
    }

    /// The distance on any slice of the grid in mm, positive inside.
    pub(super) fn distance_mm(&self, slice: usize) -> Vec<f32> {
        let above = self.known.partition_point(|known| known.slice < slice);
        match (above.checked_sub(1).map(|below| &self.known[below]), self.known.get(above)) {
            (Some(below), Some(above)) => {
                let t = (slice - below.slice) as f32 / (above.slice - below.slice) as f32;
                let pairs = below.distance_mm.iter().zip(&above.distance_mm);
                pairs.map(|(below, above)| (1.0 - t) * below + t * above).collect()
            }
            (Some(only), None) | (None, Some(only)) => {
                let away_mm = only.slice.abs_diff(slice) as f32 * self.slice_spacing_mm;
                only.distance_mm.iter().map(|distance_mm| distance_mm - SHRINKING * away_mm).collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// The distance from a slice to the nearest accepted one, in mm.
    pub(super) fn nearest_mm(&self, slice: usize) -> f32 {
        let nearest = self.nearest(slice).map_or(0, |known| known.slice.abs_diff(slice));
        nearest as f32 * self.slice_spacing_mm
    }

    /// The organ's pixels on the accepted slice nearest to a slice.
    pub(super) fn nearest_pixels(&self, slice: usize) -> usize {
        self.nearest(slice).map_or(0, |known| known.pixels)
    }

    fn nearest(&self, slice: usize) -> Option<&KnownDistance> {
        self.known.iter().min_by_key(|known| known.slice.abs_diff(slice))
    }

    /// The distance between the accepted slices around a slice, in mm; beyond the ends, twice the
    /// distance to the end.
    pub(super) fn gap_mm(&self, slice: usize) -> f32 {
        let above = self.known.partition_point(|known| known.slice < slice);
        match (above.checked_sub(1).map(|below| &self.known[below]), self.known.get(above)) {
            (Some(below), Some(above)) => (above.slice - below.slice) as f32 * self.slice_spacing_mm,
            _ => 2.0 * self.nearest_mm(slice),
        }
    }
}
