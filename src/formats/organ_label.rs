//! An organ of a label map that is written: its value and name, and what files for other programs say of it.

use std::collections::BTreeMap;

use crate::core::i18n::organ_names::organ_title;
use crate::core::i18n::{Language, capitalised};
use crate::core::mask::{PANCREAS, PANCREAS_NAME};
use crate::core::organ_codes::{OrganCodes, organ_codes};
use crate::core::organ_colours::{Rgb, organ_rgb};

/// An organ of a written label map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganLabel {
    /// The label of its voxels.
    pub label: u8,
    /// What it is called, as the model or the data set has it.
    pub name: String,
}

impl OrganLabel {
    /// The pancreas, as masks of this crate label it.
    pub fn pancreas() -> Self {
        Self { label: PANCREAS, name: PANCREAS_NAME.into() }
    }

    /// The organs of a model or a data set, by their labels.
    pub fn named(names: &BTreeMap<u8, String>) -> Vec<Self> {
        names.iter().map(|(&label, name)| Self { label, name: name.clone() }).collect()
    }

    /// Its name for people, with a capital: `Adrenal gland left`.
    pub fn title(&self) -> String {
        capitalised(&organ_title(&self.name, Language::English))
    }

    /// Its colour.
    pub fn rgb(&self) -> Rgb {
        organ_rgb(&self.name, self.label)
    }

    /// Its codes.
    pub fn codes(&self) -> OrganCodes {
        organ_codes(&self.name)
    }
}
