//! Fine-tuning: what is set aside, what is drawn, what moves, and what is kept.

use burn::tensor::Device;
use islet::core::mask::Mask;
use islet::imaging::augment::{AugmentConfig, Sample};
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::finetune::data::{CorrectedScan, FineTuneData, Replay, anchor_slices, complete_from_learned};
use islet::nn::finetune::sampler::{Draw, SampleCounts, SampleSource, draw_step, split};
use islet::nn::finetune::{FineTuneConfig, HoldoutScores, LocalSgd, Replica, TrainableParts};
use islet::nn::model::Preset;
use islet::nn::model::weights::ModelFile;

#[test]
fn one_in_four_is_set_aside_and_never_an_end() {
    assert_eq!(split(&[]), None);
    assert_eq!(split(&[7]), None, "there must be one to learn from and one to judge by");
    assert_eq!(split(&[3, 9]), Some((vec![3], vec![9])));
    for count in 3..40usize {
        let slices: Vec<usize> = (0..count).map(|i| 10 + 3 * i).collect();
        let (learn, aside) = split(&slices).unwrap();
        assert_eq!(aside.len(), (count / 4).max(1), "{count}");
        assert_eq!(learn.len() + aside.len(), count);
        assert!(aside.iter().all(|slice| slices.contains(slice) && !learn.contains(slice)));
        assert!(
            learn.contains(&slices[0]) && learn.contains(&slices[count - 1]),
            "{count}: what is learned spans what is judged"
        );
    }
}

#[test]
fn every_slice_comes_up_as_often_as_any_other_and_replicas_draw_apart() {
    let config = FineTuneConfig {
        labelled_per_step: 5,
        replay_per_step: 2,
        anchors_per_step: 1,
        replicas: 2,
        ..FineTuneConfig::default()
    };
    let variants = [5, 1, 3, 5];
    let slices = SampleCounts { variants: variants.to_vec(), completed: 8, anchors: 3, replay: 6 };
    let mut counts = ([0; 4], [0; 8], [0; 6], [0; 3]);
    let mut seeds = Vec::new();
    for step in 0..12 {
        for replica in 0..2 {
            let drawn = draw_step(&config, replica, step, &slices);
            assert_eq!(drawn.len(), 8);
            assert_eq!(drawn, draw_step(&config, replica, step, &slices), "from the step alone");
            for Draw { source, seed } in drawn {
                match source {
                    SampleSource::Corrected(slice, variant) => {
                        assert!(variant < variants[slice]);
                        counts.0[slice] += 1;
                    }
                    SampleSource::Completed(slice) => counts.1[slice] += 1,
                    SampleSource::Replay(slice) => counts.2[slice] += 1,
                    SampleSource::Anchor(slice) => counts.3[slice] += 1,
                }
                seeds.push(seed);
            }
        }
    }
    // 12 steps of 2 replicas: 120 corrected or completed, 48 replayed and 24 far slices.
    assert_eq!(counts, ([10; 4], [10; 8], [8; 6], [8; 3]));
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 12 * 2 * 8, "no augmentation twice");
    let only_corrected = SampleCounts { completed: 0, anchors: 0, replay: 0, ..slices };
    let drawn = draw_step(&config, 0, 0, &only_corrected);
    assert!(drawn.iter().all(|d| matches!(d.source, SampleSource::Corrected(..))), "nothing far, nothing replayed");
}

fn material() -> FineTuneData {
    let phantom = phantom(&PhantomConfig::SMALL, 4);
    let corrected = [18, 22, 26, 30, 34];
    let preprocess = PreprocessConfig::default();
    let (volume, pancreas) = (&phantom.volume, &phantom.pancreas);
    let completed = complete_from_learned(volume, pancreas, &corrected, None);
    let completed = completed.as_ref();
    let scan = CorrectedScan { volume, truth: pancreas, corrected: &corrected, prediction: pancreas, completed };
    FineTuneData::from_scan(&scan, 3.0, &preprocess).unwrap()
}

#[test]
fn material_has_neighbours_and_travels_as_bytes() {
    let material = material();
    // 3 mm is one slice of a small phantom on each side.
    assert_eq!(material.corrected.iter().map(Vec::len).collect::<Vec<_>>(), [3; 4]);
    assert_eq!(material.held_out.len(), 1);
    assert!(!material.anchors.is_empty() && !material.completed.is_empty());
    let bytes = material.to_bytes();
    assert_eq!(FineTuneData::from_bytes(&bytes), Some(material));
    assert_eq!(FineTuneData::from_bytes(&bytes[..bytes.len() - 4]), None);
    assert_eq!(FineTuneData::from_bytes(&[]), None);
}

#[test]
fn completed_slices_follow_from_those_that_are_learned_from_and_know_nothing_of_those_held_out() {
    let phantom = phantom(&PhantomConfig::SMALL, 4);
    let (volume, mut truth) = (&phantom.volume, phantom.pancreas.clone());
    let corrected = [18, 22, 26, 30, 34];
    let (_, held_out) = split(&corrected).unwrap();
    let completed = complete_from_learned(volume, &truth, &corrected, None).unwrap();
    // A label on a slice that is held out, of any shape, changes nothing.
    held_out.iter().for_each(|&z| truth.slice_mut(z).fill(1));
    assert_eq!(complete_from_learned(volume, &truth, &corrected, None).unwrap(), completed);
    assert_eq!(complete_from_learned(volume, &truth, &[18, 22], None), None, "one slice to learn from");

    let preprocess = PreprocessConfig::default();
    let scan = |completed| CorrectedScan {
        volume,
        truth: &phantom.pancreas,
        corrected: &corrected,
        prediction: &phantom.pancreas,
        completed,
    };
    let material = FineTuneData::from_scan(&scan(Some(&completed)), 0.0, &preprocess).unwrap();
    let filled: Vec<usize> = (0..48).filter(|&z| completed.has_labels(z)).collect();
    let others: Vec<usize> = (filled[0]..=filled[filled.len() - 1]).filter(|z| !corrected.contains(z)).collect();
    let expected = others.iter().map(|&z| Sample::of(volume, z, completed.slice(z), &preprocess));
    assert_eq!(material.completed, expected.collect::<Vec<_>>());
    assert!(FineTuneData::from_scan(&scan(None), 0.0, &preprocess).unwrap().completed.is_empty());

    // Of many, sixty, from one end to the other.
    let mut everywhere = Mask::empty([200, 192, 192]);
    (0..200).for_each(|z| everywhere.slice_mut(z)[0] = 1);
    let deep = islet::core::volume::Volume {
        dims: everywhere.dims,
        hu: volume.hu.iter().copied().cycle().take(200 * 192 * 192).collect(),
        ..volume.clone()
    };
    let truth = everywhere.clone();
    let (prediction, completed) = (&everywhere, Some(&everywhere));
    let scan = CorrectedScan { volume: &deep, truth: &truth, corrected: &corrected, prediction, completed };
    let samples = FineTuneData::from_scan(&scan, 0.0, &preprocess).unwrap().completed;
    let first_and_last = [0, 196].map(|z| Sample::of(&deep, z, everywhere.slice(z), &preprocess));
    assert_eq!((samples.len(), &samples[0], &samples[59]), (60, &first_and_last[0], &first_and_last[1]));
}

#[test]
fn anchors_are_farther_than_the_largest_gap() {
    let volume = phantom(&PhantomConfig::SMALL, 4).volume; // 48 slices of 3 mm
    let anchors = anchor_slices(&volume, &[20, 22, 24]);
    // 15 mm are five slices.
    assert!(anchors.iter().all(|&z| z <= 15 || z >= 29), "{anchors:?}");
    assert!(anchors.contains(&15) && anchors.contains(&29), "{anchors:?}");
    let anchors = anchor_slices(&volume, &[20, 30]);
    assert!(
        anchors.iter().all(|&z| z <= 10 || z >= 40) && anchors.contains(&10) && anchors.contains(&40),
        "{anchors:?}"
    );
    assert!(anchor_slices(&volume, &[0, 20, 47]).is_empty());
}

#[test]
fn the_prediction_is_used_for_the_anchors_if_it_was_right_on_the_corrected_slices() {
    let phantom = phantom(&PhantomConfig::SMALL, 4);
    let filled: Vec<usize> = (0..48).filter(|&z| phantom.pancreas.has_labels(z)).collect();
    // The middle of the organ is corrected, so that there is organ in the anchors.
    let middle = filled[filled.len() / 2];
    let corrected = [middle - 1, middle, middle + 1];
    let mut truth = Mask::empty(phantom.volume.dims);
    for z in corrected {
        truth.slice_mut(z).copy_from_slice(phantom.pancreas.slice(z));
    }
    let anchors = |prediction: &Mask| {
        let (volume, completed) = (&phantom.volume, None);
        let scan = CorrectedScan { volume, truth: &truth, corrected: &corrected, prediction, completed };
        FineTuneData::from_scan(&scan, 0.0, &PreprocessConfig::default()).unwrap().anchors
    };
    let labelled = |samples: &[Sample]| samples.iter().filter(|s| s.target.iter().any(|&t| t > 0.0)).count();
    assert!(labelled(&anchors(&phantom.pancreas)) > 0, "a model that was right is trusted");
    // Right in the anchors, but wrong where it was corrected.
    let mut wrong = phantom.pancreas.clone();
    for z in corrected {
        wrong.slice_mut(z).fill(0);
    }
    assert_eq!(labelled(&anchors(&wrong)), 0);
}

/// A network small enough to learn here, and its file.
fn small() -> ModelFile {
    let config = Preset::Tiny.config();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors")).unwrap();
    let mut passport = ModelFile::read(&bytes).unwrap().passport;
    passport.config = config.clone();
    let device = Device::flex();
    device.seed(5);
    let model = config.init(&device);
    let bytes = pollster::block_on(islet::nn::model::weights::write(
        &model,
        &passport,
        islet::nn::model::weights::Precision::F32,
    ))
    .unwrap();
    ModelFile::read(&bytes).unwrap()
}

fn config(moves: TrainableParts) -> FineTuneConfig {
    let augment = AugmentConfig { crop_px: 32, ..AugmentConfig::default() };
    FineTuneConfig { moves, steps: 4, steps_per_round: 2, learning_rate: 1e-2, augment, ..FineTuneConfig::default() }
}

#[test]
fn only_what_moves_moves() {
    let (file, material) = (small(), material());
    let replay = Replay { learn: Vec::new(), judge: Vec::new() };
    for moves in TrainableParts::ALL {
        let mut replica = Replica::new(file.load(&Device::flex().autodiff()), config(moves), 0);
        // With weights put in from outside half way, as after every round.
        pollster::block_on(replica.train(&material, &replay, 0..2, |_, _| ())).unwrap();
        let half = pollster::block_on(replica.state_dict()).unwrap();
        replica.load_state_dict(&half);
        pollster::block_on(replica.train(&material, &replay, 2..4, |_, _| ())).unwrap();
        let after = pollster::block_on(replica.state_dict()).unwrap();
        for (name, weights) in &file.values.0 {
            let changed = after.0[name] != *weights;
            let is_statistic = name.contains("running");
            let idle = name.contains("conv") && name.ends_with("bias");
            let part = name.split('.').next().unwrap();
            let may = match moves {
                TrainableParts::Gates => part == "gates",
                TrainableParts::Decoder => part != "encoder",
                TrainableParts::All => true,
            };
            assert_eq!(changed, is_statistic || (may && !idle), "{moves:?}: {name}");
        }
    }
}

#[test]
fn learning_lowers_the_loss_and_is_the_same_each_time() {
    let (file, material) = (small(), material());
    let replay = Replay { learn: Vec::new(), judge: Vec::new() };
    let run = || {
        let augment = AugmentConfig { crop_px: 96, shift_px: 8.0, ..AugmentConfig::default() };
        let config = FineTuneConfig { steps: 30, augment, ..config(TrainableParts::All) };
        let mut replica = Replica::new(file.load(&Device::flex().autodiff()), config, 0);
        let mut losses = Vec::new();
        pollster::block_on(replica.train(&material, &replay, 0..30, |_, loss| losses.push(loss))).unwrap();
        (losses, pollster::block_on(replica.state_dict()).unwrap())
    };
    let (losses, values) = run();
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    assert!(mean(&losses[24..]) < 0.9 * mean(&losses[..6]), "{losses:?}");
    assert_eq!(run(), (losses, values));
}

fn scores(held_out: f64, replay: f64) -> HoldoutScores {
    HoldoutScores { held_out, replay }
}

#[test]
fn rounds_score_before_and_after_every_one_and_keep_the_best() {
    let config = FineTuneConfig { steps: 5, steps_per_round: 2, ..FineTuneConfig::default() };
    let mut rounds = LocalSgd::new(&config, vec![0.0, 0.0]);
    let mut steps = Vec::new();
    // The second average scores most, but has forgotten a tenth; the last is as good as any.
    let course = [scores(0.1, 0.9), scores(0.3, 0.9), scores(0.55, 0.8), scores(0.48, 0.89)];
    for (round, scored) in course.iter().enumerate() {
        let range = rounds.next().expect("not over");
        rounds.scored(*scored);
        if !range.is_empty() {
            rounds.trained(&[vec![round as f32, 1.0], vec![round as f32 + 2.0, 3.0]]);
        }
        steps.push(range);
    }
    assert_eq!(steps, [0..2, 2..4, 4..5, 5..5]);
    assert_eq!(rounds.next(), None);
    let (before, after, weights) = rounds.outcome().unwrap();
    assert_eq!((before, after), (course[0], course[3]));
    assert_eq!(weights, [3.0, 2.0], "the mean of the last round's");
    assert!(after.better_than(&before));
    assert!(scores(0.5, 0.8).better_than(&before) && scores(0.5, 0.8).forgets(&before), "won more than lost");
    assert!(!scores(0.15, 0.8).better_than(&before), "lost more than won");
    assert!(!scores(0.1, 0.9).better_than(&before), "no better");

    // One that falls behind clearly is not taken.
    let mut rounds = LocalSgd::new(&config, vec![0.0]);
    for (round, held_out) in [0.0, 0.6, 0.5, 0.56].into_iter().enumerate() {
        rounds.scored(scores(held_out, 0.9));
        rounds.trained(&[vec![round as f32 + 1.0]]);
    }
    assert_eq!(rounds.outcome().unwrap().2, [1.0], "the average after the first round");
}
