//! `islet predict`: segments a scan and writes the mask on the scan's own grid.
//!
//! The scan is turned to axial slices for the network, and the mask is turned back. A model of
//! several organs gives a mask with one label for each, and the report lists every organ. The
//! network's inference itself is in `nn::infer`, and what is said of the scan before it in
//! `scan_check`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use serde::Serialize;

use super::device::{self, DeviceChoice, open};
use super::mask_output::{MaskContext, MaskModel, MaskOutput};
use super::scan_check::{report_refusal, warn};
use super::{files, progress};
use crate::core::i18n::messages::Message;
use crate::core::mask::Mask;
use crate::core::volume::{Orientation, Volume};
use crate::formats::Series;
use crate::imaging::preprocess::PreprocessConfig;
use crate::nn::infer::segment_volume;
use crate::nn::model::InferenceModel;
use crate::nn::model::metadata::ModelMetadata;

/// Segments the pancreas on a CT scan, with every other organ that the model knows, and writes the
/// labels on the scan's own grid, in the format that the output's name says.
#[derive(Parser, Debug)]
#[command(name = "predict", version)]
pub struct Args {
    /// Model file (.safetensors).
    #[arg(long)]
    model: PathBuf,
    /// Scan: a DICOM file, a folder or .zip with one series, a NIfTI or NRRD volume (also .hdr with
    /// .img, .nhdr with its data), a PNG or a JPEG.
    #[arg(long)]
    input: PathBuf,
    /// Mask to write: .nii.gz, .nii, .nrrd, .seg.nrrd, or .dcm (DICOM SEG, which says whose scan it
    /// is where the input does).
    #[arg(long, alias = "out", value_parser = MaskOutput::parser())]
    output: MaskOutput,
    /// Report to write (JSON).
    #[arg(long)]
    report: Option<PathBuf>,
    /// Device to compute on.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
}

/// One organ of a model that knows several.
#[derive(Serialize)]
struct OrganReport {
    label: u8,
    voxels: usize,
    /// Absent where the report's own volume is.
    volume_ml: Option<f64>,
}

/// The report. Voxels, volume, area and slices are those of the pancreas.
#[derive(Serialize)]
struct PredictionReport {
    input: String,
    series: String,
    /// `[z, y, x]` of the file.
    dims: [usize; 3],
    /// `[z, y, x]`; absent for a picture.
    spacing_mm: Option<[f64; 3]>,
    voxels: usize,
    /// Absent for a picture and for a single slice; the slice has an area instead.
    volume_ml: Option<f64>,
    /// The note on the header's contradiction that the volume depends on; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_depends_on: Option<String>,
    area_mm2: Option<f64>,
    slices_with_pancreas: Vec<usize>,
    /// By name; empty for a model of the pancreas alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    organs: BTreeMap<String, OrganReport>,
    seconds: f64,
    notes: Vec<String>,
    /// In what the scan is unlike those that the model learned from, so that the mask may be wrong.
    warnings: Vec<String>,
    model_version: String,
    disclaimer: &'static str,
}

/// A scan and its mask, both in axial slices.
struct SegmentedVolume {
    volume: Volume,
    mask: Mask,
    seconds: f64,
}

/// Runs the command.
///
/// # Errors
/// A model or a scan that cannot be read, a scan that is not in Hounsfield units, a device that is
/// missing or fails, a file that cannot be written.
pub fn run(args: Args) -> Result<()> {
    let model_file = files::read_model(&args.model)?;
    let device = open(args.device)?;
    let (input, report_path) = (args.input.as_path(), args.report.as_deref());
    let scan = report_refusal(files::read_series(input), input, report_path)?;
    let context = MaskContext::new(&scan, Some(MaskModel { passport: &model_file.passport, path: &args.model }));
    args.output.check(scan.volume.dims, &context)?;
    let Series { name: series, volume, notes, .. } = scan;
    let (file_dims, geometry) = (volume.dims, volume.geometry);
    let orientation = geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
    let volume = orientation.view_volume(volume);
    let preprocess = &model_file.passport.preprocess;
    let warnings = report_refusal(warn(&series, &volume, preprocess), input, report_path)?;
    let model = model_file.load(&device).for_inference();
    let segmentation = segment(&model, volume, preprocess)?;

    let file_mask = segmentation.mask.restore(&orientation, file_dims);
    args.output.write(&file_mask, &context)?;
    let report = PredictionReport {
        input: args.input.display().to_string(),
        series,
        dims: file_dims,
        spacing_mm: geometry.map(|geometry| geometry.spacing_mm()),
        volume_depends_on: notes.iter().find(|note| note.disputes_voxel_size()).map(Message::to_string),
        notes: notes.iter().map(ToString::to_string).collect(),
        warnings,
        ..measurements(&segmentation, &model_file.passport)
    };
    if let Some(path) = &args.report {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    if let Some(left_out) = args.output.left_out(&model_file.passport) {
        eprintln!("note: {left_out}");
    }
    print!("{}", summary(&report, segmentation.volume.depth()));
    println!("wrote {}", args.output.path.display());
    Ok(())
}

/// Segments a volume of axial slices, with a progress bar.
fn segment(model: &InferenceModel, volume: Volume, preprocess: &PreprocessConfig) -> Result<SegmentedVolume> {
    let started = Instant::now();
    let bar = progress(volume.depth(), "segmenting");
    let show_progress = |slices: usize| bar.set_position(slices as u64);
    let mask = pollster::block_on(segment_volume(model, &volume, preprocess, show_progress)).map_err(device::failed)?;
    bar.finish_and_clear();
    Ok(SegmentedVolume { volume, mask, seconds: started.elapsed().as_secs_f64() })
}

/// A report of the organs' sizes, with the scan's name, grid and notes left for the caller.
fn measurements(segmentation: &SegmentedVolume, passport: &ModelMetadata) -> PredictionReport {
    let SegmentedVolume { volume, mask, seconds } = segmentation;
    let single_slice = volume.depth() == 1;
    let volume_ml = |mask: &Mask| volume.geometry.filter(|_| !single_slice).map(|geometry| mask.volume_ml(&geometry));
    let knows_several = passport.several_organs().is_some();
    let organ_report = |(&label, name): (&u8, &String)| {
        let organ = mask.only(label);
        (name.clone(), OrganReport { label, voxels: organ.count(), volume_ml: volume_ml(&organ) })
    };
    let pancreas_of_several = knows_several.then(|| mask.only(passport.pancreas() as u8 + 1));
    let pancreas = pancreas_of_several.as_ref().unwrap_or(mask);
    let pixel_mm = volume.slice(0).spacing_mm.filter(|_| single_slice);
    PredictionReport {
        input: String::new(),
        series: String::new(),
        dims: volume.dims,
        spacing_mm: None,
        voxels: pancreas.count(),
        volume_ml: volume_ml(pancreas),
        volume_depends_on: None,
        area_mm2: pixel_mm.map(|[y, x]| pancreas.count() as f64 * y * x),
        slices_with_pancreas: (0..pancreas.dims[0]).filter(|&z| pancreas.has_labels(z)).collect(),
        organs: passport.labels.iter().filter(|_| knows_several).map(organ_report).collect(),
        seconds: *seconds,
        notes: Vec::new(),
        warnings: Vec::new(),
        model_version: passport.version.clone(),
        disclaimer: "Not a medical device.",
    }
}

/// The report's figures as lines to print.
fn summary(report: &PredictionReport, depth: usize) -> String {
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
    for (name, OrganReport { label, voxels, volume_ml }) in &report.organs {
        let size = volume_ml.map_or_else(|| format!("{voxels} pixels"), |volume_ml| format!("{volume_ml:.1} mL"));
        let _ = writeln!(text, "  {label} {name}: {size}");
    }
    text
}
