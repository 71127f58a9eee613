//! The report of a prediction, as JSON and in lines.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::core::mask::{Mask, pancreas_label};
use crate::core::volume::Volume;
use crate::core::volumetry::millilitres;

/// One organ of a model that knows several.
#[derive(Serialize)]
pub(super) struct OrganReport {
    label: u8,
    voxels: usize,
    /// Absent where the report's own volume is.
    volume_ml: Option<f64>,
}

/// The report. Voxels, volume, area and slices are those of the pancreas.
#[derive(Serialize)]
pub(super) struct PredictionReport {
    pub(super) input: String,
    pub(super) series: String,
    /// `[z, y, x]` of the file.
    pub(super) dims: [usize; 3],
    /// `[z, y, x]`; absent for a picture.
    pub(super) spacing_mm: Option<[f64; 3]>,
    pub(super) voxels: usize,
    /// Absent for a picture and for a single slice; the slice has an area instead.
    pub(super) volume_ml: Option<f64>,
    /// The note on the header's contradiction that the volume depends on; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) volume_depends_on: Option<String>,
    pub(super) area_mm2: Option<f64>,
    pub(super) slices_with_pancreas: Vec<usize>,
    /// By name; empty for a model of the pancreas alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) organs: BTreeMap<String, OrganReport>,
    pub(super) seconds: f64,
    pub(super) notes: Vec<String>,
    /// In what the scan is unlike those that the model learned from, so that the mask may be wrong.
    pub(super) warnings: Vec<String>,
    pub(super) model_version: String,
    /// The gate that was held open, counted from 1, the deepest: the mask is not the model's own. Absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) open_gate: Option<u16>,
    pub(super) disclaimer: &'static str,
}

/// A mask with what it was made of, for the report.
pub(super) struct Measured<'a> {
    /// In the order of axes of `mask`.
    pub(super) volume: &'a Volume,
    pub(super) mask: &'a Mask,
    pub(super) seconds: f64,
    /// The model's organs by label value.
    pub(super) labels: &'a BTreeMap<u8, String>,
    /// True if the model tells several organs apart.
    pub(super) knows_several: bool,
    /// The version of Islet that wrote the model.
    pub(super) model_version: &'a str,
}

/// A report of the organs' sizes, with the scan's name, grid and notes left for the caller.
pub(super) fn measurements(measured: &Measured<'_>) -> PredictionReport {
    let Measured { volume, mask, seconds, labels, knows_several, model_version } = measured;
    let single_slice = volume.depth() == 1;
    let voxels = mask.count_by_label();
    let voxel_mm3 = volume.geometry.filter(|_| !single_slice).map(|geometry| geometry.voxel_mm3());
    let volume_ml = |voxels: usize| voxel_mm3.map(|mm3| millilitres(voxels as f64, mm3));
    let organ_report = |(&label, name): (&u8, &String)| {
        let voxels = voxels[usize::from(label)];
        (name.clone(), OrganReport { label, voxels, volume_ml: volume_ml(voxels) })
    };
    let pancreas = pancreas_label(labels);
    let pancreas_voxels = voxels[usize::from(pancreas)];
    let pixel_mm = volume.slice(0).spacing_mm.filter(|_| single_slice);
    let has_pancreas = |z: &usize| mask.slice(*z).contains(&pancreas);
    PredictionReport {
        input: String::new(),
        series: String::new(),
        dims: volume.dims,
        spacing_mm: None,
        voxels: pancreas_voxels,
        volume_ml: volume_ml(pancreas_voxels),
        volume_depends_on: None,
        area_mm2: pixel_mm.map(|[y, x]| pancreas_voxels as f64 * y * x),
        slices_with_pancreas: (0..mask.dims[0]).filter(has_pancreas).collect(),
        organs: labels.iter().filter(|_| *knows_several).map(organ_report).collect(),
        seconds: *seconds,
        notes: Vec::new(),
        warnings: Vec::new(),
        model_version: (*model_version).to_owned(),
        open_gate: None,
        disclaimer: "Not a medical device.",
    }
}

/// The report's figures as lines to print.
pub(super) fn summary(report: &PredictionReport, depth: usize) -> String {
    let size = match (report.volume_ml, report.area_mm2) {
        (Some(volume_ml), _) if report.volume_depends_on.is_some() => {
            format!("{volume_ml:.1} mL (depends on a disputed voxel size, see the note)")
        }
        (Some(volume_ml), _) => format!("{volume_ml:.1} mL"),
        (None, Some(area_mm2)) => format!("{:.2} cm2 on one slice", area_mm2 / 100.0),
        (None, None) => format!("{} pixels, of unknown size", report.voxels),
    };
    let slices = report.slices_with_pancreas.len();
    let mut text = format!("{size} in {slices} of {depth} slices, {:.1} s\n", report.seconds);
    if let Some(gate) = report.open_gate {
        let _ = writeln!(text, "gate {gate} was held open: this is not the model's own mask");
    }
    for (name, OrganReport { label, voxels, volume_ml }) in &report.organs {
        let size = volume_ml.map_or_else(|| format!("{voxels} pixels"), |volume_ml| format!("{volume_ml:.1} mL"));
        let _ = writeln!(text, "  {label} {name}: {size}");
    }
    text
}
