//! Networks of volumes learn the same on another device, and on several devices.

use burn::tensor::Device;
use islet::imaging::patch_augment::LabelledPatch;
use islet::nn::loss::Loss;
use islet::nn::model::state_dict::StateDict;
use islet::nn::network::{BlockKind, NetworkDescription};
use islet::nn::train::state::SavedTrainState;
use islet::nn::train::{PatchBatch, StepConfig, TensorsByName, TrainState};
use islet::nn::volume::{VolumePreset, first_weights};

use super::super::model::values;
use super::super::networks::nnunet;
use super::super::other_device::other_device;

const DIMS: [usize; 3] = [16, 32, 32];

/// Noise with a brighter ball around a column, which is labelled.
fn patch(column: usize) -> LabelledPatch {
    let ball = |voxel: usize| {
        let [z, y, x] = [voxel / 1024, voxel / 32 % 32, voxel % 32];
        z.abs_diff(7).pow(2) + y.abs_diff(12).pow(2) + x.abs_diff(column).pow(2) < 36
    };
    let labels: Vec<u8> = (0..DIMS.iter().product()).map(|voxel| u8::from(ball(voxel))).collect();
    let noise = values(&format!("noise {column}"), labels.len()).into_iter();
    let input = noise.zip(&labels).map(|(noise, label)| noise - 0.5 + f32::from(*label)).collect();
    LabelledPatch { input, labels, dims: DIMS }
}

fn networks() -> Vec<(&'static str, NetworkDescription)> {
    let stages = [([3; 3], [1; 3], 8, 2), ([3; 3], [1, 2, 2], 16, 1), ([3; 3], [2; 3], 16, 1)];
    let nnunet = NetworkDescription { classes: 2, in_channels: 1, ..nnunet(BlockKind::Plain, 3, stages) };
    let preset = |preset: VolumePreset| (preset.name(), preset.description(4, 2));
    VolumePreset::ALL.into_iter().map(preset).chain([("nnU-Net", nnunet)]).collect()
}

fn begin(description: &NetworkDescription, weights: &StateDict, devices: &[Device]) -> TrainState<TensorsByName> {
    let method = StepConfig { loss: Loss::DiceCe, ..StepConfig::default() };
    TrainState::of_description(description, weights, method, devices)
}

/// The loss of a step on three patches, and the state after it.
fn step(training: TrainState<TensorsByName>) -> (f32, SavedTrainState) {
    let batch = PatchBatch { patches: [10, 16, 22].map(patch).to_vec(), organs: 1 };
    let (training, loss) = training.step(batch, 1e-3);
    (loss.into_scalar::<f32>(), pollster::block_on(training.state()).unwrap())
}

/// The gradients are Adam's first moments after one step, but for a factor.
fn assert_close(name: &str, ours: &StateDict, theirs: &StateDict, share: f32) {
    assert!(ours.0.keys().eq(theirs.0.keys()), "{name}");
    // The bias of a convolution before a norm has a gradient of zero, so rounding is compared with the largest of all.
    let most = theirs.flatten().iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    for (tensor, theirs) in &theirs.0 {
        let off = ours.0[tensor].values.iter().zip(&theirs.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off <= share * most, "{name}, {tensor}: off by {off}, the largest is {most}");
    }
}

/// The running statistics of the batch norms.
fn running(state: &SavedTrainState) -> StateDict {
    let is_running = |name: &String| name.ends_with("running_mean") || name.ends_with("running_var");
    StateDict(
        state.weights.0.iter().filter(|(name, _)| is_running(name)).map(|(k, v)| (k.clone(), v.clone())).collect(),
    )
}

#[test]
fn networks_of_volumes_have_the_same_gradients_on_another_device() {
    for (name, description) in networks() {
        let weights = first_weights(&description.graph(), 3);
        let (our_loss, ours) = step(begin(&description, &weights, &[Device::flex()]));
        let device = [other_device()];
        let (their_loss, theirs) =
            step(begin(&description, &weights, &device).with_plain_operations(&description, &device));
        assert!((our_loss - their_loss).abs() <= 1e-4 * their_loss, "{name}: {our_loss} and {their_loss}");
        assert_close(name, &ours.first, &theirs.first, 1e-4);
        assert_close(name, &running(&ours), &running(&theirs), 1e-4);
    }
}

#[test]
fn several_devices_share_the_patches_of_a_batch() {
    let description = VolumePreset::Paper.description(4, 2);
    let weights = first_weights(&description.graph(), 3);
    let (one_loss, one) = step(begin(&description, &weights, &[Device::flex()]));
    let (two_loss, two) = step(begin(&description, &weights, &[Device::flex(), Device::flex()]));
    assert_eq!((one_loss, one), (two_loss, two));
}
