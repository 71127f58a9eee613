//! A network with one of its attention gates held open: what it computes where that gate holds nothing back.

use super::layer::{ConvInput, Layer, MapIndex, NetworkGraph};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnMessage;

/// Refuses to hold open a gate, counted from the deepest, that is none of a network's `gates`.
///
/// # Errors
/// Such a gate, with the number of gates. People count them from 1.
pub fn check_open_gate(gate: usize, gates: usize) -> Result<(), UserError> {
    let found = gate + 1;
    let why = match gates {
        0 => NnMessage::NoGates { found },
        _ if gate >= gates => NnMessage::GateNumber { found, gates },
        _ => return Ok(()),
    };
    Err(UserError::new(NnMessage::OpenGate, why, NnMessage::UseGate))
}

impl NetworkGraph {
    /// This network with a gate, counted from the deepest, held open, as if its attention were 1 everywhere: what read the
    /// weighted skip connection reads the skip connection itself. The gate's attention is still computed.
    ///
    /// # Errors
    /// A gate that the network does not have.
    pub fn with_open_gate(&self, gate: usize) -> Result<Self, UserError> {
        check_open_gate(gate, self.attention.len())?;
        let alpha = self.attention[gate];
        let weighted = |(index, layer): (usize, &Layer)| match layer {
            Layer::Multiply { input, weights } if *weights == alpha => Some((index, *input)),
            _ => None,
        };
        let (layer, skip) = self.layers.iter().enumerate().find_map(weighted).expect("a gate weighs a skip connection");
        let product = MapIndex(layer + 1);
        let mut open = self.clone();
        open.layers.remove(layer);
        open.rename_maps(|map| match map {
            map if map == product => skip,
            map if map > product => MapIndex(map.0 - 1),
            map => map,
        });
        Ok(open)
    }

    fn rename_maps(&mut self, renamed: impl Fn(MapIndex) -> MapIndex) {
        self.layers.iter_mut().for_each(|layer| *layer = layer.with_inputs(&renamed));
        self.features = renamed(self.features);
        let kept = self.attention.iter_mut().chain(&mut self.decoded);
        kept.for_each(|map| *map = renamed(*map));
    }
}

impl Layer {
    /// The same layer reading other maps.
    fn with_inputs(&self, renamed: impl Fn(MapIndex) -> MapIndex) -> Self {
        let mut layer = self.clone();
        match &mut layer {
            Self::Conv(conv) => {
                conv.inputs.iter_mut().for_each(|input: &mut ConvInput| input.map = renamed(input.map));
            }
            Self::TransposedConv { input, .. } | Self::MaxPool { input, .. } | Self::AveragePool { input, .. } => {
                *input = renamed(*input);
            }
            Self::Add { inputs, .. } | Self::Concatenate { inputs } => *inputs = inputs.map(renamed),
            Self::Multiply { input, weights } => (*input, *weights) = (renamed(*input), renamed(*weights)),
            Self::ResizeLinear { input, like } | Self::ResizeNearest { input, like } => {
                (*input, *like) = (renamed(*input), renamed(*like));
            }
        }
        layer
    }
}
