//! Correcting by hand. Expected values come from geometry, from pictures drawn here, and from slow ways of counting.

mod across_slices;
mod between;
mod corrections;
mod region;
mod saved;
mod stroke;

use islet::imaging::edit::{Acceptance, Edit, EditedImage, SliceLabels, apply};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The labels of a slice, ready to be recorded.
fn change(slice: usize, labels: Vec<u8>, acceptance: Acceptance) -> SliceLabels {
    SliceLabels { slice, labels, acceptance }
}

/// Labels drawn in rows of `#` (1) and anything else (0), and their `[height, width]`.
fn drawn(rows: &[&str]) -> ([usize; 2], Vec<u8>) {
    let labels = rows.iter().flat_map(|row| row.chars().map(|c| u8::from(c == '#')));
    ([rows.len(), rows[0].len()], labels.collect())
}

/// The pixels within `radius` of `centre`.
fn disc(dims: [usize; 2], centre: [f64; 2], radius: f64) -> Vec<u8> {
    pixels(dims).map(|p| u8::from((p[0] - centre[0]).hypot(p[1] - centre[1]) <= radius)).collect()
}

/// Centres of all pixels, in the order of labels.
fn pixels([height, width]: [usize; 2]) -> impl Iterator<Item = [f64; 2]> {
    (0..height * width).map(move |i| [(i / width) as f64, (i % width) as f64])
}

/// The radius of the disc that has as many pixels.
fn equivalent_radius(labels: &[u8]) -> f64 {
    (count(labels) as f64 / std::f64::consts::PI).sqrt()
}

fn count(labels: &[u8]) -> usize {
    labels.iter().filter(|&&label| label != 0).count()
}

/// `before` edited over flat HU; what `apply` says must be what happened.
fn edited(edit: &Edit, dims: [usize; 2], before: &[u8]) -> Vec<u8> {
    edited_on(&vec![40; before.len()], edit, dims, before)
}

fn edited_on(hu: &[i16], edit: &Edit, dims: [usize; 2], before: &[u8]) -> Vec<u8> {
    let mut after = before.to_vec();
    let changed = apply(edit, &EditedImage { hu, dims, pixel_aspect: 1.0 }, &mut after);
    assert_eq!(changed, after != before, "{edit:?} says whether it changed anything");
    after
}

#[test]
fn clearing_empties_a_slice_of_any_labels() {
    assert_eq!(edited(&Edit::Clear, [2, 2], &[1, 0, 2, 255]), [0; 4]);
    assert_eq!(edited(&Edit::Clear, [2, 2], &[0; 4]), [0; 4]);
}

#[test]
#[should_panic(expected = "pixels and labels of a 2 x 3 plane")]
fn labels_of_another_size_are_the_callers_mistake() {
    apply(&Edit::Clear, &EditedImage { hu: &[0; 6], dims: [2, 3], pixel_aspect: 1.0 }, &mut [0; 5]);
}

#[test]
fn an_edit_anywhere_on_a_slice_of_any_shape_is_taken() {
    let everywhere = [0, 1, 2, 7, usize::MAX - 1, usize::MAX];
    for dims in [[0, 0], [0, 5], [5, 0], [1, 1], [1, 5], [3, 2]] {
        let area = dims[0] * dims[1];
        for (y, x) in everywhere.iter().flat_map(|&y| everywhere.map(|x| (y, x))) {
            let at = [y, x];
            let grow = |tolerance_hu, reach_px| Edit::Grow { at, tolerance_hu, reach_px };
            let edits = [
                Edit::Fill { at },
                Edit::FillHoles,
                Edit::Remove { at },
                grow(i16::MAX, f32::INFINITY),
                grow(i16::MIN, 3.0),
                grow(5, f32::NAN),
                grow(5, -1.0),
            ];
            for edit in edits {
                for label in [0, 1] {
                    edited_on(&vec![i16::MIN; area], &edit, dims, &vec![label; area]);
                }
            }
        }
    }
}

#[test]
fn an_edit_is_the_same_on_both_sides_of_a_message() {
    let mut rng = random(1);
    let stroke = islet::imaging::edit::Stroke {
        from: [rng.random(), 3.1],
        to: [rng.random(), 1e-20],
        radius_px: rng.random(),
        erase: false,
        range_hu: Some([-20, 90]),
    };
    for edit in [Edit::Stroke(stroke), Edit::Grow { at: [3, 4], tolerance_hu: 20, reach_px: 0.1 }, Edit::FillHoles] {
        let sent = serde_json::to_string(&edit).unwrap();
        assert_eq!(serde_json::from_str::<Edit>(&sent).unwrap(), edit);
    }
}
