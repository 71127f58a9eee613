//! `dataset.json`: the channels that a model reads and the labels that it gives (`label_handling.py` of nnU-Net).
//!
//! What the labels of a truth mean for a training of our own is in [`labels`](crate::formats::labels); here each number
//! must stay what it is in the model.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::json::{Fields, cut, parse};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnunetMessage;

/// The largest value of a label.
const MOST_LABEL: u64 = 4096;

/// One label of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NnUnetLabel {
    /// Its name.
    pub name: String,
    /// Its values in a label map: one, or those of a region.
    pub values: BTreeSet<usize>,
}

/// What one output channel of a network stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NnUnetOutput {
    /// The name of the label or the region.
    pub name: String,
    /// The value that it gets in a label map.
    pub value: usize,
}

/// What a `dataset.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NnUnetDataset {
    /// The names of the input channels, such as `CT`.
    pub channels: Vec<String>,
    /// The labels in the order of the file, without `ignore`; the background is among them.
    pub labels: Vec<NnUnetLabel>,
    /// The value of voxels that nobody labelled, which no network gives.
    pub ignore: Option<usize>,
    /// For labels that are regions, which may overlap: the value that each region but the background paints, in this
    /// order, later ones over earlier ones. `None` if the greatest logit decides.
    pub regions_class_order: Option<Vec<usize>>,
    /// The ending of the files of images, such as `.nii.gz`.
    pub file_ending: Option<String>,
    /// The reader that the data set asks for; what the training used is [`Plans::reader`](super::Plans::reader).
    pub overwrite_image_reader_writer: Option<String>,
    /// The name of the data set.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Its licence.
    pub licence: Option<String>,
    /// Where it comes from, or how to cite it.
    pub reference: Option<String>,
}

impl NnUnetDataset {
    /// Reads `dataset.json`; `file` is its name in messages.
    ///
    /// # Errors
    /// What is no such file: no channels, no labels by name, labels that leave out a number, regions without an order.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, UserError> {
        let value = parse(file, bytes)?;
        let fields = Fields::whole(file, &value)?;
        fields.object("labels")?;
        // Once more, because the order of regions counts and the objects of `serde_json` have none.
        let Ok(InOrder { labels }) = serde_json::from_slice(bytes) else {
            let example = "{\"background\": 0, \"pancreas\": 1}".to_owned();
            return Err(fields.unexpected("labels", fields.value("labels")?, NnunetMessage::LabelsByName { example }));
        };
        let text =
            |key: &str| fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let (ignore, labels) = read_labels(&fields, labels)?;
        let dataset = Self {
            channels: channels(&fields)?,
            regions_class_order: regions(&fields, &labels)?,
            labels,
            ignore,
            file_ending: text("file_ending"),
            overwrite_image_reader_writer: text("overwrite_image_reader_writer"),
            name: text("name"),
            description: text("description"),
            licence: text("licence").or_else(|| text("license")),
            reference: text("reference"),
        };
        dataset.check_numbers(&fields)?;
        Ok(dataset)
    }

    /// What the output channels of the network stand for, in their order: the labels from 0 on, background first; or each
    /// region but the background.
    pub fn outputs(&self) -> Vec<NnUnetOutput> {
        let output = |label: &NnUnetLabel, value: usize| NnUnetOutput { name: label.name.clone(), value };
        match &self.regions_class_order {
            Some(order) => self.foreground().zip(order).map(|(label, &value)| output(label, value)).collect(),
            None => {
                let named = |value: usize| self.labels.iter().find(|label| label.values.contains(&value));
                self.values().into_iter().filter_map(|value| named(value).map(|label| output(label, value))).collect()
            }
        }
    }

    /// The values that a cascade gets as further channels, from 1 on.
    pub fn foreground_values(&self) -> Vec<usize> {
        self.values().into_iter().filter(|&value| value != 0).collect()
    }

    fn values(&self) -> BTreeSet<usize> {
        self.labels.iter().flat_map(|label| label.values.iter().copied()).collect()
    }

    /// The labels that are more than background.
    fn foreground(&self) -> impl Iterator<Item = &NnUnetLabel> {
        self.labels.iter().filter(|label| label.values.iter().any(|&value| value != 0))
    }

    /// Without regions an output channel is the label of its number, so that none may be left out.
    fn check_numbers(&self, fields: &Fields<'_>) -> Result<(), UserError> {
        let values = self.values();
        let is_whole = values.iter().copied().eq(0..values.len());
        if self.regions_class_order.is_none() && (!is_whole || values.len() < 2) {
            return Err(fields.unexpected("labels", fields.value("labels")?, NnunetMessage::LabelsFromZero));
        }
        Ok(())
    }
}

/// The labels, and the value of `ignore`.
fn read_labels(fields: &Fields<'_>, labels: Ordered) -> Result<(Option<usize>, Vec<NnUnetLabel>), UserError> {
    let number = |value: &Value| value.as_u64().filter(|&number| number <= MOST_LABEL).map(|number| number as usize);
    let values = |value: &Value| match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(number).collect::<Option<BTreeSet<usize>>>(),
        one => number(one).map(|one| BTreeSet::from([one])),
    };
    let (mut ignore, mut read) = (None, Vec::new());
    for (name, value) in labels.0 {
        let values = values(&value).ok_or_else(|| {
            fields.unexpected(
                &format!("labels.{}", cut(&name)),
                &value,
                NnunetMessage::LabelValues { most: MOST_LABEL },
            )
        })?;
        match (&name[..], values.first()) {
            ("ignore", first) => ignore = first.copied(),
            _ => read.push(NnUnetLabel { name, values }),
        }
    }
    Ok((ignore, read))
}

/// `regions_class_order`, where a label has several values.
fn regions(fields: &Fields<'_>, labels: &[NnUnetLabel]) -> Result<Option<Vec<usize>>, UserError> {
    if labels.iter().all(|label| label.values.len() == 1) {
        return Ok(None);
    }
    let value = |item: &Value| item.as_u64().filter(|&value| value <= MOST_LABEL).map(|value| value as usize);
    let expected = NnunetMessage::LabelValues { most: MOST_LABEL };
    let order = fields.list("regions_class_order", expected, value)?;
    let regions = labels.iter().filter(|label| label.values.iter().any(|&value| value != 0)).count();
    if order.len() != regions {
        let expected = NnunetMessage::ListFor { items: regions, most: MOST_LABEL as usize };
        return Err(fields.unexpected("regions_class_order", fields.value("regions_class_order")?, expected));
    }
    Ok(Some(order))
}

/// `channel_names`, or `modality` as it was called before.
fn channels(fields: &Fields<'_>) -> Result<Vec<String>, UserError> {
    let key = if fields.get("channel_names").is_some() { "channel_names" } else { "modality" };
    let names = fields.object(if fields.get(key).is_some() { key } else { "channel_names" })?;
    let count = names.names().count();
    let channels: Option<Vec<String>> =
        (0..count).map(|channel| names.get(&channel.to_string())?.as_str().map(str::to_owned)).collect();
    let channels = channels.filter(|channels| !channels.is_empty());
    channels.map_or_else(
        || {
            let example = "{\"0\": \"CT\"}".to_owned();
            Err(fields.unexpected(key, fields.value(key)?, NnunetMessage::ChannelsFromZero { example }))
        },
        Ok,
    )
}

/// The labels of a file in their order.
#[derive(Deserialize)]
struct InOrder {
    labels: Ordered,
}

/// An object whose fields stay in order.
struct Ordered(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedVisitor;

        impl<'de> Visitor<'de> for OrderedVisitor {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Ordered(fields))
            }
        }

        deserializer.deserialize_map(OrderedVisitor)
    }
}
