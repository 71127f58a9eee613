//! A labelled scan as a data set that training tools and the page read, packed as a zip.
//!
//! The layout is nnU-Net v2's: `dataset.json`, `imagesTr/NAME_0000.nii.gz`, `labelsTr/NAME.nii.gz`. What the labels of such a
//! `dataset.json` mean is in [`labels`](super::labels); how strangers' zips are unpacked, in [`zip`](super::zip).

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use serde_json::json;
use zip::CompressionMethod;
use zip::result::ZipResult;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::nifti;
use crate::core::mask::{Mask, PANCREAS, PANCREAS_NAME};
use crate::core::volume::{Geometry, Volume};

/// The label of voxels that nobody labelled. nnU-Net wants it to be the highest.
pub const IGNORE: u8 = PANCREAS + 1;

/// The most characters of a case's name.
const NAME_CHARS: usize = 64;

/// A data set of one case as a zip: the scan and its mask as NIfTI, and nnU-Net's `dataset.json` with a list as MONAI
/// and the Medical Segmentation Decathlon want it.
///
/// `volume` (HU) and `truth` (any label but 0 is pancreas) lie on one grid, in one order, `[z, y, x]`; `labelled` says
/// for each index of the first axis whether its slice was labelled, and slices that were not, or that it does not
/// reach, are filled with [`IGNORE`]. `name` becomes a file name: what is not a letter, a digit, `_` or `-` becomes `_`.
/// The same values give the same bytes: no clock is read.
pub fn write(name: &str, volume: &Volume, truth: &Mask, labelled: &[bool]) -> Vec<u8> {
    let name = file_name(name);
    let labels = nifti::write_mask(&with_ignored(truth, labelled), volume.geometry.as_ref());
    let files = [
        ("dataset.json".into(), described(&name).into_bytes()),
        (image_path(&name), nifti::write_volume(volume)),
        (label_path(&name), labels),
    ];
    pack(&files).expect("memory takes every byte")
}

/// The labels of an organ as such a data set without the images, to be opened together with the series.
///
/// `mask` (any label but 0 is the organ) and `labelled` are as for [`write()`], and `geometry` is that of the grid.
pub fn write_labels(name: &str, organ: &str, mask: &Mask, labelled: &[bool], geometry: Option<&Geometry>) -> Vec<u8> {
    let name = file_name(name);
    let about = "Labels of an organ on an abdominal CT, exported by Islet; slices that nobody labelled hold `ignore`";
    let names = [(organ, PANCREAS), ("ignore", IGNORE)];
    let described = description(&name, about, "That of the images", &names, std::slice::from_ref(&name));
    let labels = nifti::write_mask(&with_ignored(mask, labelled), geometry);
    let files = [("dataset.json".into(), described.into_bytes()), (label_path(&name), labels)];
    pack(&files).expect("memory takes every byte")
}

fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(NAME_CHARS).map(plain).collect();
    if name.is_empty() { "case".into() } else { name }
}

fn with_ignored(truth: &Mask, labelled: &[bool]) -> Mask {
    let mut mask = Mask { labels: truth.labels.iter().map(|&l| if l == 0 { 0 } else { PANCREAS }).collect(), ..*truth };
    for z in (0..truth.dims[0]).filter(|&z| labelled.get(z) != Some(&true)) {
        mask.slice_mut(z).fill(IGNORE);
    }
    mask
}

fn described(name: &str) -> String {
    let about = "Abdominal CT with the pancreas, exported by Islet; slices that nobody labelled hold `ignore`";
    let labels = [(PANCREAS_NAME, PANCREAS), ("ignore", IGNORE)];
    description(name, about, "That of the images", &labels, &[name.to_owned()])
}

/// Where the scan of a case lies in the layout.
pub fn image_path(case: &str) -> String {
    format!("imagesTr/{case}_0000.nii.gz")
}

/// Where the label map of a case lies in the layout.
pub fn label_path(case: &str) -> String {
    format!("labelsTr/{case}.nii.gz")
}

/// `dataset.json` of a data set: its name, a sentence about it, the licence, its labels beside the background, its cases.
pub fn description(name: &str, about: &str, licence: &str, labels: &[(&str, u8)], cases: &[String]) -> String {
    let labels: BTreeMap<&str, u8> = labels.iter().copied().chain([("background", 0)]).collect();
    let pair = |case: &String| json!({ "image": format!("./{}", image_path(case)), "label": format!("./{}", label_path(case)) });
    let json = json!({
        "name": name, "description": about, "licence": licence, "channel_names": { "0": "CT" }, "labels": labels,
        "numTraining": cases.len(), "file_ending": ".nii.gz", "training": cases.iter().map(pair).collect::<Vec<_>>(),
    });
    format!("{json:#}\n")
}

/// Stored, not deflated: the large files are gzipped already.
fn pack(files: &[(String, Vec<u8>)]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(path, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
