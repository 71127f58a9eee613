//! The model in use and, until a fine-tuning is decided, the model before.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::app::protocol::ModelInfo;
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::formats::report;
use crate::nn::model::weights::{ModelFile, Precision};

/// A model as it can be used: its file checked, and the bytes that compute workers load.
#[derive(Debug)]
pub(super) struct LoadedModel {
    pub(super) file: ModelFile,
    pub(super) bytes: Vec<u8>,
    /// Its description in reports.
    pub(super) card: Arc<report::ReportedModel>,
    /// Differs from that of any other model of this session.
    pub(super) version: u64,
}

impl LoadedModel {
    fn new(file: ModelFile, bytes: Vec<u8>, version: u64) -> Self {
        let training = &file.passport.training;
        let card = report::ReportedModel {
            sha256: hex(&Sha256::digest(&bytes)),
            preset: training.preset.clone(),
            trained_on: training.dataset.clone(),
            cases: training.cases.len(),
            fine_tunings: training.tunings.len(),
            license: file.passport.license.clone(),
        };
        Self { file, bytes, card: Arc::new(card), version }
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
    pub(super) fn new(file: ModelFile, bytes: Vec<u8>) -> Self {
        Self { current: LoadedModel::new(file, bytes, 0), before: None, versions: 0 }
    }

    /// Puts another model into use.
    pub(super) fn load(&mut self, file: ModelFile, bytes: Vec<u8>) {
        self.versions += 1;
        self.current = LoadedModel::new(file, bytes, self.versions);
        self.before = None;
    }

    /// Puts a tuned model into use and keeps the one it came from. In single precision, so that the file that is taken away
    /// segments to the last voxel as the page does.
    pub(super) fn offer(&mut self, tuned: ModelFile) -> Result<(), UserError> {
        let bytes = tuned.write(Precision::F32)?;
        self.versions += 1;
        let tuned = LoadedModel::new(tuned, bytes, self.versions);
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
        let passport = &self.current.file.passport;
        ModelInfo {
            gates_px: passport.gates_px(),
            training: passport.training.clone(),
            license: passport.license.clone(),
            organs: passport.several_organs().unwrap_or_default().into_iter().map(str::to_owned).collect(),
        }
    }
}
