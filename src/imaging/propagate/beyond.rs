//! What is expected of an organ beyond the working grid, where no mask reaches.
//!
//! Nobody knows where an organ ends that was accepted on two slices near its middle. It is taken to
//! go on with a part of the outermost mask, which falls to 1/e of itself every [`REACH_MM`].

use super::AcceptedSlice;
use super::grid::WorkingGrid;

/// The part of the outermost mask's pixels that an organ is expected to have right beyond it.
const FIRST_PART: f32 = 2.0 / 3.0;
/// The distance in mm in which that part falls to 1/e.
const REACH_MM: f32 = 16.0;

/// The outermost accepted slices.
#[derive(Debug)]
pub(super) struct OuterSlices {
    /// The first and the last accepted slice.
    slices: [usize; 2],
    /// The organ's pixels on each, on the working grid.
    pixels: [f32; 2],
    slice_spacing_mm: f32,
}

impl OuterSlices {
    /// The first and the last of the accepted slices; `None` if there are none.
    pub(super) fn new(grid: &WorkingGrid, accepted: &[AcceptedSlice<'_>], organ: u8) -> Option<Self> {
        let outer = [accepted.first()?, accepted.last()?];
        let pixels = outer.map(|accepted| grid.organ_mask(accepted.labels, organ).iter().map(|&p| f32::from(p)).sum());
        let slices = outer.map(|accepted| accepted.slice);
        Some(Self { slices, pixels, slice_spacing_mm: grid.spacing_mm[0] as f32 })
    }

    /// How much the acceptance of a slice of the volume beyond the outermost accepted ones is expected to help, as
    /// [`Propagation::worth`](super::Propagation::worth) counts; 0 between them, and where the organ has ended.
    pub(super) fn worth(&self, slice: usize) -> f32 {
        let [first, last] = self.slices;
        let (pixels, away) = match slice {
            _ if slice < first => (self.pixels[0], first - slice),
            _ if slice > last => (self.pixels[1], slice - last),
            _ => return 0.0,
        };
        let away_mm = away as f32 * self.slice_spacing_mm;
        (FIRST_PART * pixels * (-away_mm / REACH_MM).exp()).sqrt() * away_mm
    }
}
