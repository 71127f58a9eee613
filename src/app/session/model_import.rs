//! Models that are dropped on the page: Islet's model files, and what nnU-Net and TotalSegmentator publish.

use super::models::{ModelDetails, ReadModel};
use super::{PreviousMasks, Session};
use crate::app::protocol::Response;
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, VolumeSessionMessage};
use crate::core::mask::PANCREAS_NAME;
use crate::formats::nnunet::release::{NnUnetRelease, ReleaseChoice, is_release, read_zip};
use crate::formats::zip::Archive;
use crate::nn::model::weights::Precision;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume::{RegionOfInterest, VolumeModelFile};

/// The margin around the pancreas that the first of two models finds for the second, in mm.
const MARGIN_MM: f64 = 20.0;

/// A file of a drop that holds a model.
#[derive(Clone, Debug)]
pub struct DroppedModel {
    /// Its path within the drop.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl DroppedModel {
    /// True if a file holds a model: it is a model file of Islet, or a zip with a model of nnU-Net. What is
    /// neither is a scan, or nothing that Islet reads.
    pub fn is_meant_by(name: &str, bytes: &[u8]) -> bool {
        is_model_file(name) || is_release_zip(name, bytes)
    }
}

fn is_model_file(name: &str) -> bool {
    name.ends_with(".safetensors")
}

fn is_release_zip(name: &str, bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK") && Archive::open(name, bytes).is_ok_and(|archive| is_release(archive.paths()))
}

impl Session {
    /// Puts the models of a drop into use, the last model file last. Two releases of nnU-Net are one model:
    /// the one with the larger voxels finds the pancreas for the other. What is refused changes nothing.
    pub fn load_models(&mut self, dropped: Vec<DroppedModel>) -> Vec<Response> {
        let (files, releases): (Vec<_>, Vec<_>) = dropped.into_iter().partition(|model| is_model_file(&model.name));
        let files: Vec<Response> = files.into_iter().flat_map(|file| self.load_model(&file.name, file.bytes)).collect();
        if releases.is_empty() {
            return files;
        }
        let mut responses = self.use_model(imported(releases));
        responses.splice(0..0, files);
        responses
    }

    /// Puts another model into use, from a file. If the file is refused, the old model stays.
    pub fn load_model(&mut self, name: &str, bytes: Vec<u8>) -> Vec<Response> {
        let read = ModelDetails::read(&bytes).map_err(|refusal| in_file(refusal, name));
        self.use_model(read.map(|details| ReadModel { details, bytes, notes: Vec::new() }))
    }

    fn use_model(&mut self, read: Result<ReadModel, UserError>) -> Vec<Response> {
        match read {
            Ok(model) => {
                let mut responses = self.abandon_tuning();
                self.models.load(model);
                self.segment_again(PreviousMasks::Drop);
                responses.extend(self.model_changed());
                responses
            }
            Err(refusal) => vec![Response::Failed(refusal)],
        }
    }
}

/// The model file of one or two releases. The weights are in memory one after the other, as far as that can be.
fn imported(dropped: Vec<DroppedModel>) -> Result<ReadModel, UserError> {
    let names = dropped.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(", ");
    if dropped.len() > 2 {
        let reason = VolumeSessionMessage::TooManyReleases { found: dropped.len() };
        return Err(UserError::new(names, reason, VolumeSessionMessage::DropOneOrTwo));
    }
    let read = |model: DroppedModel| read_zip(&model.name, &model.bytes, &ReleaseChoice::default());
    let mut releases: Vec<NnUnetRelease> = dropped.into_iter().map(read).collect::<Result<_, _>>()?;
    releases.sort_by(|a, b| voxel_mm(b).total_cmp(&voxel_mm(a)));
    let file = match &releases[..] {
        [localizer, fine] if voxel_mm(localizer) > voxel_mm(fine) => {
            let region = RegionOfInterest { organs: vec![PANCREAS_NAME.to_owned()], margin_mm: MARGIN_MM };
            VolumeModelFile::of_cascade(localizer, fine, region)
        }
        [release, _] => {
            let spacing = format!("{:.2}", voxel_mm(release));
            let reason = VolumeSessionMessage::SameSpacing { spacing };
            return Err(UserError::new(names, reason, VolumeSessionMessage::DropOneOrTwo));
        }
        releases => VolumeModelFile::of_release(&releases[0]),
    };
    let file = file.map_err(|refusal| in_file(refusal, &names))?;
    let notes = releases.into_iter().flat_map(|release| release.notes).collect();
    let bytes = file.write(Precision::F16).map_err(|refusal| in_file(refusal, &names))?;
    Ok(ReadModel { details: ModelDetails::of(SegmentationModel::Volumes(file)), bytes, notes })
}

/// The edge of a cube as large as a voxel of a model; of a pixel for a model of slices.
fn voxel_mm(release: &NnUnetRelease) -> f64 {
    let spacing_mm = &release.configuration.spacing_mm;
    spacing_mm.iter().product::<f64>().powf(1.0 / spacing_mm.len() as f64)
}

/// An error with the file that it is about.
fn in_file(refusal: UserError, file: &str) -> UserError {
    let subject = FormatsMessage::InFile { name: refusal.subject, file: file.to_owned() }.into();
    UserError { subject, ..refusal }
}
