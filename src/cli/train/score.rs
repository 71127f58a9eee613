//! Scores over whole volumes: during a run, and of its best network at the end.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::Device;

use super::outcome::{self, RunCase};
use super::start::knows;
use super::timing::Timing;
use crate::cli::datasets::Case;
use crate::cli::datasets::segment::{attention_focus, segment_labelled};
use crate::cli::datasets::training_cases::TrainingCases;
use crate::cli::run_dir::RunDir;
use crate::cli::{files, progress};
use crate::core::mask::Mask;
use crate::core::statistics::mean;
use crate::imaging::metrics::{CaseScores, GateFocus};
use crate::nn::model::InferenceModel;
use crate::nn::model::metadata::{ModelMetadata, Score};
use crate::nn::model::weights::{Precision, write};

/// DSC of each organ of a whole volume on its own grid, by name, over the slices that somebody labelled: what the network says of the
/// others is neither right nor wrong.
pub(super) fn whole_volume_dsc(model: &InferenceModel, case: &Case) -> Result<BTreeMap<String, f64>> {
    let overlaps = case.overlaps(&segmented(model, case)?)?;
    Ok(overlaps.into_iter().map(|(label, overlap)| (case.labels[&label].clone(), overlap.dsc())).collect())
}

/// What a case comes to: the mean of its organs' DSC.
pub(super) fn mean_dsc(organs: &BTreeMap<String, f64>) -> f64 {
    mean(&organs.values().copied().collect::<Vec<_>>()).unwrap_or(1.0)
}

fn segmented(model: &InferenceModel, case: &Case) -> Result<Mask> {
    let bar = progress(case.labelled_slices().count(), format!("validating case {}", case.id));
    let pred = segment_labelled(model, case, |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    Ok(pred)
}

/// Training cases whose score goes into the passport beside those of validation: enough to see an overfitted network.
const SCORED_TRAINING_CASES: usize = 4;

/// Scores the best checkpoint on its validation cases and some training cases, writes the reports and where the time went, and then the
/// run's model, last of all: a run that has one is finished.
pub(super) fn finish(
    run_dir: &RunDir,
    mut passport: ModelMetadata,
    cases: &TrainingCases,
    device: &Device,
    mut timing: Timing,
) -> Result<()> {
    let began = Instant::now();
    let best = files::read_model(&run_dir.checkpoint("best"))?;
    let network = best.load(device);
    let model = network.for_inference();
    passport.training.epochs = best.passport.training.epochs;
    let mut judged = Vec::new();
    for case in cases.val.iter().chain(cases.train.iter().take(SCORED_TRAINING_CASES)) {
        // By content, not by side: an --init model may have learned from a case that validates now.
        let trained_on = knows(&passport.training, case);
        let pred = segmented(&model, case)?;
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
        passport.training.scores.push(Score { case: case.id.to_string(), trained_on, dsc, organs });
        let worst = if trained_on { Vec::new() } else { outcome::worst(&model, case, [&pred, &truth], &passport)? };
        let attention = if trained_on { Vec::new() } else { attention_focus(&model, case)? };
        for (gate, GateFocus { size_px, focus }) in attention.iter().enumerate() {
            println!("case {}: gate {}, {size_px} x {size_px}: {focus}", case.id, gate + 1);
        }
        judged.push(RunCase { name: format!("case {}", case.id), trained_on, dsc, scores, attention, worst });
    }
    outcome::write(run_dir, &passport, judged)?;
    let model = pollster::block_on(write(&network, &passport, Precision::F16))?;
    timing.validation_s += began.elapsed().as_secs_f64();
    let report = timing.report();
    println!("{report}");
    files::write(&run_dir.timing(), &serde_json::to_vec_pretty(&report)?)?;
    files::write(&run_dir.model(), &model)?;
    println!("wrote {} and {}", run_dir.model().display(), run_dir.report().display());
    Ok(())
}
