//! Model files: safetensors with PyTorch's names and layouts. The format is described in
//! `docs/MODEL_FILE.md`.
//!
//! Reading has two steps, so that a damaged file is refused before a network is built:
//! [`ModelFile::read`] and [`ModelFile::adopt`] check the bytes, [`ModelFile::load`] puts them on a
//! device. Opening files is the business of the shells.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::Device;
use half::f16;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::metadata::ModelMetadata;
use super::state_dict::{MismatchKind, StateDict, StateDictMismatch, TensorValues, shapes_of};
use super::{AttentionUnet, safetensors_file};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnMessage;

/// A model file whose metadata and tensors have been checked.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// The file's metadata.
    pub passport: ModelMetadata,
    /// Every parameter and running statistic.
    pub values: StateDict,
}

/// The precision of the values in a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Half precision: half the bytes, for distribution.
    F16,
    /// Single precision, to continue training from.
    F32,
}

impl ModelFile {
    /// Reads and checks a model file.
    ///
    /// # Errors
    /// A file without metadata, and tensors that are missing, unknown, of another shape or type, or
    /// not finite, by their names.
    pub fn read(bytes: &[u8]) -> Result<Self, UserError> {
        Self::check(bytes, ModelMetadata::from_metadata(&metadata(bytes)?)?)
    }

    /// A model file from bare weights, as other frameworks write them, and the metadata they lack.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and weights that have metadata of their own.
    pub fn adopt(bytes: &[u8], passport: ModelMetadata) -> Result<Self, UserError> {
        if metadata(bytes)?.contains_key("islet.config") {
            return Err(UserError::new("islet.config", NnMessage::WeightsHaveMetadata, NnMessage::UseFileAsItIs));
        }
        passport.check()?;
        Self::check(bytes, passport)
    }

    /// Reads the tensors, and compares names and shapes with the architecture. Nothing is allocated
    /// for the architecture's own parameters: they are initialised lazily.
    fn check(bytes: &[u8], passport: ModelMetadata) -> Result<Self, UserError> {
        let mut tensors = BTreeMap::new();
        for (name, view) in SafeTensors::deserialize(bytes).map_err(not_safetensors)?.tensors() {
            let values = finite_values(&name, &view)?;
            tensors.insert(name, TensorValues { shape: view.shape().to_vec(), values });
        }
        let values = StateDict(tensors);
        values.check_shapes(&shapes_of(&passport.config.init(&Device::flex()))).map_err(does_not_fit)?;
        Ok(Self { passport, values })
    }

    /// The network, on `device`.
    ///
    /// # Panics
    /// If the fields were changed to ones that do not fit each other.
    pub fn load(&self, device: &Device) -> AttentionUnet {
        let network = self.passport.config.init(device);
        self.values.load_into(network, device).expect("names and shapes were checked when the file was read")
    }

    /// The bytes of the file. Equal model files have equal bytes.
    ///
    /// # Errors
    /// Weights that are not finite, by the name of the tensor.
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, UserError> {
        let named = self.values.0.iter().map(|(name, tensor)| (name.clone(), tensor));
        to_bytes(named, precision, &self.passport.to_metadata())
    }
}

/// The bytes of a file with these tensors and this metadata.
pub(in crate::nn) fn to_bytes<'a>(
    tensors: impl IntoIterator<Item = (String, &'a TensorValues)>,
    precision: Precision,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, UserError> {
    let failed = |reason: NnMessage| UserError::new(NnMessage::ModelFile, reason, NnMessage::LowerLearningRate);
    let mut stored = BTreeMap::new();
    for (name, TensorValues { shape, values }) in tensors {
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(failed(NnMessage::TrainingDiverged { tensor: name, value: bad.to_string() }));
        }
        let bytes: Vec<u8> = match precision {
            Precision::F16 => values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect(),
            Precision::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        stored.insert(name, (shape, bytes));
    }
    let dtype = match precision {
        Precision::F16 => Dtype::F16,
        Precision::F32 => Dtype::F32,
    };
    let views = stored.iter().map(|(name, (shape, bytes))| {
        let view = TensorView::new(dtype, shape.to_vec(), bytes).expect("bytes match the shape they came with");
        (name.clone(), view)
    });
    safetensors_file::to_bytes(views, metadata).map_err(not_safetensors)
}

/// Writes a model file. All parameters are read back from the device in one transfer, without
/// blocking.
///
/// # Errors
/// A device that fails, and weights that are not finite.
pub async fn write(
    model: &AttentionUnet,
    passport: &ModelMetadata,
    precision: Precision,
) -> Result<Vec<u8>, UserError> {
    let values = StateDict::read_back(model).await.map_err(|error| {
        let reason = NnMessage::WeightsNotRead { error: format!("{error:?}") };
        UserError::new(NnMessage::ModelFile, reason, NnMessage::TryAnotherDeviceLater)
    })?;
    ModelFile { passport: passport.clone(), values }.write(precision)
}

pub(in crate::nn) fn not_safetensors(error: SafeTensorError) -> UserError {
    let reason = NnMessage::NotSafetensors { error: error.to_string() };
    UserError::new(NnMessage::ModelFile, reason, NnMessage::UseIsletModel)
}

pub(in crate::nn) fn does_not_fit(mismatch: StateDictMismatch) -> UserError {
    let reason = match mismatch.kind {
        MismatchKind::Missing { expected } => NnMessage::MissingTensor { shape: format!("{expected:?}") },
        MismatchKind::Shape { found, expected } => {
            NnMessage::TensorShape { found: format!("{found:?}"), expected: format!("{expected:?}") }
        }
        MismatchKind::Unknown => NnMessage::UnknownTensor,
    };
    UserError::new(mismatch.name, reason, NnMessage::UseIsletModel)
}

/// The `__metadata__` map; empty if there is none.
pub(in crate::nn) fn metadata(bytes: &[u8]) -> Result<HashMap<String, String>, UserError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    Ok(header.metadata().clone().unwrap_or_default())
}

/// The values of a tensor.
pub(in crate::nn) fn finite_values(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, UserError> {
    check_finite(name, view)?;
    Ok(match view.dtype() {
        Dtype::F32 => singles(view).collect(),
        _ => halves(view).collect(),
    })
}

/// Checks a tensor's type and values without keeping them.
pub(in crate::nn) fn check_finite(name: &str, view: &TensorView<'_>) -> Result<(), UserError> {
    let refused = |reason: NnMessage| Err(UserError::new(name, reason, NnMessage::UseIsletModel));
    let is_bad = |(_, value): &(usize, f32)| !value.is_finite();
    let bad = match view.dtype() {
        Dtype::F32 => singles(view).enumerate().find(is_bad),
        Dtype::F16 => halves(view).enumerate().find(is_bad),
        other => return refused(NnMessage::TensorType { found: format!("{other:?}") }),
    };
    match bad {
        Some((index, value)) => refused(NnMessage::ValueNotFinite { index, value: value.to_string() }),
        None => Ok(()),
    }
}

fn singles(view: &TensorView<'_>) -> impl Iterator<Item = f32> {
    view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}

fn halves(view: &TensorView<'_>) -> impl Iterator<Item = f32> {
    view.data().as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32())
}
