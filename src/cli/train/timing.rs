//! Where the time of a training goes.
//!
//! A GPU takes orders and works later, so a phase can only be timed by waiting for it, and waiting slows it down: there one step in
//! fifty is measured, and the time of all steps is shared out as those were. On the CPU every step is measured.

use std::ops::AddAssign;
use std::time::Instant;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::nn::train::StepPhase;

/// Time spent, in seconds, and what was done in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Slices, or patches of volumes, learned from.
    pub slices: usize,
    /// Steps taken.
    pub steps: usize,
    /// Waiting for slices.
    pub data_s: f64,
    /// All steps.
    pub steps_s: f64,
    /// Forward passes of the steps measured, bringing the batch to the device included.
    pub forward_s: f64,
    /// Backward passes of the steps measured.
    pub backward_s: f64,
    /// Updates of the steps measured.
    pub optimizer_s: f64,
    /// Scoring whole volumes.
    pub validation_s: f64,
    /// Writing checkpoints and logs.
    pub writing_s: f64,
}

/// On a device that works later, one step in so many is measured.
const MEASURED: usize = 50;

impl Timing {
    /// Takes a step of `slices` slices, which tells when its phases end.
    pub fn step<T>(&mut self, device: &Device, slices: usize, step: impl FnOnce(&mut dyn FnMut(StepPhase)) -> T) -> T {
        let began = Instant::now();
        let eager = is_eager(device);
        // Not the very first: it compiles kernels.
        let measured = eager || self.steps % MEASURED == MEASURED / 10;
        let wait = || {
            if measured && !eager {
                // A device that fails says so again where its results are read.
                let _ = device.sync();
            }
        };
        wait();
        let mut last = Instant::now();
        let result = step(&mut |phase| {
            if measured {
                wait();
                let into = match phase {
                    StepPhase::Forward => &mut self.forward_s,
                    StepPhase::Backward => &mut self.backward_s,
                    StepPhase::Optimizer => &mut self.optimizer_s,
                };
                *into += last.elapsed().as_secs_f64();
                last = Instant::now();
            }
        });
        self.steps += 1;
        self.slices += slices;
        self.steps_s += began.elapsed().as_secs_f64();
        result
    }

    /// Slices per second of training: waiting and stepping, without validation and checkpoints.
    pub fn slices_per_second(&self) -> f64 {
        self.slices as f64 / (self.data_s + self.steps_s).max(f64::MIN_POSITIVE)
    }

    /// Share of the training, without validation and checkpoints, in which the device had no slices to work on: at most this on a
    /// device that works later.
    pub fn data_share(&self) -> f64 {
        self.data_s / (self.data_s + self.steps_s).max(f64::MIN_POSITIVE)
    }

    /// The whole as shares.
    pub fn report(&self) -> TimingReport {
        let seconds = self.data_s + self.steps_s + self.validation_s + self.writing_s;
        let phases = (self.forward_s + self.backward_s + self.optimizer_s).max(f64::MIN_POSITIVE);
        let share = |part: f64| part / seconds.max(f64::MIN_POSITIVE);
        let phase = |part: f64| share(self.steps_s * part / phases);
        TimingReport {
            slices: self.slices,
            slices_per_second: self.slices_per_second(),
            seconds,
            data: share(self.data_s),
            forward: phase(self.forward_s),
            backward: phase(self.backward_s),
            optimizer: phase(self.optimizer_s),
            validation: share(self.validation_s),
            writing: share(self.writing_s),
        }
    }
}

/// Whether an operation is done when it returns.
fn is_eager(device: &Device) -> bool {
    device.clone().without_autodiff() == Device::flex()
}

impl AddAssign for Timing {
    fn add_assign(&mut self, other: Self) {
        self.slices += other.slices;
        self.steps += other.steps;
        self.data_s += other.data_s;
        self.steps_s += other.steps_s;
        self.forward_s += other.forward_s;
        self.backward_s += other.backward_s;
        self.optimizer_s += other.optimizer_s;
        self.validation_s += other.validation_s;
        self.writing_s += other.writing_s;
    }
}

/// What `timing.json` holds; everything from `data` on is a share of `seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TimingReport {
    /// Slices, or patches of volumes, learned from.
    pub slices: usize,
    /// Without validation and checkpoints.
    pub slices_per_second: f64,
    /// Of training, validation and checkpoints, over all the times the run was resumed; reading the cases is not counted.
    pub seconds: f64,
    /// Waiting for slices.
    pub data: f64,
    /// Forward passes.
    pub forward: f64,
    /// Backward passes.
    pub backward: f64,
    /// Updates of the weights.
    pub optimizer: f64,
    /// Scoring whole volumes.
    pub validation: f64,
    /// Writing checkpoints and logs.
    pub writing: f64,
}

impl TimingReport {
    /// A line for people; `samples` is what was learned from, in the plural.
    pub fn text(&self, samples: &str) -> String {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        format!(
            "{} {samples} at {:.2} {samples}/s; of {:.0} s went to waiting for data {}, forward {}, backward {}, optimizer {}, \
             validation {}, checkpoints {}",
            self.slices,
            self.slices_per_second,
            self.seconds,
            percent(self.data),
            percent(self.forward),
            percent(self.backward),
            percent(self.optimizer),
            percent(self.validation),
            percent(self.writing)
        )
    }
}
