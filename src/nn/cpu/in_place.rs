//! Which layers write their output over an input, and which maps are only made in part.

use super::feature_maps::padded;
use super::parameters::needs_pass;
use crate::nn::network::{ConvInput, Layer, MapIndex, NetworkGraph, Sampling};

/// What can be done in less memory, for each layer of a network. Whether it is done depends on the size of the maps
/// ([`is_worthwhile`](super::slabs::is_worthwhile)).
pub(super) struct InPlacePlan {
    /// The input of a convolution that its output may be written over.
    pub(super) overwritten: Vec<Option<MapIndex>>,
    /// True for a transposed convolution or an interpolation whose maps are made by their only reader, slab by slab.
    pub(super) is_deferred: Vec<bool>,
    /// True if the first layer is a convolution that alone reads the network's input, so that the input is laid out as maps
    /// slab by slab.
    pub(super) reads_sample: bool,
    /// For each of the maps the last layer that needs it; `None` for those that no layer reads.
    pub(super) last_readers: Vec<Option<usize>>,
}

impl NetworkGraph {
    /// True if maps are wanted beside the last ones of a run: the features and the attention.
    pub(in crate::nn) fn is_kept(&self, map: MapIndex) -> bool {
        map == self.features || self.attention.contains(&map)
    }

    /// What can be done in less memory.
    pub(super) fn in_place_plan(&self) -> InPlacePlan {
        let mut plan = InPlacePlan {
            overwritten: vec![None; self.layers.len()],
            is_deferred: vec![false; self.layers.len()],
            reads_sample: self.first_layer_reads_sample(),
            last_readers: self.last_readers(),
        };
        for (i, layer) in self.layers.iter().enumerate() {
            let Layer::Conv(conv) = layer else { continue };
            let has_made = conv.inputs.iter().any(|input| self.is_made_for_one(input.map));
            let can_write_over = conv.window().suits_winograd() || conv.window().is_pointwise() && has_made;
            if !can_write_over {
                continue;
            }
            // Read here alone, as it is, and nowhere later.
            let is_own = |input: &&ConvInput| {
                let times = conv.inputs.iter().filter(|other| other.map == input.map).count();
                let is_last = plan.last_readers[input.map.0] == Some(i) && !self.is_kept(input.map);
                times == 1 && is_last && input.sampling == Sampling::AsIs
            };
            let own: Vec<&ConvInput> = conv.inputs.iter().filter(is_own).collect();
            let is_made = |input: &&&ConvInput| self.is_made_for_one(input.map);
            let fits = |input: &&&ConvInput| padded(input.channels) == padded(conv.out_channels);
            let standing = own.iter().filter(fits).find(|input| !is_made(input));
            let Some(over) = standing.or_else(|| own.iter().find(fits)).map(|input| input.map) else { continue };
            plan.overwritten[i] = Some(over);
            for maker in own.iter().filter(is_made).map(|input| input.map.0 - 1) {
                // An interpolation also reads how large its maps are to be, which the reader knows.
                let from = self.layers[maker].inputs()[0];
                if maker + 1 == over.0 || from == over {
                    continue;
                }
                plan.is_deferred[maker] = true;
                plan.last_readers[from.0] = plan.last_readers[from.0].max(Some(i));
            }
        }
        plan
    }

    fn first_layer_reads_sample(&self) -> bool {
        let input = MapIndex(0);
        let Some(Layer::Conv(conv)) = self.layers.first() else { return false };
        let is_alone = !self.is_kept(input) && self.last_readers()[0] == Some(0) && conv.inputs.len() == 1;
        is_alone && conv.window().suits_winograd() && conv.inputs[0].sampling == Sampling::AsIs
    }

    /// True if a transposed convolution that no pass follows, or an interpolation, makes these maps, and one layer reads
    /// them.
    fn is_made_for_one(&self, map: MapIndex) -> bool {
        let makes_slices = match map.0.checked_sub(1).map(|layer| &self.layers[layer]) {
            Some(Layer::TransposedConv { norm: None, activation, .. }) => !needs_pass(*activation),
            Some(Layer::ResizeLinear { .. }) => true,
            _ => false,
        };
        makes_slices && self.layers.iter().flat_map(Layer::inputs).filter(|read| *read == map).count() == 1
    }
}
