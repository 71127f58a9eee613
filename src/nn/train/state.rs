//! A learner as plain numbers by name, and back: what a checkpoint needs to go on exactly.
//!
//! Burn hands out an optimizer's state by blocking reads, so this is for native shells. Files are written elsewhere.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use burn_pack::{Bytes, DType, Reader, Scalar, Writer};

use super::TrainState;
use crate::core::error::UserError;
use crate::nn::model::state_dict::{StateDict, Weights, file_name, track_path};

/// Weights, running statistics and the optimizer's moments, all in single precision and exact.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedTrainState {
    /// Every parameter and running statistic; `net.` and the name in model files, `heads.` for those of deep supervision.
    pub weights: StateDict,
    /// Adam's first moments, of the parameters that have taken a step.
    pub first: StateDict,
    /// Adam's second moments.
    pub second: StateDict,
    /// Steps that Adam has counted, for each parameter.
    pub steps: BTreeMap<String, usize>,
}

impl TrainState {
    /// Everything the next step depends on. Reading it does not change the course of the training.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn state(&self) -> Result<SavedTrainState, UserError> {
        let failed = |why: String| UserError::new("the training's state", why, "Try again, or use another device");
        let weights = StateDict::read_back(&self.trainee).await.map_err(|error| failed(format!("{error:?}")))?;
        let record = self.optimizer.into_bytes().map_err(|error| failed(error.to_string()))?;
        let unreadable = |error: burn_pack::Error| failed(error.to_string());
        let reader = Reader::from_bytes(record).map_err(unreadable)?;
        let mut state = SavedTrainState {
            weights,
            first: StateDict::default(),
            second: StateDict::default(),
            steps: BTreeMap::new(),
        };
        let names: BTreeMap<u64, String> = self.ids().into_iter().map(|(name, (id, _))| (id, name)).collect();
        for (key, &scalar) in reader.scalars() {
            if let Some((id, TIME)) = parameter(key)
                && let (Some(name), Ok(steps)) = (names.get(&id), usize::try_from(scalar))
            {
                state.steps.insert(name.clone(), steps);
            }
        }
        for tensor in reader.into_tensors().map_err(unreadable)? {
            let (key, dtype, shape, _, bytes) = tensor.into_parts().map_err(unreadable)?;
            let Some((name, moment)) = parameter(&key).and_then(|(id, moment)| Some((names.get(&id)?, moment))) else {
                continue;
            };
            let into = match moment {
                FIRST => &mut state.first,
                SECOND => &mut state.second,
                _ => continue,
            };
            let shape = shape.to_vec();
            let values = TensorData::from_bytes(bytes, shape.clone(), dtype).iter::<f32>().collect();
            into.0.insert(name.clone(), Weights { shape, values });
        }
        Ok(state)
    }

    /// This learner with everything as `state` has it.
    ///
    /// # Errors
    /// A state of another network, by the first name that does not fit.
    pub fn restored(mut self, state: &SavedTrainState) -> Result<Self, UserError> {
        let refused = |name: &str, why: &str| {
            UserError::new(name, why, "Resume with the network that the checkpoint was written for")
        };
        let ids = self.ids();
        for values in [&state.weights, &state.first, &state.second] {
            for (name, weights) in &values.0 {
                match ids.get(name) {
                    Some((_, shape)) if *shape == weights.shape => (),
                    Some(_) => return Err(refused(name, "the checkpoint has it in another shape")),
                    None => return Err(refused(name, "the network has no such parameter")),
                }
            }
        }
        if let Some(missing) = ids.keys().find(|name| !state.weights.0.contains_key(*name)) {
            return Err(refused(missing, "the checkpoint lacks it"));
        }
        let device = self.trainee.net.device();
        self.trainee = state.weights.put(self.trainee, &device);
        self.optimizer = self
            .optimizer
            .from_bytes(record(state, &ids)?)
            .map_err(|error| refused("the optimizer's state", &error.to_string()))?;
        Ok(self)
    }

    /// Identity and shape of every parameter by name. Identities are drawn anew in every process.
    fn ids(&self) -> BTreeMap<String, (u64, Vec<usize>)> {
        let mut ids = Ids::default();
        self.trainee.visit(&mut ids);
        ids.found
    }
}

/// How Burn's record of Adam's and AdamW's state names its parts, after the parameter's identity.
const FIRST: &str = "momentum.moment_1";
const SECOND: &str = "momentum.moment_2";
const TIME: &str = "momentum.time";
const RANK: &str = "__rank";

fn parameter(key: &str) -> Option<(u64, &str)> {
    let (id, part) = key.split_once('.')?;
    Some((id.parse().ok()?, part))
}

/// The moments as Burn's record, under the identities of this process.
fn record(state: &SavedTrainState, ids: &BTreeMap<String, (u64, Vec<usize>)>) -> Result<Bytes, UserError> {
    let mut tensors = Vec::new();
    for (part, moments) in [(FIRST, &state.first), (SECOND, &state.second)] {
        for (name, Weights { shape, values }) in &moments.0 {
            let id = ids[name].0;
            let bytes = Bytes::from_elems(values.clone());
            tensors.push(burn_pack::Tensor::new(format!("{id}.{part}"), DType::F32, shape.clone(), Some(id), bytes));
        }
    }
    let mut writer = Writer::new(tensors);
    for (name, &steps) in &state.steps {
        let (id, shape) = &ids[name];
        writer = writer.with_scalar(&format!("{id}.{TIME}"), Scalar::from(steps));
        writer = writer.with_scalar(&format!("{id}.{RANK}"), Scalar::from(shape.len()));
    }
    writer
        .into_bytes()
        .map_err(|error| UserError::new("the optimizer's state", error.to_string(), "Start the run afresh"))
}

#[derive(Default)]
struct Ids {
    path: Vec<String>,
    found: BTreeMap<String, (u64, Vec<usize>)>,
}

impl ModuleVisitor for Ids {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.insert(file_name(&self.path), (param.id.val(), param.lazy_shape().to_vec()));
    }
}
