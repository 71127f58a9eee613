//! Says what Islet reads of scans: one line of JSON for each file or folder named on standard input.
//!
//! ```sh
//! ls -d SCANS/* | cargo run --release --example read_scans
//! ```
//!
//! A line has `path`, and the lists `series`, `labels`, `listed` and `refused`. A series or a label
//! map has its `dims` (`[z, y, x]`), its `affine_lps` (three rows, in mm, from column, row and slice
//! to the patient; `null` where unknown), its `voxels` (Hounsfield units or labels, x fastest) and
//! its `notes`. `tests/golden/reading/compare.py` holds these lines to what other programs read.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;

use anyhow::Result;
use islet::cli::files::{read, walk};
use islet::core::volume::Geometry;
use islet::formats::{Contents, Importer, LabelMap, Listed, Series};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let mut out = stdout().lock();
    for path in stdin().lock().lines() {
        let path = path?;
        let mut importer = Importer::new();
        for file in walk(Path::new(&path))? {
            importer.add(&file.display().to_string(), &read(&file)?);
        }
        writeln!(out, "{}", described(&path, &importer.finish()))?;
    }
    Ok(())
}

fn described(path: &str, contents: &Contents) -> Value {
    let listed = |listed: &Listed| json!({ "name": listed.name, "reason": listed.reason.to_string() });
    json!({
        "path": path,
        "series": contents.series.iter().map(series).collect::<Vec<_>>(),
        "labels": contents.labels.iter().map(label_map).collect::<Vec<_>>(),
        "listed": contents.listed.iter().map(listed).collect::<Vec<_>>(),
        "refused": contents.refused.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn series(series: &Series) -> Value {
    json!({
        "name": series.name,
        "dims": series.volume.dims,
        "affine_lps": affine(series.volume.geometry),
        "voxels": series.volume.hu,
        "notes": series.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn label_map(map: &LabelMap) -> Value {
    json!({
        "name": map.name,
        "dims": map.map.dims,
        "affine_lps": affine(map.geometry),
        "voxels": map.map.labels,
        "notes": [],
    })
}

fn affine(geometry: Option<Geometry>) -> Option<[[f64; 4]; 3]> {
    geometry.map(|geometry| geometry.affine)
}
