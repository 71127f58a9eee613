//! One step: losses, clipping, deep supervision, and a learner's state out and in.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use islet::nn::batch::Batch;
use islet::nn::loss::Loss;
use islet::nn::model::state_dict::StateDict;
use islet::nn::model::{AttentionUnet, ModelConfig, Norm, Preset};
use islet::nn::train::optimizer::clip_norm;
use islet::nn::train::{Optimizer, StepConfig, StepPhase, TrainState};

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
}

#[test]
fn losses_have_the_values_of_their_formulas() {
    let device = Device::flex();
    // Four pixels at p = 1/2, one of them pancreas: Dice (2 * 0.5 + 1) / (2 + 1 + 1) = 1/2. Four at p = 0, none pancreas: Dice 1.
    let logits = Tensor::<4>::from_floats([[[[0.0, 0.0], [0.0, 0.0]]], [[[-60.0, -60.0], [-60.0, -60.0]]]], &device);
    let targets = Tensor::<4>::from_floats([[[[1.0, 0.0], [0.0, 0.0]]], [[[0.0, 0.0], [0.0, 0.0]]]], &device);
    let of = |loss: Loss| f64::from(loss.of(logits.clone(), targets.clone()).into_scalar::<f32>());
    close(of(Loss::ArticleDice), 0.25);
    // The cross entropy is ln 2 on half the pixels.
    close(of(Loss::DiceCe), 0.25 + std::f64::consts::LN_2 / 2.0);
    // A sure miss of one pixel: (2 * 0 + 1) / (1 + 1 + 1) over space; per pixel it would be (1/2 + 1/2 + 1 + 1) / 4.
    let logits = Tensor::<4>::from_floats([[[[60.0, -60.0], [-60.0, -60.0]]]], &device);
    let targets = Tensor::<4>::from_floats([[[[0.0, 1.0], [0.0, 0.0]]]], &device);
    close(f64::from(Loss::ArticleDice.of(logits, targets).into_scalar::<f32>()), 2.0 / 3.0);
}

/// Two parameters of different rank.
#[derive(Module, Debug)]
struct Pair {
    a: Param<Tensor<1>>,
    b: Param<Tensor<2>>,
}

#[test]
fn gradients_are_clipped_by_their_common_norm() {
    let device = Device::flex().autodiff();
    let pair = Pair {
        a: Param::from_tensor(Tensor::zeros([1], &device)),
        b: Param::from_tensor(Tensor::zeros([1, 2], &device)),
    };
    // Gradients (2) and (3, 6): norms 2 and 6.7 apart, 7 together.
    let clipped = |most: f64| -> Vec<f32> {
        let b = pair.b.val() * Tensor::from_floats([[3.0, 6.0]], &device);
        let loss = pair.a.val().mul_scalar(2.0).sum() + b.sum();
        let gradients = clip_norm(GradientsParams::from_grads(loss.backward(), &pair), &pair, most);
        let a: Vec<f32> = gradients.get::<1>(pair.a.id).unwrap().into_data().iter::<f32>().collect();
        let b: Vec<f32> = gradients.get::<2>(pair.b.id).unwrap().into_data().iter::<f32>().collect();
        [a, b].concat()
    };
    for (found, expected) in clipped(0.7).into_iter().zip([0.2, 0.3, 0.6]) {
        close(f64::from(found), expected);
    }
    assert_eq!(clipped(7.5), [2.0, 3.0, 6.0], "below the limit nothing changes, to the last bit");
}

/// A network whose weights follow from a number; Burn's seed is shared by all tests that run at the same time.
fn network(number: usize) -> AttentionUnet {
    network_of(&Preset::Tiny.config(), number)
}

pub(super) fn network_of(config: &ModelConfig, number: usize) -> AttentionUnet {
    let device = Device::flex().autodiff();
    let network = config.init(&device);
    let mut values = pollster::block_on(StateDict::read_back(&network)).unwrap();
    let mut i = number;
    for (name, weights) in &mut values.0 {
        for value in &mut weights.values {
            i += 1;
            *value = if name.contains("running_var") { 1.0 } else { 0.3 * ((i * i % 1009) as f32 / 1009.0 - 0.45) };
        }
    }
    values.load_into(network, &device).unwrap()
}

/// Two slices of 16 x 16, with a square of pancreas on the first.
fn batch() -> Batch {
    batch_of(2)
}

fn batch_of(count: usize) -> Batch {
    let device = Device::flex().autodiff();
    let wave = |i: usize| ((i * 37 % 101) as f32 / 101.0).powi(2);
    let inputs: Vec<f32> = (0..count * 3 * 256).map(wave).collect();
    let targets: Vec<f32> =
        (0..count * 256).map(|i| f32::from(u8::from(i < 256 && i / 16 % 16 < 4 && i % 16 < 4))).collect();
    Batch {
        inputs: Tensor::<1>::from_floats(inputs.as_slice(), &device).reshape([count, 3, 16, 16]),
        targets: Tensor::<1>::from_floats(targets.as_slice(), &device).reshape([count, 1, 16, 16]),
    }
}

#[test]
fn deep_supervision_adds_what_the_coarser_level_misses_and_leaves_the_model_alone() {
    let read = |loss: Tensor<1>| f64::from(loss.into_scalar::<f32>());
    let plain = TrainState::new(network(1));
    let weights = pollster::block_on(plain.state()).unwrap().weights;
    let main = read(plain.step(batch(), 1e-3).1);

    let method = StepConfig { deep_supervision: true, ..StepConfig::default() };
    let deep = TrainState::with_method(network(1), method);
    let mut state = pollster::block_on(deep.state()).unwrap();
    // The same network, and a head that says 1/2 everywhere.
    for (name, values) in &mut state.weights.0 {
        match weights.0.get(name) {
            Some(same) => *values = same.clone(),
            None => values.values.fill(0.0),
        }
    }
    let heads: Vec<&str> = state.weights.0.keys().filter(|name| !weights.0.contains_key(*name)).map(|n| &**n).collect();
    assert_eq!(heads, ["heads.0.bias", "heads.0.weight"], "tiny has one level between the bottom and the last");
    let (deep, loss) = deep.restored(&state).unwrap().step(batch(), 1e-3);
    // 8 x 8 pixels at 1/2, 4 of them pancreas on the first slice: Dice (4 + 1) / (32 + 4 + 1) and 1 / (32 + 1).
    let coarse = 1.0 - (5.0 / 37.0 + 1.0 / 33.0) / 2.0 + std::f64::consts::LN_2;
    assert!((read(loss) - (main + coarse / 2.0) / 1.5).abs() < 1e-5);

    let after = pollster::block_on(deep.state()).unwrap();
    assert_ne!(after.weights.0["heads.0.weight"], state.weights.0["heads.0.weight"], "the head learns");
    assert_eq!(deep.snapshot().num_params(), network(1).num_params(), "and is not in the model");
}

#[test]
fn a_learner_goes_on_from_its_state_as_if_nothing_had_been() {
    for optimizer in Optimizer::ALL {
        let method = StepConfig {
            optimizer,
            weight_decay: 0.01,
            clip_norm: 0.5,
            deep_supervision: true,
            ..StepConfig::default()
        };
        let mut learner = TrainState::with_method(network(2), method.clone());
        let mut heard = Vec::new();
        for _ in 0..3 {
            (learner, _) = learner.step_timed(batch(), 1e-2, |phase| heard.push(phase));
        }
        assert_eq!(heard[..3], [StepPhase::Forward, StepPhase::Backward, StepPhase::Optimizer]);
        let state = pollster::block_on(learner.state()).unwrap();
        assert!(state.steps.values().all(|&steps| steps == 3) && state.steps.len() == state.first.0.len());
        let moved = state.second.0.values().flat_map(|w| &w.values).filter(|v| **v > 0.0).count();
        assert!(moved > 1000, "{optimizer:?}: {moved} second moments");

        // Another process would have other weights and other identities.
        let other = TrainState::with_method(network(3), method).restored(&state).unwrap();
        assert!(pollster::block_on(other.state()).unwrap() == state);
        let go_on = |learner: TrainState| pollster::block_on(learner.step(batch(), 1e-2).0.state()).unwrap();
        let (ours, theirs) = (go_on(other), go_on(learner));
        assert!(ours == theirs, "{optimizer:?}");
        assert!(ours != state);
    }
}

#[test]
fn replicas_that_share_a_batch_take_the_steps_of_one_device() {
    // Three slices: two for one replica, one for the other.
    let run = |norm: Norm, replicas: usize, steps: usize| {
        let config = ModelConfig { norm, ..Preset::Tiny.config() };
        let method = StepConfig { clip_norm: 0.5, ..StepConfig::default() };
        let mut learner = TrainState::with_method(network_of(&config, 5), method).on(&vec![Device::flex(); replicas]);
        let mut losses = Vec::new();
        for _ in 0..steps {
            let loss;
            (learner, loss) = learner.step(batch_of(3), 1e-3);
            losses.push(loss.into_scalar::<f32>());
        }
        (losses, pollster::block_on(learner.state()).unwrap())
    };
    let far = |a: &StateDict, b: &StateDict| {
        a.flatten().iter().zip(b.flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let group = Norm::Group { groups: 2 };
    let ((one, alone), (two, shared)) = (run(group, 1, 4), run(group, 2, 4));
    for (one, two) in one.iter().zip(&two) {
        close(f64::from(*two), f64::from(*one));
    }
    assert!(one[3] < one[0], "{one:?}");
    assert!(far(&alone.weights, &shared.weights) < 5e-5, "{}", far(&alone.weights, &shared.weights));

    // A batch norm sees its own share, so the course is another, and the same whenever it is taken.
    let (first, second) = (run(Norm::Batch, 2, 4), run(Norm::Batch, 2, 4));
    assert!(first == second);
    assert!(far(&first.1.weights, &run(Norm::Batch, 1, 4).1.weights) > 1e-4);
}

#[test]
fn running_statistics_become_the_mean_of_the_replicas() {
    let statistics = |batch: Batch, replicas: usize| {
        let learner = TrainState::new(network(6)).on(&vec![Device::flex(); replicas]);
        let state = pollster::block_on(learner.step(batch, 0.0).0.state()).unwrap();
        state.weights.0["net.encoder.0.norm1.running_mean"].values.clone()
    };
    let whole = batch();
    let part = |i: usize| Batch {
        inputs: whole.inputs.clone().narrow(0, i, 1),
        targets: whole.targets.clone().narrow(0, i, 1),
    };
    let (shared, first, second) = (statistics(batch(), 2), statistics(part(0), 1), statistics(part(1), 1));
    assert_ne!(first, second);
    for ((shared, first), second) in shared.iter().zip(&first).zip(&second) {
        close(f64::from(*shared), f64::from((first + second) / 2.0));
    }
}

#[test]
fn a_state_of_another_network_is_refused_by_name() {
    let state = pollster::block_on(TrainState::new(network(1)).state()).unwrap();
    let device = Device::flex().autodiff();
    let islet = TrainState::new(Preset::Islet.config().init(&device));
    let refusal = islet.restored(&state).err().expect("another network");
    assert!(refusal.subject.to_string().starts_with("net.decoder"), "{refusal}");
}

#[test]
fn adam_and_adamw_decay_weights_in_their_own_ways() {
    // With a learning rate of 0.1, AdamW takes a weight w to w (1 - 0.1 * 0.5) and then the step that Adam without decay takes.
    let after = |optimizer, weight_decay| {
        let method = StepConfig { optimizer, weight_decay, ..StepConfig::default() };
        let learner = TrainState::with_method(network(4), method).step(batch(), 0.1).0;
        pollster::block_on(learner.state()).unwrap().weights.0["net.head.weight"].values.clone()
    };
    let start =
        pollster::block_on(TrainState::new(network(4)).state()).unwrap().weights.0["net.head.weight"].values.clone();
    let (adam, adamw) = (after(Optimizer::Adam, 0.0), after(Optimizer::Adamw, 0.5));
    for ((start, adam), adamw) in start.iter().zip(&adam).zip(&adamw) {
        close(f64::from(*adamw), f64::from(adam - start * 0.05));
    }
    // Adam's first step is as long as the learning rate, whichever way the sum of gradient and decay points.
    for (start, decayed) in start.iter().zip(&after(Optimizer::Adam, 1e6)) {
        assert!((decayed - (start - 0.1 * start.signum())).abs() < 1e-4, "{start} to {decayed}");
    }
}
