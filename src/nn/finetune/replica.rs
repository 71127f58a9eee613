//! One network that learns.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, ExecutionError};

use super::data::{FineTuneData, Replay};
use super::local_sgd::HoldoutCounts;
use super::sampler::{Draw, SampleSource, draws};
use super::{FineTuneConfig, TrainableParts};
use crate::imaging::augment::{Sample, augment};
use crate::imaging::metrics::Overlap;
use crate::nn::batch::stack_samples;
use crate::nn::infer::{THRESHOLD, infer};
use crate::nn::model::conv_block::ConvBlock;
use crate::nn::model::state_dict::StateDict;
use crate::nn::model::{AttentionUnet, InferenceModel};
use crate::nn::train::TrainState;

/// A network in fine-tuning.
pub struct Replica {
    learner: TrainState,
    config: FineTuneConfig,
    /// Counted from 0.
    index: usize,
    device: Device,
}

impl Replica {
    /// Replica `index` of `model`, which must be on an autodiff device.
    pub fn new(model: AttentionUnet, config: FineTuneConfig, index: usize) -> Self {
        let device = model.device();
        Self { learner: TrainState::new(hold_still(model, config.moves)), config, index, device }
    }

    /// Learns for some steps; `heard` is told each step and its loss.
    ///
    /// The loss is read back each step: a step takes much longer than that, and a person watches the curve.
    pub async fn train(
        &mut self,
        material: &FineTuneData,
        replay: &Replay,
        steps: Range<usize>,
        mut heard: impl FnMut(usize, f32),
    ) -> Result<(), ExecutionError> {
        let variants: Vec<usize> = material.corrected.iter().map(Vec::len).collect();
        for step in steps {
            let drawn = draws(&self.config, self.index, step, &variants, material.beyond.len(), replay.learn.len());
            let samples: Vec<Sample> = drawn
                .iter()
                .map(|Draw { source, seed }| {
                    let sample = match *source {
                        SampleSource::Corrected(slice, variant) => &material.corrected[slice][variant],
                        SampleSource::Beyond(slice) => &material.beyond[slice],
                        SampleSource::Replay(slice) => &replay.learn[slice],
                    };
                    augment(sample, &self.config.augment, *seed)
                })
                .collect();
            let batch = stack_samples(&samples, &self.device);
            let (learner, loss) = self.learner.clone().step(batch, self.config.learning_rate_at(step));
            self.learner = learner;
            heard(step, loss.into_data_async().await?.iter::<f32>().sum());
        }
        Ok(())
    }

    /// Its weights.
    pub async fn values(&self) -> Result<StateDict, ExecutionError> {
        StateDict::read_back(&self.learner.snapshot()).await
    }

    /// Goes on from these weights; the optimizer keeps its moments.
    pub fn set_values(&mut self, values: &StateDict) {
        let (device, moves) = (self.device.clone(), self.config.moves);
        self.learner = self.learner.clone().with_model(|model| hold_still(values.put(model, &device), moves));
    }

    /// Scores its share of the judging slices: those whose number leaves its own when divided by the number of replicas.
    pub async fn score(&self, material: &FineTuneData, replay: &Replay) -> Result<HoldoutCounts, ExecutionError> {
        let model = self.learner.snapshot().for_inference();
        let mine = |samples: &'_ [Sample]| -> Vec<Sample> {
            samples.iter().skip(self.index).step_by(self.config.replicas).cloned().collect()
        };
        Ok(HoldoutCounts {
            held_out: overlap(&model, &mine(&material.held_out)).await?,
            replay: overlap(&model, &mine(&replay.judge)).await?,
        })
    }
}

/// Marks what does not move. The running statistics are no parameters and follow the data all the same: with them held, the step size
/// that serves here destroyed the network (docs/TUNING.md).
fn hold_still(mut model: AttentionUnet, moves: TrainableParts) -> AttentionUnet {
    model.encoder = model.encoder.into_iter().map(ConvBlock::hold_idle_biases).collect();
    model.decoder = model.decoder.into_iter().map(ConvBlock::hold_idle_biases).collect();
    if moves != TrainableParts::All {
        model.encoder = model.encoder.no_grad();
    }
    if moves == TrainableParts::Gates {
        model.decoder = model.decoder.no_grad();
        model.head = model.head.no_grad();
        model.head_norm = model.head_norm.no_grad();
    }
    model
}

/// Prediction against target over all samples together, on the network's grid.
async fn overlap(model: &InferenceModel, samples: &[Sample]) -> Result<Overlap, ExecutionError> {
    let cut = |values: &[f32]| values.iter().map(|&v| u8::from(v >= THRESHOLD)).collect::<Vec<u8>>();
    let (mut pred, mut truth) = (Vec::new(), Vec::new());
    for sample in samples {
        let found = infer(model, std::slice::from_ref(&sample.input), false).await?;
        pred.extend(cut(&found[0].probability));
        truth.extend(cut(&sample.target));
    }
    Ok(Overlap::of(&pred, &truth))
}
