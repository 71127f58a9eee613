//! Convolutions of 3 x 3, four by four pixels at a time, by Winograd's minimal filtering: F(4 x 4, 3 x 3) of Lavin and Gray 2016, arXiv 1509.09308.
//!
//! Six by six pixels and nine weights, each carried to 36 numbers, are multiplied there one by one, and what comes of it over all input channels
//! is carried back to the sixteen pixels: 36 products where there would be 144. In single precision that costs about a digit of the last
//! rounding.

use std::ops::Range;

use pulp::Simd;

use super::fold::{Affine, Finish, Plain};
use super::maps::{Lent, Maps, filled, set_vector, vector};
use super::product::{Product, Work, dispatch, place};

/// Pixels of a tile's side that come out, that go in, and that go in of a map half the size.
const OUT: usize = 4;
const IN: usize = 6;
const IN_HALF: usize = 4;
/// Tiles that are worked on together: few enough for a core's own memory, and a multiple of the rows of every [`Work`].
const STRIP: usize = 24;

/// For each place of the six along a side, which of the four numbers of a map half the size stands there, and times what: doubled pixels carried over
/// leave nothing at one place, and the same at two others.
const HALVES: [Option<(usize, f64)>; IN] =
    [Some((0, 1.0)), Some((1, 2.0)), None, Some((2, 3.0)), Some((2, -1.0)), Some((3, 1.0))];

/// A convolution of stride 1 that keeps height and width; of a skip alone, or of a skip and a map half its size, doubled, channels one after the other.
#[derive(Clone, Debug)]
pub(super) struct Square {
    skip: TilePart,
    half: TilePart,
    out_channels: usize,
    finish: Finish,
}

/// What one of a convolution's inputs is multiplied by.
#[derive(Clone, Debug)]
struct TilePart {
    /// A matrix as [`place`] says for each of `terms`.
    weights: Vec<f32>,
    terms: Vec<Term>,
}

/// One matrix: where its sums belong among a tile's `IN * IN`, where the numbers stand that it multiplies, and the factor its weights have taken up.
#[derive(Clone, Copy, Debug)]
struct Term {
    sums: usize,
    carried: usize,
    factor: f64,
}

impl Square {
    /// With `half_channels` of its input channels, the last, from a map half the size; with a ReLU after it if `relu`, and `after` behind that.
    pub(super) fn new(conv: &Plain, half_channels: usize, relu: bool, after: Option<Affine>) -> Self {
        let channels = conv.per_output() / 9;
        let skip_channels = channels - half_channels;
        let whole = (0..IN * IN).map(|place| Term { sums: place, carried: place, factor: 1.0 });
        let doubled = (0..IN * IN).filter_map(|place| {
            let ((row, by_row), (column, by_column)) = (HALVES[place / IN]?, HALVES[place % IN]?);
            Some(Term { sums: place, carried: row * IN_HALF + column, factor: by_row * by_column })
        });
        Self {
            skip: TilePart::new(conv, 0..skip_channels, whole.collect()),
            half: TilePart::new(conv, skip_channels..channels, doubled.collect()),
            out_channels: conv.out_channels(),
            finish: Finish::of(conv.bias.clone(), relu, after),
        }
    }

    pub(super) fn of<'p>(&self, skip: &Maps<'p>, half: Option<&Maps<'p>>) -> Maps<'p> {
        let pool = skip.pool();
        let mut out = Maps::unset(self.out_channels, skip.size, pool);
        let from_half = half.map_or(0, |half| IN_HALF * IN_HALF * half.step());
        let carried = pool.lend(STRIP * from_half.max(IN * IN * skip.step()));
        let sums = pool.lend(STRIP * IN * IN * out.step());
        dispatch(Tiles { conv: self, skip, half, carried, sums, out: &mut out });
        out
    }
}

impl TilePart {
    /// The weights of `channels`, carried over by Lavin and Gray's `G` along both sides.
    fn new(conv: &Plain, channels: Range<usize>, terms: Vec<Term>) -> Self {
        let in_channels = channels.len();
        let matrix = filled(conv.out_channels()) * in_channels;
        let mut weights = vec![0.0; terms.len() * matrix];
        for (out, from) in conv.weights.chunks_exact(conv.per_output()).enumerate() {
            for (input, kernel) in from.as_chunks::<9>().0[channels.clone()].iter().enumerate() {
                let rows = [0, 3, 6].map(|y| along([0, 1, 2].map(|x| f64::from(kernel[y + x]))));
                let columns: [_; IN] = std::array::from_fn(|x| along([0, 1, 2].map(|y: usize| rows[y][x])));
                let weights = weights[place(out, input, in_channels)..].iter_mut().step_by(matrix);
                for (weight, term) in weights.zip(&terms) {
                    *weight = (term.factor * columns[term.sums % IN][term.sums / IN]) as f32;
                }
            }
        }
        Self { weights, terms }
    }

    /// Multiplies what `maps` carried over for `count` tiles, and writes or adds it to `sums`, `[IN * IN, STRIP, out channels]`.
    #[inline(always)]
    fn multiply<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        maps: &Maps<'_>,
        (carried, count): (&[f32], usize),
        sums: &mut [f32],
        adding: bool,
    ) {
        let step = maps.step();
        let (matrix, sums_per_place) = (self.weights.len() / self.terms.len(), sums.len() / (IN * IN));
        for (term, weights) in self.terms.iter().zip(self.weights.chunks_exact(matrix)) {
            let rows = &carried[term.carried * STRIP * step..][..STRIP * step];
            let product = Product { rows, count, step, in_channels: maps.channels, weights };
            let sums = &mut sums[term.sums * sums_per_place..][..sums_per_place];
            product.write::<S, ROWS, PANELS, VECTORS>(simd, sums, adding);
        }
    }
}

/// Lavin and Gray's `G` along one side.
fn along([a, b, c]: [f64; 3]) -> [f64; IN] {
    let (even, even_far, odd_far) = (a + c, a + 4.0 * c, 2.0 * b);
    [a / 4.0, -(even + b) / 6.0, -(even - b) / 6.0, (even_far + odd_far) / 24.0, (even_far - odd_far) / 24.0, c]
}

/// The work of one convolution.
struct Tiles<'a, 'p> {
    conv: &'a Square,
    skip: &'a Maps<'p>,
    half: Option<&'a Maps<'p>>,
    /// `[places, STRIP, in channels]`.
    carried: Lent<'p>,
    /// `[IN * IN, STRIP, out channels]`.
    sums: Lent<'p>,
    out: &'a mut Maps<'p>,
}

impl Work for Tiles<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { conv, skip, half, mut carried, mut sums, out } = self;
        let size = out.size;
        let tiles = size.height.div_ceil(OUT) * size.width.div_ceil(OUT);
        for first in (0..tiles).step_by(STRIP) {
            let strip = first..tiles.min(first + STRIP);
            let count = strip.len();
            carry::<Whole, S, IN>(simd, skip, strip.clone(), &mut carried);
            conv.skip.multiply::<S, ROWS, PANELS, VECTORS>(simd, skip, (&carried, count), &mut sums, false);
            if let Some(half) = half {
                carry::<Upsampled, S, IN_HALF>(simd, half, strip.clone(), &mut carried);
                conv.half.multiply::<S, ROWS, PANELS, VECTORS>(simd, half, (&carried, count), &mut sums, true);
            }
            carry_back(simd, &sums, strip, &conv.finish, out);
        }
    }
}

/// A tile's first pixel that comes out, `[y, x]`, of tiles `side` pixels wide and high on a map.
#[inline(always)]
fn corner(tile: usize, side: usize, width: usize) -> [usize; 2] {
    let tiles_per_row = width.div_ceil(side);
    [tile / tiles_per_row * side, tile % tiles_per_row * side]
}

/// How pixels along one side are carried over, `SIDE` of them to as many numbers.
trait Transformed<const SIDE: usize> {
    /// Pixels of a tile's side that come out, on this map.
    const OUT: usize;

    fn carried<S: Simd>(simd: S, pixels: [S::f32s; SIDE]) -> [S::f32s; SIDE];
}

struct Whole;

/// A map half the size, doubled.
struct Upsampled;

/// Carries the pixels of each tile over, to `[places, STRIP, in channels]`; beyond the edge lie zeros.
#[inline(always)]
fn carry<C: Transformed<SIDE>, S: Simd, const SIDE: usize>(
    simd: S,
    maps: &Maps<'_>,
    strip: Range<usize>,
    carried: &mut [f32],
) {
    let (step, size) = (maps.step(), maps.size);
    let mut patch = maps.pool().lend(SIDE * SIDE * step);
    let mut columns = [[simd.splat_f32s(0.0); SIDE]; SIDE];
    for (slot, tile) in strip.enumerate() {
        let [y, x] = corner(tile, C::OUT, size.width);
        let inside = y > 0 && x > 0 && y + SIDE - 1 <= size.height && x + SIDE - 1 <= size.width;
        let (pixels, row_step) = if inside {
            (&maps.data[((y - 1) * size.width + x - 1) * step..], size.width * step)
        } else {
            for (dy, row) in patch.chunks_exact_mut(SIDE * step).enumerate() {
                copy_row(row, maps, (y + dy).wrapping_sub(1), x);
            }
            (&patch[..], SIDE * step)
        };
        for channel in (0..step).step_by(S::F32_LANES) {
            for (x, to) in columns.iter_mut().enumerate() {
                let mut pixels_down = [simd.splat_f32s(0.0); SIDE];
                for (y, to) in pixels_down.iter_mut().enumerate() {
                    *to = vector::<S>(pixels, y * row_step + x * step + channel);
                }
                *to = C::carried(simd, pixels_down);
            }
            let mut places = carried.chunks_exact_mut(STRIP * step);
            for y in 0..SIDE {
                for (values, place) in C::carried(simd, across(&columns, y)).into_iter().zip(&mut places) {
                    set_vector::<S>(place, slot * step + channel, values);
                }
            }
        }
    }
}

/// Fills `to` from row `y` with what lies from the pixel left of `x` on.
fn copy_row(to: &mut [f32], maps: &Maps<'_>, y: usize, x: usize) {
    let (step, size) = (maps.step(), maps.size);
    if y >= size.height {
        return to.fill(0.0);
    }
    let left = x.saturating_sub(1);
    let count = (to.len() / step - usize::from(x == 0)).min(size.width - left);
    let (before, rest) = to.split_at_mut(if x == 0 { step } else { 0 });
    let (within, beyond) = rest.split_at_mut(count * step);
    before.fill(0.0);
    within.copy_from_slice(&maps.data[(y * size.width + left) * step..][..count * step]);
    beyond.fill(0.0);
}

#[inline(always)]
fn carry_back<S: Simd>(simd: S, sums: &[f32], strip: Range<usize>, finish: &Finish, out: &mut Maps<'_>) {
    let (step, size) = (out.step(), out.size);
    let mut rows = [[simd.splat_f32s(0.0); OUT]; IN];
    for (slot, tile) in strip.enumerate() {
        let [top, left] = corner(tile, OUT, size.width);
        let whole = top + OUT <= size.height && left + OUT <= size.width;
        for channel in (0..step).step_by(S::F32_LANES) {
            let mut places = sums.chunks_exact(STRIP * step);
            for to in &mut rows {
                let mut row = [simd.splat_f32s(0.0); IN];
                for (to, place) in row.iter_mut().zip(&mut places) {
                    *to = vector::<S>(place, slot * step + channel);
                }
                *to = back(simd, row);
            }
            for x in 0..OUT {
                let column = back(simd, across(&rows, x));
                for (y, sums) in column.into_iter().enumerate() {
                    if whole || (top + y < size.height && left + x < size.width) {
                        let at = ((top + y) * size.width + left + x) * step + channel;
                        set_vector::<S>(&mut out.data, at, finish.apply(simd, sums, channel));
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn across<V: Copy, const INNER: usize, const OUTER: usize>(values: &[[V; INNER]; OUTER], at: usize) -> [V; OUTER] {
    let mut across = [values[0][at]; OUTER];
    for (to, inner) in across.iter_mut().zip(values) {
        *to = inner[at];
    }
    across
}

impl Transformed<IN> for Whole {
    const OUT: usize = OUT;

    /// Lavin and Gray's `B^T`.
    #[inline(always)]
    fn carried<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; IN]) -> [S::f32s; IN] {
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

impl Transformed<IN_HALF> for Upsampled {
    const OUT: usize = OUT / 2;

    /// What [`Whole`] makes of `[a, b, b, c, c, d]`, without the factors in [`HALVES`].
    #[inline(always)]
    fn carried<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; IN_HALF]) -> [S::f32s; IN_HALF] {
        let [minus_5, minus_4, four] = [simd.splat_f32s(-5.0), simd.splat_f32s(-4.0), simd.splat_f32s(4.0)];
        [
            simd.mul_add_e_f32s(four, a, simd.mul_add_e_f32s(minus_5, b, c)),
            simd.mul_add_e_f32s(minus_4, b, c),
            simd.sub_f32s(c, b),
            simd.mul_add_e_f32s(four, b, simd.mul_add_e_f32s(minus_5, c, d)),
        ]
    }
}

/// Lavin and Gray's `A^T` along one side.
#[inline(always)]
fn back<S: Simd>(simd: S, m: [S::f32s; IN]) -> [S::f32s; OUT] {
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
