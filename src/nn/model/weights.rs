//! Model files: safetensors with PyTorch's names and layouts, in and out.
//!
//! Reading is split in two, so that a bad file is refused before anything is built: [`ModelFile::read`] and [`ModelFile::adopt`] check the
//! bytes, [`ModelFile::load`] puts them on a device. Bytes only: files are opened elsewhere.

use std::collections::{BTreeMap, HashMap};

use burn::module::Module;
use burn::tensor::Device;
use half::f16;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::AttentionUnet;
use super::metadata::ModelMetadata;
use super::state_dict::{Names, StateDict, Weights};
use crate::core::error::UserError;

/// A model file whose passport and tensors have been checked.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// What the file says about itself.
    pub passport: ModelMetadata,
    /// Every parameter, by its name in the file.
    pub values: StateDict,
}

/// How the values of a model file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Half precision: half the bytes, for shipping.
    F16,
    /// Single precision: what training continues from.
    F32,
}

const HINT: &str = "Use a model file written by Islet, or see docs/MODEL_FILE.md for names and shapes";

impl ModelFile {
    /// Reads and checks a model file. Refuses a file without a passport, and tensors that are missing, unknown, of the wrong
    /// shape or type, or not finite, by their names.
    pub fn read(bytes: &[u8]) -> Result<Self, UserError> {
        Self::assemble(bytes, ModelMetadata::from_metadata(&metadata(bytes)?)?)
    }

    /// A model file from bare weights, as other frameworks write them, and the passport they lack. Refuses what [`read`](Self::read)
    /// refuses, and weights that bring a passport of their own.
    pub fn adopt(bytes: &[u8], passport: ModelMetadata) -> Result<Self, UserError> {
        if metadata(bytes)?.contains_key("islet.config") {
            let why = "the weights bring a passport of their own, expected a file without one";
            return Err(UserError::new("islet.config", why, "Use the file as it is: it is a model file already"));
        }
        passport.check()?;
        Self::assemble(bytes, passport)
    }

    fn assemble(bytes: &[u8], passport: ModelMetadata) -> Result<Self, UserError> {
        let mut tensors = BTreeMap::new();
        for (name, view) in SafeTensors::deserialize(bytes).map_err(unreadable)?.tensors() {
            let values = values(&name, &view)?;
            tensors.insert(name, Weights { shape: view.shape().to_vec(), values });
        }
        let file = Self { passport, values: StateDict(tensors) };
        file.check()?;
        Ok(file)
    }

    /// Compares names and shapes with what the architecture has. Nothing is allocated for its parameters: they are initialised lazily.
    fn check(&self) -> Result<(), UserError> {
        let mut expected = Names::default();
        self.passport.config.init(&Device::flex()).visit(&mut expected);
        for (name, shape) in &expected.shapes {
            let why = match self.values.0.get(name) {
                None => format!("the model file lacks this tensor, expected with shape {shape:?}"),
                Some(found) if found.shape != *shape => {
                    format!("the tensor has shape {:?}, expected {shape:?}", found.shape)
                }
                Some(_) => continue,
            };
            return Err(UserError::new(name, why, HINT));
        }
        match self.values.0.keys().find(|name| !expected.shapes.contains_key(*name)) {
            Some(extra) => {
                let why = "the model file holds a tensor that its architecture does not have";
                Err(UserError::new(extra, why, HINT))
            }
            None => Ok(()),
        }
    }

    /// The network, on `device`.
    pub fn load(&self, device: &Device) -> AttentionUnet {
        self.values.put(self.passport.config.init(device), device)
    }

    /// The file's bytes. Refuses weights that are not finite, by the tensor's name.
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, UserError> {
        let failed = |why: String| UserError::new("model file", why, "Lower the learning rate and train again");
        let mut stored = BTreeMap::new();
        for (name, Weights { shape, values }) in &self.values.0 {
            if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
                return Err(failed(format!("{name} holds {bad}; training has diverged")));
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
            (name.to_string(), view)
        });
        safetensors::serialize(views, Some(self.passport.to_metadata())).map_err(|error| failed(error.to_string()))
    }
}

/// Writes a model file. Reads all parameters back from the device in one transfer, without blocking.
pub async fn write(
    model: &AttentionUnet,
    passport: &ModelMetadata,
    precision: Precision,
) -> Result<Vec<u8>, UserError> {
    let values = StateDict::read_back(model).await.map_err(|error| {
        let why = format!("the weights could not be read back from the device ({error:?})");
        UserError::new("model file", why, "Try again; if it persists, use another device")
    })?;
    ModelFile { passport: passport.clone(), values }.write(precision)
}

fn unreadable(error: SafeTensorError) -> UserError {
    UserError::new("model file", format!("it is not safetensors ({error})"), HINT)
}

/// The `__metadata__` map; empty where there is none.
fn metadata(bytes: &[u8]) -> Result<HashMap<String, String>, UserError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    Ok(header.metadata().clone().unwrap_or_default())
}

fn values(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, UserError> {
    let values: Vec<f32> = match view.dtype() {
        Dtype::F32 => view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        Dtype::F16 => view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        other => return Err(UserError::new(name, format!("the tensor is {other:?}, expected F16 or F32"), HINT)),
    };
    match values.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(UserError::new(name, format!("value {at} is {}, expected finite numbers", values[at]), HINT)),
        None => Ok(values),
    }
}
