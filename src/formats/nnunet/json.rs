//! Fields of JSON objects, with errors that name the file, the field, what was found and what was expected.

use serde_json::{Map, Value};

use crate::core::error::UserError;
use crate::core::i18n::messages::{LabelsMessage, Message, NnunetMessage};

/// The most bytes of `plans.json` and `dataset.json`. Real ones have some ten thousand.
pub(super) const MOST_JSON_BYTES: usize = 16 << 20;

/// The most characters of a value that a message shows.
const SHOWN_CHARS: usize = 160;

/// Reads a whole JSON file.
pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Value, UserError> {
    if bytes.len() > MOST_JSON_BYTES {
        let why = NnunetMessage::JsonTooLarge { bytes: bytes.len(), most: MOST_JSON_BYTES };
        return Err(UserError::new(file, why, NnunetMessage::TakeUnchanged));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        UserError::new(file, LabelsMessage::NoJson { error: error.to_string() }, NnunetMessage::TakeUnchanged)
    })
}

/// An object of a file. A field that is `null` counts as absent, as it does in Python's keyword arguments here.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    file: &'a str,
    /// Where it is in the file, with a final stop: `configurations.3d_fullres.`; empty for the whole file.
    path: String,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The object that a whole file is.
    pub(super) fn whole(file: &'a str, value: &'a Value) -> Result<Self, UserError> {
        match value.as_object() {
            Some(object) => Ok(Self { file, path: String::new(), object }),
            None => {
                Err(UserError::new(file, NnunetMessage::NoObject { found: shown(value) }, NnunetMessage::TakeUnchanged))
            }
        }
    }

    /// An object that was made from others, such as a configuration and its parents.
    pub(super) fn merged(file: &'a str, path: String, object: &'a Map<String, Value>) -> Self {
        Self { file, path, object }
    }

    /// A field; `None` if it is absent or `null`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.object.keys().map(String::as_str)
    }

    /// A field that must be there.
    pub(super) fn value(&self, key: &str) -> Result<&'a Value, UserError> {
        self.get(key).ok_or_else(|| {
            let why = NnunetMessage::Missing { key: format!("{}{key}", self.path) };
            UserError::new(self.file, why, NnunetMessage::TakeUnchanged)
        })
    }

    /// The object in a field that must be there.
    pub(super) fn object(&self, key: &str) -> Result<Self, UserError> {
        let value = self.value(key)?;
        let object = value.as_object().ok_or_else(|| self.unexpected(key, value, NnunetMessage::AnObject))?;
        Ok(Self { file: self.file, path: format!("{}{key}.", self.path), object })
    }

    /// The object in a field, if there is one.
    pub(super) fn object_or_none(&self, key: &str) -> Result<Option<Self>, UserError> {
        self.get(key).map(|_| self.object(key)).transpose()
    }

    /// The text in a field that must be there.
    pub(super) fn text(&self, key: &str) -> Result<&'a str, UserError> {
        let value = self.value(key)?;
        value.as_str().ok_or_else(|| self.unexpected(key, value, NnunetMessage::AText))
    }

    /// The text in a field, if there is one.
    pub(super) fn text_or_none(&self, key: &str) -> Result<Option<&'a str>, UserError> {
        self.get(key).map(|_| self.text(key)).transpose()
    }

    /// True or false, or `absent` where the field is.
    pub(super) fn flag(&self, key: &str, absent: bool) -> Result<bool, UserError> {
        let Some(value) = self.get(key) else { return Ok(absent) };
        value.as_bool().ok_or_else(|| self.unexpected(key, value, NnunetMessage::TrueOrFalse))
    }

    /// A finite number.
    pub(super) fn number(&self, key: &str) -> Result<f64, UserError> {
        let value = self.value(key)?;
        value.as_f64().ok_or_else(|| self.unexpected(key, value, NnunetMessage::ANumber))
    }

    /// A finite number, or `absent` where the field is.
    pub(super) fn number_or(&self, key: &str, absent: f64) -> Result<f64, UserError> {
        if self.get(key).is_some() { self.number(key) } else { Ok(absent) }
    }

    /// A whole number in a range.
    pub(super) fn size(&self, key: &str, most: usize) -> Result<usize, UserError> {
        let value = self.value(key)?;
        size_of(value, most).ok_or_else(|| self.unexpected(key, value, NnunetMessage::Whole { least: 1, most }))
    }

    /// A list of one or more items, each read by `item`; `expected` says what they are.
    pub(super) fn list<T>(
        &self,
        key: &str,
        expected: NnunetMessage,
        item: impl FnMut(&'a Value) -> Option<T>,
    ) -> Result<Vec<T>, UserError> {
        let value = self.value(key)?;
        let items = value.as_array().filter(|items| !items.is_empty());
        let items = items.and_then(|items| items.iter().map(item).collect());
        items.ok_or_else(|| self.unexpected(key, value, expected))
    }

    /// The error of a field that is other than expected.
    pub(super) fn unexpected(&self, key: &str, found: &Value, expected: impl Into<Message>) -> UserError {
        let key = format!("{}{key}", self.path);
        let why = NnunetMessage::Unexpected { key, found: shown(found), expected: expected.into() };
        UserError::new(self.file, why, NnunetMessage::TakeUnchanged)
    }

    /// The error of something that nnU-Net may have and this program has not.
    pub(super) fn refused(&self, why: NnunetMessage) -> UserError {
        UserError::new(self.file, why, NnunetMessage::UseUsual)
    }
}

/// A whole number from 1 to `most`; Python may have written `3.0`.
pub(super) fn size_of(value: &Value, most: usize) -> Option<usize> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (1.0..=most as f64).contains(number))?;
    Some(number as usize)
}

/// The last part of a Python name: `torch.nn.LeakyReLU` is a `LeakyReLU`.
pub(super) fn class_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// A value as text, cut to what a message holds.
pub(super) fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

/// A text from a file, cut to what a message holds.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
