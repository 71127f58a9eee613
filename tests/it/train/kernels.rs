//! Our training kernels, judged by Burn's automatic differentiation.

use std::collections::BTreeMap;
#[cfg(not(debug_assertions))]
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use islet::nn::batch::Batch;
use islet::nn::loss::Loss;
use islet::nn::model::config::GateConfig;
use islet::nn::model::state_dict::TensorValues;
use islet::nn::model::{Gates, LayerOrder, ModelConfig, Norm, Preset};
use islet::nn::train::state::SavedTrainState;
use islet::nn::train::{StepConfig, TrainState};

use super::step::network_of;
use crate::model::values;

/// A batch of `samples` inputs of `side` pixels, and targets of as many organs as `config` has.
fn batch(config: &ModelConfig, samples: usize, side: usize, device: &Device) -> Batch {
    let organs = config.organs();
    let inputs = TensorData::new(values("inputs", samples * 3 * side * side), [samples, 3, side, side]);
    let targets: Vec<f32> = values("targets", samples * organs * side * side);
    let targets = targets.into_iter().map(|value| f32::from(value > 0.8) / organs as f32).collect();
    let targets = TensorData::new(targets, [samples, organs, side, side]);
    Batch { inputs: Tensor::from_data(inputs, device), targets: Tensor::from_data(targets, device) }
}

/// The loss of a step and the training's state after it. After one step, Adam's first moments are a
/// tenth of the gradients.
fn step(config: &ModelConfig, method: &StepConfig, engine: fn(TrainState) -> TrainState) -> (f32, SavedTrainState) {
    let device = Device::flex().autodiff();
    let training = TrainState::with_method(network_of(config, 7), method.clone());
    // The heads of deep supervision are random.
    let mut state = pollster::block_on(training.state()).unwrap();
    let heads = state.weights.0.iter_mut().filter(|(name, _)| name.starts_with("heads."));
    heads.for_each(|(name, head)| head.values = values(name, head.values.len()));
    let training = engine(training.restored(&state).unwrap());
    let (training, loss) = training.step(batch(config, 3, 40, &device), 1e-3);
    training.snapshot();
    (loss.into_scalar::<f32>(), pollster::block_on(training.state()).unwrap())
}

fn assert_close(what: &str, ours: &BTreeMap<String, TensorValues>, theirs: &BTreeMap<String, TensorValues>) {
    let largest = |values: &[f32]| values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let overall = theirs.values().map(|tensor| largest(&tensor.values)).fold(0.0, f32::max);
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (name, theirs) in theirs {
        let ours = &ours[name];
        assert_eq!(ours.shape, theirs.shape, "{what} {name}");
        let worst = ours.values.iter().zip(&theirs.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // A bias that a norm subtracts again has a gradient of rounding alone.
        let most = largest(&theirs.values).max(1e-3 * overall);
        assert!(worst <= 1e-4 * most, "{what} {name}: off by {worst}, the largest value is {most}");
    }
}

#[test]
fn gradients_and_running_statistics_are_those_of_automatic_differentiation() {
    let tiny = ModelConfig { base_filters: 8, ..Preset::Tiny.config() };
    let article = Preset::Article.config();
    let relu_gates = Gates::Additive(GateConfig { width: Some(5), relu_before_sum: true });
    let supervised = StepConfig { deep_supervision: true, ..StepConfig::default() };
    let dice = StepConfig { loss: Loss::ArticleDice, ..StepConfig::default() };
    let cases = [
        ("gates", tiny.clone(), StepConfig::default()),
        ("no gates", ModelConfig { gates: Gates::None, ..tiny.clone() }, StepConfig::default()),
        ("group norm", ModelConfig { norm: Norm::Group { groups: 4 }, ..tiny.clone() }, StepConfig::default()),
        ("several organs", tiny.clone().for_organs(3), StepConfig::default()),
        ("deep supervision", ModelConfig { depth: 4, ..tiny.clone() }, supervised),
        ("article", ModelConfig { base_filters: 6, depth: 3, gates: relu_gates, ..article }, dice),
        ("relu first", ModelConfig { order: LayerOrder::ConvReluNorm, ..tiny }, StepConfig::default()),
    ];
    for (what, config, method) in cases {
        let (our_loss, ours) = step(&config, &method, |training| training);
        let (their_loss, theirs) = step(&config, &method, TrainState::with_autodiff);
        assert!((our_loss - their_loss).abs() <= 1e-5 * their_loss.abs(), "{what}: {our_loss}, expected {their_loss}");
        assert_close(what, &ours.first.0, &theirs.first.0);
        let running = |state: &SavedTrainState| {
            let weights = state.weights.0.clone();
            weights.into_iter().filter(|(name, _)| name.contains("running_")).collect::<BTreeMap<_, _>>()
        };
        assert_close(what, &running(&ours), &running(&theirs));
    }
}

#[test]
fn a_step_is_the_same_to_the_last_bit_each_time() {
    let config = Preset::Tiny.config();
    let run = || step(&config, &StepConfig::default(), |training| training);
    assert!(run() == run());
}

/// Vectors that the compiler leaves out of a loop cost most of our kernels' lead, and no result tells. The lead is
/// about four on an idle machine with AVX2, two and a half beside other tests, and 1.2 without vectors in one loop.
#[cfg(not(debug_assertions))]
#[test]
fn a_step_takes_less_than_two_thirds_of_the_time_of_automatic_differentiation() {
    let config = Preset::Islet.config();
    let device = Device::flex().autodiff();
    let fastest = |engine: fn(TrainState) -> TrainState| {
        let mut training = engine(TrainState::new(network_of(&config, 7)));
        let mut fastest_s = f64::INFINITY;
        for _ in 0..5 {
            let batch = batch(&config, 2, 96, &device);
            let began = Instant::now();
            let (next, loss) = training.step(batch, 1e-3);
            loss.into_scalar::<f32>();
            fastest_s = fastest_s.min(began.elapsed().as_secs_f64());
            training = next;
        }
        fastest_s
    };
    let (ours_s, theirs_s) = (fastest(|training| training), fastest(TrainState::with_autodiff));
    println!("a step: {ours_s:.3} s by our kernels, {theirs_s:.3} s by automatic differentiation");
    assert!(1.5 * ours_s < theirs_s, "a step: {ours_s} s by our kernels, {theirs_s} s by automatic differentiation");
}
