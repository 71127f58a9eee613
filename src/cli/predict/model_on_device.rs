//! A model on its device, for any number of scans.

use anyhow::Result;
use burn::tensor::Device;

use crate::cli::{device, progress};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::volume::{Orientation, Volume};
use crate::imaging::preprocess::PreprocessConfig;
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::nn::infer::segment_volume;
use crate::nn::model::InferenceModel;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume::{EngineChoice, PatchProgress, VolumeModel};

/// A model on its device.
#[allow(clippy::large_enum_variant)] // There are two at most.
pub enum ModelOnDevice {
    /// A network of slices, and how slices are prepared for it.
    Slices(InferenceModel, PreprocessConfig),
    /// A model of whole volumes.
    Volumes(VolumeModel),
}

/// A scan to be segmented.
#[derive(Clone, Copy)]
pub struct SegmentedScan<'a> {
    /// In viewing order.
    pub volume: &'a Volume,
    /// From file order to viewing order.
    pub orientation: &'a Orientation,
    /// How patches of a model of volumes are summed.
    pub precision: SumPrecision,
}

impl ModelOnDevice {
    /// Loads a model.
    pub fn new(model: SegmentationModel, device: &Device) -> Self {
        match model {
            SegmentationModel::Slices(file) => {
                let network = file.load(device).for_inference();
                Self::Slices(network, file.passport.preprocess)
            }
            SegmentationModel::Volumes(file) => Self::Volumes(VolumeModel::on(file, &EngineChoice::of_desktop(device))),
        }
    }

    /// Loads a model with a gate held open, counted from the deepest; of several networks it is one of the last.
    ///
    /// # Errors
    /// A gate that the model does not have.
    pub(super) fn with_open_gate(model: SegmentationModel, device: &Device, gate: usize) -> Result<Self, UserError> {
        match model {
            SegmentationModel::Slices(file) => {
                let network = file.load(device).for_inference().with_open_gate(gate)?;
                Ok(Self::Slices(network, file.passport.preprocess))
            }
            SegmentationModel::Volumes(file) => {
                VolumeModel::with_open_gate(file, &EngineChoice::Cpu, gate).map(Self::Volumes)
            }
        }
    }

    /// Segments a scan, with a progress bar. The mask is in viewing order.
    ///
    /// # Errors
    /// A device that fails; a scan that does not suit a model of whole volumes.
    pub fn segment(&self, scan: &SegmentedScan<'_>) -> Result<Mask> {
        match self {
            Self::Slices(model, preprocess) => segment_slices(model, preprocess, scan.volume),
            Self::Volumes(model) => segment_whole(model, scan),
        }
    }
}

/// Segments a volume in viewing order slice by slice.
fn segment_slices(model: &InferenceModel, preprocess: &PreprocessConfig, volume: &Volume) -> Result<Mask> {
    let bar = progress(volume.depth(), "segmenting");
    let show_progress = |slices: usize| bar.set_position(slices as u64);
    let mask = pollster::block_on(segment_volume(model, volume, preprocess, show_progress)).map_err(device::failed)?;
    bar.finish_and_clear();
    Ok(mask)
}

/// Segments a volume in viewing order as a whole. The model sees it in file order, because its training may have
/// depended on that.
fn segment_whole(model: &VolumeModel, scan: &SegmentedScan<'_>) -> Result<Mask> {
    let SegmentedScan { volume, orientation, precision } = *scan;
    let bar = progress(1, "segmenting");
    let heard = |progress: PatchProgress| {
        bar.set_length(progress.patches as u64);
        bar.set_position(progress.done as u64);
    };
    let found = if *orientation == Orientation::IDENTITY {
        pollster::block_on(model.segment(volume, precision, heard))
    } else {
        pollster::block_on(model.segment_owned(orientation.inverse().view_volume(volume.clone()), precision, heard))
    };
    let found = found.map_err(device::not_segmented)?;
    bar.finish_and_clear();
    Ok(found.view(orientation))
}
