//! The box around what counts in an image, and the values inside a box.

use std::ops::Range;

/// The rows and columns of the box around the values of an image that count, `[y, x]` with the sides `[rows, columns]`: wider
/// by `margin` on every side, within the image. Both are empty if none counts.
pub fn box_around<T>(
    image: &[T],
    [rows, columns]: [usize; 2],
    margin: usize,
    counts: impl Fn(&T) -> bool,
) -> [Range<usize>; 2] {
    let wide = |first: Option<usize>, last: Option<usize>, length: usize| match (first, last) {
        (Some(first), Some(last)) => first.saturating_sub(margin)..(last + margin + 1).min(length),
        _ => 0..0,
    };
    let row = |y: &usize| image[y * columns..][..columns].iter().any(&counts);
    let found_rows = wide((0..rows).find(row), (0..rows).rev().find(row), rows);
    let column = |x: &usize| found_rows.clone().any(|y| counts(&image[y * columns + x]));
    let found_columns = wide((0..columns).find(column), (0..columns).rev().find(column), columns);
    [found_rows, found_columns]
}

/// The values of a box, row by row, in an image whose rows have `width` values.
pub fn part_of<T: Copy>(image: &[T], width: usize, [rows, columns]: [&Range<usize>; 2]) -> Vec<T> {
    rows.clone().flat_map(|y| &image[y * width..][columns.clone()]).copied().collect()
}
