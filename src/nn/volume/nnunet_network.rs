//! The description of the network that nnU-Net's plans plan.

use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::formats::nnunet::{
    PlannedBlocks, PlannedNetwork, PlannedNonlinearity, PlannedNorm, PlannedOrder, PlansConfiguration,
};
use crate::nn::network::{Activation, BlockKind, NetworkDescription, NormKind, StageDescription};

/// The network of a configuration, with as many logits as `classes`.
///
/// # Errors
/// A network that the plans may describe and that Islet does not run, by what it lacks.
pub(super) fn describe(
    configuration: &PlansConfiguration,
    in_channels: usize,
    classes: usize,
) -> Result<NetworkDescription, UserError> {
    let planned = &configuration.network;
    let norm = match planned.norm {
        PlannedNorm::Instance { eps, affine: true } => NormKind::Instance { epsilon: eps },
        PlannedNorm::Batch { eps, affine: true } => NormKind::Batch { epsilon: eps },
        PlannedNorm::Instance { affine: false, .. } | PlannedNorm::Batch { affine: false, .. } => {
            return Err(refused(configuration, VolumeMessage::NormWithoutWeights));
        }
    };
    if planned.blocks == PlannedBlocks::Residual && planned.stem_channels != planned.features_per_stage[0] {
        return Err(refused(configuration, VolumeMessage::StemChannels { found: planned.stem_channels }));
    }
    let block = match planned.blocks {
        PlannedBlocks::Convolutions => BlockKind::Plain,
        PlannedBlocks::Residual => BlockKind::Residual,
    };
    let stages = (0..planned.stages()).map(|stage| stage_of(planned, stage)).collect();
    let activation = match planned.nonlinearity {
        PlannedNonlinearity::LeakyRelu { negative_slope } => Activation::LeakyRelu { slope: negative_slope as f32 },
        PlannedNonlinearity::Relu => Activation::Relu,
    };
    Ok(NetworkDescription {
        norm,
        activation_first: planned.order == PlannedOrder::NonlinearityFirst,
        activation,
        conv_bias: planned.conv_bias,
        ..NetworkDescription::nnunet(configuration.patch_size.len(), [in_channels, classes], block, stages)
    })
}

fn stage_of(planned: &PlannedNetwork, stage: usize) -> StageDescription {
    let last = planned.stages() - 1;
    StageDescription {
        features: planned.features_per_stage[stage],
        kernel: three(&planned.kernel_sizes[stage]),
        stride: three(&planned.strides[stage]),
        encoder_convs: planned.n_per_stage[stage],
        // The plans count the decoder's stages from the deepest.
        decoder_convs: if stage == last { 0 } else { planned.n_conv_per_stage_decoder[last - 1 - stage] },
    }
}

/// Lengths along `[z, y, x]` of a list for two or three axes; 1 along a z axis that is not there.
pub(super) fn three(sizes: &[usize]) -> [usize; 3] {
    let mut all = [1; 3];
    all[3 - sizes.len()..].copy_from_slice(sizes);
    all
}

fn refused(configuration: &PlansConfiguration, why: VolumeMessage) -> UserError {
    UserError::new(configuration.name.clone(), why, VolumeMessage::UseUsualPlans)
}
