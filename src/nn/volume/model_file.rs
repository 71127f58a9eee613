//! Files of models that segment whole volumes: networks with their pipelines, and where they come from.
//!
//! Such a file is safetensors like any model file, and has `islet.networks` where a model of slices has
//! `islet.config` and `islet.preprocess`. docs/MODEL_FILE.md describes it.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::i18n::messages::{NnMessage, VolumeMessage};
use crate::core::mask::PANCREAS_NAME;
use crate::imaging::volume_pipeline::settings::{VolumePipeline, VolumeSettings};
use crate::nn::model::metadata::{Training, entry, json};
use crate::nn::model::state_dict::{StateDict, TensorValues};
use crate::nn::model::weights::{Precision, does_not_fit, finite_values, metadata, not_safetensors, to_bytes};
use crate::nn::network::NetworkDescription;

/// The entry of the metadata by which a model of volumes is told from one of slices.
const NETWORKS: &str = "islet.networks";

/// A model that segments whole volumes: one network, or one that finds a region and one that segments
/// it.
#[derive(Clone, Debug)]
pub struct VolumeModelFile {
    /// What it segments and where it comes from.
    pub passport: VolumePassport,
    /// The networks in the order in which they run.
    pub networks: Vec<VolumeNetwork>,
}

/// What a model of volumes segments, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumePassport {
    /// `islet.labels`: the organ of each label value of the last network; 0 is background.
    pub labels: BTreeMap<u8, String>,
    /// `islet.cascade`: what the first of two networks gives the second.
    pub cascade: Option<Cascade>,
    /// `islet.training`: what is known of its training.
    pub training: Training,
    /// `islet.sources`: the files that the networks were imported from.
    pub sources: Vec<ModelSource>,
    /// `islet.license`: the licence of the weights.
    pub license: String,
    /// `islet.version`: the version of the crate that wrote the file.
    pub version: String,
}

/// What the first of two networks gives the second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cascade {
    /// The box in which the second runs.
    Region(RegionOfInterest),
    /// Its labels, as further channels of the second's input: a cascade of nnU-Net's.
    PreviousStage,
}

/// The organs around which a second network segments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionOfInterest {
    /// Names of labels of the first network.
    pub organs: Vec<String>,
    /// Margin on each side, in mm.
    pub margin_mm: f64,
}

/// The files that a network was imported from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSource {
    /// Name of the data set, such as `Dataset297_TotalSegmentator_total_3mm_1559subj`.
    pub dataset: String,
    /// Trainer, plans and configuration as nnU-Net names its folders, joined by `__`.
    pub model: String,
    /// SHA-256 of the zip, in hexadecimal, where it came in one.
    pub zip_sha256: Option<String>,
    /// SHA-256 of `plans.json`; absent where the checkpoint repeats the plans.
    pub plans_sha256: Option<String>,
    /// Name and SHA-256 of each fold's checkpoint.
    pub folds: Vec<(String, String)>,
    /// How to cite it, where that is known.
    pub citation: Option<String>,
}

/// One network of a model.
#[derive(Clone, Debug)]
pub struct VolumeNetwork {
    /// What it computes on what.
    pub plan: NetworkPlan,
    /// The weights of each fold; their logits are averaged.
    pub folds: Vec<StateDict>,
}

/// A network, what happens before and after it, and what its channels mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// The layers.
    pub network: NetworkDescription,
    /// Before and after them.
    pub pipeline: VolumeSettings,
    /// The organ of each output channel and its label value, the background included where it has a
    /// channel.
    pub outputs: Vec<OutputChannel>,
    /// For channels that are regions, which may overlap: the order in which they are painted. Without
    /// it the channel with the largest logit counts.
    pub regions_order: Option<Vec<u8>>,
    /// Number of folds.
    pub folds: usize,
}

/// The meaning of an output channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputChannel {
    /// The organ.
    pub name: String,
    /// The value in a mask.
    pub value: u8,
}

impl VolumeModelFile {
    /// True if the metadata of a model file is that of a model of volumes.
    pub fn is_meant_by(metadata: &HashMap<String, String>) -> bool {
        metadata.contains_key(NETWORKS)
    }

    /// Reads and checks a model file.
    ///
    /// # Errors
    /// Metadata that is missing or that this version does not know, and tensors that are missing, unknown,
    /// of another shape or type, or not finite, by their names.
    pub fn read(bytes: &[u8]) -> Result<Self, UserError> {
        Self::parse(bytes, finite_values)
    }

    pub(super) fn parse(
        bytes: &[u8],
        values: impl Fn(&str, &TensorView<'_>) -> Result<Vec<f32>, UserError>,
    ) -> Result<Self, UserError> {
        let metadata = metadata(bytes)?;
        let plans: Vec<NetworkPlan> = entry(&metadata, NETWORKS)?;
        let passport = VolumePassport {
            labels: entry(&metadata, "islet.labels")?,
            cascade: entry(&metadata, "islet.cascade")?,
            training: entry(&metadata, "islet.training")?,
            sources: entry(&metadata, "islet.sources")?,
            license: entry(&metadata, "islet.license")?,
            version: entry(&metadata, "islet.version")?,
        };
        let mut tensors = tensors(bytes, values)?;
        let shape = shape_of(plans.iter());
        let networks = plans.into_iter().enumerate().map(|(network, plan)| {
            let folds = (0..plan.folds).map(|fold| taken(&mut tensors, &prefix(shape, network, fold))).collect();
            VolumeNetwork { plan, folds }
        });
        let file = Self { passport, networks: networks.collect() };
        if let Some(name) = tensors.keys().next() {
            return Err(UserError::new(name.clone(), NnMessage::UnknownTensor, NnMessage::UseIsletModel));
        }
        file.checked()
    }

    /// A model of one network from bare weights, as other frameworks write them, and what they lack.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and weights that have metadata of their own.
    pub fn adopt(bytes: &[u8], passport: VolumePassport, plan: NetworkPlan) -> Result<Self, UserError> {
        if let Some(entry) = metadata(bytes)?.keys().find(|key| key.starts_with("islet.")) {
            return Err(UserError::new(entry, NnMessage::WeightsHaveMetadata, NnMessage::UseFileAsItIs));
        }
        Self::of_training(passport, plan, StateDict(tensors(bytes, finite_values)?))
    }

    /// A model of one network that was trained here.
    ///
    /// # Errors
    /// Labels without a pancreas; a network or a pipeline that cannot be run.
    pub fn of_training(passport: VolumePassport, plan: NetworkPlan, weights: StateDict) -> Result<Self, UserError> {
        Self { passport, networks: vec![VolumeNetwork { plan, folds: vec![weights] }] }.checked()
    }

    /// The metadata of the file.
    pub fn to_metadata(&self) -> BTreeMap<String, String> {
        let VolumePassport { labels, cascade, training, sources, license, version } = &self.passport;
        let plans: Vec<&NetworkPlan> = self.networks.iter().map(|network| &network.plan).collect();
        BTreeMap::from([
            (NETWORKS.to_owned(), json(&plans)),
            ("islet.labels".to_owned(), json(labels)),
            ("islet.cascade".to_owned(), json(cascade)),
            ("islet.training".to_owned(), json(training)),
            ("islet.sources".to_owned(), json(sources)),
            ("islet.license".to_owned(), json(license)),
            ("islet.version".to_owned(), json(version)),
        ])
    }

    /// Checks that labels, networks and weights fit each other.
    ///
    /// # Errors
    /// What does not.
    pub(super) fn checked(self) -> Result<Self, UserError> {
        let refused = |why: VolumeMessage| UserError::new(NnMessage::ModelFile, why, VolumeMessage::ImportAgain);
        let names: Vec<&str> = self.passport.labels.values().map(String::as_str).collect();
        if !names.contains(&PANCREAS_NAME) {
            let why = NnMessage::NoPancreas { found: names.join(", ") };
            return Err(UserError::new("islet.labels", why, VolumeMessage::UsePancreasModel));
        }
        match (&self.networks[..], &self.passport.cascade) {
            ([_], None) => (),
            ([localizer, _], Some(Cascade::Region(region))) => region.check(&localizer.plan)?,
            ([first, second], Some(Cascade::PreviousStage)) if second.plan.follows(&first.plan) => (),
            (_, Some(Cascade::PreviousStage)) => return Err(refused(VolumeMessage::StagesDiffer)),
            _ => return Err(refused(VolumeMessage::NetworkCount { found: self.networks.len() })),
        }
        for (network, VolumeNetwork { plan, folds }) in self.networks.iter().enumerate() {
            let follows = network == 1 && self.passport.cascade == Some(Cascade::PreviousStage);
            let channels = if follows { 1 + self.networks[0].plan.foreground().len() } else { 1 };
            plan.check(channels).map_err(refused)?;
            plan.pipeline.check()?;
            let shapes = plan.network.graph().parameter_shapes();
            for fold in folds {
                fold.check_shapes(&shapes).map_err(does_not_fit)?;
            }
        }
        Ok(self)
    }

    /// The bytes of the file. Equal model files have equal bytes.
    ///
    /// # Errors
    /// Weights that are not finite, by the name of the tensor.
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, UserError> {
        let metadata = self.to_metadata();
        let shape = shape_of(self.networks.iter().map(|network| &network.plan));
        let named = self.networks.iter().enumerate().flat_map(|(network, values)| {
            values.folds.iter().enumerate().flat_map(move |(fold, state)| {
                let prefix = prefix(shape, network, fold);
                state.0.iter().map(move |(name, tensor)| (format!("{prefix}{name}"), tensor))
            })
        });
        to_bytes(named, precision, &metadata)
    }
}

impl NetworkPlan {
    /// Checks a network whose input has `in_channels` channels.
    fn check(&self, in_channels: usize) -> Result<(), VolumeMessage> {
        let (outputs, channels) = (self.outputs.len(), self.network.classes);
        if outputs != channels {
            return Err(VolumeMessage::OutputCount { outputs, channels });
        }
        if self.network.in_channels != in_channels {
            return Err(VolumeMessage::SeveralChannels { found: self.network.in_channels });
        }
        self.network.check()?;
        if self.folds == 0 { Err(VolumeMessage::NoFold) } else { Ok(()) }
    }

    /// True if this network can read the labels of `first` beside the image.
    fn follows(&self, first: &Self) -> bool {
        let is_nnunet = self.pipeline.pipeline == VolumePipeline::NnUnet;
        is_nnunet && self.labels() == first.labels() && self.regions_order.is_none()
    }

    /// The label values without the background, in ascending order.
    pub(super) fn foreground(&self) -> Vec<u8> {
        self.labels().into_keys().collect()
    }

    /// The organs by their label values, without the background.
    pub fn labels(&self) -> BTreeMap<u8, String> {
        let organs = self.outputs.iter().filter(|output| output.value != 0);
        organs.map(|output| (output.value, output.name.clone())).collect()
    }
}

impl RegionOfInterest {
    fn check(&self, localizer: &NetworkPlan) -> Result<(), UserError> {
        let known: Vec<String> = localizer.labels().into_values().collect();
        let unknown = self.organs.iter().find(|organ| !known.contains(organ));
        let why = match unknown {
            Some(organ) => VolumeMessage::RegionUnknown { organ: organ.clone(), known: known.join(", ") },
            None if !(0.0..=200.0).contains(&self.margin_mm) => {
                VolumeMessage::Margin { found: self.margin_mm.to_string() }
            }
            None => return Ok(()),
        };
        Err(UserError::new(NnMessage::ModelFile, why, VolumeMessage::SwapModels))
    }
}

/// The tensors of a file by their names.
fn tensors(
    bytes: &[u8],
    values: impl Fn(&str, &TensorView<'_>) -> Result<Vec<f32>, UserError>,
) -> Result<BTreeMap<String, TensorValues>, UserError> {
    let all = SafeTensors::deserialize(bytes).map_err(not_safetensors)?.tensors();
    let tensor = |(name, view): (String, TensorView<'_>)| {
        let tensor = TensorValues { shape: view.shape().to_vec(), values: values(&name, &view)? };
        Ok((name, tensor))
    };
    all.into_iter().map(tensor).collect()
}

/// The number of networks, and the most folds that one has.
pub(super) fn shape_of<'p>(plans: impl ExactSizeIterator<Item = &'p NetworkPlan>) -> [usize; 2] {
    [plans.len(), plans.map(|plan| plan.folds).max().unwrap_or(0)]
}

/// What the names of a fold's tensors begin with: nothing where there is one network with one fold.
pub(super) fn prefix([networks, folds]: [usize; 2], network: usize, fold: usize) -> String {
    match (networks, folds) {
        (1, 1) => String::new(),
        (_, 1) => format!("network_{network}."),
        _ => format!("network_{network}.fold_{fold}."),
    }
}

/// Takes the tensors whose names begin with `prefix`.
fn taken(tensors: &mut BTreeMap<String, TensorValues>, prefix: &str) -> StateDict {
    let names: Vec<String> = tensors.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
    let tensor = |name: String| {
        let values = tensors.remove(&name)?;
        Some((name[prefix.len()..].to_owned(), values))
    };
    StateDict(names.into_iter().filter_map(tensor).collect())
}
