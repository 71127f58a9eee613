//! The state dict: the parameters and running statistics of a network by name, as plain numbers.
//!
//! Names and layouts are PyTorch's, as in model files. The bytes of a file are the business of
//! [`weights`](super::weights).

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, ExecutionError, Tensor, TensorData, Transaction};
use sha2::{Digest, Sha256};

use crate::core::hex::hex;

/// The values of one tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorValues {
    /// The shape, in PyTorch's layout.
    pub shape: Vec<usize>,
    /// As many values as the shape says.
    pub values: Vec<f32>,
}

/// Every parameter and running statistic of a network, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict(pub BTreeMap<String, TensorValues>);

/// The first difference between a state dict and the network it should fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {kind:?}")]
pub struct StateDictMismatch {
    /// The name of the tensor.
    pub name: String,
    /// The difference.
    pub kind: MismatchKind,
}

/// The difference between a tensor of a state dict and the network's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchKind {
    /// The state dict lacks a tensor.
    Missing {
        /// The shape in the network.
        expected: Vec<usize>,
    },
    /// The shapes differ.
    Shape {
        /// The shape in the state dict.
        found: Vec<usize>,
        /// The shape in the network.
        expected: Vec<usize>,
    },
    /// The network has no such tensor.
    Unknown,
}

impl StateDict {
    /// Reads everything back from the device in one transfer, without blocking.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn read_back<M: Module>(model: &M) -> Result<Self, ExecutionError> {
        let mut reader = StateDictReader::default();
        model.valid().visit(&mut reader);
        let arrays = reader.transaction.execute_async().await?;
        let values =
            |data: TensorData| TensorValues { shape: data.shape().to_vec(), values: data.iter::<f32>().collect() };
        Ok(Self(reader.names.into_iter().zip(arrays.into_iter().map(values)).collect()))
    }

    /// Reads everything from a network on a CPU, where nothing has to be waited for.
    pub(crate) fn of_cpu<M: Module>(model: &M) -> Self {
        let mut reader = CpuStateReader::default();
        model.visit(&mut reader);
        Self(reader.values)
    }

    /// Compares names and shapes with those of a network.
    ///
    /// # Errors
    /// The first tensor that is missing or of another shape, or else the first that is unknown.
    pub fn check_shapes(&self, expected: &BTreeMap<String, Vec<usize>>) -> Result<(), StateDictMismatch> {
        let mismatch = |name: &String, kind| Err(StateDictMismatch { name: name.clone(), kind });
        for (name, shape) in expected {
            match self.0.get(name) {
                None => return mismatch(name, MismatchKind::Missing { expected: shape.clone() }),
                Some(found) if found.shape != *shape => {
                    let kind = MismatchKind::Shape { found: found.shape.clone(), expected: shape.clone() };
                    return mismatch(name, kind);
                }
                Some(_) => (),
            }
        }
        match self.0.keys().find(|name| !expected.contains_key(*name)) {
            Some(name) => mismatch(name, MismatchKind::Unknown),
            None => Ok(()),
        }
    }

    /// The network with these values, on `device`, with gradients for every parameter. Parameters
    /// keep their identity, so that an optimizer's moments still belong to them.
    ///
    /// # Errors
    /// Names or shapes that differ from the network's.
    pub fn load_into<M: Module>(&self, model: M, device: &Device) -> Result<M, StateDictMismatch> {
        self.check_shapes(&shapes_of(&model))?;
        Ok(model.map(&mut StateDictLoader { path: Vec::new(), state_dict: self, device }))
    }

    /// SHA-256, in hexadecimal, of all values (f32 little-endian) in the order of their names.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for tensor in self.0.values() {
            hash.update(bytemuck::cast_slice::<f32, u8>(&tensor.values));
        }
        hex(&hash.finalize())
    }

    /// All values, in the order of the names.
    pub fn flatten(&self) -> Vec<f32> {
        self.0.values().flat_map(|tensor| &tensor.values).copied().collect()
    }

    /// The same names and shapes with other values, in the order of [`flatten`](Self::flatten).
    ///
    /// # Panics
    /// If there are too few values.
    pub fn unflatten(&self, mut flat: &[f32]) -> Self {
        let with_values = |(name, tensor): (&String, &TensorValues)| {
            let values;
            (values, flat) = flat.split_at(tensor.values.len());
            (name.clone(), TensorValues { shape: tensor.shape.clone(), values: values.to_vec() })
        };
        Self(self.0.iter().map(with_values).collect())
    }
}

/// Names and shapes of a network's tensors, without initialising its parameters.
pub(super) fn shapes_of<M: Module>(model: &M) -> BTreeMap<String, Vec<usize>> {
    let mut reader = ShapeReader::default();
    model.visit(&mut reader);
    reader.shapes
}

/// The name in a state dict of the parameter at `path` in the module tree: PyTorch's words for
/// normalisation, without the enum variant that holds the layer.
pub(crate) fn parameter_name(path: &[String]) -> String {
    let parts = path.iter().filter(|p| *p != "Batch" && *p != "Group").map(|p| match p.as_str() {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Follows the path in the module tree, in a visitor or mapper with a field `path`.
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

pub(crate) use track_path;

#[derive(Default)]
struct ShapeReader {
    path: Vec<String>,
    shapes: BTreeMap<String, Vec<usize>>,
}

impl ModuleVisitor for ShapeReader {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.shapes.insert(parameter_name(&self.path), param.lazy_shape().to_vec());
    }
}

#[derive(Default)]
struct CpuStateReader {
    path: Vec<String>,
    values: BTreeMap<String, TensorValues>,
}

impl ModuleVisitor for CpuStateReader {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let data = param.val().into_data();
        let shape = data.shape().to_vec();
        let values = data.try_into_vec::<f32>().expect("networks are in single precision");
        let tensor = TensorValues { shape, values };
        self.values.insert(parameter_name(&self.path), tensor);
    }
}

/// Replaces the values of a network whose names and shapes have been checked.
struct StateDictLoader<'a> {
    path: Vec<String>,
    state_dict: &'a StateDict,
    device: &'a Device,
}

impl ModuleMapper for StateDictLoader<'_> {
    track_path!();
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let TensorValues { shape, values } = &self.state_dict.0[&parameter_name(&self.path)];
        let data = TensorData::new(values.clone(), shape.clone());
        // Not `param.map`, which would first fill a fresh parameter with random values.
        Param::initialized(param.id, Tensor::from_data(data, self.device)).set_require_grad(true)
    }
}

#[derive(Default)]
struct StateDictReader {
    path: Vec<String>,
    names: Vec<String>,
    transaction: Transaction,
}

impl ModuleVisitor for StateDictReader {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.names.push(parameter_name(&self.path));
        self.transaction = std::mem::take(&mut self.transaction).register(param.val());
    }
}
