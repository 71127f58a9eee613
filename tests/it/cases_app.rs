//! Inputs as people have them: what is no scan in Hounsfield units, and data sets and listings of every kind.
//!
//! ../shared/cases holds one file of each kind with the right value; its kind is drawn here.

mod folders;
mod listings;
mod values;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use islet::core::volume::{Geometry, Volume};
use serde_json::Value;

use crate::cli::{run, text};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors");

fn shared(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases").join(case)
}

fn expected(case: &str) -> Value {
    serde_json::from_slice(&fs::read(shared(&format!("{case}.expected.json"))).unwrap()).unwrap()
}

/// Runs `predict` with the shipped model; its report is there where it wrote one.
fn predicted(folder: &Path, input: &Path) -> (Output, Option<Value>) {
    let (mask, report) = (folder.join("mask.nii.gz"), folder.join("report.json"));
    let args = ["--model", SHIPPED, "--input", text(input), "--output", text(&mask), "--report", text(&report)];
    let output = run("predict", &args);
    (output, fs::read(report).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap()))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A volume of 3 mm slices with pixels of 2 mm.
fn volume(dims: [usize; 3], hu: Vec<i16>) -> Volume {
    Volume { hu, dims, geometry: Some(Geometry::with_spacing_mm([3.0, 2.0, 2.0])), calibrated: true }
}
