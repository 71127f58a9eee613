//! `islet phantom`: a synthetic data set, laid out as CT-82, or as nnU-Net with every organ labelled.
//!
//! Phantoms are drawn in `imaging::phantom`; this file writes them.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use super::datasets::naming::{FIRST_PHANTOM_ID, PHANTOM_PREFIX};
use super::{files, progress};
use crate::formats::dataset::{self, DatasetDescription};
use crate::formats::{dicom, nifti};
use crate::imaging::phantom::{Organ, PhantomConfig, phantom};

/// Writes synthetic abdomens with labels: the pancreas alone in the layout of CT-82, or every organ
/// in the layout of nnU-Net. They are for trying things out, not for science.
#[derive(Parser, Debug)]
#[command(name = "phantom", version)]
pub struct Args {
    /// Folder to write to.
    #[arg(long, alias = "out")]
    output: PathBuf,
    /// Number of cases. They are numbered from 1001, so that they are not mistaken for patients of
    /// CT-82.
    #[arg(long, default_value_t = 10)]
    cases: u32,
    /// Seed of the first case.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Slices of each case over the same height, so fewer slices are thicker.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    slices: Option<u16>,
    /// Slices of 512 x 512, as a scanner gives, instead of 192 x 192.
    #[arg(long)]
    full_size: bool,
    /// Label every organ, in the layout of nnU-Net (dataset.json, imagesTr, labelsTr).
    #[arg(long)]
    organs: bool,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let mut config = if args.full_size { PhantomConfig::FULL } else { PhantomConfig::SMALL };
    if let Some(slices) = args.slices.map(usize::from) {
        config.spacing_mm[0] *= config.dims[0] as f64 / slices as f64;
        config.dims[0] = slices;
    }
    let bar = progress(args.cases as usize, "drawing phantoms");
    let mut names = Vec::new();
    for i in 0..args.cases {
        let id = FIRST_PHANTOM_ID + i;
        let case = phantom(&config, args.seed + u64::from(i));
        bar.inc(1);
        if args.organs {
            let name = format!("{PHANTOM_PREFIX}{id:04}");
            files::write(&args.output.join(dataset::image_path(&name)), &nifti::write_volume(&case.volume))?;
            let labels = nifti::write_mask(&case.organs, case.volume.geometry.as_ref());
            files::write(&args.output.join(dataset::label_path(&name)), &labels)?;
            names.push(name);
            continue;
        }
        let folder = args.output.join(format!("Pancreas-CT/PANCREAS_{id:04}/phantom"));
        for (name, bytes) in dicom::write_series(&case.volume, &format!("PHANTOM_{id:04}"), "Synthetic phantom") {
            files::write(&folder.join(name), &bytes)?;
        }
        let label = args.output.join(format!("TCIA_pancreas_labels-02-05-2017/label{id:04}.nii.gz"));
        files::write(&label, &nifti::write_mask(&case.pancreas, case.volume.geometry.as_ref()))?;
    }
    if args.organs {
        let labels = Organ::NAMED.map(|(organ, name)| (name, organ as u8));
        let about = "Synthetic abdomens, drawn by Islet: for trying things out, not for science";
        let images = DatasetDescription::of_images("phantoms", about, &names);
        let description = DatasetDescription { licence: "CC0", labels: &labels, ..images };
        files::write(&args.output.join("dataset.json"), description.json().as_bytes())?;
    }
    bar.finish_and_clear();
    println!("wrote {} phantom(s) to {}", args.cases, args.output.display());
    Ok(())
}
