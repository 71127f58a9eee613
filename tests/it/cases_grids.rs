//! Kinds of files that people have, as values: NIfTI of both versions, pairs of header and voxels,
//! NRRD, MetaImage, pictures, zips. The cases in ../shared/cases are tried as people would
//! (`shared`); their kinds are drawn here.

mod nifti_kinds;
mod nrrd_kinds;
mod outputs;
mod pictures;
mod shared;

use std::io::{Cursor, Write};

use islet::core::volume::{Geometry, Volume};
use islet::formats::{Contents, Importer, Series, nifti};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::formats::{gunzipped, gzipped};

/// A grid that is nobody's default.
const SPACING_MM: [f64; 3] = [2.5, 0.75, 0.5];

/// Values that differ everywhere, on a grid of 5 x 3 x 4.
fn volume() -> Volume {
    let hu = (0..60).map(|i| 37 * i - 1024).collect();
    Volume { hu, dims: [5, 3, 4], geometry: Some(Geometry::with_spacing_mm(SPACING_MM)), calibrated: true }
}

/// The volume as a NIfTI-1 file, not compressed.
fn nifti_1() -> Vec<u8> {
    gunzipped(&nifti::write_volume(&volume()))
}

fn take_in<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Contents {
    let mut importer = Importer::new();
    files.into_iter().for_each(|(name, bytes)| importer.add(name, bytes));
    importer.finish()
}

/// The one series that files hold.
fn series<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Series {
    let mut contents = take_in(files);
    assert_eq!(contents.series.len(), 1, "{:?}", contents.refused);
    contents.series.remove(0)
}

/// Why files hold no series.
fn refusal<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let contents = take_in(files);
    assert!(contents.series.is_empty());
    contents.refusal().unwrap().to_string()
}

/// Checks that a series is the drawn volume.
#[track_caller]
fn assert_drawn(found: &Series) {
    assert_eq!((found.volume.dims, &found.volume.hu), (volume().dims, &volume().hu));
    let spacing = found.volume.geometry.unwrap().spacing_mm();
    assert!(spacing.iter().zip(SPACING_MM).all(|(a, b)| (a - b).abs() < 1e-5), "{spacing:?}");
}

fn with(bytes: &[u8], at: usize, field: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + field.len()].copy_from_slice(field);
    bytes
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
