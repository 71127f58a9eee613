//! Fine-tuning on the command line: `train --init MODEL --finetune PART`. The replicas learn on threads; the procedure is the page's.

use std::borrow::Cow;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;

use super::datasets::LoadedCase;
use super::{device, files, progress};
use crate::core::error::UserError;
use crate::nn::finetune::data::{CorrectedScan, FineTuneData, Replay, complete_from_learned};
use crate::nn::finetune::{
    FineTuneConfig, HoldoutCounts, HoldoutScores, LocalSgd, Replica, SliceCounts, check_organs, finetuned_model,
};
use crate::nn::infer::segment_volume;
use crate::nn::model::weights::{ModelFile, Precision};

/// Fine-tunes `base` on the labelled slices of the cases and writes the tuned model to `out`.
pub fn run(base: &ModelFile, cases: &[LoadedCase], config: &FineTuneConfig, device: &Device, out: &Path) -> Result<()> {
    check_organs(&base.passport)?;
    let preprocess = &base.passport.preprocess;
    let model = base.load(device).for_inference();
    let mut material = Vec::new();
    for case in cases {
        let labelled: Vec<usize> = case.labelled_slices().collect();
        let (volume, truth) = (&case.volume, &case.truth);
        let prediction =
            pollster::block_on(segment_volume(&model, volume, preprocess, |_| ())).map_err(device::failed)?;
        // As in the page, a model that has been fine-tuned has no say: it may have learned from these slices.
        let predicted: Vec<Cow<'_, [u8]>> = (0..volume.depth()).map(|z| Cow::Borrowed(prediction.slice(z))).collect();
        let predicted = (!base.passport.is_fine_tuned()).then_some(&predicted[..]);
        let completed = complete_from_learned(volume, truth, &labelled, predicted);
        let completed = completed.as_ref();
        let scan = CorrectedScan { volume, truth, corrected: &labelled, prediction: &prediction, completed };
        material.extend(FineTuneData::from_scan(&scan, config.neighbour_mm, preprocess));
    }
    let material = FineTuneData::join(material);
    if material.corrected.is_empty() {
        let why = "no case has two labelled slices: one to learn from, one to judge by";
        bail!(UserError::new("the corrections", why, "Correct and accept more slices"));
    }
    let slices @ SliceCounts { learned, completed, held_out } = material.counts();
    println!("{learned} slices to learn from, {completed} more completed from them, {held_out} set aside");
    let rounds = learn(base, &material, config, device)?;
    let file = finetuned_model(base, config, slices, &rounds).context("there was no step to take; give --steps")?;
    if let Some((before, after, _)) = rounds.outcome() {
        println!("slices set aside: DSC {:.4} before, {:.4} after", before.held_out, after.held_out);
        println!("phantoms: DSC {:.4} before, {:.4} after", before.replay, after.replay);
        if !after.better_than(&before) {
            println!(
                "note: it is no better on the slices set aside, or has forgotten more than it has learned; keep the old model"
            );
        }
    }
    let path = out.join("model.safetensors");
    files::write(&path, &file.write(Precision::F32)?)?;
    println!("wrote {}", path.display());
    Ok(())
}

fn learn(base: &ModelFile, material: &FineTuneData, config: &FineTuneConfig, device: &Device) -> Result<LocalSgd> {
    let replay = Replay::phantoms(&base.passport.preprocess);
    let device = device.clone().autodiff();
    let mut replicas: Vec<Replica> =
        (0..config.replicas).map(|index| Replica::new(base.load(&device), config.clone(), index)).collect();
    let mut rounds = LocalSgd::new(config, base.values.flatten());
    let bar = progress(config.steps * config.replicas, "fine-tuning");
    while let Some(steps) = rounds.next() {
        let round = |replica: &mut Replica| -> Result<(HoldoutCounts, Vec<f32>)> {
            pollster::block_on(async {
                let tally = replica.score(material, &replay).await.map_err(device::failed)?;
                replica.train(material, &replay, steps.clone(), |_, _| bar.inc(1)).await.map_err(device::failed)?;
                Ok((tally, replica.state_dict().await.map_err(device::failed)?.flatten()))
            })
        };
        let done: Vec<Result<(HoldoutCounts, Vec<f32>)>> = thread::scope(|scope| {
            let threads: Vec<_> = replicas.iter_mut().map(|replica| scope.spawn(|| round(replica))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a replica panicked")).collect()
        });
        let (tallies, weights): (Vec<HoldoutCounts>, Vec<Vec<f32>>) =
            done.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
        rounds.scored(HoldoutScores::of(&tallies));
        if !steps.is_empty() {
            rounds.trained(&weights);
            let values = base.values.unflatten(rounds.average());
            replicas.iter_mut().for_each(|replica| replica.load_state_dict(&values));
        }
    }
    bar.finish_and_clear();
    Ok(rounds)
}
