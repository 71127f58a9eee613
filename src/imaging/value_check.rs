//! Whether the values of a volume are Hounsfield units, told from the values alone: the one check of
//! training, prediction and the page.
//!
//! Limits are wide of what scanners give, so that what they find is a wrong conversion, a label map
//! or another modality, and not an unusual patient. A crop of soft tissue holds no air and is in
//! Hounsfield units; a training refuses it all the same, a prediction does not ([`Certainty`]).

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::hounsfield::AIR_HU;
use crate::core::hu_histogram::HuHistogram;
use crate::core::i18n::messages::{InputCheckMessage, Message};
use crate::core::label_values::are_uniform_in_regions;
use crate::core::volume::Volume;

/// The least share of voxels that are air: around the body, or in lungs and bowel.
const LEAST_AIR: f64 = 0.001;
/// Fat, organs, muscle and vessels with contrast agent, in HU.
const SOFT_TISSUE_HU: RangeInclusive<i16> = -200..=300;
/// The least share of voxels that are soft tissue.
const LEAST_SOFT_TISSUE: f64 = 0.05;
/// Above this, in HU, a voxel counts as dense.
const DENSE_HU: i16 = 500;
/// The most voxels above soft tissue and spongy bone, as a share of those that are not air. Compact bone and oral
/// contrast agent come to a few hundredths; where soft tissue was stored with an offset of 1024, it is most of the body.
const MOST_DENSE: f64 = 0.2;
/// A larger share of dense voxels is no scan of an abdomen, whatever was in it.
const SURELY_DENSE: f64 = 0.5;
/// The smallest range of values, in HU: from lung or fat to bone it is more, from 0 to 1 or to 255 it is less.
const LEAST_RANGE_HU: i32 = 300;
/// A scanner's noise alone has a larger range, in HU.
const LEAST_NOISE_HU: i32 = 20;
/// Values of a picture of 8 bits. In Hounsfield units fat and air are below.
const PICTURE: RangeInclusive<i16> = 0..=255;
/// The lowest value of a label map; -1 stands for what nobody labelled.
const LOWEST_LABEL: i16 = -1;
/// What scanners write beyond the reconstructed circle is below this, in HU.
const PADDING_HU: i16 = -1500;
/// Hounsfield units of fat and air, except for padding. A crop without air has fat: 0.002 and more of its voxels, as
/// measured on crops of 5 to 10 cm of the two CT-82 patients at hand.
const FAT_AND_AIR_HU: RangeInclusive<i16> = PADDING_HU..=-60;
/// A smaller share of fat and air is none.
const LEAST_FAT_AND_AIR: f64 = 0.001;
/// [`SOFT_TISSUE_HU`] with an offset of 1024.
const OFFSET_SOFT_TISSUE: RangeInclusive<i16> = 824..=1324;
/// The smallest share of the voxels, padding left out, that are dense where they have an offset.
const LEAST_OFFSET_BODY: f64 = 0.05;
/// The share of dense voxels that are soft tissue with an offset: 0.92 to 0.94 on the two patients with an offset, 0.3
/// at most on crops of them without.
const LEAST_OFFSET_SOFT: f64 = 0.5;

/// In what the values of a volume are no Hounsfield units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ValueFinding {
    /// All voxels are equal.
    Constant {
        /// The value.
        value: i16,
    },
    /// Scaled to shares of 1, or to a picture of 8 bits.
    Scaled {
        /// The lowest value.
        lowest: i16,
        /// The highest value.
        highest: i16,
    },
    /// A range smaller than from fat to bone.
    Narrow {
        /// The lowest value.
        lowest: i16,
        /// The highest value.
        highest: i16,
    },
    /// A label map.
    LabelMap {
        /// The lowest value.
        lowest: i16,
        /// The highest value.
        highest: i16,
        /// The number of different values.
        count: usize,
    },
    /// Nothing is air or fat, or most is denser than bone: stored with an offset, 1024 or another.
    Offset {
        /// The lowest value.
        lowest: i16,
        /// The highest value.
        highest: i16,
    },
    /// Nothing is air: clipped or cropped.
    NoAir {
        /// The lowest value.
        lowest: i16,
        /// The highest value.
        highest: i16,
    },
    /// Much of what is not air is denser than bone.
    Dense {
        /// The share that is.
        share: f64,
    },
    /// Hardly anything is soft tissue.
    NoSoftTissue {
        /// The lowest value.
        lowest: i16,
        /// The highest value.
        highest: i16,
        /// The share that is.
        share: f64,
    },
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// A scan in Hounsfield units can look so: a crop of soft tissue, an unusual object.
    Likely,
    /// No scan in Hounsfield units looks so.
    Certain,
}

/// In what the values of a volume are no Hounsfield units; `None` if they look like them.
pub fn check_values(volume: &Volume) -> Option<ValueFinding> {
    let mut counts = HuHistogram::default();
    counts.add(volume.hu.iter().copied());
    let [lowest, highest] = counts.range()?;
    let range = i32::from(highest) - i32::from(lowest);
    let (air, soft) = (counts.share(i16::MIN..=AIR_HU), counts.share(SOFT_TISSUE_HU));
    let dense = counts.share(DENSE_HU..=i16::MAX) / (1.0 - air).max(f64::MIN_POSITIVE);
    if range == 0 {
        Some(ValueFinding::Constant { value: lowest })
    } else if range < LEAST_NOISE_HU {
        Some(ValueFinding::Scaled { lowest, highest })
    } else if lowest >= LOWEST_LABEL && are_uniform_in_regions(&volume.hu, volume.dims[2]) {
        Some(ValueFinding::LabelMap { lowest, highest, count: counts.filled().count() })
    } else if PICTURE.contains(&lowest) && PICTURE.contains(&highest) && lowest == *PICTURE.start() {
        Some(ValueFinding::Scaled { lowest, highest })
    } else if range < LEAST_RANGE_HU {
        Some(ValueFinding::Narrow { lowest, highest })
    } else if air < LEAST_AIR {
        Some(match dense > SURELY_DENSE || has_offset(&counts) {
            true => ValueFinding::Offset { lowest, highest },
            false => ValueFinding::NoAir { lowest, highest },
        })
    } else if dense > MOST_DENSE {
        Some(ValueFinding::Dense { share: dense })
    } else if soft < LEAST_SOFT_TISSUE {
        Some(ValueFinding::NoSoftTissue { lowest, highest, share: soft })
    } else {
        None
    }
}

/// True if values have an offset of about 1024: no fat and no air where Hounsfield units have them, and most of what is
/// dense is where soft tissue comes to lie.
fn has_offset(counts: &HuHistogram) -> bool {
    let not_padding = counts.share(PADDING_HU..=i16::MAX).max(f64::MIN_POSITIVE);
    let dense = counts.share(DENSE_HU..=i16::MAX);
    counts.share(FAT_AND_AIR_HU) < LEAST_FAT_AND_AIR * not_padding
        && dense > LEAST_OFFSET_BODY * not_padding
        && counts.share(OFFSET_SOFT_TISSUE) > LEAST_OFFSET_SOFT * dense
}

impl ValueFinding {
    /// Whether a scan in Hounsfield units could look so.
    pub fn certainty(&self) -> Certainty {
        match self {
            // Air alone is a scan of nothing.
            Self::Constant { value } if *value < AIR_HU => Certainty::Likely,
            Self::Constant { .. } | Self::Scaled { .. } | Self::LabelMap { .. } | Self::Offset { .. } => {
                Certainty::Certain
            }
            Self::Dense { share } if *share > SURELY_DENSE => Certainty::Certain,
            _ => Certainty::Likely,
        }
    }

    /// What was found and what was expected, without a final stop.
    pub fn message(&self) -> Message {
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let found = match *self {
            Self::Constant { value } => InputCheckMessage::Constant { value },
            Self::Scaled { lowest, highest } | Self::Narrow { lowest, highest } => {
                InputCheckMessage::Scaled { lowest, highest }
            }
            Self::LabelMap { lowest, highest, count } => InputCheckMessage::LabelMap { lowest, highest, count },
            Self::Offset { lowest, highest } => InputCheckMessage::NoAirButOffset { lowest, highest },
            Self::NoAir { lowest, highest } => InputCheckMessage::NoAirAtAll { lowest, highest },
            Self::Dense { share } => InputCheckMessage::Dense { percent: percent(share), above: DENSE_HU },
            Self::NoSoftTissue { lowest, highest, share } => {
                InputCheckMessage::NoSoftTissue { lowest, highest, percent: percent(share) }
            }
        };
        InputCheckMessage::Expected { found: found.into() }.into()
    }

    /// The refusal of `subject` for this reason.
    pub fn refusal(&self, subject: impl Into<Message>) -> UserError {
        let hint = match self {
            Self::LabelMap { .. } => InputCheckMessage::GiveTheScan,
            _ => InputCheckMessage::ConvertAgain,
        };
        UserError::new(subject, self.message(), hint)
    }
}
