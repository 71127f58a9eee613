//! Model files: safetensors with PyTorch's names and layouts, in and out.
//!
//! Reading is split in two, so that a bad file is refused before anything is built: [`ModelFile::read`] checks the bytes,
//! [`ModelFile::load`] puts them on a device. Bytes only: files are opened elsewhere.

use std::collections::{BTreeMap, HashMap};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::AttentionUnet;
use super::passport::Passport;
use crate::refusal::Refusal;

/// A model file whose passport and tensors have been checked.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// What the file says about itself.
    pub passport: Passport,
    tensors: BTreeMap<String, Weights>,
}

/// Values of one parameter.
#[derive(Clone, Debug)]
struct Weights {
    shape: Vec<usize>,
    values: Vec<f32>,
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
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let unreadable = |error: safetensors::SafeTensorError| {
            Refusal::new("model file", format!("it is not safetensors ({error})"), HINT)
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let passport = Passport::from_metadata(header.metadata().as_ref().unwrap_or(&HashMap::new()))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in SafeTensors::deserialize(bytes).map_err(unreadable)?.tensors() {
            let values = values(&name, &view)?;
            tensors.insert(name, Weights { shape: view.shape().to_vec(), values });
        }
        let file = Self { passport, tensors };
        // Nothing is allocated for the parameters themselves: they are initialised lazily.
        let mut check = Check { path: Vec::new(), tensors: &file.tensors, known: 0, problem: None };
        file.passport.config.init(&Device::flex()).visit(&mut check);
        match check.problem {
            Some(refusal) => Err(refusal),
            None if check.known < file.tensors.len() => {
                let mut expected = Names::default();
                file.passport.config.init(&Device::flex()).visit(&mut expected);
                let extra = file.tensors.keys().find(|name| !expected.names.contains(*name));
                let name = extra.cloned().unwrap_or_default();
                Err(Refusal::new(name, "the model file holds a tensor that its architecture does not have", HINT))
            }
            None => Ok(file),
        }
    }

    /// The network, on `device`.
    pub fn load(&self, device: &Device) -> AttentionUnet {
        let mut load = Load { path: Vec::new(), tensors: &self.tensors, device };
        self.passport.config.init(device).map(&mut load)
    }
}

/// Writes a model file. Reads all parameters back from the device in one transfer, without blocking.
pub async fn write(model: &AttentionUnet, passport: &Passport, precision: Precision) -> Result<Vec<u8>, Refusal> {
    let mut collect = Collect::default();
    model.valid().visit(&mut collect);
    let failed = |why: String| Refusal::new("model file", why, "Try again; if it persists, use another device");
    let read = collect
        .transaction
        .execute_async()
        .await
        .map_err(|error| failed(format!("the weights could not be read back from the device ({error:?})")))?;
    let mut stored = BTreeMap::new();
    for (name, data) in collect.names.into_iter().zip(read) {
        let shape = data.shape().to_vec();
        let values: Vec<f32> = data.iter::<f32>().collect();
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
        let view = TensorView::new(dtype, shape.clone(), bytes).expect("bytes match the shape they came with");
        (name.clone(), view)
    });
    safetensors::serialize(views, Some(passport.to_metadata())).map_err(|error| failed(error.to_string()))
}

fn values(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, Refusal> {
    let values: Vec<f32> = match view.dtype() {
        Dtype::F32 => view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        Dtype::F16 => view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        other => return Err(Refusal::new(name, format!("the tensor is {other:?}, expected F16 or F32"), HINT)),
    };
    match values.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(Refusal::new(name, format!("value {at} is {}, expected finite numbers", values[at]), HINT)),
        None => Ok(values),
    }
}

/// The file's name of the parameter at `path` in the module tree: PyTorch's names for normalisation, without the enum variant
/// that holds the layer.
fn file_name(path: &[String]) -> String {
    let parts = path.iter().filter(|p| *p != "Batch" && *p != "Group").map(|p| match p.as_str() {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    });
    parts.collect::<Vec<_>>().join(".")
}

macro_rules! track_path {
    () => {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
    };
}

#[derive(Default)]
struct Names {
    path: Vec<String>,
    names: Vec<String>,
}

impl ModuleVisitor for Names {
    track_path!();
    fn visit_float<const D: usize>(&mut self, _param: &Param<Tensor<D>>) {
        self.names.push(file_name(&self.path));
    }
}

struct Check<'a> {
    path: Vec<String>,
    tensors: &'a BTreeMap<String, Weights>,
    known: usize,
    problem: Option<Refusal>,
}

impl ModuleVisitor for Check<'_> {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = file_name(&self.path);
        let expected = param.lazy_shape().to_vec();
        let why = match self.tensors.get(&name) {
            None => "the model file lacks this tensor".to_owned(),
            Some(found) if found.shape != expected => {
                format!("the tensor has shape {:?}, expected {expected:?}", found.shape)
            }
            Some(_) => {
                self.known += 1;
                return;
            }
        };
        self.problem.get_or_insert_with(|| Refusal::new(name, why, HINT));
    }
}

struct Load<'a> {
    path: Vec<String>,
    tensors: &'a BTreeMap<String, Weights>,
    device: &'a Device,
}

impl ModuleMapper for Load<'_> {
    track_path!();
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let found = &self.tensors[&file_name(&self.path)];
        let data = TensorData::new(found.values.clone(), found.shape.clone());
        // Not `param.map`: that would first fill the parameter with random values.
        Param::initialized(param.id, Tensor::from_data(data, self.device)).set_require_grad(true)
    }
}

#[derive(Default)]
struct Collect {
    path: Vec<String>,
    names: Vec<String>,
    transaction: Transaction,
}

impl ModuleVisitor for Collect {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.names.push(file_name(&self.path));
        self.transaction = std::mem::take(&mut self.transaction).register(param.val());
    }
}
