//! A result as numbers for a table or another program: [`MaskReport`], as JSON and as CSV.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::core::hu_histogram::HuHistogram;
use crate::core::hu_statistics::{HuStatistics, inside};
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::core::volumetry::millilitres;

/// What every report says.
pub const STATEMENT: &str =
    "Islet is for research and teaching. It is not a medical device, and its results are not for diagnosis.";

/// The version of Islet that writes a report.
pub const ISLET_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A result, and how it came about. Fields are named with their units; `null` is what is unknown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaskReport {
    /// Name of the series.
    pub series: String,
    /// Number of its slices.
    pub slices: usize,
    /// `[z, y, x]`.
    pub spacing_mm: Option<[f64; 3]>,
    /// What a person should know about the series, in English: a disputed voxel size, for one, on which its volume depends.
    pub notes: Vec<String>,
    /// What was found.
    pub pancreas: Findings,
    /// Probability at which a pixel counts; `None` if the model gives labels without probabilities.
    pub threshold: Option<f32>,
    /// Whether only the largest connected piece counts, of slices that nobody corrected.
    pub largest_piece_only: bool,
    /// True if the slices that are not corrected follow from the accepted ones, not from the model.
    pub from_accepted_slices: bool,
    /// Whether the mean with what the network says of the mirrored slice counts, where that is known.
    pub mean_of_mirrored: bool,
    /// Slices that a person corrected or accepted, counted from 1.
    pub corrected_slices: Vec<usize>,
    /// Those of them that a person took for right.
    pub accepted_slices: Vec<usize>,
    /// The model.
    pub model: ReportedModel,
    /// Version of Islet.
    pub islet_version: String,
    /// Local date and time, ISO 8601.
    pub made_at: String,
    /// [`STATEMENT`].
    pub statement: String,
}

/// What was found on a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// Voxels.
    pub voxels: usize,
    /// Volume.
    pub volume_ml: Option<f64>,
    /// Hounsfield units of all its voxels.
    pub hu: Option<HuStatistics>,
    /// Slice by slice, in viewing order.
    pub by_slice: Vec<SliceRow>,
}

/// What was found on a slice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliceRow {
    /// Counted from 1.
    pub slice: usize,
    /// Place of its first pixel along the patient's axis, LPS.
    pub z_mm: Option<f64>,
    /// Pixels.
    pub pixels: usize,
    /// Their area.
    pub area_mm2: Option<f64>,
    /// Their share of the volume.
    pub volume_ml: Option<f64>,
    /// Their Hounsfield units.
    pub hu: Option<HuStatistics>,
}

/// The model behind a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedModel {
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
    /// The preset it was made from.
    pub preset: String,
    /// What it learned from, a sentence.
    pub trained_on: String,
    /// Cases it learned from.
    pub cases: usize,
    /// Fine-tunings since.
    pub fine_tunings: usize,
    /// Licence and attribution.
    pub license: String,
}

impl Findings {
    /// Measures `mask` on `volume`, both in viewing order. Hounsfield units of a picture are assumed, so there are none.
    pub fn of(volume: &Volume, mask: &Mask) -> Self {
        let geometry = volume.geometry.as_ref();
        let density = |histogram: &HuHistogram| HuStatistics::of(histogram).filter(|_| volume.calibrated);
        let ml = |pixels: usize| geometry.map(|g| millilitres(pixels as f64, g.voxel_mm3()));
        let mut all = HuHistogram::default();
        let mut row = |z: usize| {
            let (hu, labels) = (volume.slice(z).hu, mask.slice(z));
            let pixels = labels.iter().filter(|&&label| label != 0).count();
            let own = (pixels > 0).then(|| {
                let mut own = HuHistogram::default();
                own.add(inside(hu, labels));
                all.add(inside(hu, labels));
                own
            });
            SliceRow {
                slice: z + 1,
                z_mm: geometry.map(|g| g.position_mm([z as f64, 0.0, 0.0])[2]),
                pixels,
                area_mm2: geometry.map(|g| pixels as f64 * g.spacing_mm()[1] * g.spacing_mm()[2]),
                volume_ml: ml(pixels),
                hu: own.as_ref().and_then(density),
            }
        };
        let by_slice: Vec<SliceRow> = (0..volume.depth()).map(&mut row).collect();
        let voxels = mask.count();
        Self { voxels, volume_ml: ml(voxels), hu: density(&all), by_slice }
    }
}

impl MaskReport {
    /// As JSON.
    pub fn to_json(&self) -> Vec<u8> {
        // Cannot fail: plain data, and what is not finite becomes null.
        let mut json = serde_json::to_vec_pretty(self).expect("plain data always serialises");
        json.push(b'\n');
        json
    }

    /// As CSV (RFC 4180): a line for each slice, and on each what the whole is of, so that lines of many reports can be put together.
    /// What is unknown is empty.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut csv = String::from(
            "slice,z_mm,pixels,area_mm2,volume_ml,mean_hu,sd_hu,median_hu,p5_hu,p95_hu,mark,series,threshold,model_sha256,\
             islet_version,made_at,statement\r\n",
        );
        for row in &self.pancreas.by_slice {
            let mark = match row.slice {
                slice if self.accepted_slices.contains(&slice) => "accepted",
                slice if self.corrected_slices.contains(&slice) => "corrected",
                _ => "",
            };
            let hu = |of: fn(&HuStatistics) -> f64| shown(row.hu.as_ref().map(of));
            let cells = [
                row.slice.to_string(),
                shown(row.z_mm),
                row.pixels.to_string(),
                shown(row.area_mm2),
                shown(row.volume_ml),
                hu(|d| d.mean_hu),
                hu(|d| d.sd_hu),
                hu(|d| d.median_hu),
                hu(|d| d.p5_hu),
                hu(|d| d.p95_hu),
                mark.into(),
                quoted(&self.series),
                shown(self.threshold),
                self.model.sha256.clone(),
                self.islet_version.clone(),
                self.made_at.clone(),
                quoted(&self.statement),
            ];
            csv += &cells.join(",");
            csv += "\r\n";
        }
        csv.into_bytes()
    }
}

pub(super) fn shown(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A text in quotes. One that begins like a formula gets an apostrophe in front, for spreadsheets compute what they open.
pub(super) fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
