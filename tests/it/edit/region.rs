//! Filling, growing, removing.

use islet::imaging::edit::Edit;

use super::{count, disc, drawn, edited, edited_on};

#[test]
fn a_fill_stops_at_the_mask_and_corners_do_not_leak() {
    // Walls that only meet at corners: what is connected by sides cannot pass.
    let (dims, before) = drawn(&[
        ".........", //
        "...#.....",
        "..#.#.##.",
        ".#...#.#.",
        "..#.#.##.",
        "...#.....",
        ".........",
    ]);
    let (_, after) = drawn(&[
        ".........", //
        "...#.....",
        "..###.##.",
        ".#####.#.",
        "..###.##.",
        "...#.....",
        ".........",
    ]);
    assert_eq!(edited(&Edit::Fill { at: [3, 3] }, dims, &before), after);
    for nothing in [[0, 0], [2, 6], [1, 3], [7, 3], [3, 9]] {
        assert_eq!(edited(&Edit::Fill { at: nothing }, dims, &before), before, "{nothing:?}");
    }
}

#[test]
fn a_region_that_reaches_an_edge_is_not_filled() {
    let (dims, before) = drawn(&["#.#", "#.#", "###"]);
    assert_eq!(edited(&Edit::Fill { at: [1, 1] }, dims, &before), before);
    let (dims, before) = drawn(&["####", "#..#", "#..#", "####"]);
    assert_eq!(edited(&Edit::Fill { at: [2, 1] }, dims, &before), [1; 16], "the mask itself may touch it");
}

#[test]
fn only_one_of_two_regions_that_touch_at_a_corner_is_filled() {
    let (dims, before) = drawn(&["######", "#.####", "##.###", "###..#", "######"]);
    let (_, after) = drawn(&["######", "######", "##.###", "###..#", "######"]);
    assert_eq!(edited(&Edit::Fill { at: [1, 1] }, dims, &before), after);
}

#[test]
fn every_hole_is_filled_and_no_bay() {
    let (dims, before) = drawn(&[
        "###.......", //
        "#.#..####.",
        "###..#..#.",
        ".....#.##.",
        ".###.###..",
        ".#....#..#",
        ".###.#.#.#",
        "......#...",
    ]);
    let (_, after) = drawn(&[
        "###.......", //
        "###..####.",
        "###..####.",
        ".....####.",
        ".###.###..",
        ".#....#..#",
        ".###.###.#",
        "......#...",
    ]);
    assert_eq!(edited(&Edit::FillHoles, dims, &before), after);
    assert_eq!(edited(&Edit::FillHoles, dims, &after), after);
    let ring: Vec<u8> = disc([60, 60], [30.0, 30.0], 20.0)
        .iter()
        .zip(disc([60, 60], [31.0, 28.0], 12.0))
        .map(|(outer, inner)| outer - inner)
        .collect();
    assert_eq!(edited(&Edit::FillHoles, [60, 60], &ring), disc([60, 60], [30.0, 30.0], 20.0));
}

#[test]
fn growing_stays_within_tolerance_and_connection() {
    let dims = [5, 6];
    #[rustfmt::skip]
    let hu = [
        40, 40, 40,  90, 40, 40,
        40, 40, 40,  90, 40, 40,
        40, 40, 40,  90, 40, 40,
        50, 51, 30,  29, 40, 40,
        90, 40, 90,  40, 40, 40,
    ];
    let grown =
        |tolerance_hu| edited_on(&hu, &Edit::Grow { at: [1, 1], tolerance_hu, reach_px: 100.0 }, dims, &[0; 30]);
    // The 3 x 3 around [1, 1] is 40 throughout.
    assert_eq!(grown(0), drawn(&["###...", "###...", "###...", "......", "......"]).1);
    // 50 and 30 are within, 51 and 29 not; the 40 below the 51 is cut off.
    assert_eq!(grown(10), drawn(&["###...", "###...", "###...", "#.#...", "......"]).1);
    // Now through the 29 to the right, and through the 51 down.
    assert_eq!(grown(11), drawn(&["###.##", "###.##", "###.##", "######", ".#.###"]).1);
    assert_eq!(grown(50), [1; 30]);
    assert_eq!(grown(-1), [0; 30]);
}

#[test]
fn growing_compares_with_the_mean_around_its_start() {
    // Mean of the 3 x 3 around the middle: (8 * 40 + 130) / 9 = 50. The middle itself is noise.
    let mut hu = [40i16; 25];
    hu[12] = 130;
    let grow = |at, tolerance_hu| edited_on(&hu, &Edit::Grow { at, tolerance_hu, reach_px: 10.0 }, [5, 5], &[0; 25]);
    let mut ring = [1; 25];
    ring[12] = 0;
    assert_eq!(grow([2, 2], 10), ring, "the start is passed though it is left out");
    assert_eq!(grow([2, 2], 9), [0; 25]);
    // At the corner only four pixels are in the slice: a mean of 40 there.
    assert_eq!(grow([0, 0], 0), ring);
}

#[test]
fn growing_ends_at_its_reach_and_keeps_what_is_there() {
    let (dims, at) = ([41, 41], [20, 20]);
    for reach_px in [0.0, 1.0, 7.0, 12.4f32] {
        let grown = edited(&Edit::Grow { at, tolerance_hu: 5, reach_px }, dims, &[0; 1681]);
        assert_eq!(grown, disc(dims, [20.0, 20.0], f64::from(reach_px)), "{reach_px}");
    }
    let everything = Edit::Grow { at, tolerance_hu: 0, reach_px: f32::INFINITY };
    assert_eq!(count(&edited(&everything, dims, &[0; 1681])), 1681);
    let nothing = Edit::Grow { at: [41, 20], tolerance_hu: 5, reach_px: 9.0 };
    assert_eq!(count(&edited(&nothing, dims, &[0; 1681])), 0);
    let before: Vec<u8> = disc(dims, [20.0, 26.0], 5.0).iter().map(|label| label * 2).collect();
    let after = edited(&Edit::Grow { at, tolerance_hu: 5, reach_px: 7.0 }, dims, &before);
    let near = disc(dims, [20.0, 20.0], 7.0);
    let both: Vec<u8> = before.iter().zip(near).map(|(old, new)| if *old != 0 { *old } else { new }).collect();
    assert_eq!(after, both);
}

#[test]
fn a_component_goes_with_all_that_touches_it_by_a_corner() {
    let (dims, before) = drawn(&["##...#", "..#..#", "...#..", "#.....", "##..##"]);
    let (_, after) = drawn(&[".....#", ".....#", "......", "#.....", "##..##"]);
    assert_eq!(edited(&Edit::Remove { at: [2, 3] }, dims, &before), after);
    assert_eq!(edited(&Edit::Remove { at: [2, 2] }, dims, &before), before, "background");
    assert_eq!(edited(&Edit::Remove { at: [5, 0] }, dims, &before), before, "nowhere");
}
