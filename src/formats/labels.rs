//! What the values of a label map stand for, from the `labels` of a `dataset.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::core::drawn_pixels::DrawnPixels;
use crate::core::i18n::messages::{LabelsMessage, Message};
use crate::core::mask::{Mask, PANCREAS, PANCREAS_NAME};

/// What a training tells apart, and how the values of a label map become that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The name, in lower case, of every value but 0 that a truth holds; the values go from 1 up without a gap.
    pub classes: BTreeMap<u8, String>,
    /// The truth's value for every value that a label map may hold; 0 is background.
    pub truth_of: BTreeMap<u8, u8>,
    /// Values of the label `ignore`, which mark voxels that nobody labelled.
    pub ignore: BTreeSet<u8>,
    /// What a person should know about the choice, without final stops.
    pub notes: Vec<Message>,
}

/// Parts of a name that say tumour; the Decathlon calls it cancer.
const TUMOUR: [&str; 5] = ["cancer", "tumour", "tumor", "lesion", "mass"];

/// The most pixels that are taken from slices that are labelled in part: a hundred planes across a scan have fewer, and
/// they are kept one by one.
const MOST_KNOWN_IN_PART: usize = 2_000_000;

/// One label: its name in lower case, and its values.
type NamedLabel = (String, BTreeSet<u8>);

/// What scans have that are labelled with the pancreas alone.
pub fn pancreas_alone() -> BTreeMap<u8, String> {
    BTreeMap::from([(PANCREAS, PANCREAS_NAME.into())])
}

/// Values of labels may be off by so much: what storing them as scaled integers or floats loses.
const LABEL_TOLERANCE: f64 = 0.01;

/// A voxel's value as a label from 0 to 255; `None` for any other number.
pub(super) fn whole_label(value: f64) -> Option<u8> {
    let label = value.round() as u8;
    ((f64::from(label) - value).abs() <= LABEL_TOLERANCE).then_some(label)
}

impl Labels {
    /// Reads either form: `{"1": "pancreas"}`, the Decathlon's, or `{"pancreas": 1}`, nnU-Net's, whose value may be a list.
    ///
    /// Pancreas is the label of that name or else the only one besides background and `ignore`. Where nothing but tumours is
    /// labelled beside it they count as pancreas, as is the custom with the Decathlon's task 7. With other organs every
    /// label is a class of its own, in the order of their values. A label whose values are all another's too, as in nnU-Net's
    /// regions, is part of that one; but one that holds the pancreas and more (`whole body`) is left out.
    ///
    /// # Errors
    /// Why not, naming what was found: no pancreas among several labels, or labels that overlap.
    pub fn read(labels: &Value) -> Result<Self, LabelsMessage> {
        let entries = labels
            .as_object()
            .ok_or_else(|| LabelsMessage::NoLabels { example: "{\"background\": 0, \"pancreas\": 1}".into() })?;
        let named = entries.iter().map(|(key, value)| entry(key, value)).collect::<Result<Vec<_>, _>>()?;
        let (ignore, named): (Vec<_>, Vec<_>) = named.into_iter().partition(|(name, _)| name == "ignore");
        let mut foreground: Vec<NamedLabel> =
            named.into_iter().filter(|(name, values)| name != "background" && *values != BTreeSet::from([0])).collect();
        foreground.sort_by(|(_, a), (_, b)| a.cmp(b));
        let mut notes = Vec::new();
        let (around, foreground) = regions_around_pancreas(foreground, &mut notes);
        let classes = if foreground.iter().any(|(name, _)| name == PANCREAS_NAME) {
            with_tumours(without_parts(foreground, &mut notes)?, &mut notes)
        } else if let [(_, values)] = &foreground[..] {
            notes.push(LabelsMessage::OnlyLabel { label: text(&foreground) }.into());
            vec![(PANCREAS_NAME.into(), values.clone())]
        } else if foreground.is_empty() {
            return Err(LabelsMessage::NoForeground);
        } else {
            return Err(LabelsMessage::NoPancreas { labels: text(&foreground) });
        };
        let mut truth_of = BTreeMap::new();
        for (class, (_, values)) in (1..).zip(&classes) {
            truth_of.extend(values.iter().map(|value| (*value, class)));
        }
        if classes.len() > 1 && truth_of.iter().any(|(value, class)| value != class) {
            let pairs = truth_of.iter().map(|(&value, &class)| Message::from(LabelsMessage::ValueAs { value, class }));
            notes.push(LabelsMessage::Renumbered { pairs: pairs.collect() }.into());
        }
        truth_of.insert(0, 0);
        // What is in a region around the pancreas and in no label of its own is background.
        around.into_iter().flat_map(|(_, values)| values).for_each(|value| {
            truth_of.entry(value).or_insert(0);
        });
        let classes = (1..).zip(classes).map(|(class, (name, _))| (class, name)).collect();
        let ignore = ignore.into_iter().flat_map(|(_, values)| values).collect();
        Ok(Self { classes, truth_of, ignore, notes })
    }

    /// The same labels with only the classes that a training learns; the others become background.
    pub fn only(&self, chosen: &BTreeMap<u8, String>) -> Self {
        let number = |class: &u8| {
            let name = self.classes.get(class);
            chosen.iter().find(|(_, chosen)| Some(*chosen) == name).map_or(0, |(&number, _)| number)
        };
        let truth_of = self.truth_of.iter().map(|(&value, class)| (value, number(class))).collect();
        Self { classes: chosen.clone(), truth_of, ..self.clone() }
    }

    /// A label map as a truth of [`Labels::classes`] and 0, and for each slice whether it is labelled: whether none of its
    /// voxels is to be ignored. The truth of the others is 0 throughout.
    ///
    /// # Errors
    /// A value that has no name.
    pub fn truth(&self, map: &Mask) -> Result<(Mask, Vec<bool>), u8> {
        // Tables, because a map has tens of millions of voxels.
        let mut class = [None; 256];
        self.truth_of.iter().for_each(|(&value, &of)| class[usize::from(value)] = Some(of));
        let mut ignored = [false; 256];
        for &value in &self.ignore {
            ignored[usize::from(value)] = true;
            class[usize::from(value)].get_or_insert(0);
        }
        let label = |&value: &u8| class[usize::from(value)].ok_or(value);
        let mut truth = Mask { labels: map.labels.iter().map(label).collect::<Result<_, _>>()?, ..*map };
        let mut labelled = vec![true; map.dims[0]];
        for (z, labelled) in labelled.iter_mut().enumerate() {
            *labelled = !map.slice(z).iter().any(|value| ignored[usize::from(*value)]);
            if !*labelled {
                truth.slice_mut(z).fill(0);
            }
        }
        Ok((truth, labelled))
    }

    /// The pixels that are labelled on slices of which others are to be ignored, by slice, with the values of
    /// [`Labels::truth`].
    ///
    /// # Errors
    /// Their number, if that is more than two millions.
    pub fn known_in_part(&self, map: &Mask) -> Result<BTreeMap<usize, DrawnPixels>, usize> {
        if self.ignore.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut truth = [None; 256];
        self.truth_of.iter().filter(|(value, _)| !self.ignore.contains(value)).for_each(|(&value, &of)| {
            truth[usize::from(value)] = Some(of);
        });
        let known = |z: usize| map.slice(z).iter().map(|&value| truth[usize::from(value)]).enumerate();
        let is_partial = |z: &usize| {
            let mut values = known(*z).map(|(_, label)| label.is_some());
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let partial: Vec<usize> = (0..map.dims[0]).filter(is_partial).collect();
        let count = partial.iter().map(|&z| known(z).filter(|(_, label)| label.is_some()).count()).sum();
        if count > MOST_KNOWN_IN_PART {
            return Err(count);
        }
        let pixels = |z: usize| known(z).filter_map(|(pixel, label)| Some((pixel, label?))).collect();
        Ok(partial.into_iter().map(|z| (z, pixels(z))).collect())
    }
}

/// The regions that hold the pancreas and more, and all other labels.
fn regions_around_pancreas(labels: Vec<NamedLabel>, notes: &mut Vec<Message>) -> (Vec<NamedLabel>, Vec<NamedLabel>) {
    let pancreas = labels.iter().find(|(name, _)| name == PANCREAS_NAME).map(|(_, values)| values.clone());
    let Some(pancreas) = pancreas else { return (Vec::new(), labels) };
    let is_around = |(_, values): &NamedLabel| pancreas.len() < values.len() && pancreas.is_subset(values);
    let (around, others): (Vec<_>, Vec<_>) = labels.into_iter().partition(is_around);
    let note = |(region, _): &NamedLabel| LabelsMessage::AroundPancreas { region: region.clone() }.into();
    notes.extend(around.iter().map(note));
    (around, others)
}

/// The labels that are no part of another.
fn without_parts(labels: Vec<NamedLabel>, notes: &mut Vec<Message>) -> Result<Vec<NamedLabel>, LabelsMessage> {
    let mut kept: Vec<NamedLabel> = Vec::new();
    // The largest first: what has a label's values stands before it.
    let mut by_size = labels.clone();
    by_size.sort_by_key(|(name, values)| (std::cmp::Reverse(values.len()), name != PANCREAS_NAME));
    for (name, values) in by_size {
        match kept.iter().find(|(_, others)| !others.is_disjoint(&values)) {
            None => kept.push((name, values)),
            Some((whole, others)) if values.is_subset(others) => {
                notes.push(LabelsMessage::PartOf { part: name, whole: whole.clone() }.into());
            }
            Some((other, _)) => {
                return Err(LabelsMessage::Overlap { name, other: other.clone() });
            }
        }
    }
    Ok(labels.into_iter().filter(|label| kept.contains(label)).collect())
}

/// The labels, or the pancreas alone if the others are tumours, which are then part of it.
fn with_tumours(labels: Vec<NamedLabel>, notes: &mut Vec<Message>) -> Vec<NamedLabel> {
    let (pancreas, others): (Vec<_>, Vec<_>) = labels.iter().cloned().partition(|(name, _)| name == PANCREAS_NAME);
    if !others.iter().all(|(name, _)| is_tumour(name)) {
        return labels;
    }
    if !others.is_empty() {
        notes.push(LabelsMessage::CountAsPancreas { labels: text(&others) }.into());
    }
    let values = pancreas.into_iter().chain(others).flat_map(|(_, values)| values).collect();
    vec![(PANCREAS_NAME.into(), values)]
}

fn entry(key: &str, value: &Value) -> Result<NamedLabel, LabelsMessage> {
    let number = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
    let read = match value {
        Value::String(name) => key.trim().parse().ok().map(|number| (name.as_str(), BTreeSet::from([number]))),
        Value::Array(list) => list.iter().map(number).collect::<Option<_>>().map(|numbers| (key, numbers)),
        _ => number(value).map(|number| (key, BTreeSet::from([number]))),
    };
    let (name, values) = read.ok_or_else(|| LabelsMessage::NoPair { key: key.to_owned(), value: value.to_string() })?;
    Ok((name.trim().to_lowercase(), values))
}

fn is_tumour(name: &str) -> bool {
    let says = |word: &str| TUMOUR.iter().any(|tumour| [word, word.trim_end_matches('s')].contains(tumour));
    name.split(|c: char| !c.is_alphanumeric()).any(says)
}

fn text(labels: &[NamedLabel]) -> String {
    let names: Vec<String> = labels.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.join(", ")
}
