//! Statistics of the regions of a label map, against the same sums written out by hand.

use std::borrow::Cow;

use islet::core::label_statistics::label_statistics;

/// 2 slices of 3 rows and 4 columns; every voxel's value is 10 times its index, less 100.
const DIMS: [usize; 3] = [2, 3, 4];

fn hu() -> Vec<i16> {
    (0..24).map(|i| 10 * i - 100).collect()
}

#[test]
fn voxels_mean_and_spread_are_those_of_each_label_alone() {
    let mut labels = [0u8; 24];
    labels[0] = 7;
    labels[5] = 7;
    labels[22] = 7;
    labels[23] = 255;
    let found = label_statistics(&hu(), DIMS, [1.0; 3], |z| Some(Cow::Borrowed(&labels[12 * z..12 * (z + 1)])));
    assert_eq!(found.len(), 256);
    assert_eq!(found.iter().flatten().count(), 2, "background is no region");
    let seven = found[7].unwrap();
    // -100, -50 and 120 HU: mean -10, squared deviations 8100, 1600 and 16900.
    assert_eq!((seven.voxels, seven.mean_hu), (3, -10.0));
    assert!((seven.sd_hu - (26600.0f64 / 3.0).sqrt()).abs() < 1e-9, "{seven:?}");
    let last = found[255].unwrap();
    assert_eq!((last.voxels, last.mean_hu, last.sd_hu, last.middle), (1, 130.0, 0.0, [1, 2, 3]));
}

#[test]
fn the_middle_lies_in_the_region_and_is_nearest_in_millimetres() {
    // A bow in one slice: its centroid, row 1 and column 1.5, is outside of it.
    let bow = [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1];
    let middle = |spacing_mm: [f64; 3]| {
        let found = label_statistics(&hu()[..12], [1, 3, 4], spacing_mm, |_| Some(Cow::Borrowed(&bow)));
        found[1].unwrap().middle
    };
    assert_eq!(middle([1.0, 1.0, 3.0]), [0, 0, 1], "a row is nearer than a column");
    assert_eq!(middle([1.0, 9.0, 1.0]), [0, 1, 0], "a column and a half are nearer than a row");
}

#[test]
fn slices_without_labels_count_as_background() {
    let labels = [3u8; 12];
    let found = label_statistics(&hu(), DIMS, [1.0; 3], |z| (z == 1).then_some(Cow::Borrowed(&labels[..])));
    let three = found[3].unwrap();
    assert_eq!((three.voxels, three.mean_hu), (12, 75.0));
    assert_eq!(three.middle[0], 1);
}

#[test]
fn the_extremes_of_16_bits_do_not_overflow() {
    let (low, labels) = (vec![i16::MIN; 1000], vec![1u8; 1000]);
    let found = label_statistics(&low, [1, 1, 1000], [1.0; 3], |_| Some(Cow::Borrowed(&labels)));
    assert_eq!(found[1].map(|found| (found.mean_hu, found.sd_hu)), Some((-32768.0, 0.0)));
}
