//! An organ of a label map that is written: its value and name, and what files for other programs say of it.

use crate::core::mask::{PANCREAS, PANCREAS_NAME};
use crate::core::organ_codes::{OrganCodes, organ_codes};
use crate::core::organ_colours::{Rgb, organ_rgb, organ_title};

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

    /// Its name for people, with a capital: `Adrenal gland left`.
    pub fn title(&self) -> String {
        let name = organ_title(&self.name);
        let mut characters = name.chars();
        characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
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
