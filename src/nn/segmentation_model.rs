//! A model file of either kind: of slices or of whole volumes.

use std::collections::BTreeMap;

use crate::core::error::UserError;
use crate::core::i18n::messages::{NnMessage, VolumeMessage};
use crate::nn::model::metadata::Training;
use crate::nn::model::weights::{ModelFile, metadata};
use crate::nn::volume::{ModelSource, VolumeModelFile};

/// A model file.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // There is one at a time.
pub enum SegmentationModel {
    /// A network of slices, which can be trained and explains itself.
    Slices(ModelFile),
    /// Networks of whole volumes.
    Volumes(VolumeModelFile),
}

impl From<ModelFile> for SegmentationModel {
    fn from(file: ModelFile) -> Self {
        Self::Slices(file)
    }
}

impl SegmentationModel {
    /// Reads and checks a model file of either kind.
    ///
    /// # Errors
    /// Those of [`ModelFile::read`] and [`VolumeModelFile::read`].
    pub fn read(bytes: &[u8]) -> Result<Self, UserError> {
        if Self::is_of_volumes(bytes)? {
            VolumeModelFile::read(bytes).map(Self::Volumes)
        } else {
            ModelFile::read(bytes).map(Self::Slices)
        }
    }

    /// True if a model file holds a model of whole volumes.
    ///
    /// # Errors
    /// What is no model file.
    pub fn is_of_volumes(bytes: &[u8]) -> Result<bool, UserError> {
        Ok(VolumeModelFile::is_meant_by(&metadata(bytes)?))
    }

    /// The model of slices.
    ///
    /// # Errors
    /// A model of volumes.
    pub fn of_slices(self) -> Result<ModelFile, UserError> {
        match self {
            Self::Slices(file) => Ok(file),
            Self::Volumes(_) => {
                Err(UserError::new(NnMessage::ModelFile, VolumeMessage::NotOfSlices, VolumeMessage::UseSliceModel))
            }
        }
    }

    /// The organ of each label value; 0 is background.
    pub fn labels(&self) -> &BTreeMap<u8, String> {
        match self {
            Self::Slices(file) => &file.passport.labels,
            Self::Volumes(file) => &file.passport.labels,
        }
    }

    /// The number of attention gates; of several networks, those of the last.
    pub fn gates(&self) -> usize {
        match self {
            Self::Slices(file) => file.passport.gates_px().len(),
            Self::Volumes(file) => file.gates_px().len(),
        }
    }

    /// True if the model tells several organs apart.
    pub fn knows_several_organs(&self) -> bool {
        match self {
            Self::Slices(file) => file.passport.several_organs().is_some(),
            Self::Volumes(file) => file.passport.labels.len() > 1,
        }
    }

    /// The version of Islet that wrote the file.
    pub fn version(&self) -> &str {
        match self {
            Self::Slices(file) => &file.passport.version,
            Self::Volumes(file) => &file.passport.version,
        }
    }

    /// The licence of the weights.
    pub fn license(&self) -> &str {
        match self {
            Self::Slices(file) => &file.passport.license,
            Self::Volumes(file) => &file.passport.license,
        }
    }

    /// What it is: the data sets of the networks that it was imported from, or else what it was trained on.
    pub fn origin(&self) -> String {
        let sources: Vec<&str> = self.sources().iter().map(|source| source.dataset.as_str()).collect();
        match &sources[..] {
            [] => format!("trained on {}", self.training().dataset),
            sources => sources.join(", then "),
        }
    }

    /// How to cite it, where that is known.
    pub fn citation(&self) -> Option<&str> {
        self.sources().iter().find_map(|source| source.citation.as_deref())
    }

    /// Where it comes from, under which licence, and how to cite it, for a person.
    pub fn provenance(&self) -> String {
        let cite = self.citation().map(|citation| format!("; cite {citation}")).unwrap_or_default();
        format!("{} (licence: {}{cite})", self.origin(), self.license())
    }

    /// The files that its networks were imported from.
    fn sources(&self) -> &[ModelSource] {
        match self {
            Self::Slices(_) => &[],
            Self::Volumes(file) => &file.passport.sources,
        }
    }

    /// What is known of its training.
    pub fn training(&self) -> &Training {
        match self {
            Self::Slices(file) => &file.passport.training,
            Self::Volumes(file) => &file.passport.training,
        }
    }
}
