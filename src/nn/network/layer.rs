//! The layers of a network, as values: what is computed from what, with which named tensors.
//!
//! A [`NetworkGraph`] is what a description of a network comes down to. Whatever runs a network reads it:
//! the kernels of [`cpu`](crate::nn::cpu) compute it, and [`parameter_shapes`](NetworkGraph::parameter_shapes)
//! checks a file against it.

use std::collections::BTreeMap;

use super::kinds::{Activation, NormKind};

/// The feature maps that a layer makes. The input of the network has the index 0, and every layer
/// makes the maps with the next index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MapIndex(pub usize);

/// One of the maps that a convolution reads; their channels are concatenated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvInput {
    /// The maps.
    pub map: MapIndex,
    /// Their channels.
    pub channels: usize,
    /// How they are brought to the resolution of the others.
    pub sampling: Sampling,
}

/// How maps are brought to the resolution of a convolution's other inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// They have it.
    AsIs,
    /// Each voxel is repeated twice along y and along x. Only for kernels of 3 x 3 within a slice.
    RepeatedTwice,
}

/// A normalisation with its tensors' common name.
#[derive(Clone, Debug, PartialEq)]
pub struct AppliedNorm {
    /// Tensors are `NAME.weight`, `NAME.bias` and, of a batch norm, `NAME.running_mean` and
    /// `NAME.running_var`.
    pub name: String,
    /// The kind.
    pub kind: NormKind,
    /// True if it follows the activation, false if it precedes it.
    pub after_activation: bool,
}

/// A convolution with all that follows it at once.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvLayer {
    /// What it reads.
    pub inputs: Vec<ConvInput>,
    /// Tensors are `NAME.weight` and `NAME.bias`.
    pub name: String,
    /// `[z, y, x]`. The input is padded with `(kernel - 1) / 2` zeros on both sides of each axis.
    pub kernel: [usize; 3],
    /// `[z, y, x]`.
    pub stride: [usize; 3],
    /// Channels of its output.
    pub out_channels: usize,
    /// True if there is a bias.
    pub bias: bool,
    /// The normalisation, if any.
    pub norm: Option<AppliedNorm>,
    /// The activation.
    pub activation: Activation,
}

/// One step of a network. Arrays are `[channels, z, y, x]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A convolution.
    Conv(ConvLayer),
    /// A transposed convolution whose kernel is as large as its stride.
    TransposedConv {
        /// What it reads.
        input: MapIndex,
        /// Channels of the input.
        in_channels: usize,
        /// Channels of the output.
        out_channels: usize,
        /// Tensors are `NAME.weight`, `[in, out, z, y, x]`, and `NAME.bias`.
        name: String,
        /// Kernel and stride, `[z, y, x]`.
        stride: [usize; 3],
        /// True if there is a bias.
        bias: bool,
        /// The normalisation, if any.
        norm: Option<AppliedNorm>,
        /// The activation.
        activation: Activation,
    },
    /// The channels of two maps of one size, one after the other.
    Concatenate {
        /// What it reads.
        inputs: [MapIndex; 2],
    },
    /// The largest value of each block.
    MaxPool {
        /// What it reads.
        input: MapIndex,
        /// The block, `[z, y, x]`.
        size: [usize; 3],
    },
    /// The mean of each block.
    AveragePool {
        /// What it reads.
        input: MapIndex,
        /// The block, `[z, y, x]`.
        size: [usize; 3],
    },
    /// The sum of two maps of one shape. If the second has fewer channels, they are repeated.
    Add {
        /// What it reads.
        inputs: [MapIndex; 2],
        /// The activation of the sum.
        activation: Activation,
    },
    /// Maps times the one channel of others.
    Multiply {
        /// The maps.
        input: MapIndex,
        /// The factors, one channel.
        weights: MapIndex,
    },
    /// Linear interpolation to the size of another map, with half-voxel centres
    /// (PyTorch's `align_corners=False`).
    ResizeLinear {
        /// What it reads.
        input: MapIndex,
        /// The map whose size the result has.
        like: MapIndex,
    },
    /// Each voxel is repeated, so that the result has the size of another map.
    ResizeNearest {
        /// What it reads.
        input: MapIndex,
        /// The map whose size the result has.
        like: MapIndex,
    },
}

/// A network as a list of layers.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkGraph {
    /// Layer `i` makes the maps `i + 1`.
    pub layers: Vec<Layer>,
    /// The maps that the head reads; the last ones.
    pub features: MapIndex,
    /// A 1 x 1 x 1 convolution from the features to the classes. It is apart from the layers because
    /// it is linear: patches can be blended before it. If absent, the features are the classes.
    pub head: Option<ConvLayer>,
    /// The attention coefficients of the gates, deepest first; one channel each.
    pub attention: Vec<MapIndex>,
    /// The maps of each decoder block, deepest first.
    pub decoded: Vec<MapIndex>,
    /// Number of axes of the kernels: three, or two if they have no z axis.
    pub rank: usize,
}

impl Layer {
    /// The maps that the layer reads.
    pub fn inputs(&self) -> Vec<MapIndex> {
        match self {
            Self::Conv(conv) => conv.inputs.iter().map(|input| input.map).collect(),
            Self::TransposedConv { input, .. } | Self::MaxPool { input, .. } | Self::AveragePool { input, .. } => {
                vec![*input]
            }
            Self::Add { inputs, .. } | Self::Concatenate { inputs } => inputs.to_vec(),
            Self::Multiply { input, weights } => vec![*input, *weights],
            Self::ResizeLinear { input, like } | Self::ResizeNearest { input, like } => vec![*input, *like],
        }
    }
}

impl ConvLayer {
    /// Channels of all inputs together.
    pub fn in_channels(&self) -> usize {
        self.inputs.iter().map(|input| input.channels).sum()
    }

    fn parameters(&self, rank: usize) -> Vec<(String, Vec<usize>)> {
        let mut weight = vec![self.out_channels, self.in_channels()];
        weight.extend(&self.kernel[3 - rank..]);
        let mut all = vec![(format!("{}.weight", self.name), weight)];
        all.extend(self.bias.then(|| (format!("{}.bias", self.name), vec![self.out_channels])));
        all.extend(self.norm.iter().flat_map(|norm| norm.parameters(self.out_channels)));
        all
    }
}

impl AppliedNorm {
    fn parameters(&self, channels: usize) -> Vec<(String, Vec<usize>)> {
        let names: &[&str] = match self.kind {
            NormKind::Batch { .. } => &["weight", "bias", "running_mean", "running_var"],
            NormKind::Instance { .. } | NormKind::Group { .. } => &["weight", "bias"],
        };
        names.iter().map(|name| (format!("{}.{name}", self.name), vec![channels])).collect()
    }
}

impl NetworkGraph {
    /// The names and shapes of all tensors, in PyTorch's layout.
    pub fn parameter_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let of_layer = |layer: &Layer| match layer {
            Layer::Conv(conv) => conv.parameters(self.rank),
            Layer::TransposedConv { in_channels, out_channels, name, stride, bias, norm, .. } => {
                let mut weight = vec![*in_channels, *out_channels];
                weight.extend(&stride[3 - self.rank..]);
                let mut all = vec![(format!("{name}.weight"), weight)];
                all.extend(bias.then(|| (format!("{name}.bias"), vec![*out_channels])));
                all.extend(norm.iter().flat_map(|norm| norm.parameters(*out_channels)));
                all
            }
            _ => Vec::new(),
        };
        let head = self.head.iter().flat_map(|head| head.parameters(self.rank));
        self.layers.iter().flat_map(of_layer).chain(head).collect()
    }

    /// For each of the maps, the last layer that reads it; `None` if none does.
    pub fn last_readers(&self) -> Vec<Option<usize>> {
        last_readers(&self.layers)
    }

    /// All layers, the head as the last one, and the maps of the logits.
    pub fn layers_with_head(&self) -> (Vec<Layer>, MapIndex) {
        let mut layers = self.layers.clone();
        layers.extend(self.head.clone().map(Layer::Conv));
        let logits = if self.head.is_some() { MapIndex(layers.len()) } else { self.features };
        (layers, logits)
    }

    /// The channels of the maps before the head.
    pub fn feature_channels(&self) -> usize {
        match (&self.head, self.layers.get(self.features.0 - 1)) {
            (Some(head), _) => head.in_channels(),
            (None, Some(Layer::Conv(conv))) => conv.out_channels,
            (None, _) => 0,
        }
    }
}

/// For each of the maps, the layer of `layers` that reads it last.
pub fn last_readers(layers: &[Layer]) -> Vec<Option<usize>> {
    let mut last = vec![None; layers.len() + 1];
    for (i, layer) in layers.iter().enumerate() {
        layer.inputs().iter().for_each(|map| last[map.0] = Some(i));
    }
    last
}
