//! `predict`: a mask from a scan; of a model that tells several organs apart, their labels.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use serde::Serialize;

use super::device::{self, DeviceChoice, open};
use super::{files, progress};
use crate::core::mask::Mask;
use crate::core::volume::Orientation;
use crate::formats::nifti;
use crate::nn::infer::segment_volume;

/// Segments the pancreas on a scan, with whatever else the model tells apart, and writes the labels as NIfTI, on the scan's own grid.
#[derive(Parser, Debug)]
#[command(name = "predict", version)]
pub struct Args {
    /// Model file.
    #[arg(long)]
    model: PathBuf,
    /// A DICOM file, a folder with one series, a NIfTI volume, a PNG or a JPEG.
    #[arg(long)]
    input: PathBuf,
    /// Where to write the mask (.nii.gz).
    #[arg(long)]
    output: PathBuf,
    /// Where to write a report (JSON).
    #[arg(long)]
    report: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
}

/// An organ of a model that tells several apart.
#[derive(Serialize)]
struct OrganReport {
    label: u8,
    voxels: usize,
    /// As the report's.
    volume_ml: Option<f64>,
}

#[derive(Serialize)]
struct PredictionReport {
    input: String,
    series: String,
    /// `[z, y, x]`.
    dims: [usize; 3],
    /// `[z, y, x]`; absent for a picture.
    spacing_mm: Option<[f64; 3]>,
    /// Of the pancreas, as what follows.
    voxels: usize,
    /// Absent for a picture, and for a lone slice, which has an area.
    volume_ml: Option<f64>,
    area_mm2: Option<f64>,
    slices_with_pancreas: Vec<usize>,
    /// By name; absent for a model of the pancreas alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    organs: BTreeMap<String, OrganReport>,
    seconds: f64,
    notes: Vec<String>,
    model_version: String,
    disclaimer: &'static str,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let model_file = files::read_model(&args.model)?;
    let device = open(args.device)?;
    let series = files::read_series(&args.input)?;
    let file_dims = series.volume.dims;
    let geometry = series.volume.geometry;
    let orientation = geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
    let volume = orientation.view_volume(series.volume);
    let model = model_file.load(&device).for_inference();

    let started = Instant::now();
    let bar = progress(volume.depth(), "segmenting");
    let done = |slices: usize| bar.set_position(slices as u64);
    let mask = pollster::block_on(segment_volume(&model, &volume, &model_file.passport.preprocess, done))
        .map_err(device::failed)?;
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();

    let file_mask = mask.restore(&orientation, file_dims);
    files::write(&args.output, &nifti::write_mask(&file_mask, geometry.as_ref()))?;
    let lone = volume.depth() == 1;
    let passport = model_file.passport;
    let volume_ml = |mask: &Mask| geometry.filter(|_| !lone).map(|g| mask.volume_ml(&g));
    let organ = |(&label, name): (&u8, &String)| {
        let mask = mask.only(label);
        (name.clone(), OrganReport { label, voxels: mask.count(), volume_ml: volume_ml(&mask) })
    };
    let several = passport.several_organs().is_some();
    let organs = passport.labels.iter().filter(|_| several).map(organ).collect();
    let mask = if several { mask.only(passport.pancreas() as u8 + 1) } else { mask };
    let filled: Vec<usize> = (0..mask.dims[0]).filter(|&z| mask.has_labels(z)).collect();
    let report = PredictionReport {
        input: args.input.display().to_string(),
        series: series.name,
        dims: file_dims,
        spacing_mm: geometry.map(|g| g.spacing_mm()),
        voxels: mask.count(),
        volume_ml: volume_ml(&mask),
        area_mm2: volume.slice(0).spacing_mm.filter(|_| lone).map(|[y, x]| mask.count() as f64 * y * x),
        slices_with_pancreas: filled,
        organs,
        seconds,
        notes: series.notes.iter().map(ToString::to_string).collect(),
        model_version: passport.version,
        disclaimer: "Not a medical device.",
    };
    let size = match (report.volume_ml, report.area_mm2) {
        (Some(volume_ml), _) => format!("{volume_ml:.1} mL"),
        (None, Some(area_mm2)) => format!("{:.2} cm2 on one slice", area_mm2 / 100.0),
        (None, None) => format!("{} pixels, of unknown size", report.voxels),
    };
    println!("{size} in {} of {} slices, {seconds:.1} s", report.slices_with_pancreas.len(), mask.dims[0]);
    for (name, OrganReport { label, voxels, volume_ml }) in &report.organs {
        let size = volume_ml.map_or_else(|| format!("{voxels} pixels"), |volume_ml| format!("{volume_ml:.1} mL"));
        println!("  {label} {name}: {size}");
    }
    println!("wrote {}", args.output.display());
    if let Some(path) = &args.report {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(())
}
