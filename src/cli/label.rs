//! `islet label`: labels many scans with a model, as a data set that `train` reads. The data set names the model, and so
//! will what learns from it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::Parser;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::datasets::decathlon::DESCRIPTION;
use super::datasets::listing::{entries, stem};
use super::device::{DeviceChoice, open};
use super::predict::{ModelOnDevice, SegmentedScan};
use super::scan_check::warn;
use super::{PartlyDone, files};
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::mask::Mask;
use crate::core::volume::{Orientation, Volume};
use crate::formats::dataset::{DatasetDescription, file_name, image_path, label_path};
use crate::formats::labelling_model::LabellingModel;
use crate::formats::{is_clutter, nifti};
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::nn::segmentation_model::SegmentationModel;

/// Labels every scan in a folder with a model, as a data set in the layout of nnU-Net that `train` reads. What
/// learns from it names the model and its licence. A data set that was begun is gone on with.
#[derive(Parser, Debug)]
#[command(name = "label", version)]
pub struct Args {
    /// Model file (.safetensors).
    #[arg(long)]
    model: PathBuf,
    /// Folder whose folders, zips and volumes (.nii.gz, .nii, .nrrd, .mha ...) are one scan each; or the
    /// folder of one series.
    #[arg(long)]
    input: PathBuf,
    /// Folder of the data set to write: dataset.json, imagesTr, labelsTr.
    #[arg(long)]
    output: PathBuf,
    /// Device to compute on; models of whole volumes run on the CPU.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
}

/// A scan to label.
struct ScanPath {
    /// What the case is called.
    name: String,
    path: PathBuf,
}

/// Endings of volumes, of the headers of volumes in two files, and of zips.
const ENDINGS: [&str; 8] = [".nii.gz", ".nii", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd", ".zip"];

/// Runs the command.
///
/// # Errors
/// A model or a folder that cannot be read; a data set of other labels; no scan that can be labelled; some scans that
/// could not; a file that cannot be written.
pub fn run(args: Args) -> Result<()> {
    let bytes = files::read(&args.model)?;
    let model = SegmentationModel::read(&bytes).map_err(|refusal| files::refused(&args.model, refusal))?;
    let source = LabellingModel {
        model: model.origin(),
        sha256: hex(&Sha256::digest(&bytes)),
        license: model.license().to_owned(),
        citation: model.citation().map(str::to_owned),
    };
    drop(bytes);
    let mut done = begun(&args.output, &source)?;
    let scans = scans(&args.input)?;
    let labels: Vec<(String, u8)> = model.labels().iter().map(|(value, name)| (name.clone(), *value)).collect();
    let mut labelling = Labelling { loaded: None, device: open(args.device)?, output: &args.output, model };
    let mut left_out = Vec::new();
    for scan in &scans {
        if done.contains(&scan.name) {
            println!("{}: labelled before", scan.name);
            continue;
        }
        match labelling.label(scan) {
            Ok(()) => done.push(scan.name.clone()),
            Err(error) => {
                let refusal = error.downcast::<UserError>()?;
                eprintln!("note: left out {}: {refusal}", scan.path.display());
                left_out.push(refusal);
                continue;
            }
        }
        // After every scan, so that a run that is ended leaves a data set of what it has done.
        write_description(&args.output, &labels, &done, &source)?;
        println!("{}: labelled", scan.name);
    }
    println!("{} holds {} labelled scan(s)", args.output.display(), done.len());
    match (&left_out[..], done.is_empty()) {
        ([], _) => Ok(()),
        ([only], true) => Err(only.clone().into()),
        (some, _) => Err(PartlyDone(format!("{} of {} scans were not labelled", some.len(), scans.len())).into()),
    }
}

/// What scans are labelled with.
struct Labelling<'a> {
    model: SegmentationModel,
    /// The model on its device, once a scan needs it.
    loaded: Option<ModelOnDevice>,
    device: Device,
    output: &'a Path,
}

impl Labelling<'_> {
    /// Labels a scan and writes both. They lie in viewing order.
    fn label(&mut self, scan: &ScanPath) -> Result<()> {
        let series = files::read_series(&scan.path)?;
        let Some(geometry) = series.volume.geometry else {
            let why = "the size of its voxels is unknown";
            return Err(UserError::new(series.name, why, "Give the original files").into());
        };
        let orientation = Orientation::axial(&geometry);
        let volume = orientation.view_volume(series.volume);
        warn(&series.name, &volume, &self.model)?;
        let loaded = self.loaded.get_or_insert_with(|| ModelOnDevice::new(self.model.clone(), &self.device));
        let scanned = SegmentedScan { volume: &volume, orientation: &orientation, precision: SumPrecision::Single };
        let mask = loaded.segment(&scanned)?;
        write_case(self.output, &scan.name, &volume, &mask)
    }
}

fn write_case(output: &Path, name: &str, volume: &Volume, mask: &Mask) -> Result<()> {
    files::write(&output.join(image_path(name)), &nifti::write_volume(volume))?;
    files::write(&output.join(label_path(name)), &nifti::write_mask(mask, volume.geometry.as_ref()))
}

fn write_description(output: &Path, labels: &[(String, u8)], cases: &[String], source: &LabellingModel) -> Result<()> {
    let labels: Vec<(&str, u8)> = labels.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let about = "Abdominal CT, labelled by a model with Islet and looked at by nobody";
    let images = DatasetDescription::of_images("labelled", about, cases);
    let description = DatasetDescription { labels: &labels, labelled_by: Some(source), ..images };
    files::write(&output.join(DESCRIPTION), description.json().as_bytes())
}

/// The cases of the data set in `output`, which the same model must have labelled; none if it is not there.
fn begun(output: &Path, source: &LabellingModel) -> Result<Vec<String>> {
    let path = output.join(DESCRIPTION);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let description: Value = serde_json::from_slice(&files::read(&path)?).unwrap_or_default();
    let found = LabellingModel::deserialize(&description["labelled_by"]).ok();
    if found.as_ref().map(|found| &found.sha256) != Some(&source.sha256) {
        let by = found.map_or("no model".to_owned(), |found| format!("the model {found}"));
        let why = format!("its labels were made by {by}, expected the model given, of SHA-256 {}", source.sha256);
        return Err(UserError::new(path.display().to_string(), why, "Name another folder as --output").into());
    }
    let name = |case: &Value| case["label"].as_str().map(|label| stem(label).to_owned());
    Ok(entries(&description).into_iter().filter_map(name).collect())
}

/// The scans in a folder, by name: its folders, zips and volumes, or else the folder itself.
fn scans(folder: &Path) -> Result<Vec<ScanPath>> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).with_context(unreadable)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).filter(|path| is_scan(path)).collect();
    paths.sort();
    if paths.is_empty() {
        paths.push(folder.to_path_buf());
    }
    let mut scans: Vec<ScanPath> = Vec::new();
    for path in paths {
        let name = case_name(&path);
        if let Some(other) = scans.iter().find(|other| other.name == name) {
            let why = format!("as a case it is called {name}, as {} is", other.path.display());
            return Err(UserError::new(path.display().to_string(), why, "Rename one of the two").into());
        }
        scans.push(ScanPath { name, path });
    }
    Ok(scans)
}

/// True for a folder, a zip, and a volume or its header.
fn is_scan(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_volume = ENDINGS.iter().any(|ending| name.ends_with(ending));
    !is_clutter(&name) && (path.is_dir() || is_volume)
}

fn case_name(path: &Path) -> String {
    let full = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lower = name.to_lowercase();
    let ending = ENDINGS.iter().find(|ending| lower.ends_with(*ending)).map_or(0, |ending| ending.len());
    let name = &name[..name.len() - ending];
    // nnU-Net's number of the channel is no part of it.
    file_name(name.strip_suffix("_0000").unwrap_or(name))
}
