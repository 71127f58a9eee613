//! The state of a training as plain numbers by name, and back: everything that a checkpoint needs
//! to resume bit by bit.
//!
//! Burn reads an optimizer's state with blocking calls, so this module is for native shells only.
//! Writing files is their business. All maps are sorted, so that equal states give equal files.

use std::collections::BTreeMap;

use burn::module::{ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use burn_pack::{Bytes, DType, Reader, Scalar, Writer};

use super::{TrainState, TrainableNetwork};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnMessage;
use crate::nn::model::state_dict::{
    MismatchKind, StateDict, StateDictMismatch, TensorValues, parameter_name, track_path,
};

/// Weights, running statistics and the optimizer's moments, exact, in single precision.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedTrainState {
    /// Every parameter and running statistic: `net.` and the name in model files, or `heads.` for
    /// the heads of deep supervision.
    pub weights: StateDict,
    /// Adam's first moments, for the parameters that have been updated.
    pub first: StateDict,
    /// Adam's second moments.
    pub second: StateDict,
    /// Adam's number of steps for each parameter.
    pub steps: BTreeMap<String, usize>,
}

impl<N: TrainableNetwork> TrainState<N> {
    /// Everything that the next step depends on. Reading it does not change the training.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn state(&self) -> Result<SavedTrainState, UserError> {
        let failed = |reason: String| UserError::new(NnMessage::TrainingState, reason, NnMessage::TryAnotherDevice);
        let weights = StateDict::read_back(&self.network).await.map_err(|error| failed(format!("{error:?}")))?;
        let record = self.optimizer.into_bytes().map_err(|error| failed(error.to_string()))?;
        let unreadable = |error: burn_pack::Error| failed(error.to_string());
        let reader = Reader::from_bytes(record).map_err(unreadable)?;
        let mut state = SavedTrainState {
            weights,
            first: StateDict::default(),
            second: StateDict::default(),
            steps: BTreeMap::new(),
        };
        let names: BTreeMap<u64, String> = self.parameters().into_iter().map(|(name, info)| (info.id, name)).collect();
        for (key, &scalar) in reader.scalars() {
            if let Some((id, TIME)) = split_key(key)
                && let (Some(name), Ok(steps)) = (names.get(&id), usize::try_from(scalar))
            {
                state.steps.insert(name.clone(), steps);
            }
        }
        for tensor in reader.into_tensors().map_err(unreadable)? {
            let (key, dtype, shape, _, bytes) = tensor.into_parts().map_err(unreadable)?;
            let Some((name, moment)) = split_key(&key).and_then(|(id, moment)| Some((names.get(&id)?, moment))) else {
                continue;
            };
            let moments = match moment {
                FIRST => &mut state.first,
                SECOND => &mut state.second,
                _ => continue,
            };
            let shape = shape.to_vec();
            let values = TensorData::from_bytes(bytes, shape.clone(), dtype).iter::<f32>().collect();
            moments.0.insert(name.clone(), TensorValues { shape, values });
        }
        Ok(state)
    }

    /// This training with everything replaced by `state`.
    ///
    /// # Errors
    /// A state of another network, by the first name that does not fit.
    pub fn restored(mut self, state: &SavedTrainState) -> Result<Self, UserError> {
        let parameters = self.parameters();
        let shapes = |name: &String| Some((name.clone(), parameters.get(name)?.shape.clone()));
        for moments in [&state.first, &state.second] {
            // Parameters that have not been updated have no moments.
            let expected = moments.0.keys().filter_map(shapes).collect();
            moments.check_shapes(&expected).map_err(does_not_fit)?;
        }
        if let Some(name) = state.steps.keys().find(|name| !parameters.contains_key(*name)) {
            let kind = MismatchKind::Unknown;
            return Err(does_not_fit(StateDictMismatch { name: name.clone(), kind }));
        }
        let device = self.device();
        self.network = state.weights.load_into(self.network, &device).map_err(does_not_fit)?;
        let record = record(state, &parameters)?;
        self.optimizer = self
            .optimizer
            .from_bytes(record)
            .map_err(|error| optimizer_error(error.to_string(), NnMessage::ResumeSameNetwork))?;
        Ok(self)
    }

    /// Every parameter by name. Burn draws new identities in every process.
    fn parameters(&self) -> BTreeMap<String, ParameterInfo> {
        let mut reader = ParameterReader::default();
        self.network.visit(&mut reader);
        reader.parameters
    }
}

fn does_not_fit(mismatch: StateDictMismatch) -> UserError {
    let reason = match mismatch.kind {
        MismatchKind::Missing { .. } => NnMessage::CheckpointMissing,
        MismatchKind::Shape { .. } => NnMessage::CheckpointShape,
        MismatchKind::Unknown => NnMessage::CheckpointUnknown,
    };
    UserError::new(mismatch.name, reason, NnMessage::ResumeSameNetwork)
}

fn optimizer_error(reason: String, hint: NnMessage) -> UserError {
    UserError::new(NnMessage::OptimizerState, reason, hint)
}

/// The keys in Burn's record of Adam's and AdamW's state, after the parameter's identity and a dot.
const FIRST: &str = "momentum.moment_1";
const SECOND: &str = "momentum.moment_2";
const TIME: &str = "momentum.time";
const RANK: &str = "__rank";

/// Splits a key of the record into the parameter's identity and the part of its state.
fn split_key(key: &str) -> Option<(u64, &str)> {
    let (id, part) = key.split_once('.')?;
    Some((id.parse().ok()?, part))
}

/// The moments as Burn's record, under the identities of this process.
fn record(state: &SavedTrainState, parameters: &BTreeMap<String, ParameterInfo>) -> Result<Bytes, UserError> {
    let mut tensors = Vec::new();
    for (part, moments) in [(FIRST, &state.first), (SECOND, &state.second)] {
        for (name, TensorValues { shape, values }) in &moments.0 {
            let id = parameters[name].id;
            let bytes = Bytes::from_elems(values.clone());
            tensors.push(burn_pack::Tensor::new(format!("{id}.{part}"), DType::F32, shape.clone(), Some(id), bytes));
        }
    }
    let mut writer = Writer::new(tensors);
    for (name, &steps) in &state.steps {
        let ParameterInfo { id, shape } = &parameters[name];
        writer = writer.with_scalar(&format!("{id}.{TIME}"), Scalar::from(steps));
        writer = writer.with_scalar(&format!("{id}.{RANK}"), Scalar::from(shape.len()));
    }
    writer.into_bytes().map_err(|error| optimizer_error(error.to_string(), NnMessage::StartRunAfresh))
}

/// A parameter's identity in this process, and its shape.
struct ParameterInfo {
    id: u64,
    shape: Vec<usize>,
}

#[derive(Default)]
struct ParameterReader {
    path: Vec<String>,
    parameters: BTreeMap<String, ParameterInfo>,
}

impl ModuleVisitor for ParameterReader {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let info = ParameterInfo { id: param.id.val(), shape: param.lazy_shape().to_vec() };
        self.parameters.insert(parameter_name(&self.path), info);
    }
}
