//! Learning-rate schedules.

use serde::{Deserialize, Serialize};

/// The decay of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Along half a cosine.
    #[default]
    Cosine,
    /// In two equal drops, at half and at three quarters of the way.
    Step,
}

impl Schedule {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Cosine, Self::Step];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Step => "step",
        }
    }

    /// The learning rate of step `step`, counted from 0, out of `steps`. Over the first
    /// `warmup_steps` it rises linearly to `start`, and over the others it decays to `final_share`
    /// of `start`.
    pub fn rate(self, start: f64, final_share: f64, warmup_steps: usize, step: usize, steps: usize) -> f64 {
        if step < warmup_steps {
            return start * (step + 1) as f64 / warmup_steps as f64;
        }
        let (step, steps) = (step - warmup_steps, steps.saturating_sub(warmup_steps));
        match self {
            Self::Cosine => cosine(start, final_share, step, steps),
            Self::Step => {
                let drops = i32::from(2 * step >= steps) + i32::from(4 * step >= 3 * steps);
                start * final_share.sqrt().powi(drops)
            }
        }
    }
}

/// A learning rate that decays from `start` to `final_share` of it along half a cosine over
/// `steps`.
pub fn cosine(start: f64, final_share: f64, step: usize, steps: usize) -> f64 {
    let done = step as f64 / steps.max(1) as f64;
    let share = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
    start * (final_share + (1.0 - final_share) * share)
}
