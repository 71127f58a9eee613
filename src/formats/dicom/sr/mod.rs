//! Measurements as a structured report in DICOM (PS3.16 TID 1500, stored as a Comprehensive 3D SR).
//!
//! Organs become groups of TID 1501, which needs no segmentation to refer to; so do lengths and angles, whose points are those
//! of each number (TID 320). An ellipse is a planar region (TID 1410).

mod content;
mod groups;
mod place;
mod write;

pub use write::write_measurement_report;

use super::super::measurement_table::MeasurementRow;
use super::super::organ_label::OrganLabel;
use crate::core::i18n::Language;
use crate::core::mpr::Grid;
use crate::core::volume::Geometry;
use crate::core::volumetry::{Measurement, SizeWarning};

/// What a report says. Equal content makes an equal file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportContent<'a> {
    /// The organs.
    pub organs: &'a [MeasuredOrgan],
    /// What a person drew, numbered from 1 within this list.
    pub drawn: &'a [MeasurementRow],
    /// The grid that it was drawn on, in viewing order.
    pub grid: Grid,
    /// Where the voxels lie, in file order: the slices are those of the [`Identity`](super::Identity).
    pub file_geometry: Geometry,
}

/// Why the volume of an organ may not be all of it, in English, for [`MeasuredOrgan::comments`].
pub fn size_comments(measured: &Measurement) -> Vec<String> {
    let strings = &Language::English.strings().result;
    let text = |warning: &SizeWarning| match warning {
        SizeWarning::TouchesFirst => Some(strings.touches_first),
        SizeWarning::TouchesLast => Some(strings.touches_last),
        SizeWarning::TouchesBoth => Some(strings.touches_both),
        SizeWarning::DisputedSpacing => Some(strings.disputed_spacing),
        SizeWarning::LoneSlice | SizeWarning::NoSpacing | SizeWarning::Unfinished { .. } => None,
    };
    measured.caveats.iter().filter_map(text).map(str::to_owned).collect()
}

/// An organ with its measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredOrgan {
    /// The organ; its name is written.
    pub organ: OrganLabel,
    /// Its volume in mL; `None` where there is none, as on a lone slice.
    pub volume_ml: Option<f64>,
    /// Mean and standard deviation of its Hounsfield units; `None` if the values are not HU.
    pub hu: Option<[f64; 2]>,
    /// What a reader must know of its volume, as sentences.
    pub comments: Vec<String>,
}
