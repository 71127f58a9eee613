//! Pixels that were drawn on coronal or sagittal planes take part in the propagation.

use islet::core::drawn_pixels::DrawnPixels;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::imaging::propagate::{KnownLabels, PartialSlice, Propagation};

use super::accepted;

const DIMS: [usize; 3] = [17, 60, 60];
const WIDTH: usize = 60;

/// Flat tissue of 40 HU, in which nothing but what is drawn says where the organ is; and its mask, a
/// square rod.
fn rod() -> (Volume, Mask) {
    let mut mask = Mask::empty(DIMS);
    for z in 0..DIMS[0] {
        for (i, label) in mask.slice_mut(z).iter_mut().enumerate() {
            *label = u8::from((20..40).contains(&(i / WIDTH)) && (20..40).contains(&(i % WIDTH)));
        }
    }
    let geometry = Some(Geometry::with_spacing_mm([1.5, 1.5, 1.5]));
    (Volume { hu: vec![40; mask.labels.len()], dims: DIMS, geometry, calibrated: true }, mask)
}

fn propagated(partial: &[(usize, DrawnPixels)]) -> Mask {
    let (volume, truth) = rod();
    let slices = accepted(&truth, &[5, 11]);
    let partial: Vec<PartialSlice<'_>> =
        partial.iter().map(|(slice, drawn)| PartialSlice { slice: *slice, drawn }).collect();
    let known = KnownLabels { accepted: &slices, partial: &partial };
    let mut propagation = Propagation::begin(&volume, &known, None).unwrap();
    while propagation.advance() {}
    propagation.mask(&known)
}

#[test]
fn what_is_drawn_on_one_plane_spreads_to_the_planes_beside_it() {
    let plain = propagated(&[]);
    // On the sagittal plane of column 36 the organ is erased on the slices between; on that of column
    // 44 it is drawn there.
    let column = |x: usize, label: u8| -> DrawnPixels { (20..40).map(|y| (y * WIDTH + x, label)).collect() };
    let on_slices_between = |drawn: &DrawnPixels| (7..=9).map(|z| (z, drawn.clone())).collect::<Vec<_>>();
    let less = propagated(&on_slices_between(&column(36, 0)));
    let more = propagated(&on_slices_between(&column(44, 1)));
    let at = |mask: &Mask, columns: [usize; 3]| columns.map(|x| mask.slice(8)[30 * WIDTH + x]);
    assert_eq!((at(&plain, [35, 36, 37]), at(&plain, [43, 44, 45])), ([1; 3], [0; 3]), "the premise");
    assert_eq!((at(&less, [35, 36, 37]), at(&more, [43, 44, 45])), ([0; 3], [1; 3]), "and beside what is drawn");
    assert_eq!(at(&less, [29, 30, 31]), [1; 3], "the middle stays");
    for z in 7..=9 {
        assert!((20..40).all(|y| less.slice(z)[y * WIDTH + 36] == 0 && more.slice(z)[y * WIDTH + 44] == 1));
    }
}

#[test]
fn an_organ_drawn_beyond_the_accepted_slices_is_kept() {
    let far: DrawnPixels = [(5 * WIDTH + 5, 1)].into_iter().collect();
    let mask = propagated(&[(16, far)]);
    assert_eq!(mask.slice(16)[5 * WIDTH + 5], 1);
}
