//! The course of a run: learning rates, order of the data, early stopping, the report at the end.

use std::fs;

use islet::cli::datasets::LoadedCase;
use islet::cli::datasets::cache::keep;
use islet::cli::train::data_loader::{EpochOrder, SampleOrder};
use islet::imaging::augment::{AugmentConfig, Sample, augment};
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::{Input, PreprocessConfig};
use islet::nn::train::{Schedule, TrainConfig};

use super::Run;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
}

#[test]
fn learning_rates_follow_their_formulas() {
    // From 1e-3 to a tenth of it, over 100 steps after 10 of warm-up.
    let rate = |schedule: Schedule, step| schedule.rate(1e-3, 0.1, 10, step, 110);
    for schedule in Schedule::ALL {
        close(rate(schedule, 0), 1e-4);
        close(rate(schedule, 4), 5e-4);
        close(rate(schedule, 9), 1e-3);
        close(rate(schedule, 10), 1e-3);
    }
    // A quarter of the way cos(pi / 4) = 0.70710678, so the share is 0.1 + 0.9 (1 + 0.70710678) / 2.
    close(rate(Schedule::Cosine, 35), 8.681980515e-4);
    close(rate(Schedule::Cosine, 60), 5.5e-4);
    close(rate(Schedule::Cosine, 110), 1e-4);
    // Two drops by the root of ten.
    close(rate(Schedule::Step, 59), 1e-3);
    close(rate(Schedule::Step, 60), 3.162277660e-4);
    close(rate(Schedule::Step, 84), 3.162277660e-4);
    close(rate(Schedule::Step, 85), 1e-4);
    close(rate(Schedule::Step, 109), 1e-4);
    // Without warm-up the first step is the highest, and a warm-up longer than the run only rises.
    close(Schedule::Cosine.rate(1e-3, 0.1, 0, 0, 100), 1e-3);
    close(Schedule::Step.rate(1e-3, 0.1, 200, 99, 100), 5e-4);
}

#[test]
fn an_epoch_is_the_same_whoever_asks_and_no_two_are_alike() {
    let drawn = phantom(&PhantomConfig { dims: [24, 32, 32], spacing_mm: [6.0, 12.0, 12.0] }, 3);
    let full = (0..24).filter(|&z| drawn.pancreas.has_labels(z)).count();
    let cache = tempfile::tempdir().unwrap();
    let case = LoadedCase::new(1, drawn.volume, drawn.pancreas, vec![true; 24]);
    let cases = [keep(case, &PreprocessConfig::default(), cache.path()).unwrap()];
    let order = |seed, empty_share, epoch| {
        let config = TrainConfig { seed, empty_share, ..TrainConfig::default() };
        EpochOrder { cases: &cases, config: &config }.of_epoch(epoch)
    };
    let fifth = order(0, 0.5, 5);
    assert_eq!(fifth, order(0, 0.5, 5), "whatever was drawn before");
    assert_ne!(fifth, order(0, 0.5, 6));
    assert_ne!(fifth, order(1, 0.5, 5));
    assert_eq!(fifth.len(), full + (full as f64 * 0.5).round() as usize);
    assert_eq!(order(0, 0.0, 5).len(), full);
    let mut seeds: Vec<u64> = (1..=9).flat_map(|epoch| order(0, 0.5, epoch)).map(|(_, seed)| seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 9 * fifth.len(), "every sample of every epoch is varied in its own way");
}

#[test]
fn the_steps_of_an_epoch_are_as_many_as_its_batches() {
    let drawn = phantom(&PhantomConfig { dims: [24, 32, 32], spacing_mm: [6.0, 12.0, 12.0] }, 3);
    let cache = tempfile::tempdir().unwrap();
    let case = LoadedCase::new(1, drawn.volume, drawn.pancreas, (0..24).map(|z| z != 7).collect());
    let cases = [keep(case, &PreprocessConfig::default(), cache.path()).unwrap()];
    // The last share asks for more empty slices than there are.
    for empty_share in [0.0, 0.3, 0.5, 1.0, 50.0] {
        let config = TrainConfig { empty_share, batch_size: 1, ..TrainConfig::default() };
        let order = EpochOrder { cases: &cases, config: &config };
        for epoch in [1, 2] {
            assert_eq!(order.steps_per_epoch(), order.of_epoch(epoch).len(), "{empty_share}");
        }
    }
}

#[test]
fn flips_are_off_and_mirror_left_to_right_when_asked_for() {
    let picture: Vec<f32> = (0..3 * 64).map(|i| (i + 1) as f32 / 256.0).collect();
    let target: Vec<f32> = (0..64).map(|i| f32::from(u8::from(i % 8 == 0))).collect();
    let sample = Sample { input: Input { channels: picture.clone(), size_px: 8 }, target };
    let still = AugmentConfig {
        shift_px: 0.0,
        rotate_deg: 0.0,
        scale: 0.0,
        contrast: 0.0,
        brightness: 0.0,
        noise: 0.0,
        lone: 0.0,
        ..AugmentConfig::default()
    };
    assert_eq!(AugmentConfig::default().flip, 0.0);
    let same = |found: &[f32], expected: &[f32]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
    let kept = augment(&sample, &still, 5);
    assert!(same(&kept.input.channels, &picture));
    let flipped = augment(&sample, &AugmentConfig { flip: 1.0, ..still }, 5);
    let mirror = |rows: &[f32]| rows.chunks(8).flat_map(|row| row.iter().rev().copied()).collect::<Vec<f32>>();
    assert!(same(&flipped.input.channels, &mirror(&picture)) && same(&flipped.target, &mirror(&sample.target)));
}

#[test]
fn devices_share_a_run_and_their_number_stays_the_same() {
    let run = Run::beside("shared");
    let output = run.finish(&["--epochs", "1", "--device", "cpu", "--devices", "0,1"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(run.model("model.safetensors").passport.training.epochs, 1);
    super::refused(&run.finish(&["--resume", "--epochs", "1"]), 3, &["number of --devices", "started with 2"]);
    super::refused(&run.finish(&["--epochs", "1", "--devices", "0,0"]), 2, &["numbers of devices such as 0,1"]);
}

#[test]
fn a_run_that_gets_no_better_stops_early_and_reports_its_time() {
    let run = Run::beside("early");
    // At a learning rate of 0 no validation is better than the first.
    let args = ["--epochs", "5", "--validate-every", "1", "--patience", "2", "--learning-rate", "0"];
    let output = run.finish(&args);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("stopped early"), "{output:?}");
    let epochs: Vec<u64> = run.losses().iter().map(|(epoch, ..)| *epoch).collect();
    assert_eq!(epochs, [1, 2, 3], "one that is best, two that are not");
    assert_eq!(run.model("model.safetensors").passport.training.epochs, 1, "the best is the first");

    assert!(said.contains("slices/s") && said.contains("waiting for data"), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(run.file("timing.json")).unwrap()).unwrap();
    let share = |part: &str| report[part].as_f64().unwrap();
    let parts = ["data", "forward", "backward", "optimizer", "validation", "writing"];
    close(parts.iter().map(|part| share(part)).sum(), 1.0);
    assert!(share("backward") > share("optimizer") && share("forward") > 0.0 && share("validation") > 0.0, "{report}");
    let per_epoch = run.checkpoint().progress.timing.slices / 3;
    assert_eq!(report["slices"].as_u64().unwrap() as usize, 3 * per_epoch);
    assert!(share("slices_per_second") * share("seconds") >= report["slices"].as_f64().unwrap());
}
