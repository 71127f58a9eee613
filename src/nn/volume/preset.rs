//! The named networks of volumes that can be trained, and their first weights.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::imaging::volume_pipeline::resize::InterpolationOrder;
use crate::imaging::volume_pipeline::settings::{
    Normalisation, ReaderOrder, ResamplingRule, SeparateZ, VolumePipeline, VolumeSettings, ZScoreRegion,
};
use crate::nn::model::state_dict::{StateDict, TensorValues};
use crate::nn::network::{Layer, NetworkDescription, NetworkGraph, StageDescription};

/// A network of volumes by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumePreset {
    /// The 3-D Attention U-Net of Oktay et al. 2018, as its repository builds it.
    Paper,
    /// The same without gates.
    PaperUnet,
    /// V-Net (Milletari et al. 2016) as MONAI builds it, without dropout.
    Vnet,
}

impl VolumePreset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Paper, Self::PaperUnet, Self::Vnet];

    /// Its name on the command line and in model files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::PaperUnet => "paper-unet",
            Self::Vnet => "v-net",
        }
    }

    /// The network with `base_filters` channels at the finest stage, of which each has 16 as published.
    pub fn description(self, base_filters: usize, classes: usize) -> NetworkDescription {
        match self {
            Self::Paper => NetworkDescription::paper(base_filters, classes, true),
            Self::PaperUnet => NetworkDescription::paper(base_filters, classes, false),
            Self::Vnet => {
                let vnet = NetworkDescription::vnet(classes);
                let stages = vnet.stages.iter().enumerate();
                let stage = |(level, stage): (usize, &StageDescription)| StageDescription {
                    features: base_filters << level,
                    ..stage.clone()
                };
                NetworkDescription { stages: stages.map(stage).collect(), ..vnet }
            }
        }
    }
}

/// What stands around a network that was trained here: the scan is turned to RAS, brought to mean 0 and
/// standard deviation 1, and resampled linearly to even voxels; patches overlap by half.
/// `patch` is `[z, y, x]`.
pub fn training_pipeline(spacing_mm: f64, patch: [usize; 3]) -> VolumeSettings {
    let linear = ResamplingRule {
        order: InterpolationOrder::Linear,
        order_z: InterpolationOrder::Nearest,
        separate_z: SeparateZ::Never,
    };
    VolumeSettings {
        pipeline: VolumePipeline::NnUnet,
        reader: ReaderOrder::Ras,
        transpose_forward: [0, 1, 2],
        spacing_mm: vec![spacing_mm; 3],
        patch_size: patch.to_vec(),
        normalisation: vec![Normalisation::ZScore { region: ZScoreRegion::Image }],
        data_resampling: linear,
        logits_resampling: linear,
        tile_step: 0.5,
        mirror_axes: Vec::new(),
    }
}

/// The weights that a training begins with: convolutions are drawn as He et al. 2015 (normal, by what each
/// output adds up), biases are 0, norms change nothing.
pub fn first_weights(graph: &NetworkGraph, seed: u64) -> StateDict {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let transposed = |layer: &Layer| match layer {
        Layer::TransposedConv { name, .. } => Some(format!("{name}.weight")),
        _ => None,
    };
    let transposed: Vec<String> = graph.layers.iter().filter_map(transposed).collect();
    let drawn = |(name, shape): (String, Vec<usize>)| {
        let count = shape.iter().product();
        let values = match name.rsplit('.').next() {
            Some("weight") if shape.len() > 1 => {
                let added_up = if transposed.contains(&name) { shape[0] } else { shape[1..].iter().product() };
                let deviation = (2.0 / added_up as f32).sqrt();
                (0..count).map(|_| deviation * normal(&mut rng)).collect()
            }
            Some("weight" | "running_var") => vec![1.0; count],
            _ => vec![0.0; count],
        };
        (name, TensorValues { shape, values })
    };
    StateDict(graph.parameter_shapes().into_iter().map(drawn).collect())
}

/// A number of the standard normal distribution (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let (radius, angle) = (1.0 - rng.random::<f32>(), rng.random::<f32>());
    (-2.0 * radius.ln()).sqrt() * (std::f32::consts::TAU * angle).cos()
}
