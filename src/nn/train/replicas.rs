//! One step on several devices: each takes a share of the batch through a replica of the network, and the gradients are added up.
//!
//! Burn's own collective (`burn::tensor::distributed`) serves CUDA and remote devices only, and its data-parallel strategies live inside its
//! Learner; replicas on scoped threads run on any device, the CPU among them.

use std::ops::Range;
use std::thread;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

use super::deep_supervision::DeepSupervised;
use crate::nn::batch::Batch;
use crate::nn::loss::Loss;

/// The batch's loss and its gradients on the first of `devices`, where `trainee` is. Each device takes an even share of the samples, in order.
///
/// A loss is a mean over samples, so shares that weigh as many samples as they have add up to the loss of the whole batch. A batch norm sees its
/// own share only; the running statistics become the mean of the replicas'.
pub(super) fn loss_and_gradients(
    trainee: &DeepSupervised,
    batch: &Batch,
    loss: Loss,
    devices: &[Device],
) -> (Tensor<1>, GradientsParams) {
    let count = batch.inputs.dims()[0];
    let share = count.div_ceil(devices.len());
    let shares = devices.iter().enumerate().map(|(i, device)| (device, i * share..count.min((i + 1) * share)));
    let learned: Vec<(Tensor<1>, GradientsParams)> = thread::scope(|scope| {
        let start = |(device, samples): (&Device, Range<usize>)| {
            // Forked here, one after the other: a replica shares its running statistics with the others.
            let replica = trainee.clone().fork(device);
            let weight = samples.len() as f64 / count as f64;
            let part = Batch {
                inputs: batch.inputs.clone().narrow(0, samples.start, samples.len()).to_device(device),
                targets: batch.targets.clone().narrow(0, samples.start, samples.len()).to_device(device),
            };
            scope.spawn(move || {
                let loss = replica.loss(part, loss) * weight;
                let gradients = GradientsParams::from_grads(loss.backward(), &replica);
                (loss.detach(), gradients.to_device(&devices[0], &replica))
            })
        };
        let threads: Vec<_> = shares.filter(|(_, samples)| !samples.is_empty()).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("a replica panicked")).collect()
    });
    // Puts the replicas' statistics together.
    trainee.valid();
    let mut sum = GradientsAccumulator::new();
    let mut losses = Vec::with_capacity(learned.len());
    for (loss, gradients) in learned {
        sum.accumulate(trainee, gradients);
        losses.push(loss.to_device(&devices[0]));
    }
    (Tensor::cat(losses, 0).sum(), sum.grads())
}
