//! `islet predict`: segments a scan and writes the mask on the scan's own grid.
//!
//! The scan is turned to axial slices for the network, and the mask is turned back. A model of
//! several organs gives a mask with one label for each, and the report lists every organ. The
//! network's inference itself is in `nn::infer`, and what is said of the scan before it in
//! `scan_check`.

mod region;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use burn::tensor::Device;
use clap::Parser;

use super::device::{self, DeviceChoice, open};
use super::mask_output::{MaskContext, MaskModel, MaskOutput};
use super::scan_check::{report_refusal, warn};
use super::{files, progress};
use crate::core::i18n::messages::Message;
use crate::core::mask::Mask;
use crate::core::volume::{Orientation, Volume};
use crate::formats::Series;
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::nn::infer::segment_volume;
use crate::nn::model::weights::ModelFile;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume::{PatchProgress, VolumeModel, VolumeModelFile, VolumePassport};
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
    /// Device to compute on; models of whole volumes run on the CPU.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    /// Sums the patches of a model of whole volumes in half precision, as nnU-Net does on a CPU: for
    /// comparisons with it. It takes more time and memory.
    #[arg(long)]
    exact: bool,
    #[command(flatten)]
    region: RegionArgs,
}

/// A scan to be segmented.
#[derive(Clone, Copy)]
struct SegmentedScan<'a> {
    /// In viewing order.
    volume: &'a Volume,
    /// From file order to viewing order.
    orientation: &'a Orientation,
    /// How patches of a model of volumes are summed.
    precision: SumPrecision,
}

/// Runs the command.
///
/// # Errors
/// A model or a scan that cannot be read, a scan that is not in Hounsfield units, a device that is
/// missing or fails, a file that cannot be written.
pub fn run(args: Args) -> Result<()> {
    let model = files::read_any_model(&args.model)?;
    let localizer = args.region.localizer(&model)?;
    let device = open(args.device)?;
    let (input, report_path) = (args.input.as_path(), args.report.as_deref());
    let scan = report_refusal(files::read_series(input), input, report_path)?;
    let labels = model.labels().clone();
    let context = MaskContext::new(&scan, Some(MaskModel { labels: &labels, path: &args.model }));
    args.output.check(scan.volume.dims, &context)?;
    let Series { name: series, volume, notes, .. } = scan;
    let (file_dims, geometry) = (volume.dims, volume.geometry);
    let orientation = geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
    let volume = orientation.view_volume(volume);
    let warnings = report_refusal(warn(&series, &volume, &model), input, report_path)?;
    let (knows_several, model_version) = (model.knows_several_organs(), model.version().to_owned());
    if let SegmentationModel::Volumes(file) = &model {
        eprintln!("model: {}", provenance(&file.passport));
    }
    let started = Instant::now();
    let precision = if args.exact { SumPrecision::Half } else { SumPrecision::Single };
    let scan = SegmentedScan { volume: &volume, orientation: &orientation, precision };
    let mask = match localizer {
        None => segment(model, &device, &scan)?,
        Some(localizer) => segment_region(model, localizer, &device, &scan)?,
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
        ..measurements(&measured)
    };
    if let Some(path) = &args.report {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    print!("{}", summary(&report, volume.depth()));
    println!("wrote {}", args.output.path.display());
    Ok(())
}

/// Where a model of volumes comes from, and under which licence.
fn provenance(passport: &VolumePassport) -> String {
    let sources: Vec<&str> = passport.sources.iter().map(|source| source.dataset.as_str()).collect();
    let origin = match &sources[..] {
        [] => format!("trained on {}", passport.training.dataset),
        sources => sources.join(", then "),
    };
    let cited = passport.sources.iter().find_map(|source| source.citation.as_ref());
    let cite = cited.map(|citation| format!("; cite {citation}")).unwrap_or_default();
    format!("{origin} (licence: {}{cite})", passport.license)
}

/// Segments a scan. The mask is in viewing order.
fn segment(model: SegmentationModel, device: &Device, scan: &SegmentedScan<'_>) -> Result<Mask> {
    match model {
        SegmentationModel::Slices(file) => segment_slices(&file, device, scan.volume),
        SegmentationModel::Volumes(file) => segment_whole(file, scan),
    }
}

/// Segments a volume in viewing order slice by slice, with a progress bar.
fn segment_slices(file: &ModelFile, device: &Device, volume: &Volume) -> Result<Mask> {
    let model = file.load(device).for_inference();
    let bar = progress(volume.depth(), "segmenting");
    let show_progress = |slices: usize| bar.set_position(slices as u64);
    let mask = pollster::block_on(segment_volume(&model, volume, &file.passport.preprocess, show_progress))
        .map_err(device::failed)?;
    bar.finish_and_clear();
    Ok(mask)
}

/// Segments a volume in viewing order as a whole, with a progress bar. The model sees it in file order,
/// because its training may have depended on that.
fn segment_whole(file: VolumeModelFile, scan: &SegmentedScan<'_>) -> Result<Mask> {
    let SegmentedScan { volume, orientation, precision } = *scan;
    let model = VolumeModel::new(file);
    let bar = progress(1, "segmenting");
    let heard = |progress: PatchProgress| {
        bar.set_length(progress.patches as u64);
        bar.set_position(progress.done as u64);
    };
    let found = if *orientation == Orientation::IDENTITY {
        pollster::block_on(model.segment(volume, precision, heard))
    } else {
        pollster::block_on(model.segment_owned(orientation.inverse().view_volume(volume.clone()), precision, heard))
    };
    let found = found.map_err(device::not_segmented)?;
    bar.finish_and_clear();
    Ok(found.view(orientation))
}
