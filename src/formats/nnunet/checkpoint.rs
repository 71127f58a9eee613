//! `checkpoint_final.pth`: the weights of one fold, and what nnU-Net's predictor reads beside them.
//!
//! `nnUNetTrainer.save_checkpoint` writes a dictionary. Of its entries only `network_weights`, `trainer_name`, `init_args.configuration`
//! and `inference_allowed_mirroring_axes` count for a prediction, and `init_args` repeats the plans and `dataset.json`. The others are the momentum of the optimizer, which is as
//! large as the weights, and logs, which may hold any object of Python; neither is read.

use std::collections::BTreeMap;

use super::repeated;
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, NnunetMessage, TorchMessage};
use crate::formats::torch::{Pickle, PickleValue, TensorView, TorchFile, TorchTensor};

/// The largest axis of an image.
const MOST_AXIS: usize = 2;

/// One fold of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NnUnetCheckpoint {
    /// The weights by their canonical names, as [`canonical`](Self::canonical) gives them, with one head alone.
    pub weights: BTreeMap<String, TorchTensor>,
    /// The configuration that was trained, such as `3d_fullres`.
    pub configuration: Option<String>,
    /// The class of the trainer, such as `nnUNetTrainer`.
    pub trainer_name: Option<String>,
    /// The axes along which predictions are mirrored, by the order of the patch. `None` for a trainer that allows none.
    pub mirroring_axes: Option<Vec<usize>>,
    /// The plans with which the training was started, as JSON.
    pub plans_json: Option<Vec<u8>>,
    /// `dataset.json` as it was then.
    pub dataset_json: Option<Vec<u8>>,
}

impl NnUnetCheckpoint {
    /// Reads a checkpoint; `name` is its name in messages. Nothing that it asks for is run.
    ///
    /// # Errors
    /// What is no checkpoint of nnU-Net v2; a weight that is anything but a tensor of floating-point numbers, above all one
    /// that asks for a function of Python; damage.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, UserError> {
        let mut file = TorchFile::open(name, bytes)?;
        let bytes = file.pickle()?;
        let pickle = Pickle::read(&bytes).map_err(|why| UserError::new(name, why, FormatsMessage::Damaged))?;
        let root = pickle.root();
        let weights = pickle.get(root, "network_weights").ok_or_else(|| no_weights(name, &pickle))?;
        let views = views(&pickle, weights).map_err(|why| {
            let is_code = matches!(why, TorchMessage::CallRefused { .. });
            UserError::new(name, why, if is_code { TorchMessage::DoNotTrust } else { TorchMessage::GiveCheckpoint })
        })?;
        let text = |value: Option<&PickleValue<'_>>| match value {
            Some(PickleValue::Text(text)) => Some((*text).to_owned()),
            _ => None,
        };
        let mut weights = BTreeMap::new();
        for (tensor, view) in views {
            let values = file.read(&tensor, &view)?;
            weights.insert(tensor, values);
        }
        if weights.is_empty() {
            return Err(no_weights(name, &pickle));
        }
        let argument = |name: &str| pickle.get(pickle.get(root, "init_args")?, name);
        let json = |name: &str| argument(name).and_then(|value| repeated::json(&pickle, value));
        Ok(Self {
            weights,
            configuration: text(argument("configuration")),
            plans_json: json("plans"),
            dataset_json: json("dataset_json"),
            trainer_name: text(pickle.get(root, "trainer_name")),
            mirroring_axes: mirroring_axes(name, &pickle)?,
        })
    }

    /// The name under which a tensor is kept; `None` for one that is another's alias or not needed for a prediction.
    ///
    /// PyTorch stores a module under every name that it has: `.all_modules.` holds convolution and norm once more, and
    /// `decoder.encoder.` the whole encoder. `module.` and `_orig_mod.` come from distributed and compiled training.
    /// `num_batches_tracked` counts training steps.
    pub fn canonical(name: &str) -> Option<&str> {
        let mut short = name;
        while let Some(rest) = ["module.", "_orig_mod."].iter().find_map(|wrapper| short.strip_prefix(wrapper)) {
            short = rest;
        }
        let is_alias = short.contains(".all_modules.") || short.starts_with("decoder.encoder.");
        (!is_alias && !short.ends_with(".num_batches_tracked")).then_some(short)
    }
}

/// The tensors to read, without aliases and without all heads but that of the finest stage.
fn views(pickle: &Pickle<'_>, weights: &PickleValue<'_>) -> Result<BTreeMap<String, TensorView>, TorchMessage> {
    let no_tensors = || TorchMessage::NoTensor { tensor: "network_weights".into(), found: pickle.describe(weights) };
    let pairs = match weights {
        PickleValue::Dict(pairs) => pairs,
        PickleValue::Call { .. } | PickleValue::Global(_) => {
            let function = pickle.describe(weights);
            return Err(TorchMessage::CallRefused { tensor: "network_weights".into(), function });
        }
        _ => return Err(no_tensors()),
    };
    let mut views = BTreeMap::new();
    for (name, value) in pairs.iter().filter_map(|&(key, value)| Some((pickle.text(key)?, pickle.value(value)))) {
        let shown: String = name.chars().take(100).collect();
        match (NnUnetCheckpoint::canonical(name), TensorView::read(pickle, value, &shown)) {
            (Some(name), view) => _ = views.insert(name.to_owned(), view?),
            // Not even where nothing would be read is a call anything but a sign that this is no honest file.
            (None, Err(why @ TorchMessage::CallRefused { .. })) => return Err(why),
            (None, _) => (),
        }
    }
    let last_head = views.keys().filter_map(|name| head(name)).max();
    views.retain(|name, _| head(name) == last_head || head(name).is_none());
    Ok(views)
}

/// The number of the decoder's stage whose head a tensor belongs to; the last stage is the finest.
fn head(name: &str) -> Option<usize> {
    name.strip_prefix("decoder.seg_layers.")?.split('.').next()?.parse().ok()
}

/// `inference_allowed_mirroring_axes`.
fn mirroring_axes(name: &str, pickle: &Pickle<'_>) -> Result<Option<Vec<usize>>, UserError> {
    match pickle.get(pickle.root(), "inference_allowed_mirroring_axes") {
        None | Some(PickleValue::None) => Ok(None),
        Some(value) => match pickle.sizes(value).filter(|axes| axes.iter().all(|&axis| axis <= MOST_AXIS)) {
            Some(axes) => Ok(Some(axes)),
            None => {
                let why = NnunetMessage::MirroringAxes { found: pickle.describe(value) };
                Err(UserError::new(name, why, TorchMessage::GiveCheckpoint))
            }
        },
    }
}

/// The error of a file without weights of nnU-Net v2, which says what it holds instead.
fn no_weights(name: &str, pickle: &Pickle<'_>) -> UserError {
    /// The most names that a message lists.
    const MOST_NAMES: usize = 8;
    let root = pickle.root();
    if let PickleValue::Call { .. } = root {
        let why = TorchMessage::CallRefused { tensor: "network_weights".into(), function: pickle.describe(root) };
        return UserError::new(name, why, TorchMessage::DoNotTrust);
    }
    let found: Vec<_> = match root {
        PickleValue::Dict(pairs) => {
            let names = pairs.iter().filter_map(|&(key, _)| pickle.text(key)).take(MOST_NAMES);
            names.map(|name| super::json::cut(name).into()).collect()
        }
        _ => vec![pickle.describe(root).into()],
    };
    UserError::new(name, NnunetMessage::NoWeights { found }, TorchMessage::GiveCheckpoint)
}
