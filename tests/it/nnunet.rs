//! Models of nnU-Net: checkpoints that PyTorch wrote, plans, data sets and whole releases, and hostile ones of each.
//!
//! tests/golden/nnunet/checkpoints.py writes the checkpoints and records the versions. Every number follows from its tensor's
//! name, so that no expected value comes from a reader.

mod checkpoints;
mod dataset;
mod hostile;
mod plans;
mod releases;
mod tiny;

use std::io::{Cursor, Read, Write};

use islet::core::error::UserError;
use islet::formats::nnunet::{NnUnetCheckpoint, NnUnetDataset, Plans, PlansConfiguration};
use serde_json::{Value, json};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

pub(crate) use self::tiny::{dataset_json, new_plans};

const PLAIN: &[u8] = include_bytes!("../golden/nnunet/plain.pth");
const KINDS: &[u8] = include_bytes!("../golden/nnunet/kinds.pth");
const OLD: &[u8] = include_bytes!("../golden/nnunet/old.pth");

/// What the script says of the numbers of a tensor.
fn numbers(name: &str, shape: &[usize]) -> Vec<f32> {
    let sum: usize = name.bytes().map(usize::from).sum();
    let count: usize = shape.iter().product();
    (0..count).map(|i| (((7 * i + sum) % 61) as f32 - 30.0) / 4.0).collect()
}

/// A zip of files.
pub(crate) fn packed(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The files of a zip.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let file = |index| {
        let mut entry = zip.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().to_owned(), bytes)
    };
    (0..zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len()).map(file).collect()
}

/// The error of what should be one, checked to be a sentence with a remedy that says `says`.
fn refused<T>(result: Result<T, UserError>, says: &str) -> UserError {
    let Err(error) = result else { panic!("not refused: {says}") };
    assert!(error.reason.contains(says), "{error}\ndoes not say {says}");
    assert!(!error.hint.to_string().is_empty());
    error
}

/// The same plans with a change in the configuration `3d_fullres`.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut plans = new_plans();
    change(&mut plans["configurations"]["3d_fullres"]);
    plans
}

fn configured(plans: &Value, name: &str) -> Result<PlansConfiguration, UserError> {
    Plans::read("plans.json", plans.to_string().as_bytes())?.configuration(name)
}
