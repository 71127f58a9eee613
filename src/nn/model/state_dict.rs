//! The numbers of a network by their names in model files, apart from any device: read back, put back, flattened.
//!
//! Names are PyTorch's. What stands around them in a file is in [`weights`](super::weights).

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, ExecutionError, Tensor, TensorData, Transaction};
use sha2::{Digest, Sha256};

/// Values of one parameter, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Its shape, in PyTorch's layout.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Vec<f32>,
}

/// Every parameter and running statistic of a network, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict(pub BTreeMap<String, Weights>);

impl StateDict {
    /// Reads everything back from the device in one transfer, without blocking.
    pub async fn read_back<M: Module>(model: &M) -> Result<Self, ExecutionError> {
        let mut collect = Collect::default();
        model.valid().visit(&mut collect);
        let read = collect.transaction.execute_async().await?;
        let weights = |data: TensorData| Weights { shape: data.shape().to_vec(), values: data.iter::<f32>().collect() };
        Ok(Self(collect.names.into_iter().zip(read.into_iter().map(weights)).collect()))
    }

    /// The network with these values, on `device`, all of it ready to learn. Parameters keep their identity, so that an optimizer
    /// knows them again. Panics if a name is missing.
    pub fn put<M: Module>(&self, model: M, device: &Device) -> M {
        model.map(&mut Put { path: Vec::new(), values: self, device })
    }

    /// SHA-256, in hexadecimal, of all numbers (f32 little-endian) in the order of their names.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for weights in self.0.values() {
            hash.update(bytemuck::cast_slice::<f32, u8>(&weights.values));
        }
        crate::core::hex::hex(&hash.finalize())
    }

    /// All numbers, in the order of the names.
    pub fn flat(&self) -> Vec<f32> {
        self.0.values().flat_map(|weights| &weights.values).copied().collect()
    }

    /// The same names and shapes with other numbers, in the order of [`flat`](Self::flat). Panics if there are too few.
    pub fn with_flat(&self, mut flat: &[f32]) -> Self {
        let take = |(name, weights): (&String, &Weights)| {
            let values;
            (values, flat) = flat.split_at(weights.values.len());
            (name.clone(), Weights { shape: weights.shape.clone(), values: values.to_vec() })
        };
        Self(self.0.iter().map(take).collect())
    }
}

/// The file's name of the parameter at `path` in the module tree: PyTorch's names for normalisation, without the enum variant
/// that holds the layer.
pub(crate) fn file_name(path: &[String]) -> String {
    let parts = path.iter().filter(|p| *p != "Batch" && *p != "Group").map(|p| match p.as_str() {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Follows the path in the module tree, in a visitor or mapper with a `path`.
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

/// Names and shapes of a network's parameters, without making them.
#[derive(Default)]
pub(super) struct Names {
    path: Vec<String>,
    pub(super) shapes: BTreeMap<String, Vec<usize>>,
}

impl ModuleVisitor for Names {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.shapes.insert(file_name(&self.path), param.lazy_shape().to_vec());
    }
}

struct Put<'a> {
    path: Vec<String>,
    values: &'a StateDict,
    device: &'a Device,
}

impl ModuleMapper for Put<'_> {
    track_path!();
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let found = &self.values.0[&file_name(&self.path)];
        let data = TensorData::new(found.values.clone(), found.shape.clone());
        // Not `param.map`: that would first fill a fresh parameter with random values.
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
