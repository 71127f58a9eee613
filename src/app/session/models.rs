//! The model in use and, until a fine-tuning is decided, the model before.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::app::protocol::{ModelInfo, ModelKind};
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::i18n::messages::Message;
use crate::core::volume::Volume;
use crate::formats::report;
use crate::imaging::input_check::{InputWarning, check_input, check_values_and_body};
use crate::nn::model::metadata::Training;
use crate::nn::model::weights::{ModelFile, Precision};
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume::{VolumeModelFile, VolumeModelSummary, VolumePassport};

/// A model as it can be used: its file checked, and the bytes that compute workers load.
#[derive(Debug)]
pub(super) struct LoadedModel {
    pub(super) details: ModelDetails,
    pub(super) bytes: Arc<Vec<u8>>,
    /// Its description in reports.
    pub(super) card: Arc<report::ReportedModel>,
    /// Remarks on its import for the reader.
    notes: Vec<Message>,
    /// Differs from that of any other model of this session.
    pub(super) version: u64,
}

/// A model that was read from files, and may be put into use.
#[derive(Debug)]
pub(super) struct ReadModel {
    pub(super) details: ModelDetails,
    /// The model file that compute workers load.
    pub(super) bytes: Vec<u8>,
    /// Remarks on its import for the reader.
    pub(super) notes: Vec<Message>,
}

/// What the session keeps of a model beside its bytes.
#[derive(Debug)]
pub(super) enum ModelDetails {
    /// A model of slices, whose weights a fine-tuning starts from.
    Slices(Box<ModelFile>),
    /// A model of whole volumes. Its weights are not kept: the bytes have them, and they are large.
    Volumes(Box<VolumeModelSummary>),
}

impl ModelDetails {
    /// Reads and checks a model file, and keeps what is needed of it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, UserError> {
        if SegmentationModel::is_of_volumes(bytes)? {
            return Ok(Self::Volumes(Box::new(VolumeModelFile::check(bytes)?)));
        }
        Ok(Self::Slices(Box::new(ModelFile::read(bytes)?)))
    }

    /// Keeps what is needed of a model file.
    pub(super) fn of(model: SegmentationModel) -> Self {
        match model {
            SegmentationModel::Slices(file) => Self::Slices(Box::new(file)),
            SegmentationModel::Volumes(file) => Self::Volumes(Box::new(file.into_summary())),
        }
    }

    fn training(&self) -> &Training {
        match self {
            Self::Slices(file) => &file.passport.training,
            Self::Volumes(summary) => &summary.passport.training,
        }
    }

    /// Height and width of each gate's attention map, deepest gate first.
    fn gates_px(&self) -> Vec<usize> {
        match self {
            Self::Slices(file) => file.passport.gates_px(),
            Self::Volumes(summary) => summary.gates_px.clone(),
        }
    }

    fn license(&self) -> &str {
        match self {
            Self::Slices(file) => &file.passport.license,
            Self::Volumes(summary) => &summary.passport.license,
        }
    }
}

impl LoadedModel {
    /// True if it has learned from corrected slices, perhaps from those by which it would be judged.
    pub(super) fn has_learned(&self) -> bool {
        self.of_slices().is_some_and(|file| file.passport.is_fine_tuned())
    }

    fn new(details: ModelDetails, bytes: Vec<u8>, version: u64) -> Self {
        let training = details.training();
        let card = report::ReportedModel {
            sha256: hex(&Sha256::digest(&bytes)),
            preset: training.preset.clone(),
            trained_on: training.dataset.clone(),
            cases: training.cases.len(),
            fine_tunings: training.tunings.len(),
            license: details.license().to_owned(),
        };
        Self { details, bytes: Arc::new(bytes), card: Arc::new(card), notes: Vec::new(), version }
    }

    /// The model, if it is one of slices.
    pub(super) fn of_slices(&self) -> Option<&ModelFile> {
        match &self.details {
            ModelDetails::Slices(file) => Some(file),
            ModelDetails::Volumes(_) => None,
        }
    }

    /// What the model is and knows, if it is one of whole volumes.
    pub(super) fn of_volumes(&self) -> Option<&VolumePassport> {
        match &self.details {
            ModelDetails::Slices(_) => None,
            ModelDetails::Volumes(summary) => Some(&summary.passport),
        }
    }

    /// The number of its attention gates.
    pub(super) fn gates(&self) -> usize {
        self.details.gates_px().len()
    }

    /// What it segments at a time.
    pub(super) fn kind(&self) -> ModelKind {
        match &self.details {
            ModelDetails::Slices(_) => ModelKind::Slices,
            ModelDetails::Volumes(_) => ModelKind::Volumes,
        }
    }

    /// The differences of a volume in viewing order from what the model is for.
    pub(super) fn check_input(&self, volume: &Volume) -> Vec<InputWarning> {
        match &self.details {
            ModelDetails::Slices(file) => check_input(volume, &file.passport.preprocess),
            ModelDetails::Volumes(_) => check_values_and_body(volume),
        }
    }
}

/// The model in use, and the one before it while that is not decided.
#[derive(Debug)]
pub(super) struct Models {
    pub(super) current: LoadedModel,
    pub(super) before: Option<LoadedModel>,
    versions: u64,
}

impl Models {
    pub(super) fn new(details: ModelDetails, bytes: Vec<u8>) -> Self {
        Self { current: LoadedModel::new(details, bytes, 0), before: None, versions: 0 }
    }

    /// Puts another model into use.
    pub(super) fn load(&mut self, model: ReadModel) {
        let ReadModel { details, bytes, notes } = model;
        self.versions += 1;
        self.current = LoadedModel { notes, ..LoadedModel::new(details, bytes, self.versions) };
        self.before = None;
    }

    /// Puts a tuned model into use and keeps the one it came from. In single precision, so that the file that is taken away
    /// segments to the last voxel as the page does.
    pub(super) fn offer(&mut self, tuned: ModelFile) -> Result<(), UserError> {
        let bytes = tuned.write(Precision::F32)?;
        self.versions += 1;
        let tuned = LoadedModel::new(ModelDetails::Slices(Box::new(tuned)), bytes, self.versions);
        self.before = Some(std::mem::replace(&mut self.current, tuned));
        Ok(())
    }

    /// Keeps the tuned model, if there is one.
    pub(super) fn keep_new(&mut self) {
        self.before = None;
    }

    /// Returns to the model before the fine-tuning, if there is one.
    pub(super) fn return_to_old(&mut self) {
        if let Some(before) = self.before.take() {
            self.current = before;
        }
    }

    pub(super) fn info(&self) -> ModelInfo {
        let details = &self.current.details;
        let (organs, sources) = match details {
            ModelDetails::Slices(file) => {
                let organs = file.passport.several_organs().unwrap_or_default();
                (organs.into_iter().map(str::to_owned).collect(), Vec::new())
            }
            ModelDetails::Volumes(summary) => {
                let passport = &summary.passport;
                let organs = passport.labels.values().filter(|_| passport.labels.len() > 1);
                (organs.cloned().collect(), passport.sources.clone())
            }
        };
        ModelInfo {
            sha256: self.current.card.sha256.clone(),
            kind: self.current.kind(),
            training: details.training().clone(),
            license: details.license().to_owned(),
            gates_px: details.gates_px(),
            organs,
            sources,
            notes: self.current.notes.clone(),
        }
    }
}
