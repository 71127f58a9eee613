//! A whole model: its plans, its data set and its folds, out of a zip or a folder's files.

use sha2::{Digest, Sha256};

use super::checkpoint::NnUnetCheckpoint;
use super::dataset_json::NnUnetDataset;
use super::json::{MOST_JSON_BYTES, cut};
use super::layout::{CheckpointKind, FolderName, ModelFiles, is_of_version_1, models};
use super::plans::{Plans, PlansConfiguration};
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::i18n::messages::{Message, NnunetMessage};
use crate::formats::zip::Archive;

/// Up to so many bytes a file of a zip may be deflated as far as it goes.
const SMALL_BYTES: u64 = 64 << 20;
/// Larger ones are checkpoints, whose numbers hardly get smaller.
const MOST_RATIO: u64 = 16;

/// Which of several models and folds is wanted. What is `None` is taken if there is only one, or for folds, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseChoice {
    /// The configuration (`3d_fullres`), the model's folder (`nnUNetTrainer__nnUNetPlans__3d_fullres`), or its path.
    pub configuration: Option<String>,
    /// The fold: a number or `all`.
    pub fold: Option<String>,
}

/// One trained fold of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct NnUnetFold {
    /// A number or `all`; empty for a checkpoint that lay beside the plans.
    pub name: String,
    /// Its weights.
    pub checkpoint: NnUnetCheckpoint,
    /// The SHA-256 of its file, in hexadecimal.
    pub sha256: String,
}

/// A model of nnU-Net as it was trained or published.
#[derive(Clone, Debug, PartialEq)]
pub struct NnUnetRelease {
    /// The data set, such as `Dataset297_TotalSegmentator_total_3mm_1559subj`.
    pub dataset_name: String,
    /// The class of the trainer.
    pub trainer: String,
    /// The name of the plans.
    pub plans_name: String,
    /// The plans.
    pub plans: Plans,
    /// The configuration that was trained.
    pub configuration: PlansConfiguration,
    /// Channels and labels.
    pub dataset: NnUnetDataset,
    /// The folds, whose logits are averaged: at least one.
    pub folds: Vec<NnUnetFold>,
    /// The SHA-256 of `plans.json`, in hexadecimal; `None` if a checkpoint came without it.
    pub plans_sha256: Option<String>,
    /// The SHA-256 of the zip, in hexadecimal, where it came in one.
    pub source_sha256: Option<String>,
    /// What a person should know, in sentences without a final stop.
    pub notes: Vec<Message>,
}

/// True if the files of a zip or a folder may be a model of nnU-Net v2: if a checkpoint of its is among them.
pub fn is_release<'a>(paths: impl IntoIterator<Item = &'a str>) -> bool {
    models(paths).values().any(|model| !model.folds(None).0.is_empty())
}

/// Reads a model out of a zip, such as those that TotalSegmentator publishes. Of its files only those of the chosen model
/// are unpacked, one after the other.
///
/// # Errors
/// As [`read_files`] and [`Archive`]; files that unpack to much more than weights do.
pub fn read_zip(name: &str, bytes: &[u8], choice: &ReleaseChoice) -> Result<NnUnetRelease, UserError> {
    let mut archive = Archive::open(name, bytes)?;
    let paths: Vec<String> = archive.paths().map(str::to_owned).collect();
    let held = bytes.len() as u64;
    let release = read_files(name, &paths, choice, &mut |place| {
        let size = archive.size(place);
        let most = match paths[place].ends_with(".json") {
            true => MOST_JSON_BYTES as u64,
            false => held.saturating_mul(MOST_RATIO).max(SMALL_BYTES),
        };
        if size > most {
            let why = NnunetMessage::UnpacksToTooMuch { path: cut(&paths[place]), bytes: size, most };
            return Err(UserError::new(name, why, NnunetMessage::TakeUnchanged));
        }
        archive.read(place)
    })?;
    Ok(NnUnetRelease { source_sha256: Some(hex(&Sha256::digest(bytes))), ..release })
}

/// Reads a model out of the files of a folder: of the model's own (with `plans.json` and `fold_0`), of one around it, or of
/// a fold. A checkpoint without `plans.json` or `dataset.json` gives them as they were when its training was started.
/// `paths` are relative to it and separated by `/`; `read` gives the bytes of the file at a place of `paths` and is asked
/// only for those that are needed. `name` is what messages call the folder.
///
/// # Errors
/// No checkpoint; neither a file with the plans or the labels nor a checkpoint that repeats them; several models of which
/// none is chosen, which are listed; a model of nnU-Net v1; what [`Plans`], [`NnUnetDataset`] and [`NnUnetCheckpoint`] refuse.
pub fn read_files(
    name: &str,
    paths: &[String],
    choice: &ReleaseChoice,
    read: &mut dyn FnMut(usize) -> Result<Vec<u8>, UserError>,
) -> Result<NnUnetRelease, UserError> {
    let (folder, files) = chosen_model(name, paths, choice)?;
    let shown = |file: &str| format!("{name}: {}", cut(file));
    let plans_file = files.plans.map(&mut *read).transpose()?;
    let plans = plans_file.as_ref().map(|bytes| Plans::read(&shown("plans.json"), bytes)).transpose()?;
    let dataset_file = files.dataset.map(&mut *read).transpose()?;
    let dataset = dataset_file.map(|bytes| NnUnetDataset::read(&shown("dataset.json"), &bytes)).transpose()?;
    let (places, kind) = files.folds(choice.fold.as_deref());
    let mut folds = Vec::new();
    for (fold, place) in places {
        let (inside, bytes) = (paths[place].strip_prefix(&folder).unwrap_or(&paths[place]), read(place)?);
        let checkpoint = NnUnetCheckpoint::read(&shown(inside.trim_start_matches('/')), &bytes)?;
        folds.push(NnUnetFold { name: fold.name, checkpoint, sha256: hex(&Sha256::digest(&bytes)) });
    }
    let Some(NnUnetFold { checkpoint: first, .. }) = folds.first() else {
        return Err(no_fold(name, &files, choice));
    };
    // What is not beside the checkpoint is what the checkpoint repeats.
    let repeated = |file: &str, json: &Option<Vec<u8>>| {
        let why = NnunetMessage::MissingFile { file: file.to_owned(), folder: folder_shown(&folder) };
        json.clone().ok_or_else(|| UserError::new(name, why, NnunetMessage::GiveResultFolder))
    };
    let plans_repeated = || Plans::read(&shown("plans"), &repeated("plans.json", &first.plans_json)?);
    let dataset_repeated =
        || NnUnetDataset::read(&shown("dataset_json"), &repeated("dataset.json", &first.dataset_json)?);
    let (plans, dataset) = (plans.map_or_else(plans_repeated, Ok)?, dataset.map_or_else(dataset_repeated, Ok)?);
    let called = FolderName::read(&folder);
    let configuration = plans.configuration(&trained(name, &plans, &called, first)?)?;
    check_channels(name, &configuration, &dataset)?;
    Ok(NnUnetRelease {
        dataset_name: called.dataset.unwrap_or_else(|| plans.dataset_name.clone()),
        trainer: first.trainer_name.clone().or(called.trainer).unwrap_or_default(),
        plans_name: plans.plans_name.clone(),
        plans,
        configuration,
        dataset,
        folds,
        plans_sha256: plans_file.map(|bytes| hex(&Sha256::digest(&bytes))),
        source_sha256: None,
        notes: (kind == CheckpointKind::Best).then(|| NnunetMessage::BestCheckpoint.into()).into_iter().collect(),
    })
}

/// The one model that is meant among the files, and its folder.
fn chosen_model(name: &str, paths: &[String], choice: &ReleaseChoice) -> Result<(String, ModelFiles), UserError> {
    let found = models(paths.iter().map(String::as_str));
    let refused = |why: NnunetMessage, hint: NnunetMessage| Err(UserError::new(name, why, hint));
    let has_folds = |model: &ModelFiles| !model.folds(None).0.is_empty();
    let with_folds: Vec<(&String, &ModelFiles)> = found.iter().filter(|(_, model)| has_folds(model)).collect();
    let listed = |models: &[(&String, &ModelFiles)]| {
        models.iter().take(20).map(|(folder, _)| folder_shown(folder).into()).collect::<Vec<Message>>()
    };
    if with_folds.is_empty() && found.values().any(|model| model.plans.is_some()) {
        return refused(NnunetMessage::NoCheckpoint, NnunetMessage::GiveResultFolder);
    } else if with_folds.is_empty() && paths.iter().any(|path| is_of_version_1(path)) {
        return refused(NnunetMessage::Version1, NnunetMessage::UseUsual);
    } else if with_folds.is_empty() {
        return refused(NnunetMessage::NoModel, NnunetMessage::GiveResultFolder);
    }
    let is_meant =
        |folder: &str| choice.configuration.as_deref().is_none_or(|wanted| FolderName::is_meant(folder, wanted));
    // A folder whose name says nothing is meant by whatever its checkpoint turns out to hold.
    let is_single = with_folds.len() == 1 && FolderName::read(with_folds[0].0) == FolderName::default();
    let meant: Vec<_> = with_folds.iter().copied().filter(|(folder, _)| is_single || is_meant(folder)).collect();
    match meant[..] {
        [(folder, model)] => Ok((folder.clone(), model.clone())),
        [] => {
            let wanted = cut(choice.configuration.as_deref().unwrap_or_default());
            let why = NnunetMessage::NoConfiguration { wanted, found: listed(&with_folds) };
            refused(why, NnunetMessage::ChooseConfiguration)
        }
        _ => refused(NnunetMessage::SeveralModels { found: listed(&meant) }, NnunetMessage::ChooseConfiguration),
    }
}

/// The configuration that was trained: as the checkpoint says, else the folder's name, else the only one of the plans.
fn trained(name: &str, plans: &Plans, called: &FolderName, first: &NnUnetCheckpoint) -> Result<String, UserError> {
    let mut names = plans.configurations();
    let only = names.next().filter(|_| names.next().is_none()).map(str::to_owned);
    first.configuration.clone().or_else(|| called.configuration.clone()).or(only).ok_or_else(|| {
        let found = plans.configurations().map(|name| cut(name).into()).collect();
        UserError::new(name, NnunetMessage::UnknownConfiguration { found }, NnunetMessage::GiveResultFolder)
    })
}

/// Each channel of the images needs its normalisation.
fn check_channels(name: &str, planned: &PlansConfiguration, dataset: &NnUnetDataset) -> Result<(), UserError> {
    let (schemes, channels) = (planned.normalizations.len(), dataset.channels.len());
    if schemes == channels {
        return Ok(());
    }
    Err(UserError::new(name, NnunetMessage::OtherChannels { schemes, channels }, NnunetMessage::TakeUnchanged))
}

/// The error of a fold that is not there.
fn no_fold(name: &str, files: &ModelFiles, choice: &ReleaseChoice) -> UserError {
    let wanted = cut(choice.fold.as_deref().unwrap_or_default());
    let folds = files.finals.keys().chain(files.best.keys());
    let found = folds.map(|fold| cut(&fold.name).into()).collect();
    UserError::new(name, NnunetMessage::NoFold { wanted, found }, NnunetMessage::ChooseFold)
}

/// A folder's path for a message.
fn folder_shown(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { cut(folder) }
}
