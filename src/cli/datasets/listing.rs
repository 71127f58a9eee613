//! The cases that a `dataset.json` lists, and where in the data set the files of a listing are.
//!
//! Listings are written by hand and by many programs, on other machines: as the Medical Segmentation Decathlon and
//! nnU-Net v1 do (`training`) and as nnU-Net v2 does (`dataset`); with and without `_0000`, with a missing or another
//! ending, with backslashes, and with paths from a root or from the folder above. Whatever they say, only files of
//! the data set itself are found.

use std::collections::BTreeSet;

use serde_json::Value;

/// The endings of files that can be read, the most usual one first.
pub const ENDINGS: [&str; 4] = [".nii.gz", ".nii", ".nrrd", ".mha"];
/// The folder of images, and that of labels.
pub const FOLDERS: [&str; 2] = ["imagesTr", "labelsTr"];

/// Image and label of a case: paths inside the data set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CasePaths {
    /// The scan.
    pub image: String,
    /// Its label map.
    pub label: String,
}

/// What a listing is read with.
pub struct Listing<'a> {
    /// Every file of the data set.
    pub names: &'a BTreeSet<String>,
    /// The number of the channel that is CT.
    pub channel: usize,
}

/// The entries of `training` or, for nnU-Net v2, of `dataset`; empty where a description lists none.
pub fn entries(description: &Value) -> Vec<&Value> {
    let training = description["training"].as_array().map(|list| list.iter().collect::<Vec<_>>());
    let dataset = || description["dataset"].as_object().map(|cases| cases.values().collect());
    training.filter(|list| !list.is_empty()).or_else(dataset).unwrap_or_default()
}

/// The number of the channel that is CT, by its name in nnU-Net's `channel_names` or `modality`; and, where channels have
/// names and none is CT, the names. Then the first is taken: names also choose nnU-Net's normalisation.
pub fn ct_channel(description: &Value) -> (usize, Option<String>) {
    let named = ["channel_names", "modality"].into_iter().find_map(|key| description[key].as_object());
    let Some(named) = named.filter(|named| !named.is_empty()) else { return (0, None) };
    let is_ct = |name: &Value| name.as_str().is_some_and(|name| name.trim().eq_ignore_ascii_case("ct"));
    let number = named.iter().find(|(_, name)| is_ct(name)).map(|(number, _)| number.trim().parse().unwrap_or(0));
    let names = || named.values().map(|name| format!("`{}`", name.as_str().unwrap_or_default())).collect::<Vec<_>>();
    (number.unwrap_or(0), number.is_none().then(|| names().join(", ")))
}

/// A path's last part.
pub fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// A path's last part without the ending of a file that can be read.
pub fn stem(path: &str) -> &str {
    let name = base_name(path);
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The name of a case's channel: `NAME_0000`.
pub fn with_channel(name: &str, channel: usize) -> String {
    format!("{name}_{channel:04}")
}

impl Listing<'_> {
    /// The files of an entry: an object with `image` (or `images`, one for each channel) and `label`, a pair of paths, or
    /// the name of a case.
    ///
    /// # Errors
    /// What is wrong with the entry, such as a path that leads to no file of the data set.
    pub fn paths(&self, entry: &Value) -> Result<CasePaths, String> {
        if let Some(name) = entry.as_str() {
            let case = stem(name).strip_suffix(&with_channel("", self.channel)).unwrap_or(stem(name));
            return match (self.image(name), self.label(case).or_else(|| self.label(stem(name)))) {
                (Some(image), Some(label)) => Ok(CasePaths { image, label }),
                _ => Err(format!("{entry}, for which there is no image and label in {}", FOLDERS.join(" and "))),
            };
        }
        let path = |keys: [&str; 2], place: usize| {
            let value = keys.into_iter().map(|key| &entry[key]).chain([&entry[place]]).find(|value| !value.is_null());
            // One image for each channel.
            let value = value.map(|value| value.get(self.channel).or_else(|| value.get(0)).unwrap_or(value));
            let wanted = || format!("{entry}, expected a path as its `{}`", keys[0]);
            value.and_then(Value::as_str).ok_or_else(wanted)
        };
        let (image, label) = (path(["image", "images"], 0)?, path(["label", "labels"], 1)?);
        let missing = |path: &str| format!("`{path}`, expected the path of a file inside the data set");
        Ok(CasePaths {
            image: self.image(image).ok_or_else(|| missing(image))?,
            label: self.label(label).ok_or_else(|| missing(label))?,
        })
    }

    fn image(&self, listed: &str) -> Option<String> {
        let numbered = [with_channel("", self.channel), String::new()];
        self.locate(listed, FOLDERS[0], &numbered, &with_channel("", 0))
    }

    fn label(&self, listed: &str) -> Option<String> {
        self.locate(listed, FOLDERS[1], &[String::new()], &with_channel("", 0))
    }

    /// The file of the data set that a listed path means: the longest end of the path that is one, as it stands, else with
    /// something `added` to its name and with any ending, else without what is `superfluous`.
    fn locate(&self, listed: &str, home: &str, added: &[String], superfluous: &str) -> Option<String> {
        let parts: Vec<&str> = listed.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
        let leads_out = listed.starts_with(['/', '\\']) || listed.split(['/', '\\']).any(|part| part == "..");
        // A file of the same name somewhere else is not the one that was meant.
        let shortest = if leads_out { 2 } else { parts.len().min(2) };
        let ends = (0..(parts.len() + 1).saturating_sub(shortest)).map(|start| parts[start..].join("/"));
        let at_home = (parts.len() == 1 && !leads_out).then(|| format!("{home}/{}", parts[0]));
        ends.chain(at_home).find_map(|path| self.variant(&path, added, superfluous))
    }

    fn variant(&self, path: &str, added: &[String], superfluous: &str) -> Option<String> {
        if self.names.contains(path) {
            return Some(path.to_owned());
        }
        let name = stem(path);
        let folder = &path[..path.len() - base_name(path).len()];
        let longer = added.iter().map(|added| format!("{folder}{name}{added}"));
        let shorter = name.strip_suffix(superfluous).map(|name| format!("{folder}{name}"));
        let with_endings = |name: String| ENDINGS.map(|ending| format!("{name}{ending}"));
        longer.chain(shorter).flat_map(with_endings).find(|path| self.names.contains(path))
    }
}
