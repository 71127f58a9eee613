//! The DICOM JSON Model (PS3.18 annex F): data sets whose keys are tags, `"00100020"`, and whose values are lists.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A data set.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct JsonDataSet(BTreeMap<String, JsonElement>);

/// An element. Its VR is not read: the tags asked for are known. Binary values have no `Value`.
#[derive(Debug, Deserialize)]
struct JsonElement {
    #[serde(default, rename = "Value")]
    values: Option<Vec<Value>>,
}

impl JsonDataSet {
    fn values(&self, tag: &str) -> &[Value] {
        self.0.get(tag).and_then(|element| element.values.as_deref()).unwrap_or_default()
    }

    /// The values as texts; those without one are skipped (F.2.5).
    pub(super) fn texts(&self, tag: &str) -> Vec<String> {
        self.values(tag).iter().filter_map(text).collect()
    }

    /// The first value as a text; empty where it is missing.
    pub(super) fn text(&self, tag: &str) -> String {
        self.values(tag).first().and_then(text).unwrap_or_default()
    }

    /// The first value as a whole number. IS may be a number or a text (F.2.3).
    pub(super) fn number<T: std::str::FromStr>(&self, tag: &str) -> Option<T> {
        self.text(tag).trim().parse().ok()
    }

    /// The items of a sequence; what is no data set is skipped.
    pub(super) fn items(&self, tag: &str) -> Vec<Self> {
        self.values(tag).iter().filter_map(|item| Self::deserialize(item).ok()).collect()
    }
}

/// A text, a number, or the first form of a person's name (F.2.2).
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(forms) => {
            let form = ["Alphabetic", "Ideographic", "Phonetic"].iter().find_map(|form| forms.get(*form)?.as_str());
            form.map(|name| name.trim().to_owned())
        }
        _ => None,
    }
}
