//! A replica: one copy of the network in fine-tuning.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, ExecutionError};

use super::data::{FineTuneData, Replay};
use super::local_sgd::HoldoutCounts;
use super::sampler::{Draw, SampleCounts, SampleSource, draw_step};
use super::{FineTuneConfig, TrainableParts};
use crate::imaging::augment::{Sample, augment};
use crate::imaging::metrics::Overlap;
use crate::nn::batch::stack_samples;
use crate::nn::infer::{AttentionOutput, THRESHOLD, infer};
use crate::nn::model::conv_block::ConvBlock;
use crate::nn::model::state_dict::StateDict;
use crate::nn::model::{AttentionUnet, InferenceModel};
use crate::nn::train::TrainState;

/// A copy of the network in fine-tuning.
pub struct Replica {
    /// `None` only while a step consumes it.
    state: Option<TrainState>,
    config: FineTuneConfig,
    /// Counted from 0.
    index: usize,
    device: Device,
}

impl Replica {
    /// Replica `index` of `model`, which must be on an autodiff device.
    pub fn new(model: AttentionUnet, config: FineTuneConfig, index: usize) -> Self {
        let device = model.device();
        Self { state: Some(TrainState::new(freeze(model, config.moves))), config, index, device }
    }

    /// Trains for some steps. `progress` gets each step and its loss.
    ///
    /// The loss is read back in each step. This takes little of a step's time, and the page shows
    /// the curve.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn train(
        &mut self,
        data: &FineTuneData,
        replay: &Replay,
        steps: Range<usize>,
        mut progress: impl FnMut(usize, f32),
    ) -> Result<(), ExecutionError> {
        let counts = SampleCounts {
            variants: data.corrected.iter().map(Vec::len).collect(),
            completed: data.completed.len(),
            anchors: data.anchors.len(),
            replay: replay.learn.len(),
        };
        for step in steps {
            let samples: Vec<Sample> = draw_step(&self.config, self.index, step, &counts)
                .iter()
                .map(|Draw { source, seed }| {
                    let sample = match *source {
                        SampleSource::Corrected(slice, variant) => &data.corrected[slice][variant],
                        SampleSource::Completed(slice) => &data.completed[slice],
                        SampleSource::Anchor(slice) => &data.anchors[slice],
                        SampleSource::Replay(slice) => &replay.learn[slice],
                    };
                    augment(sample, &self.config.augment, *seed)
                })
                .collect();
            let batch = stack_samples(&samples, &self.device);
            let learning_rate = self.config.learning_rate_at(step);
            let (state, loss) = self.take_state().step(batch, learning_rate);
            self.state = Some(state);
            progress(step, loss.into_data_async().await?.iter::<f32>().sum());
        }
        Ok(())
    }

    /// The current weights and running statistics.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn state_dict(&self) -> Result<StateDict, ExecutionError> {
        StateDict::read_back(&self.snapshot()).await
    }

    /// Replaces the weights and running statistics. The optimizer keeps its moments.
    ///
    /// # Panics
    /// If the state dict is one of another network.
    pub fn load_state_dict(&mut self, state_dict: &StateDict) {
        let state = self.take_state();
        let load = |model| state_dict.load_into(model, &self.device).expect("a state dict of the same network");
        self.state = Some(state.with_model(|model| freeze(load(model), self.config.moves)));
    }

    /// Scores this replica's share of the held-out and replayed slices.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn score(&self, data: &FineTuneData, replay: &Replay) -> Result<HoldoutCounts, ExecutionError> {
        let model = self.snapshot().for_inference();
        Ok(HoldoutCounts {
            held_out: overlap(&model, self.share_of(&data.held_out)).await?,
            replay: overlap(&model, self.share_of(&replay.judge)).await?,
        })
    }

    /// Every n-th sample, for n replicas, starting at this replica's index.
    fn share_of<'a>(&self, samples: &'a [Sample]) -> impl Iterator<Item = &'a Sample> + use<'a> {
        samples.iter().skip(self.index).step_by(self.config.replicas)
    }

    fn snapshot(&self) -> AttentionUnet {
        self.state.as_ref().expect("a state between two steps").snapshot()
    }

    fn take_state(&mut self) -> TrainState {
        self.state.take().expect("a state between two steps")
    }
}

/// Freezes the parts that are not trained. Running statistics are not parameters and follow the
/// data even there: with frozen statistics, the learning rate used here destroyed the network
/// (docs/TUNING.md).
fn freeze(mut model: AttentionUnet, trainable: TrainableParts) -> AttentionUnet {
    model.encoder = model.encoder.into_iter().map(ConvBlock::freeze_cancelled_biases).collect();
    model.decoder = model.decoder.into_iter().map(ConvBlock::freeze_cancelled_biases).collect();
    if trainable != TrainableParts::All {
        model.encoder = model.encoder.no_grad();
    }
    if trainable == TrainableParts::Gates {
        model.decoder = model.decoder.no_grad();
        model.head = model.head.no_grad();
        model.head_norm = model.head_norm.no_grad();
    }
    model
}

/// Prediction against target over all samples together, on the network's grid.
async fn overlap<'a>(
    model: &InferenceModel,
    samples: impl Iterator<Item = &'a Sample>,
) -> Result<Overlap, ExecutionError> {
    let binary = |values: &[f32]| values.iter().map(|&v| u8::from(v >= THRESHOLD)).collect::<Vec<u8>>();
    let (mut prediction, mut truth) = (Vec::new(), Vec::new());
    for sample in samples {
        let inferences = infer(model, std::slice::from_ref(&sample.input), AttentionOutput::Omit).await?;
        prediction.extend(inferences.iter().flat_map(|inference| binary(&inference.probability)));
        truth.extend(binary(&sample.target));
    }
    Ok(Overlap::of(&prediction, &truth))
}
