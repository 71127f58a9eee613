//! Convolution of [`Planes`] with whatever follows it folded in: batch norm, bias, ReLU.
//!
//! A strip of pixels and a block of output channels stay in registers while all input channels and taps go by; nothing is rearranged.
//! Each sum is taken in the same order on every machine, so results differ only by whether it multiplies and adds in one rounding.

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

use super::planes::{Planes, Size};

/// Output channels computed together.
const BLOCK: usize = 4;
/// Vectors of pixels computed together.
const VECTORS: usize = 3;
/// Pixels of the widest vectors, AVX-512's.
pub(super) const LARGEST_STRIP: usize = VECTORS * 16;

/// A convolution of stride 1 that keeps height and width, with `TAPS` weights per pair of channels: 9, 4 or 1.
#[derive(Clone, Debug)]
pub(super) struct Conv<const TAPS: usize> {
    /// `[out channels / BLOCK, in channels, TAPS, BLOCK]`, filled up with zeros.
    weights: Vec<f32>,
    /// Filled up likewise.
    bias: Vec<f32>,
    out_channels: usize,
    relu: bool,
    /// What each channel is multiplied by after the ReLU, and what is added then; filled up likewise.
    after: Option<[Vec<f32>; 2]>,
}

/// A convolution as Burn has it: `[out, in, kh, kw]` and bias, in plain numbers.
pub(super) struct Plain {
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// A batch norm with its running statistics in force: factor and summand per channel.
pub(super) struct Affine {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Plain {
    pub(super) fn of(conv: &Conv2d) -> Self {
        let weights = numbers(conv.weight.val());
        let bias = match &conv.bias {
            Some(bias) => numbers(bias.val()),
            None => vec![0.0; conv.weight.dims()[0]],
        };
        Self { weights, bias }
    }

    /// The same followed by `norm`, in one.
    pub(super) fn then(mut self, norm: &Affine) -> Self {
        let per_output = self.weights.len() / self.bias.len();
        for (weights, scale) in self.weights.chunks_exact_mut(per_output).zip(&norm.scale) {
            weights.iter_mut().for_each(|weight| *weight *= scale);
        }
        for ((bias, scale), shift) in self.bias.iter_mut().zip(&norm.scale).zip(&norm.shift) {
            *bias = *bias * scale + shift;
        }
        self
    }

    /// As a [`Merge`], with `skip_channels` of its input channels from the skip; the rest as [`ready`](Self::ready).
    pub(super) fn merging(self, skip_channels: usize, relu: bool, after: Option<Affine>) -> Merge {
        let out_channels = self.bias.len();
        let per_output = self.weights.len() / out_channels;
        let (mut skip, mut half) = (Vec::new(), Vec::new());
        for weights in self.weights.chunks_exact(per_output) {
            let (of_skip, of_half) = weights.split_at(skip_channels * 9);
            skip.extend_from_slice(of_skip);
            half.extend_from_slice(of_half);
        }
        // Weights 0 and 1, or 1 and 2, fall on one pixel.
        let pairs = |[a, b, c]: [f32; 3], odd: usize| if odd == 0 { [a, b + c] } else { [a + b, c] };
        let quarters = std::array::from_fn(|i| {
            let summed = half.as_chunks::<3>().0.as_chunks::<3>().0.iter().flat_map(|rows| {
                let [top, middle, bottom] = rows.map(|row| pairs(row, i % 2));
                let columns = [0, 1].map(|x| pairs([top[x], middle[x], bottom[x]], i / 2));
                [columns[0][0], columns[1][0], columns[0][1], columns[1][1]]
            });
            Self { weights: summed.collect(), bias: vec![0.0; out_channels] }.ready(false, None)
        });
        Merge { skip: Self { weights: skip, bias: self.bias }.ready(relu, after), quarters }
    }

    /// Ready to run, with a ReLU after it if `relu`, and with `after` behind that: between them nothing folds, as a convolution that follows
    /// surrounds what it gets with zeros.
    pub(super) fn ready<const TAPS: usize>(self, relu: bool, after: Option<Affine>) -> Conv<TAPS> {
        let out_channels = self.bias.len();
        let filled = |mut values: Vec<f32>| {
            values.resize(out_channels.next_multiple_of(BLOCK), 0.0);
            values
        };
        let in_channels = self.weights.len() / out_channels / TAPS;
        let mut weights = vec![0.0; out_channels.next_multiple_of(BLOCK) * in_channels * TAPS];
        for (out, from) in self.weights.chunks_exact(in_channels * TAPS).enumerate() {
            let to = weights[out / BLOCK * in_channels * TAPS * BLOCK..].iter_mut().skip(out % BLOCK).step_by(BLOCK);
            to.zip(from).for_each(|(to, from)| *to = *from);
        }
        let after = after.map(|norm| [filled(norm.scale), filled(norm.shift)]);
        Conv { weights, bias: filled(self.bias), out_channels, relu, after }
    }
}

impl Affine {
    pub(super) fn of(norm: &BatchNorm) -> Self {
        let [mean, variance] = [&norm.running_mean, &norm.running_var].map(|state| numbers(state.value()));
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| numbers(param.val()));
        let scale: Vec<f32> = gamma
            .iter()
            .zip(variance)
            .map(|(g, v)| (f64::from(*g) / (f64::from(v) + norm.epsilon).sqrt()) as f32)
            .collect();
        let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Self { scale, shift }
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

impl Conv<9> {
    pub(super) fn of<'p>(&self, x: &Planes<'p>) -> Planes<'p> {
        self.run(x, None, window([-1, -1], 3, x.size))
    }
}

impl Conv<1> {
    pub(super) fn of<'p>(&self, x: &Planes<'p>) -> Planes<'p> {
        self.run(x, None, [0])
    }
}

impl<const TAPS: usize> Conv<TAPS> {
    /// `offsets` lead from a pixel to those that the weights are for; `start` is what the sums begin with, beside the bias.
    fn run<'p>(&self, x: &Planes<'p>, start: Option<&Planes<'p>>, offsets: [isize; TAPS]) -> Planes<'p> {
        let mut out = Planes::unset(self.out_channels, x.size, x.pool());
        Arch::new().dispatch(Strips { conv: self, x, start, offsets, out: &mut out });
        out.clear_margins();
        out
    }
}

/// The pixels of a square window, row by row, `[y, x]` from the one it is laid around.
fn window<const TAPS: usize>([y, x]: [isize; 2], side: usize, size: Size) -> [isize; TAPS] {
    std::array::from_fn(|tap| (y + (tap / side) as isize) * size.stride() as isize + x + (tap % side) as isize)
}

/// A 3 x 3 convolution of a skip and of a map half its size, doubled, channels one after the other.
///
/// Doubling is not done: the four pixels that come of one each see only two by two different ones, through the sums of the weights that would fall
/// on the same. That is 4 products where there would be 9.
#[derive(Clone, Debug)]
pub(super) struct Merge {
    skip: Conv<9>,
    /// Of even rows' even and odd columns, then odd rows'.
    quarters: [Conv<4>; 4],
}

impl Merge {
    pub(super) fn of<'p>(&self, skip: &Planes<'p>, half: &Planes<'p>) -> Planes<'p> {
        let quarters = std::array::from_fn(|i| {
            let around = [i / 2, i % 2].map(|odd| odd as isize - 1);
            self.quarters[i].run(half, None, window(around, 2, half.size))
        });
        self.skip.run(skip, Some(&Planes::interleaved(&quarters)), window([-1, -1], 3, skip.size))
    }
}

/// The work of one convolution.
struct Strips<'a, 'p, const TAPS: usize> {
    conv: &'a Conv<TAPS>,
    x: &'a Planes<'p>,
    start: Option<&'a Planes<'p>>,
    offsets: [isize; TAPS],
    out: &'a mut Planes<'p>,
}

impl<const TAPS: usize> WithSimd for Strips<'_, '_, TAPS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { conv, x, start, offsets, out } = self;
        let (size, strip) = (out.size, VECTORS * S::F32_LANES);
        let plane = size.plane();
        let per_block = conv.weights.len() / (conv.bias.len() / BLOCK);
        for at in (size.first()..size.first() + size.span()).step_by(strip) {
            for (block, weights) in conv.weights.chunks_exact(per_block).enumerate() {
                let channel = block * BLOCK;
                let bias: [f32; BLOCK] = std::array::from_fn(|c| conv.bias[channel + c]);
                let mut sums = bias.map(|bias| [simd.splat_f32s(bias); VECTORS]);
                if let Some(start) = start {
                    for (map, sums) in start.maps().skip(channel).zip(&mut sums) {
                        let pixels = S::as_simd_f32s(&map[at..at + strip]).0;
                        sums.iter_mut().zip(pixels).for_each(|(sum, start)| *sum = simd.add_f32s(*sum, *start));
                    }
                }
                for (map, taps) in x.maps().zip(weights.as_chunks::<BLOCK>().0.as_chunks::<TAPS>().0) {
                    for (offset, tap) in offsets.iter().zip(taps) {
                        let from = at.wrapping_add_signed(*offset);
                        let pixels = S::as_simd_f32s(&map[from..from + strip]).0;
                        let pixels: [S::f32s; VECTORS] = std::array::from_fn(|v| pixels[v]);
                        for (sums, weight) in sums.iter_mut().zip(tap) {
                            let weight = simd.splat_f32s(*weight);
                            for (sum, pixels) in sums.iter_mut().zip(pixels) {
                                *sum = simd.mul_add_e_f32s(weight, pixels, *sum);
                            }
                        }
                    }
                }
                for (c, sums) in sums.into_iter().enumerate().take(conv.out_channels - channel.min(conv.out_channels)) {
                    let to = &mut out.data[(channel + c) * plane + at..][..strip];
                    for (to, mut sum) in S::as_mut_simd_f32s(to).0.iter_mut().zip(sums) {
                        if conv.relu {
                            sum = simd.max_f32s(sum, simd.splat_f32s(0.0));
                        }
                        if let Some([scale, shift]) = &conv.after {
                            let [scale, shift] = [scale, shift].map(|of| simd.splat_f32s(of[channel + c]));
                            sum = simd.mul_add_e_f32s(sum, scale, shift);
                        }
                        *to = sum;
                    }
                }
            }
        }
    }
}
