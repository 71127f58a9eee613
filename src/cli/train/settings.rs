//! What must be the same for a resumed run to take the same course.

use std::collections::BTreeMap;

use crate::cli::datasets::Case;
use crate::cli::datasets::training_cases::TrainingCases;
use crate::nn::train::TrainConfig;

/// Everything that decides the course of a run, by the flag that sets it.
pub type RunSettings = BTreeMap<String, String>;

/// The settings of a run. `preset` names the network, `init` is the SHA-256 of the weights it starts from.
///
/// The device is none of them: a run may go on elsewhere, though not to the last bit. How many share a step is, as each norms its own part.
pub fn settings(
    config: &TrainConfig,
    validate_every: usize,
    cases: &TrainingCases,
    preset: &str,
    init: Option<String>,
    devices: usize,
) -> RunSettings {
    // Every field by name, so that a new one cannot be forgotten.
    let TrainConfig {
        epochs,
        batch_size,
        learning_rate,
        final_share,
        schedule,
        warmup_steps,
        empty_share,
        patience,
        seed,
        method,
        augment,
    } = config;
    let named = [
        ("--preset", preset.to_owned()),
        ("--init", init.unwrap_or_else(|| "none".into())),
        ("--epochs", epochs.to_string()),
        ("--batch-size", batch_size.to_string()),
        ("--learning-rate", learning_rate.to_string()),
        ("final learning rate", final_share.to_string()),
        ("--schedule", schedule.name().into()),
        ("--warmup", warmup_steps.to_string()),
        ("--empty-share", empty_share.to_string()),
        ("--patience", patience.to_string()),
        ("--seed", seed.to_string()),
        ("--loss", method.loss.name().into()),
        ("--deep-supervision", method.deep_supervision.to_string()),
        ("--optimizer", method.optimizer.name().into()),
        ("--weight-decay", method.weight_decay.to_string()),
        ("--clip-norm", method.clip_norm.to_string()),
        ("--flip", augment.flip.to_string()),
        ("augmentation", format!("{augment:?}")),
        ("--validate-every", validate_every.to_string()),
        ("cases to learn from", named(&cases.train)),
        ("cases to validate on", named(&cases.val)),
    ];
    let several = cases.labels.len() > 1;
    let labels = cases.labels.values().map(String::as_str).collect::<Vec<_>>().join(",");
    let shared = (devices > 1).then(|| ("number of --devices", devices.to_string()));
    let named = named.into_iter().chain(several.then_some(("--labels", labels))).chain(shared);
    named.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Cases by number and content.
fn named(cases: &[Case]) -> String {
    cases.iter().map(|case| format!("{} ({})", case.id, &case.sha256[..8])).collect::<Vec<_>>().join(", ")
}
