//! `islet predict`: segments a scan and writes the mask on the scan's own grid.
//!
//! The scan is turned to axial slices for the network, and the mask is turned back. A model of
//! several organs gives a mask with one label for each, and the report lists every organ. The
//! network's inference itself is in `nn::infer`, and what is said of the scan before it in
//! `scan_check`.

mod measurements;
mod model_on_device;
mod region;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use burn::tensor::Device;
use clap::{Parser, value_parser};

use super::device::{DeviceChoice, open};
use super::files;
use super::mask_output::{MaskContext, MaskModel, MaskOutput};
use super::scan_check::{report_refusal, warn};
use crate::core::error::UserError;
use crate::core::i18n::messages::Message;
use crate::core::volume::Orientation;
use crate::formats::Series;
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::nn::network::check_open_gate;
use crate::nn::segmentation_model::SegmentationModel;
use measurements::write_measurements;
pub use model_on_device::{ModelOnDevice, SegmentedScan};
use region::{RegionArgs, segment_region};
use report::{Measured, PredictionReport, measurements, summary};

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
    /// Mask to write: .nii.gz, .nii, .nrrd, .seg.nrrd, .dcm (DICOM SEG) or .rtstruct.dcm (DICOM
    /// RTSTRUCT); the DICOM files say whose scan it is where the input does.
    #[arg(long, alias = "out", value_parser = MaskOutput::parser())]
    output: MaskOutput,
    /// Report to write (JSON).
    #[arg(long)]
    report: Option<PathBuf>,
    /// Measurements to write: a DICOM SR (TID 1500) with the volume and the Hounsfield units of every organ that was found; it
    /// says whose scan it is where the input does.
    #[arg(long, value_name = "FILE")]
    measurements: Option<PathBuf>,
    /// Device to compute on; models of whole volumes run on the CPU.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    /// Sums the patches of a model of whole volumes in half precision, as nnU-Net does on a CPU: for
    /// comparisons with it. It takes more time and memory.
    #[arg(long)]
    exact: bool,
    /// Holds an attention gate of the model open, as if its attention were 1 everywhere, and writes the mask that it then
    /// finds: to see what the gate does. Gates are counted from 1, the deepest, as in the page and in the report of `train`;
    /// of several networks they are those of the last.
    #[arg(long, value_name = "GATE", value_parser = value_parser!(u16).range(1..))]
    open_gate: Option<u16>,
    #[command(flatten)]
    region: RegionArgs,
}

impl Args {
    /// The gate of a model that is to be held open, counted from 0.
    fn open_gate_of(&self, model: &SegmentationModel) -> Result<Option<usize>, UserError> {
        let gate = self.open_gate.map(|number| usize::from(number) - 1);
        gate.map_or(Ok(()), |gate| check_open_gate(gate, model.gates()))?;
        Ok(gate)
    }
}

/// Runs the command.
///
/// # Errors
/// A model or a scan that cannot be read, a scan that is not in Hounsfield units, a device that is
/// missing or fails, a file that cannot be written.
pub fn run(args: Args) -> Result<()> {
    let model = files::read_any_model(&args.model)?;
    let localizer = args.region.localizer(&model)?;
    let open_gate = args.open_gate_of(&model)?;
    let device = open(args.device)?;
    let (input, report_path) = (args.input.as_path(), args.report.as_deref());
    let scan = report_refusal(files::read_series(input), input, report_path)?;
    let labels = model.labels().clone();
    let context = MaskContext::new(&scan, Some(MaskModel { labels: &labels, path: &args.model, open_gate }));
    args.output.check(scan.volume.dims, &context)?;
    args.measurements.as_deref().map_or(Ok(()), |path| context.place(path).map(drop))?;
    let Series { name: series, volume, notes, .. } = scan;
    let (file_dims, geometry) = (volume.dims, volume.geometry);
    let orientation = geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
    let volume = orientation.view_volume(volume);
    let warnings = report_refusal(warn(&series, &volume, &model), input, report_path)?;
    let (knows_several, model_version) = (model.knows_several_organs(), model.version().to_owned());
    if matches!(model, SegmentationModel::Volumes(_)) {
        eprintln!("model: {}", model.provenance());
    }
    let started = Instant::now();
    let precision = if args.exact { SumPrecision::Half } else { SumPrecision::Single };
    let scan = SegmentedScan { volume: &volume, orientation: &orientation, precision };
    let prepared = |model| prepared(model, &device, open_gate);
    let mask = match localizer {
        None => prepared(model)?.segment(&scan)?,
        Some(localizer) => segment_region(model, localizer, prepared, &device, &scan)?,
    };
    let seconds = started.elapsed().as_secs_f64();

    args.output.write(&mask.restore(&orientation, file_dims), &context)?;
    let labels = &labels;
    let measured =
        Measured { volume: &volume, mask: &mask, seconds, labels, knows_several, model_version: &model_version };
    let report = PredictionReport {
        input: args.input.display().to_string(),
        series,
        dims: file_dims,
        spacing_mm: geometry.map(|geometry| geometry.spacing_mm()),
        volume_depends_on: notes.iter().find(|note| note.disputes_voxel_size()).map(Message::to_string),
        notes: notes.iter().map(ToString::to_string).collect(),
        warnings,
        open_gate: args.open_gate,
        ..measurements(&measured)
    };
    if let Some(path) = &args.measurements {
        write_measurements(path, &measured, &context, report.volume_depends_on.is_some())?;
    }
    if let Some(path) = &args.report {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    print!("{}", summary(&report, volume.depth()));
    println!("wrote {}", args.output.path.display());
    Ok(())
}

/// A model on its device, with a gate held open if one is given.
fn prepared(model: SegmentationModel, device: &Device, open_gate: Option<usize>) -> Result<ModelOnDevice, UserError> {
    match open_gate {
        None => Ok(ModelOnDevice::new(model, device)),
        Some(gate) => ModelOnDevice::with_open_gate(model, device, gate),
    }
}
