//! Models that are dropped on the page and put into use.

use super::models::{ModelDetails, ReadModel};
use super::{PreviousMasks, Session};
use crate::app::model_import::{ImportedModel, in_file};
use crate::app::protocol::Response;
use crate::core::error::UserError;

impl Session {
    /// Puts another model into use, from a file. If the file is refused, the old model stays.
    pub fn load_model(&mut self, name: &str, bytes: Vec<u8>) -> Vec<Response> {
        let read = ModelDetails::read(&bytes).map_err(|refusal| in_file(refusal, name));
        self.use_model(read.map(|details| ReadModel { details, bytes, notes: Vec::new() }))
    }

    /// Puts a model into use that was imported from releases of nnU-Net. What was refused changes nothing.
    pub fn load_import(&mut self, imported: Result<ImportedModel, UserError>) -> Vec<Response> {
        self.use_model(imported.and_then(|ImportedModel { bytes, notes }| {
            ModelDetails::read(&bytes).map(|details| ReadModel { details, bytes, notes })
        }))
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
