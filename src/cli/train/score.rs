//! Scores over whole volumes: during a run, and of its best network at the end.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result};

use super::outcome::{self, RunCase};
use super::start::knows;
use super::task::{CasePlace, Side, TrainingTask};
use super::timing::Timing;
use crate::cli::datasets::Case;
use crate::cli::files;
use crate::cli::run_dir::RunDir;
use crate::core::mask::Mask;
use crate::core::statistics::mean;
use crate::imaging::metrics::{CaseScores, GateFocus};
use crate::nn::model::metadata::{Score, Training};
use crate::nn::model::weights::Precision;

/// DSC of each organ of a whole volume on its own grid, by name, over the slices that somebody labelled: what the network says of the
/// others is neither right nor wrong.
pub(super) fn whole_volume_dsc(case: &Case, pred: &Mask) -> Result<BTreeMap<String, f64>> {
    let overlaps = case.overlaps(pred)?;
    Ok(overlaps.into_iter().map(|(label, overlap)| (case.labels[&label].clone(), overlap.dsc())).collect())
}

/// What a case comes to: the mean of its organs' DSC.
pub(super) fn mean_dsc(organs: &BTreeMap<String, f64>) -> f64 {
    mean(&organs.values().copied().collect::<Vec<_>>()).unwrap_or(1.0)
}

/// Training cases whose score goes into the passport beside those of validation: enough to see an overfitted network.
const SCORED_TRAINING_CASES: usize = 4;

/// Scores the best checkpoint on its validation cases and some training cases, writes the reports and where the time went, and then the
/// run's model, last of all: a run that has one is finished.
pub(super) fn finish<T: TrainingTask>(run_dir: &RunDir, task: &T, mut timing: Timing) -> Result<()> {
    let began = Instant::now();
    let (snapshot, of_best) = task.read(&run_dir.checkpoint("best"))?;
    let model = task.for_inference(&snapshot);
    let mut training = Training { epochs: of_best.epochs, ..task.training().clone() };
    let places = |side: Side, most: usize| {
        let cases = task.cases(side).into_iter().take(most).enumerate();
        cases.map(move |(index, case)| (CasePlace { side, index }, case))
    };
    let mut judged = Vec::new();
    for (place, case) in places(Side::Validation, usize::MAX).chain(places(Side::Train, SCORED_TRAINING_CASES)) {
        let scored = judge(task, &model, &mut training, (place, case))?;
        judged.push(scored);
    }
    outcome::write(run_dir, task.labels(), &task.metadata(&snapshot, &training)?, judged)?;
    let file = task.file(&snapshot, &training, Precision::F16)?;
    timing.validation_s += began.elapsed().as_secs_f64();
    let report = timing.report();
    println!("{}", report.text(T::SAMPLES));
    files::write(&run_dir.timing(), &serde_json::to_vec_pretty(&report)?)?;
    files::write(&run_dir.model(), &file)?;
    println!("wrote {} and {}", run_dir.model().display(), run_dir.report().display());
    Ok(())
}

/// Scores a case, and adds the score to those of the training.
fn judge<T: TrainingTask>(
    task: &T,
    model: &T::Model,
    training: &mut Training,
    (place, case): (CasePlace, &Case),
) -> Result<RunCase> {
    // By content, not by side: an --init model may have learned from a case that validates now.
    let trained_on = knows(training, case);
    let pred = task.segment(model, place)?;
    let geometry = case.geometry.with_context(|| format!("case {} has no voxel size", case.id))?;
    let truth = case.truth_mask()?;
    let scores = CaseScores::of(&pred, &truth, &geometry);
    println!("case {}{}: {}", case.id, if trained_on { " (trained on)" } else { "" }, scores.foreground);
    let of_label = |label: &u8| scores.labels.get(label).map_or(1.0, |scores| scores.overlap.dsc());
    let organs: BTreeMap<String, f64> =
        case.labels.iter().map(|(label, name)| (name.clone(), of_label(label))).collect();
    let dsc = mean_dsc(&organs);
    let organs = if organs.len() > 1 { organs } else { BTreeMap::new() };
    organs.iter().for_each(|(name, dsc)| println!("  {name}: DSC {dsc:.4}"));
    training.scores.push(Score { case: case.id.to_string(), trained_on, dsc, organs });
    let worst = if trained_on { Vec::new() } else { task.worst(model, place, [&pred, &truth])? };
    let attention = if trained_on { Vec::new() } else { task.attention(model, place)? };
    for (gate, GateFocus { size_px, focus }) in attention.iter().enumerate() {
        println!("case {}: gate {}, {size_px} x {size_px}: {focus}", case.id, gate + 1);
    }
    Ok(RunCase { name: format!("case {}", case.id), trained_on, dsc, scores, attention, worst })
}
