//! What the values of a label map stand for, from the `labels` of a `dataset.json`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::mask::{Mask, PANCREAS};

/// Which values are pancreas, and which mark voxels that nobody labelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Values that count as pancreas.
    pub pancreas: BTreeSet<u8>,
    /// Values of the label `ignore`.
    pub ignore: BTreeSet<u8>,
    /// Every value that has a name, and 0.
    pub named: BTreeSet<u8>,
    /// What a person should know about the choice, without final stops.
    pub notes: Vec<String>,
}

/// Parts of a name that say tumour; the Decathlon calls it cancer.
const TUMOUR: [&str; 5] = ["cancer", "tumour", "tumor", "lesion", "mass"];

impl Labels {
    /// Reads either form: `{"1": "pancreas"}`, the Decathlon's, or `{"pancreas": 1}`, nnU-Net's, whose value may be a list.
    ///
    /// Pancreas is the label of that name or else the only one besides background and `ignore`. A tumour counts as pancreas
    /// where it can be no other organ's, as is the custom with the Decathlon's task 7.
    ///
    /// # Errors
    /// Why not, naming what was found.
    pub fn read(labels: &Value) -> Result<Self, String> {
        let entries =
            labels.as_object().ok_or("it has no `labels`, expected such as {\"background\": 0, \"pancreas\": 1}")?;
        let named = entries.iter().map(|(key, value)| entry(key, value)).collect::<Result<Vec<_>, _>>()?;
        let all = named.iter().flat_map(|(_, values)| values).copied().chain([0]).collect();
        let of = |names: &[(String, BTreeSet<u8>)]| names.iter().flat_map(|(_, values)| values).copied().collect();

        let (ignore, named): (Vec<_>, Vec<_>) = named.into_iter().partition(|(name, _)| name == "ignore");
        let foreground: Vec<_> =
            named.into_iter().filter(|(name, values)| name != "background" && *values != BTreeSet::from([0])).collect();
        let found = text(&foreground);
        let (mut pancreas, others): (Vec<_>, Vec<_>) = foreground.into_iter().partition(|(name, _)| name == "pancreas");
        let mut notes = Vec::new();
        if pancreas.is_empty() {
            if others.len() != 1 {
                return Err(format!("its labels are {found}, expected one named pancreas, or a single one"));
            }
            notes.push(format!("its only label, {found}, is taken as pancreas"));
            pancreas = others;
        } else {
            let (tumours, organs): (Vec<_>, Vec<_>) = others.into_iter().partition(|(name, _)| is_tumour(name));
            let merged = tumours.into_iter().filter(|(name, _)| organs.is_empty() || name.contains("pancrea"));
            let merged: Vec<_> = merged.collect();
            if !merged.is_empty() {
                notes.push(format!("its labels {} count as pancreas", text(&merged)));
            }
            pancreas.extend(merged);
        }
        Ok(Self { pancreas: of(&pancreas), ignore: of(&ignore), named: all, notes })
    }

    /// A label map as a truth of [`PANCREAS`] and 0, and for each slice whether it is labelled: whether none of its voxels is
    /// to be ignored. The truth of the others is 0 throughout.
    ///
    /// # Errors
    /// A value that has no name.
    pub fn truth(&self, map: &Mask) -> Result<(Mask, Vec<bool>), u8> {
        // Tables, because a map has tens of millions of voxels.
        let table = |set: &BTreeSet<u8>| std::array::from_fn::<bool, 256, _>(|value| set.contains(&(value as u8)));
        let [named, pancreas, ignore] = [&self.named, &self.pancreas, &self.ignore].map(table);
        if let Some(stranger) = map.labels.iter().find(|value| !named[usize::from(**value)]) {
            return Err(*stranger);
        }
        let label = |value: &u8| if pancreas[usize::from(*value)] { PANCREAS } else { 0 };
        let mut truth = Mask { labels: map.labels.iter().map(label).collect(), ..*map };
        let mut labelled = vec![true; map.dims[0]];
        for (z, labelled) in labelled.iter_mut().enumerate() {
            *labelled = !map.slice(z).iter().any(|value| ignore[usize::from(*value)]);
            if !*labelled {
                truth.slice_mut(z).fill(0);
            }
        }
        Ok((truth, labelled))
    }
}

/// One label: its name in lower case, and its values.
fn entry(key: &str, value: &Value) -> Result<(String, BTreeSet<u8>), String> {
    let number = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
    let read = match value {
        Value::String(name) => key.trim().parse().ok().map(|number| (name.as_str(), BTreeSet::from([number]))),
        Value::Array(list) => list.iter().map(number).collect::<Option<_>>().map(|numbers| (key, numbers)),
        _ => number(value).map(|number| (key, BTreeSet::from([number]))),
    };
    let (name, values) = read.ok_or_else(|| {
        format!("its label \"{key}\": {value} is no pair of a name and a number from 0 to 255, such as \"pancreas\": 1")
    })?;
    Ok((name.trim().to_lowercase(), values))
}

fn is_tumour(name: &str) -> bool {
    let says = |word: &str| TUMOUR.iter().any(|tumour| [word, word.trim_end_matches('s')].contains(tumour));
    name.split(|c: char| !c.is_alphanumeric()).any(says)
}

fn text(labels: &[(String, BTreeSet<u8>)]) -> String {
    let names: Vec<String> = labels.iter().map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
