//! Data-parallel training: each device takes a share of the batch through a replica of the network,
//! and the gradients are summed.
//!
//! Burn's collective operations (`burn::tensor::distributed`) work on CUDA and remote devices only,
//! and its data-parallel strategies are part of its Learner. Replicas on scoped threads work on
//! every device, including the CPU.

use std::ops::Range;
use std::thread;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

use super::deep_supervision::DeepSupervised;
use super::gradients::GradientEngine;
use crate::nn::batch::Batch;
use crate::nn::loss::Loss;

/// The loss of a batch and its gradients, on the first of `devices`, which holds `network`. Each
/// device takes an equal share of the samples, in order.
///
/// The loss is a mean over samples, so the losses of the shares, weighted by their number of
/// samples, sum to the loss of the batch. A batch norm sees its own share only, and the running
/// statistics become the mean of the replicas'.
pub(super) fn loss_and_gradients(
    network: &DeepSupervised,
    engine: &GradientEngine,
    batch: &Batch,
    loss: Loss,
    devices: &[Device],
) -> (Tensor<1>, GradientsParams) {
    let count = batch.inputs.dims()[0];
    let share = count.div_ceil(devices.len());
    let shares = devices.iter().enumerate().map(|(i, device)| (device, i * share..count.min((i + 1) * share)));
    let results: Vec<(Tensor<1>, GradientsParams)> = thread::scope(|scope| {
        let start = |(device, samples): (&Device, Range<usize>)| {
            // Forked one after the other, because replicas share their running statistics.
            let replica = network.clone().fork(device);
            let weight = samples.len() as f64 / count as f64;
            let part = Batch {
                inputs: batch.inputs.clone().narrow(0, samples.start, samples.len()).to_device(device),
                targets: batch.targets.clone().narrow(0, samples.start, samples.len()).to_device(device),
            };
            scope.spawn(move || {
                let (loss, gradients) = engine.loss_and_gradients(&replica, part, (loss, weight), &mut |_| ());
                (loss, gradients.to_device(&devices[0], &replica))
            })
        };
        let threads: Vec<_> = shares.filter(|(_, samples)| !samples.is_empty()).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("a replica panicked")).collect()
    });
    // Merges the replicas' running statistics.
    network.valid();
    let mut sum = GradientsAccumulator::new();
    let mut losses = Vec::with_capacity(results.len());
    for (loss, gradients) in results {
        sum.accumulate(network, gradients);
        losses.push(loss.to_device(&devices[0]));
    }
    (Tensor::cat(losses, 0).sum(), sum.grads())
}
