//! Trains a small network on synthetic abdomens, from top to bottom: data, model, steps, score.
//!
//! ```sh
//! cargo run --release --example train_phantoms            # 60 steps, some minutes on two cores
//! cargo run --release --example train_phantoms -- 5       # 5 steps, to see that it runs
//! ```

use burn::tensor::Device;
use islet::imaging::augment::{AugmentConfig, Sample, augment};
use islet::imaging::metrics::Overlap;
use islet::imaging::phantom::{Phantom, PhantomConfig, phantom};
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::batch::stack_samples;
use islet::nn::infer::segment_volume;
use islet::nn::model::Preset;
use islet::nn::train::{TrainConfig, TrainState};

fn main() {
    let steps = std::env::args().nth(1).map_or(60, |steps| steps.parse().expect("a number of steps"));
    let (config, preprocess) = (TrainConfig::default(), PreprocessConfig::default());

    // Data: the slices of four phantoms that show the pancreas. The seed decides every voxel.
    let slices_of = |case: Phantom| {
        let sample = |z| Sample::of(&case.volume, z, case.pancreas.slice(z), &preprocess);
        (0..case.volume.depth()).filter(|&z| case.pancreas.has_labels(z)).map(sample).collect::<Vec<_>>()
    };
    let samples: Vec<Sample> = (0..4).flat_map(|seed| slices_of(phantom(&PhantomConfig::SMALL, seed))).collect();

    // Model: weights at random, on a device that records gradients.
    let device = Device::flex();
    device.seed(0);
    let mut training = TrainState::new(Preset::Tiny.config().init(&device.clone().autodiff()));

    // Steps: a batch of varied slices, its loss, its gradients, and the new weights.
    for step in 0..steps {
        let first = step * config.batch_size;
        let varied = (first..first + config.batch_size)
            .map(|i| augment(&samples[i * 7 % samples.len()], &AugmentConfig::default(), i as u64))
            .collect::<Vec<_>>();
        let batch = stack_samples(&varied, &training.device());
        let (after, loss) = training.step(batch, config.learning_rate_at(step, steps));
        training = after;
        println!("step {} of {steps}: loss {:.3}", step + 1, loss.into_scalar::<f32>());
    }

    // Score: the Dice similarity coefficient (DSC) on a phantom that was not trained on.
    let unseen = phantom(&PhantomConfig::SMALL, 99);
    let model = training.snapshot().for_inference();
    let mask = pollster::block_on(segment_volume(&model, &unseen.volume, &preprocess, |_slices_done| ()))
        .expect("the CPU does not fail");
    println!("DSC on an unseen phantom: {:.3}", Overlap::of(&mask.labels, &unseen.pancreas.labels).dsc());
}
