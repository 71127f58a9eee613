//! The brush and the eraser.

use std::time::{Duration, Instant};

use islet::imaging::edit::{Edit, Stroke};
use rand::RngExt;

use super::{count, edited, edited_on, pixels, random};

fn stroke(from: [f32; 2], to: [f32; 2], radius_px: f32) -> Stroke {
    Stroke { from, to, radius_px, erase: false, range_hu: None }
}

fn painted(stroke: Stroke, dims: [usize; 2]) -> Vec<u8> {
    edited(&Edit::Stroke(stroke), dims, &vec![0; dims[0] * dims[1]])
}

/// Distance of a point from a segment by its angles at the ends: acute at both means the height of the triangle.
fn distance(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let [pa, pb, ab] = [[p, a], [p, b], [a, b]].map(|[p, q]| (p[0] - q[0]).hypot(p[1] - q[1]));
    if pa * pa + ab * ab <= pb * pb {
        pa
    } else if pb * pb + ab * ab <= pa * pa {
        pb
    } else {
        ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])).abs() / ab
    }
}

#[test]
fn a_stroke_covers_the_pixels_within_its_radius_and_no_others() {
    let (mut rng, dims) = (random(2), [40, 50]);
    let mut covered = 0;
    for _ in 0..400 {
        // Far enough out for some to begin or end outside, some to miss.
        let mut point = || [rng.random_range(-15.0..55.0f32), rng.random_range(-15.0..65.0)];
        let (from, to) = (point(), point());
        // From here on the nearest pixel is always within the radius.
        let radius = rng.random_range(0.7072..12.0f32);
        let labels = painted(stroke(from, to, radius), dims);
        for (label, pixel) in labels.iter().zip(pixels(dims)) {
            let off = distance(pixel, from.map(f64::from), to.map(f64::from)) - f64::from(radius);
            assert!(off.abs() < 1e-5 || (*label == 1) == (off < 0.0), "{pixel:?} of {from:?} {to:?} {radius}");
        }
        covered += count(&labels);
    }
    assert!(covered > 50_000, "strokes were seen: {covered}");
}

#[test]
fn a_dab_has_the_area_of_a_disc() {
    for (centre, radius) in [([50.0, 50.0], 20.0f32), ([50.3, 49.6], 20.0), ([48.5, 51.5], 31.7), ([50.0, 50.0], 8.0)] {
        let area = count(&painted(stroke(centre, centre, radius), [100, 100])) as f32;
        let expected = std::f32::consts::PI * radius * radius;
        // The circle problem: the error grows much more slowly than the circumference.
        assert!((area - expected).abs() < 0.15 * std::f32::consts::TAU * radius, "{area} {expected}");
    }
}

#[test]
fn a_radius_on_the_pixel_counts() {
    // A plus: the four neighbours lie exactly one pixel away, the diagonal ones farther.
    let labels = painted(stroke([1.0, 1.0], [1.0, 1.0], 1.0), [3, 3]);
    assert_eq!(labels, [0, 1, 0, 1, 1, 1, 0, 1, 0]);
    let labels = painted(stroke([1.0, 1.0], [1.0, 3.0], 1.0), [3, 5]);
    assert_eq!(labels, [0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0]);
}

#[test]
fn the_thinnest_brush_paints_the_one_pixel_it_touches() {
    let dims = [9, 9];
    for radius in [0.0, 0.1, 0.5] {
        for (point, pixel) in
            [([3.0, 5.0], [3, 5]), ([3.45, 5.46], [3, 5]), ([2.56, 4.6], [3, 5]), ([-0.3, 8.4], [0, 8])]
        {
            let labels = painted(stroke(point, point, radius), dims);
            assert_eq!(count(&labels), 1, "{point:?} {radius}");
            assert_eq!(labels[pixel[0] * 9 + pixel[1]], 1, "{point:?} {radius}");
        }
    }
    assert_eq!(
        count(&painted(stroke([-0.6, 4.0], [-0.6, 4.0], 0.1), dims)),
        0,
        "the nearest pixel is not in the slice"
    );
    // The corner of four pixels: whichever is taken, one is.
    let labels = painted(stroke([3.5, 3.5], [3.5, 3.5], 0.5), dims);
    assert_eq!(count(&labels), 1);
    assert_eq!([3 * 9 + 3, 3 * 9 + 4, 4 * 9 + 3, 4 * 9 + 4].map(|i| labels[i]).iter().sum::<u8>(), 1);
}

#[test]
fn a_thin_line_has_no_gaps() {
    let (mut rng, dims) = (random(3), [30, 60]);
    for _ in 0..100 {
        let [from, to] = [rng.random_range(0.0..4.0f32), rng.random_range(40.0..59.0)];
        let rise = rng.random_range(0.0..29.0f32);
        let labels = painted(stroke([29.0 - rise, from], [rise, to], 0.5), dims);
        let lone = Edit::Remove { at: [(29.0 - rise).round() as usize, from.round() as usize] };
        assert!(count(&labels) >= (to - from) as usize);
        assert_eq!(count(&edited(&lone, dims, &labels)), 0, "all of it hangs together");
    }
}

#[test]
fn a_drag_in_pieces_covers_what_one_line_does() {
    let (dims, edges) = ([40, 40], [[3.0, 5.0], [11.0, 13.0], [19.0, 21.0], [33.0, 35.0]]);
    let mut pieces = vec![0; 1600];
    for ends in edges.windows(2) {
        pieces = edited(&Edit::Stroke(stroke(ends[0], ends[1], 3.3)), dims, &pieces);
    }
    assert_eq!(pieces, painted(stroke(edges[0], edges[3], 3.3), dims));
}

#[test]
fn what_lies_outside_the_slice_is_cut_off() {
    let labels = painted(stroke([-50.0, 10.0], [70.0, 10.0], 2.2), [20, 20]);
    let expected: Vec<u8> = (0..400).map(|i| u8::from((8..=12).contains(&(i % 20)))).collect();
    assert_eq!(labels, expected, "a band from edge to edge");
    assert_eq!(count(&painted(stroke([-9.0, -9.0], [-9.0, 40.0], 5.0), [20, 20])), 0);
    assert_eq!(count(&painted(stroke([25.0, 30.0], [25.0, 40.0], 3.0), [20, 20])), 0);
}

#[test]
fn the_guard_holds_the_brush_but_not_the_eraser() {
    let (dims, hu) = ([1, 6], [-101, -100, 0, 100, 101, i16::MAX]);
    let guarded = |range_hu, erase| {
        let whole = Stroke { erase, range_hu, ..stroke([0.0, 0.0], [0.0, 5.0], 0.5) };
        edited_on(&hu, &Edit::Stroke(whole), dims, &[u8::from(erase); 6])
    };
    assert_eq!(guarded(Some([-100, 100]), false), [0, 1, 1, 1, 0, 0], "both ends belong to the range");
    assert_eq!(guarded(Some([i16::MIN, i16::MAX]), false), [1; 6]);
    assert_eq!(guarded(Some([100, -100]), false), [0; 6], "no HU lies in a range that ends before it begins");
    assert_eq!(guarded(None, false), [1; 6]);
    assert_eq!(guarded(Some([-100, 100]), true), [0; 6]);
    let other = Edit::Stroke(Stroke { erase: true, ..stroke([0.0, 1.0], [0.0, 1.0], 0.5) });
    assert_eq!(edited(&other, dims, &[2, 2, 2, 0, 0, 0]), [2, 0, 2, 0, 0, 0], "any label is erased");
}

#[test]
fn numbers_that_make_no_sense_do_no_harm() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45, -1.0, 2.0];
    let (dims, empty) = ([6, 7], vec![0; 42]);
    let started = Instant::now();
    for i in 0..odd.len().pow(5) {
        let [a, b, c, d, radius] = [0, 1, 2, 3, 4].map(|digit| odd[i / odd.len().pow(digit) % odd.len()]);
        let labels = painted(stroke([a, b], [c, d], radius), dims);
        let finite = [a, b, c, d, radius].iter().all(|number| number.is_finite());
        if !finite || radius < 0.0 {
            assert_eq!(labels, empty, "{a} {b} {c} {d} {radius}");
        }
    }
    let huge = painted(stroke([3.0, 3.0], [3.0, 4.0], f32::MAX), [512, 512]);
    assert_eq!(count(&huge), 512 * 512);
    painted(stroke([f32::MIN, 3.0], [f32::MAX, 1e30], 1e20), [512, 512]);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
