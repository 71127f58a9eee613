//! The transforms of Winograd's F(4 x 4, 3 x 3) along one side of a tile, in the notation of Lavin
//! and Gray, arXiv 1509.09308, section 4.3: `G` for the kernel, `B^T` for the input, `A^T` for the
//! output.
//!
//! Applying one of them along the columns and then along the rows gives the transform of a tile.
//! Tiles and channels are the business of the parent module.

use pulp::Simd;

/// Pixels of a tile's side in the output.
pub(super) const OUT: usize = 4;
/// Pixels of a tile's side in the input: the output and one more pixel on each side.
pub(super) const IN: usize = 6;
/// Pixels of a tile's side in an input of half the resolution.
pub(super) const IN_HALF: usize = 4;
/// Pixels of a tile's side in an output that is added up to half the resolution.
pub(super) const OUT_HALF: usize = 2;

/// The transform domain of an upsampled input, in terms of the [`IN_HALF`] values that
/// [`Upsampled`] computes. For each of the `IN` values that [`FullResolution`] would give: which of
/// the four it is, and the factor. One of the six is always zero, and one of the four serves twice.
pub(super) const UPSAMPLED_POINTS: [Option<(usize, f64)>; IN] =
    [Some((0, 1.0)), Some((1, 2.0)), None, Some((2, 3.0)), Some((2, -1.0)), Some((3, 1.0))];

/// `G`: the factors of a kernel's three weights along one side for each of the six values.
pub(super) const KERNEL_TRANSFORM: [[f64; 3]; IN] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// The input transform along one side, from `SIDE` pixels to `SIDE` values of the transform domain.
pub(super) trait InputTransform<const SIDE: usize> {
    /// Pixels of this input that a tile's side of the output covers.
    const COVERED: usize;

    fn transform<S: Simd>(simd: S, pixels: [S::f32s; SIDE]) -> [S::f32s; SIDE];
}

/// An input of the output's resolution, or an output of the input's.
pub(super) struct FullResolution;

/// An input of half the output's resolution, upsampled by repeating every pixel; or an output of half
/// the input's, whose pixels are sums of four.
pub(super) struct Upsampled;

impl InputTransform<IN> for FullResolution {
    const COVERED: usize = OUT;

    /// `B^T`.
    #[inline(always)]
    fn transform<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; IN]) -> [S::f32s; IN] {
        let [minus_5, minus_4, minus_2] = [simd.splat_f32s(-5.0), simd.splat_f32s(-4.0), simd.splat_f32s(-2.0)];
        let [two, four] = [simd.splat_f32s(2.0), simd.splat_f32s(4.0)];
        let [near_even, near_odd] = [simd.mul_add_e_f32s(minus_4, c, e), simd.mul_add_e_f32s(minus_4, b, d)];
        let [far_even, far_odd] = [simd.sub_f32s(e, c), simd.sub_f32s(d, b)];
        [
            simd.mul_add_e_f32s(four, a, simd.mul_add_e_f32s(minus_5, c, e)),
            simd.add_f32s(near_even, near_odd),
            simd.sub_f32s(near_even, near_odd),
            simd.mul_add_e_f32s(two, far_odd, far_even),
            simd.mul_add_e_f32s(minus_2, far_odd, far_even),
            simd.mul_add_e_f32s(four, b, simd.mul_add_e_f32s(minus_5, d, f)),
        ]
    }
}

impl InputTransform<IN_HALF> for Upsampled {
    const COVERED: usize = OUT / 2;

    /// `B^T` of `[a, b, b, c, c, d]`, without the factors in [`UPSAMPLED_POINTS`].
    #[inline(always)]
    fn transform<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; IN_HALF]) -> [S::f32s; IN_HALF] {
        let [minus_5, minus_4, four] = [simd.splat_f32s(-5.0), simd.splat_f32s(-4.0), simd.splat_f32s(4.0)];
        [
            simd.mul_add_e_f32s(four, a, simd.mul_add_e_f32s(minus_5, b, c)),
            simd.mul_add_e_f32s(minus_4, b, c),
            simd.sub_f32s(c, b),
            simd.mul_add_e_f32s(four, b, simd.mul_add_e_f32s(minus_5, c, d)),
        ]
    }
}

/// The output transform along one side, from six values of the transform domain to `SIDE` pixels.
pub(super) trait OutputTransform<const SIDE: usize> {
    fn transform<S: Simd>(simd: S, m: [S::f32s; IN]) -> [S::f32s; SIDE];
}

impl OutputTransform<OUT> for FullResolution {
    /// `A^T`.
    #[inline(always)]
    fn transform<S: Simd>(simd: S, m: [S::f32s; IN]) -> [S::f32s; OUT] {
        let [two, four, eight] = [simd.splat_f32s(2.0), simd.splat_f32s(4.0), simd.splat_f32s(8.0)];
        let (near_even, near_odd) = (simd.add_f32s(m[1], m[2]), simd.sub_f32s(m[1], m[2]));
        let (far_even, far_odd) = (simd.add_f32s(m[3], m[4]), simd.sub_f32s(m[3], m[4]));
        [
            simd.add_f32s(simd.add_f32s(m[0], near_even), far_even),
            simd.mul_add_e_f32s(two, far_odd, near_odd),
            simd.mul_add_e_f32s(four, far_even, near_even),
            simd.add_f32s(simd.mul_add_e_f32s(eight, far_odd, near_odd), m[5]),
        ]
    }
}

impl OutputTransform<OUT_HALF> for Upsampled {
    /// `A^T` with its pixels added up two by two: the adjoint of upsampling. The third value has no
    /// part in these sums.
    #[inline(always)]
    fn transform<S: Simd>(simd: S, m: [S::f32s; IN]) -> [S::f32s; OUT_HALF] {
        let [two, three, twelve] = [simd.splat_f32s(2.0), simd.splat_f32s(3.0), simd.splat_f32s(12.0)];
        let minus_four = simd.splat_f32s(-4.0);
        let [first, second] = [m[0], m[5]].map(|outer| simd.mul_add_e_f32s(two, m[1], outer));
        [
            simd.mul_add_e_f32s(three, m[3], simd.sub_f32s(first, m[4])),
            simd.mul_add_e_f32s(twelve, m[3], simd.mul_add_e_f32s(minus_four, m[4], second)),
        ]
    }
}

/// `A` along one side: the adjoint of the output transform, from four pixels to six values.
#[inline(always)]
pub(super) fn transform_gradient<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; OUT]) -> [S::f32s; IN] {
    let [two, four] = [simd.splat_f32s(2.0), simd.splat_f32s(4.0)];
    let (near_even, near_odd) = (simd.add_f32s(a, c), simd.add_f32s(b, d));
    let far_even = simd.mul_add_e_f32s(four, c, a);
    let far_odd = simd.mul_f32s(two, simd.mul_add_e_f32s(four, d, b));
    [
        a,
        simd.add_f32s(near_even, near_odd),
        simd.sub_f32s(near_even, near_odd),
        simd.add_f32s(far_even, far_odd),
        simd.sub_f32s(far_even, far_odd),
        d,
    ]
}

/// The values at index `i` of each inner array: a column of a matrix of rows.
#[inline(always)]
pub(super) fn column<V: Copy, const INNER: usize, const OUTER: usize>(
    rows: &[[V; INNER]; OUTER],
    i: usize,
) -> [V; OUTER] {
    let mut column = [rows[0][i]; OUTER];
    for (to, row) in column.iter_mut().zip(rows) {
        *to = row[i];
    }
    column
}
