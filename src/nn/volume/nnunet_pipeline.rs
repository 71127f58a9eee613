//! What stands around the network of a model of nnU-Net, from its plans.

use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::formats::nnunet::release::NnUnetRelease;
use crate::formats::nnunet::{PlannedNormalization, PlannedReader, PlannedResampling, ZSeparation};
use crate::imaging::volume_pipeline::resize::InterpolationOrder;
use crate::imaging::volume_pipeline::settings::{
    Normalisation, ReaderOrder, ResamplingRule, SeparateZ, VolumePipeline, VolumeSettings, ZScoreRegion,
};

/// The ratio of spacings above which nnU-Net resamples an axis on its own (`ANISO_THRESHOLD`).
const ANISOTROPY_THRESHOLD: f64 = 3.0;

/// nnU-Net's distance between patches, and TotalSegmentator's for its task `total`, as a part of the
/// patch.
const TILE_STEP: [f64; 2] = [0.5, 0.8];

/// True for a data set of TotalSegmentator, whose program takes steps of its own around nnU-Net.
pub(super) fn is_total_segmentator(dataset: &str) -> bool {
    dataset.contains("TotalSegmentator")
}

/// The pipeline of a release.
///
/// # Errors
/// Settings that the plans may have and Islet does not run.
pub(super) fn pipeline_of(release: &NnUnetRelease) -> Result<VolumeSettings, UserError> {
    let (plans, configuration) = (&release.plans, &release.configuration);
    let total_segmentator = is_total_segmentator(&release.dataset_name);
    let rule = |planned: &PlannedResampling| {
        resampling(planned).map_err(|why| UserError::new(configuration.name.clone(), why, VolumeMessage::UseUsualPlans))
    };
    let mirror_axes = release.folds.first().and_then(|fold| fold.checkpoint.mirroring_axes.clone());
    let settings = VolumeSettings {
        pipeline: if total_segmentator {
            VolumePipeline::TotalSegmentator { zoom_order: InterpolationOrder::Linear }
        } else {
            VolumePipeline::NnUnet
        },
        reader: match plans.reader {
            PlannedReader::SimpleItk | PlannedReader::Nibabel => ReaderOrder::AsStored,
            PlannedReader::SimpleItkReoriented | PlannedReader::NibabelReoriented => ReaderOrder::Ras,
        },
        transpose_forward: plans.transpose_forward,
        spacing_mm: configuration.spacing_mm.clone(),
        patch_size: configuration.patch_size.clone(),
        normalisation: configuration.normalizations.iter().map(normalisation).collect(),
        data_resampling: rule(&configuration.resampling)?,
        logits_resampling: rule(&configuration.resampling_probabilities)?,
        tile_step: TILE_STEP[usize::from(total_segmentator)],
        mirror_axes: mirror_axes.filter(|_| !total_segmentator).unwrap_or_default(),
    };
    settings.check()?;
    Ok(settings)
}

fn normalisation(planned: &PlannedNormalization) -> Normalisation {
    match *planned {
        PlannedNormalization::Ct(intensities) => Normalisation::Ct {
            lower: intensities.percentile_00_5 as f32,
            upper: intensities.percentile_99_5 as f32,
            mean: intensities.mean as f32,
            std: intensities.std as f32,
        },
        PlannedNormalization::ZScore { inside_nonzero } => {
            Normalisation::ZScore { region: if inside_nonzero { ZScoreRegion::Nonzero } else { ZScoreRegion::Image } }
        }
        PlannedNormalization::RescaleTo01 => Normalisation::RescaleTo01,
        PlannedNormalization::RgbTo01 => Normalisation::RgbTo01,
        PlannedNormalization::None => Normalisation::None,
    }
}

fn resampling(planned: &PlannedResampling) -> Result<ResamplingRule, VolumeMessage> {
    let order = |order: u8| match order {
        0 => Ok(InterpolationOrder::Nearest),
        1 => Ok(InterpolationOrder::Linear),
        3 => Ok(InterpolationOrder::Cubic),
        other => Err(VolumeMessage::ResamplingOrder { found: other.into() }),
    };
    if planned.anisotropy_threshold != ANISOTROPY_THRESHOLD {
        return Err(VolumeMessage::AnisotropyThreshold { found: planned.anisotropy_threshold.to_string() });
    }
    Ok(ResamplingRule {
        order: order(planned.order)?,
        order_z: order(planned.order_z)?,
        separate_z: match planned.separate_z {
            ZSeparation::Anisotropic => SeparateZ::IfAnisotropic,
            ZSeparation::Always => SeparateZ::Always,
            ZSeparation::Never => SeparateZ::Never,
        },
    })
}
