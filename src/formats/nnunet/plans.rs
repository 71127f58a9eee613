//! `plans.json`: how nnU-Net prepares volumes and which network it runs, for each configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::architecture;
use super::json::{Fields, cut, parse, size_of};
use super::network::PlannedNetwork;
use super::preparation::{PlannedIntensities, PlannedNormalization, PlannedReader, PlannedResampling};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnunetMessage;

/// The largest patch along an axis.
const MOST_PATCH: usize = 4096;
/// The most channels of an image.
const MOST_CHANNELS: usize = 64;

/// What a whole `plans.json` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    /// The data set, such as `Dataset297_TotalSegmentator_total_3mm_1559subj`.
    pub dataset_name: String,
    /// The name of the plans, such as `nnUNetPlans`.
    pub plans_name: String,
    /// Who read the images.
    pub reader: PlannedReader,
    /// The axis of the image that each axis of the prepared volume was.
    pub transpose_forward: [usize; 3],
    /// Its inverse.
    pub transpose_backward: [usize; 3],
    /// The intensities of the training data, by channel.
    intensities: BTreeMap<usize, PlannedIntensities>,
    configurations: Map<String, Value>,
    file: String,
}

/// One configuration of the plans, such as `3d_fullres`. Axes are those after [`Plans::transpose_forward`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlansConfiguration {
    /// Its name.
    pub name: String,
    /// The spacing to which volumes are resampled, in mm: three, or two for a network of slices, where the first axis keeps its own.
    pub spacing_mm: Vec<f64>,
    /// The voxels of a patch: three, or two for a network of slices.
    pub patch_size: Vec<usize>,
    /// How each channel is normalised.
    pub normalizations: Vec<PlannedNormalization>,
    /// How images are resampled.
    pub resampling: PlannedResampling,
    /// How logits are resampled back.
    pub resampling_probabilities: PlannedResampling,
    /// The network.
    pub network: PlannedNetwork,
    /// The configuration whose labels are further channels of the input, for a cascade.
    pub previous_stage: Option<String>,
}

impl Plans {
    /// Reads `plans.json`, in the format since nnU-Net 2.2 or the one before; `file` is its name in messages.
    ///
    /// # Errors
    /// What is no such file; a reader, label manager or order of axes that is not nnU-Net's own. Configurations are looked
    /// at in [`Self::configuration`].
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, UserError> {
        let value = parse(file, bytes)?;
        let fields = Fields::whole(file, &value)?;
        match fields.text_or_none("label_manager")? {
            None | Some("LabelManager") => (),
            Some(other) => return Err(fields.refused(NnunetMessage::OtherLabelManager { found: cut(other) })),
        }
        fields.object("configurations")?;
        let configurations = fields.value("configurations")?.as_object().cloned().unwrap_or_default();
        let transpose_forward = axes(&fields, "transpose_forward")?;
        let transpose_backward = axes(&fields, "transpose_backward")?;
        if (0..3).any(|axis| transpose_forward[transpose_backward[axis]] != axis) {
            let found = fields.value("transpose_backward")?;
            return Err(fields.unexpected(
                "transpose_backward",
                found,
                NnunetMessage::InverseOf { key: "transpose_forward".into() },
            ));
        }
        Ok(Self {
            dataset_name: fields.text("dataset_name")?.to_owned(),
            plans_name: fields.text("plans_name")?.to_owned(),
            reader: PlannedReader::read(&fields)?,
            transpose_forward,
            transpose_backward,
            intensities: intensities(&fields)?,
            configurations,
            file: file.to_owned(),
        })
    }

    /// The names of the configurations.
    pub fn configurations(&self) -> impl Iterator<Item = &str> {
        self.configurations.keys().map(String::as_str)
    }

    /// One configuration, with what it inherits from others.
    ///
    /// # Errors
    /// A name that the plans lack; configurations that inherit from each other in a circle; a network, norm, normalisation, resampling
    /// function or preprocessor that is unknown here, by its name; sizes that do not fit each other.
    pub fn configuration(&self, name: &str) -> Result<PlansConfiguration, UserError> {
        let merged = self.inherited(name)?;
        let fields = Fields::merged(&self.file, format!("configurations.{}.", cut(name)), &merged);
        match fields.text_or_none("preprocessor_name")? {
            None | Some("DefaultPreprocessor") => (),
            Some(other) => return Err(fields.refused(NnunetMessage::OtherPreprocessor { found: cut(other) })),
        }
        let patch_size =
            fields.list("patch_size", NnunetMessage::TwoOrThreeNumbers, |item| size_of(item, MOST_PATCH))?;
        let is_spacing = |item: &Value| item.as_f64().filter(|spacing| *spacing > 0.0);
        let spacing_mm = fields.list("spacing", NnunetMessage::TwoOrThreeNumbers, is_spacing)?;
        if !matches!(patch_size.len(), 2 | 3) {
            return Err(fields.unexpected("patch_size", fields.value("patch_size")?, NnunetMessage::TwoOrThreeNumbers));
        }
        if spacing_mm.len() != patch_size.len() {
            return Err(fields.unexpected("spacing", fields.value("spacing")?, NnunetMessage::TwoOrThreeNumbers));
        }
        let network = architecture::read(&fields, patch_size.len())?;
        let reduction = |axis: usize| network.strides.iter().map(|stride| stride[axis]).product::<usize>();
        if let Some(axis) = (0..patch_size.len()).find(|&axis| patch_size[axis] % reduction(axis) != 0) {
            let expected = NnunetMessage::MultipleOfStrides { of: reduction(axis) };
            return Err(fields.unexpected("patch_size", fields.value("patch_size")?, expected));
        }
        let intensities = |channel: usize| {
            let missing = || fields.refused(NnunetMessage::NoIntensities { channel });
            self.intensities.get(&channel).copied().ok_or_else(missing)
        };
        Ok(PlansConfiguration {
            name: name.to_owned(),
            spacing_mm,
            patch_size,
            normalizations: PlannedNormalization::read(&fields, intensities)?,
            resampling: PlannedResampling::read(&fields, "resampling_fn_data")?,
            resampling_probabilities: PlannedResampling::read(&fields, "resampling_fn_probabilities")?,
            network,
            previous_stage: fields.text_or_none("previous_stage")?.map(str::to_owned),
        })
    }

    /// The fields of a configuration, over those of the one that it inherits from, and so on.
    fn inherited(&self, name: &str) -> Result<Map<String, Value>, UserError> {
        let mut visited: Vec<&str> = vec![name];
        let mut merged = self.fields_of(name)?.clone();
        while let Some(parent) =
            self.fields_of(visited[visited.len() - 1])?.get("inherits_from").and_then(Value::as_str)
        {
            if visited.contains(&parent) {
                let names = visited.iter().map(|name| cut(name).into()).collect();
                return Err(UserError::new(&self.file, NnunetMessage::Circle { names }, NnunetMessage::TakeUnchanged));
            }
            for (key, value) in self.fields_of(parent)? {
                merged.entry(key).or_insert_with(|| value.clone());
            }
            visited.push(parent);
        }
        Ok(merged)
    }

    fn fields_of(&self, name: &str) -> Result<&Map<String, Value>, UserError> {
        self.configurations.get(name).and_then(Value::as_object).ok_or_else(|| {
            let found = self.configurations().map(|name| cut(name).into()).collect();
            let why = NnunetMessage::NoConfiguration { wanted: cut(name), found };
            UserError::new(&self.file, why, NnunetMessage::ChooseConfiguration)
        })
    }
}

/// A permutation of the three axes.
fn axes(fields: &Fields<'_>, key: &str) -> Result<[usize; 3], UserError> {
    let value = fields.value(key)?;
    let axes = value.as_array().and_then(|items| {
        let axes: Option<Vec<usize>> = items.iter().map(|item| item.as_u64().map(|axis| axis as usize)).collect();
        <[usize; 3]>::try_from(axes?).ok()
    });
    let is_permutation = |axes: &[usize; 3]| (0..3).all(|axis| axes.contains(&axis));
    axes.filter(is_permutation).ok_or_else(|| fields.unexpected(key, value, NnunetMessage::ThreeAxes))
}

/// The intensities of each channel, under their name since nnU-Net 2.0 or that before. Only CT needs them, so that of
/// other channels nothing is expected.
fn intensities(fields: &Fields<'_>) -> Result<BTreeMap<usize, PlannedIntensities>, UserError> {
    let names = ["foreground_intensity_properties_per_channel", "foreground_intensity_properties_by_modality"];
    let Some(key) = names.into_iter().find(|key| fields.get(key).is_some()) else { return Ok(BTreeMap::new()) };
    let channels = fields.object(key)?;
    let numbered = channels.names().filter_map(|name| Some((name, name.parse::<usize>().ok()?)));
    let read = numbered.filter(|&(_, number)| number < MOST_CHANNELS).filter_map(|(name, number)| {
        let intensities = channels.object(name).and_then(|channel| PlannedIntensities::read(&channel));
        Some((number, intensities.ok()?))
    });
    Ok(read.collect())
}
