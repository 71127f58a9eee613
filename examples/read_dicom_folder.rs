//! Reads a folder of DICOM files (or any other files that Islet reads) and lists what is in it.
//!
//! ```sh
//! cargo run --release --example read_dicom_folder -- FOLDER
//! ```

use std::path::Path;

use anyhow::{Context, Result};
use islet::cli::files::{read, walk};
use islet::formats::Importer;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("usage: read_dicom_folder FOLDER")?;

    // The importer takes one file after the other, in any order, and sorts slices into series.
    let mut importer = Importer::new();
    for path in walk(Path::new(&folder))? {
        importer.add(&path.display().to_string(), &read(&path)?);
    }
    let contents = importer.finish();

    for series in &contents.series {
        let [slices, rows, columns] = series.volume.dims;
        println!("{}: {slices} slices of {rows} x {columns}", series.name);
        if let Some(geometry) = series.volume.geometry {
            let [z, y, x] = geometry.spacing_mm();
            println!("  spacing {z:.2} x {y:.2} x {x:.2} mm (z, y, x)");
        }
        // Hounsfield units, `[z, y, x]`, in the file's own order.
        let hu = &series.volume.hu;
        println!("  {} to {} HU", hu.iter().min().unwrap_or(&0), hu.iter().max().unwrap_or(&0));
        for note in &series.notes {
            println!("  note: {note}");
        }
    }
    for listed in &contents.listed {
        println!("{}: not opened, {}", listed.name, listed.reason);
    }
    for refusal in &contents.refused {
        println!("refused: {refusal}");
    }
    Ok(())
}
