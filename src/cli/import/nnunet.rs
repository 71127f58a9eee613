//! `islet import --nnunet`: a model file from one or two models of nnU-Net or TotalSegmentator.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::cli::files;
use crate::core::error::UserError;
use crate::formats::nnunet::release::{NnUnetRelease, ReleaseChoice, read_files, read_zip};
use crate::nn::model::weights::Precision;
use crate::nn::volume::{RegionOfInterest, VolumeModelFile};

/// What is imported from nnU-Net.
#[derive(clap::Args, Debug)]
pub(super) struct NnUnetArgs {
    /// A model of nnU-Net v2: a result folder, a fold in it, or a zip of one, such as
    /// TotalSegmentator's releases. Given twice, the first finds the organs of --roi, and the second
    /// segments the box around them; or both are the stages of a cascade of nnU-Net's.
    #[arg(long, value_name = "PATH", num_args = 1)]
    pub(super) nnunet: Vec<PathBuf>,
    /// Configuration, such as 3d_fullres, where there are several.
    #[arg(long, requires = "nnunet")]
    configuration: Option<String>,
    /// One fold; without it, the mean of all.
    #[arg(long, requires = "nnunet")]
    fold: Option<String>,
    /// Organs that the first model finds for the second.
    #[arg(long, requires = "nnunet", value_delimiter = ',', value_name = "NAMES")]
    roi: Vec<String>,
    /// Margin around these organs, in mm.
    #[arg(long, requires = "roi", default_value_t = 20.0)]
    margin_mm: f64,
    /// Precision of the weights in the model file.
    #[arg(long, requires = "nnunet", value_enum, default_value_t)]
    precision: PrecisionChoice,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum PrecisionChoice {
    /// Half precision: half the bytes.
    #[default]
    F16,
    /// Single precision, as in the checkpoint.
    F32,
}

/// The bytes of the model file.
pub(super) fn model_file(args: &NnUnetArgs, license: Option<&str>) -> Result<Vec<u8>> {
    let releases: Vec<NnUnetRelease> =
        args.nnunet.iter().map(|path| read_release(path, args)).collect::<Result<_>>()?;
    for note in releases.iter().flat_map(|release| &release.notes) {
        eprintln!("note: {}", note);
    }
    let mut file = match (&releases[..], &args.roi[..]) {
        ([release], []) => VolumeModelFile::of_release(release)?,
        ([localizer, release], roi) if !roi.is_empty() => {
            let region = RegionOfInterest { organs: roi.to_vec(), margin_mm: args.margin_mm };
            VolumeModelFile::of_cascade(localizer, release, region)?
        }
        ([first, second], []) if second.configuration.previous_stage.is_some() => {
            VolumeModelFile::of_stages(first, second)?
        }
        ([_], _) => {
            bail!("--roi needs --nnunet twice: the model that finds the organs, then the one that segments them")
        }
        ([_, _], _) => bail!("two models need --roi: the organs that the first finds for the second"),
        _ => bail!("--nnunet is given {} times, expected once or twice", releases.len()),
    };
    if let Some(license) = license {
        file.passport.license = license.to_owned();
    }
    let precision = match args.precision {
        PrecisionChoice::F16 => Precision::F16,
        PrecisionChoice::F32 => Precision::F32,
    };
    Ok(file.write(precision)?)
}

fn read_release(path: &Path, args: &NnUnetArgs) -> Result<NnUnetRelease> {
    let choice = ReleaseChoice { configuration: args.configuration.clone(), fold: args.fold.clone() };
    let name = path.display().to_string();
    if path.is_file() {
        return Ok(read_zip(&name, &files::read(path)?, &choice)?);
    }
    // A fold alone lies beside the plans of its model.
    let is_fold = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fold_"));
    let root = if is_fold { path.parent().unwrap_or(path) } else { path };
    let fold =
        is_fold.then(|| path.file_name().map(|name| name.to_string_lossy()["fold_".len()..].to_owned())).flatten();
    let choice = ReleaseChoice { fold: choice.fold.or(fold), ..choice };
    let found = files::walk(root)?;
    let inside = |file: &PathBuf| file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
    let paths: Vec<String> = found.iter().map(inside).collect();
    let read = &mut |place: usize| {
        std::fs::read(&found[place]).map_err(|error| {
            let (file, reason) = (found[place].display().to_string(), error.to_string());
            UserError::new(file, reason, "Check the file and its permissions")
        })
    };
    Ok(read_files(&name, &paths, &choice, read)?)
}
