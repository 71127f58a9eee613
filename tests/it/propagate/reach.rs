//! How far the completed masks go beyond the outermost accepted slices.

use islet::core::drawn_pixels::DrawnPixels;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::imaging::propagate::{KnownLabels, PartialSlice, propagate};

use super::accepted;

const DIMS: [usize; 3] = [40, 60, 60];
const PIXELS: usize = 40 * 40;

/// A beam of 40 x 40 mm on every slice of 3 mm, 60 HU in fat of -90 HU.
fn beam() -> (Volume, Mask) {
    let is_inside = |i: usize| (10..50).contains(&(i / 60 % 60)) && (10..50).contains(&(i % 60));
    let labels: Vec<u8> = (0..DIMS.iter().product()).map(|i| u8::from(is_inside(i))).collect();
    let hu = labels.iter().map(|&label| if label == 1 { 60 } else { -90 }).collect();
    let geometry = Some(Geometry::with_spacing_mm([3.0, 1.0, 1.0]));
    (Volume { hu, dims: DIMS, geometry, calibrated: true }, Mask { labels, dims: DIMS })
}

/// The pixels of the completed mask on each slice.
fn completed(slices: &[usize], partial: &[PartialSlice<'_>]) -> Vec<usize> {
    let (volume, truth) = beam();
    let known = KnownLabels { accepted: &accepted(&truth, slices), partial };
    let mask = propagate(&volume, &known, None).expect("the beam is accepted").mask;
    (0..DIMS[0]).map(|z| mask.slice(z).iter().filter(|&&label| label != 0).count()).collect()
}

#[test]
fn somebody_who_goes_through_an_organ_finds_it_on_the_slice_that_comes_next() {
    // Three slices, 12 mm of an organ that is 40 mm wide: the next one, 12 mm on, is still the organ's.
    let pixels = completed(&[16, 18, 20], &[]);
    assert!(pixels[24] > PIXELS / 2 && pixels[12] > PIXELS / 2, "{pixels:?}");
    // With 42 mm of it accepted, which is 1.86 radii, it is expected to end within 0.78 of them: 17.5 mm.
    let pixels = completed(&[6, 13, 20], &[]);
    assert!(pixels[22] > PIXELS / 2 && pixels[26..].iter().all(|&pixels| pixels == 0), "{pixels:?}");
}

#[test]
fn a_plane_that_shows_where_the_organ_ends_counts_more_than_its_width() {
    // A coronal plane in its middle says that there is nothing from slice 21 on.
    let row: DrawnPixels = (0..60).map(|x| (30 * 60 + x, 0)).collect();
    let partial: Vec<PartialSlice<'_>> = (21..26).map(|slice| PartialSlice { slice, drawn: &row }).collect();
    let pixels = completed(&[16, 18, 20], &partial);
    assert!(pixels[24] == 0 && pixels[12] > PIXELS / 2, "{pixels:?}");
}
