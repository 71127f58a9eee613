//! Where the files of a model lie: which of many paths are its plans, its data set and its folds.

use std::collections::BTreeMap;

use crate::formats::file_kind::is_clutter;

/// The last checkpoint of a training, which nnU-Net predicts with.
const FINAL: &str = "checkpoint_final.pth";
/// The one with the best validation, for a training that did not end.
const BEST: &str = "checkpoint_best.pth";

/// The files of one model, as places in the list of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ModelFiles {
    pub plans: Option<usize>,
    pub dataset: Option<usize>,
    /// By the name of the fold: a number, `all`, or empty for a checkpoint right beside the plans.
    pub finals: BTreeMap<FoldName, usize>,
    pub best: BTreeMap<FoldName, usize>,
}

/// The name of a fold. Numbers are in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FoldName {
    number: Option<u32>,
    pub name: String,
}

/// Which checkpoint of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckpointKind {
    /// The last one.
    Final,
    /// The one with the best validation.
    Best,
}

/// What a model's folder is called: `DATASET/TRAINER__PLANS__CONFIGURATION`, as far as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FolderName {
    pub dataset: Option<String>,
    pub trainer: Option<String>,
    pub configuration: Option<String>,
}

impl FoldName {
    fn new(name: &str) -> Self {
        Self { number: name.parse().ok(), name: name.to_owned() }
    }
}

impl FolderName {
    pub(super) fn read(folder: &str) -> Self {
        let mut parts = folder.rsplit('/');
        let names: Vec<&str> = parts.next().unwrap_or_default().split("__").collect();
        let [trainer, _, configuration] = names[..] else { return Self::default() };
        let dataset = parts.next().filter(|name| !name.is_empty()).map(str::to_owned);
        Self { dataset, trainer: Some(trainer.to_owned()), configuration: Some(configuration.to_owned()) }
    }

    /// True if a person who asks for `wanted` means this folder: its whole path, its own name, or its configuration.
    pub(super) fn is_meant(folder: &str, wanted: &str) -> bool {
        let wanted = wanted.trim_end_matches('/');
        let name = folder.rsplit('/').next().unwrap_or_default();
        folder == wanted || name == wanted || Self::read(folder).configuration.as_deref() == Some(wanted)
    }
}

impl ModelFiles {
    /// The checkpoints to predict with, and which they are: those of the folds that ended, else the best ones.
    /// A fold is chosen by its name; otherwise all numbered ones count, as in nnU-Net, and others only without them.
    pub(super) fn folds(&self, wanted: Option<&str>) -> (Vec<(FoldName, usize)>, CheckpointKind) {
        let chosen = |folds: &BTreeMap<FoldName, usize>| -> Vec<(FoldName, usize)> {
            let are_numbered = folds.keys().any(|fold| fold.number.is_some());
            let is_chosen = |fold: &FoldName| match wanted {
                Some(wanted) => fold.name == wanted.trim_start_matches("fold_"),
                None => fold.number.is_some() == are_numbered,
            };
            folds.iter().filter(|(fold, _)| is_chosen(fold)).map(|(fold, &place)| (fold.clone(), place)).collect()
        };
        let finals = chosen(&self.finals);
        if finals.is_empty() { (chosen(&self.best), CheckpointKind::Best) } else { (finals, CheckpointKind::Final) }
    }
}

/// The models among paths, by folder. Paths are relative and separated by `/`.
pub(super) fn models<'a>(paths: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, ModelFiles> {
    let mut models: BTreeMap<String, ModelFiles> = BTreeMap::new();
    for (place, path) in paths.into_iter().enumerate().filter(|(_, path)| !is_clutter(path)) {
        let (folder, base) = path.rsplit_once('/').unwrap_or(("", path));
        let (parent, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        let (model, fold) = last.strip_prefix("fold_").map_or((folder, ""), |fold| (parent, fold));
        let model = || model.to_owned();
        match base {
            "plans.json" => models.entry(folder.to_owned()).or_default().plans = Some(place),
            "dataset.json" => models.entry(folder.to_owned()).or_default().dataset = Some(place),
            FINAL => _ = models.entry(model()).or_default().finals.insert(FoldName::new(fold), place),
            BEST => _ = models.entry(model()).or_default().best.insert(FoldName::new(fold), place),
            _ => (),
        }
    }
    models
}

/// True if a path is a file of nnU-Net v1, whose models are other networks in other files.
pub(super) fn is_of_version_1(path: &str) -> bool {
    path.ends_with(".model") || path.ends_with(".model.pkl") || path.ends_with("/plans.pkl") || path == "plans.pkl"
}
