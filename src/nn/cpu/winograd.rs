//! Convolutions of 3 x 3 within a slice by Winograd's minimal filtering, F(4 x 4, 3 x 3) of Lavin and Gray 2016,
//! arXiv 1509.09308, sections 4.1 and 4.3.
//!
//! The output is computed in tiles of 4 x 4 pixels. A tile's 6 x 6 input pixels and the 3 x 3
//! kernel are each transformed to 36 values, the *transform domain*; there the convolution is 36
//! products, summed over the input channels, in place of 144. In single precision this costs about
//! one digit of rounding.
//!
//! ```text
//!  input [H, W, in]          transform domain                              output [H, W, out]
//!
//!  . . . . . .      B^T   36 points x [tiles, in]                          . . . .
//!  . x x x x .     ---->    point 0:  | tile 0: in channels |              x x x x
//!  . x x x x .              (y=0,x=0) | tile 1: in channels |              x x x x
//!  . x x x x .                        | ...                 |              x x x x
//!  . x x x x .                      times one packed matrix [in, out]      x x x x
//!  . . . . . .                        for each point, from G                 ^
//!  6 x 6 pixels             point 1:  ...                                    |
//!                           point 35: ...                                    |
//!                         = 36 points x [tiles, out]  -----------------------+
//!                                                             A^T, epilogue
//! ```
//!
//! A kernel with several slices is a sum of 3 x 3 kernels, one for each neighbouring slice. In the
//! transform domain the tiles of neighbouring slices lie side by side, so the rows for a neighbour are
//! the same rows some tiles further on: each tile is transformed once for all slices of a block.
//!
//! The first convolution of a decoder block reads a skip connection and the upsampled maps of the
//! level below. The upsampled maps are never made: repeated pixels make the 36 points of a tile
//! multiples of 16 values, which [`Upsampled`] computes from the tile's 4 x 4 pixels below.
//! [`UPSAMPLED_POINTS`] says which value belongs to which point.

mod output_sampling;
mod tiles;
mod transforms;
mod weight_gradient;
mod weights;

use std::ops::Range;

use pulp::Simd;

use super::feature_maps::{BufferPool, FeatureMaps, InputSample, MapSize, PooledBuffer, padded};
use super::matmul::{Kernel, WriteMode, dispatch};
use super::parameters::{ConvParameters, Epilogue};
use super::slabs::{MapSlices, SLICES_PER_THREAD, SlabInput, slab_slices};
use crate::core::parallel::{self, for_each_chunk};
use crate::nn::network::{Activation, Sampling};
use output_sampling::OutputSampling;
use tiles::{BLOCK_VALUES, Block, TransformedTiles, transform_block, write_output};
use transforms::{FullResolution, IN, OUT, OUT_HALF, Upsampled};
pub(super) use weight_gradient::weight_gradient;
use weights::{SourceWeights, TransformedWeights};

/// Tiles of one slice that are computed together: few enough for the cache of one core, and a multiple
/// of the rows of every [`Kernel`].
const STRIP: usize = 24;

/// The most slices of a block. Two more are transformed for a kernel of three slices.
const BLOCK_SLICES: usize = SLICES_PER_THREAD;

/// A convolution of stride 1 that keeps the size. It reads one or several maps, whose channels are
/// concatenated.
#[derive(Clone, Debug)]
pub(super) struct Conv3x3 {
    sources: Vec<SourceWeights>,
    /// Slices of the kernel; odd.
    taps: usize,
    out_channels: usize,
    epilogue: Epilogue,
    output: OutputSampling,
}

impl Conv3x3 {
    /// Prepares the weights of `conv`, whose kernel has `taps` slices of 3 x 3. The inputs have the
    /// given channels; the first has the resolution of the output.
    pub(super) fn new(conv: &ConvParameters, inputs: &[(usize, Sampling)], taps: usize, epilogue: Epilogue) -> Self {
        Self::with_output(conv, inputs, taps, epilogue, OutputSampling::AsIs)
    }

    /// The convolution whose output is the gradient of one input of a convolution, from the gradient of
    /// that one's output. `weights` are the part that multiplies the input, `[out, in, taps, 3, 3]`, and
    /// `channels` the numbers of its input and output channels.
    pub(super) fn of_gradient(weights: &[f32], [input, output]: [usize; 2], taps: usize, sampling: Sampling) -> Self {
        let kernel = taps * 9;
        let mut turned = vec![0.0; weights.len()];
        for_each_chunk(&mut turned, output * kernel, |i, turned| {
            for (o, to) in turned.chunks_exact_mut(kernel).enumerate() {
                let from = &weights[(o * input + i) * kernel..][..kernel];
                to.iter_mut().zip(from.iter().rev()).for_each(|(to, from)| *to = *from);
            }
        });
        let conv = ConvParameters { weights: turned, bias: vec![0.0; input] };
        let epilogue = Epilogue::new(conv.bias.clone(), Activation::None, None);
        let output_sampling = match sampling {
            Sampling::AsIs => OutputSampling::AsIs,
            Sampling::RepeatedTwice => OutputSampling::SummedTwice,
        };
        Self::with_output(&conv, &[(output, Sampling::AsIs)], taps, epilogue, output_sampling)
    }

    fn with_output(
        conv: &ConvParameters,
        inputs: &[(usize, Sampling)],
        taps: usize,
        epilogue: Epilogue,
        output: OutputSampling,
    ) -> Self {
        let mut first = 0;
        let mut source = |(channels, sampling): (usize, Sampling)| {
            let original = conv.weights_of(first..first + channels, taps * 9);
            first += channels;
            SourceWeights::new(original, (channels, sampling), output, [taps, conv.out_channels()])
        };
        let sources = inputs.iter().map(|input| source(*input)).collect();
        Self { sources, taps, out_channels: conv.out_channels(), epilogue, output }
    }

    /// The convolution of the concatenated `inputs`. An input that is repeated has half the height and
    /// width of the first.
    pub(super) fn forward<'p>(&self, inputs: &[&FeatureMaps<'p>]) -> FeatureMaps<'p> {
        let (size, pool) = (inputs[0].size, inputs[0].pool());
        let mut out = FeatureMaps::uninitialized(self.out_channels, self.output.size(size), pool);
        let transformed = self.transformed_now(pool);
        let inputs: Vec<_> = inputs.iter().map(|maps| MapSlices::all(maps)).collect();
        self.compute(&self.weights(&transformed), &inputs, size, 0..size.depth, &mut out.data);
        out
    }

    /// The convolution of a sample, of which some slices at a time are laid out as maps: with few channels they take much
    /// more memory than the sample.
    pub(super) fn forward_sample<'p>(&self, sample: InputSample<'_>, pool: &'p BufferPool) -> FeatureMaps<'p> {
        let mut out = FeatureMaps::uninitialized(self.out_channels, sample.size, pool);
        let (depth, stride) = (sample.size.depth, out.slice_stride());
        let transformed = self.transformed_now(pool);
        let weights = self.weights(&transformed);
        for first in (0..depth).step_by(slab_slices()) {
            let slices = first..depth.min(first + slab_slices());
            let read = first.saturating_sub(self.taps / 2)..depth.min(slices.end + self.taps / 2);
            let maps = FeatureMaps::of_slices(sample, read.clone(), pool);
            let part = MapSlices::part(&maps, read.start, depth);
            let out = &mut out.data[slices.start * stride..slices.end * stride];
            self.compute(&weights, &[part], sample.size, slices, out);
        }
        out
    }

    /// The convolution of the concatenated `inputs`, which do not include repeated ones, written over `over`: maps with
    /// as many channels in memory as the output.
    pub(super) fn forward_over<'p>(&self, mut over: FeatureMaps<'p>, inputs: &[SlabInput<'_, 'p>]) -> FeatureMaps<'p> {
        let (size, stride, slab) = (over.size, over.slice_stride(), slab_slices());
        let transformed = self.transformed_now(over.pool());
        let weights = self.weights(&transformed);
        let [mut computed, mut held] = [(); 2].map(|()| vec![0.0; slab.min(size.depth) * stride]);
        let mut before = 0..0;
        for first in (0..size.depth).step_by(slab) {
            let slices = first..size.depth.min(first + slab);
            let read = first.saturating_sub(self.taps / 2)..size.depth.min(slices.end + self.taps / 2);
            let made: Vec<_> = inputs.iter().map(|input| input.made(&read)).collect();
            let parts: Vec<MapSlices<'_, 'p>> =
                inputs.iter().zip(&made).map(|(input, made)| input.slices(&over, made.as_ref(), read.start)).collect();
            self.compute(&weights, &parts, size, slices.clone(), &mut computed[..slices.len() * stride]);
            over.data[before.start * stride..before.end * stride].copy_from_slice(&held[..before.len() * stride]);
            std::mem::swap(&mut computed, &mut held);
            before = slices;
        }
        over.data[before.start * stride..before.end * stride].copy_from_slice(&held[..before.len() * stride]);
        over.channels = self.out_channels;
        over
    }

    /// The transformed weights for each input, where they are not kept.
    fn transformed_now<'p>(&self, pool: &'p BufferPool) -> Vec<Option<PooledBuffer<'p>>> {
        self.sources.iter().map(|source| source.transformed_now(self.taps, pool)).collect()
    }

    /// The transformed weights for each input.
    fn weights<'a>(&'a self, now: &'a [Option<PooledBuffer<'_>>]) -> Vec<TransformedWeights<'a>> {
        self.sources.iter().zip(now).map(|(source, now)| source.with(now.as_deref())).collect()
    }

    /// Computes some slices of the output, of which the whole has the size `size`.
    fn compute(
        &self,
        sources: &[TransformedWeights<'_>],
        inputs: &[MapSlices<'_, '_>],
        size: MapSize,
        slices: Range<usize>,
        out: &mut [f32],
    ) {
        let slice_stride = self.output.size(size).slice_area() * padded(self.out_channels);
        let count = slices.len().div_ceil(parallel::count());
        for_each_chunk(out, count * slice_stride, |chunk, out| {
            let first = slices.start + chunk * count;
            let slices = first..first + out.len() / slice_stride;
            dispatch(Conv3x3Kernel { conv: self, sources, inputs, size, slices, out });
        });
    }

    /// How many slices and how many tiles of each are computed together.
    fn block(&self, inputs: &[MapSlices<'_, '_>], slices: usize, tiles: usize) -> [usize; 2] {
        if slices == 1 {
            return [1, STRIP.min(tiles)];
        }
        let widest =
            inputs.iter().map(|input| input.maps.voxel_stride()).max().unwrap_or(0).max(padded(self.out_channels));
        let rows = (BLOCK_VALUES / (IN * IN * widest)).clamp(STRIP, 4 * STRIP);
        let tiles = (rows / BLOCK_SLICES.min(slices)).clamp(1, tiles);
        [(rows / tiles).clamp(1, slices), tiles]
    }
}

/// The computation of some slices of one convolution.
struct Conv3x3Kernel<'a, 'p> {
    conv: &'a Conv3x3,
    sources: &'a [TransformedWeights<'a>],
    inputs: &'a [MapSlices<'a, 'p>],
    size: MapSize,
    slices: Range<usize>,
    /// The slices, `[depth, height, width, padded(out channels)]`.
    out: &'a mut [f32],
}

impl Kernel for Conv3x3Kernel<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { conv, sources, inputs, size, slices, out } = self;
        let tiles = size.height.div_ceil(OUT) * size.width.div_ceil(OUT);
        let [block_slices, block_tiles] = conv.block(inputs, slices.len(), tiles);
        let pool = inputs[0].maps.pool();
        let rows = (block_slices + conv.taps - 1) * block_tiles;
        let widest = inputs.iter().map(|input| input.maps.voxel_stride()).max().unwrap_or(0);
        let mut transformed = pool.take(IN * IN * rows * widest);
        let mut sums = pool.take(IN * IN * block_slices * block_tiles * padded(conv.out_channels));
        for first_tile in (0..tiles).step_by(block_tiles) {
            for first_slice in slices.clone().step_by(block_slices) {
                let block = Block {
                    slices: first_slice..slices.end.min(first_slice + block_slices),
                    tiles: first_tile..tiles.min(first_tile + block_tiles),
                };
                let sums = &mut sums[..IN * IN * block.rows() * padded(conv.out_channels)];
                let mut mode = WriteMode::Overwrite;
                for (input, source) in inputs.iter().zip(sources) {
                    let tiles = transform_block(simd, source.sampling, *input, &block, conv.taps, &mut transformed);
                    for tap in 0..conv.taps {
                        let tiles = TransformedTiles { first: tap * block.tiles.len(), ..tiles };
                        source.multiply::<S, ROWS, PANELS, VECTORS>(simd, [tap, conv.taps], tiles, sums, mode);
                        mode = WriteMode::Accumulate;
                    }
                }
                let first = block.slices.start - slices.start;
                let (epilogue, out_size) = (&conv.epilogue, conv.output.size(size));
                match conv.output {
                    OutputSampling::AsIs => {
                        write_output::<FullResolution, S, OUT>(simd, sums, &block, first, epilogue, out_size, out);
                    }
                    OutputSampling::SummedTwice => {
                        write_output::<Upsampled, S, OUT_HALF>(simd, sums, &block, first, epilogue, out_size, out);
                    }
                }
            }
        }
    }
}
