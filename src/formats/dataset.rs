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

use super::labelling_model::LabellingModel;
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
/// `volume` (HU) and `labels` (0, [`PANCREAS`], or [`IGNORE`] where nobody labelled) lie on one grid, in one order,
/// `[z, y, x]`. `name` becomes a file name: what is not a letter, a digit, `_` or `-` becomes `_`. The same values give
/// the same bytes: no clock is read.
pub fn write(name: &str, volume: &Volume, labels: &Mask) -> Vec<u8> {
    let name = file_name(name);
    let labels = nifti::write_mask(labels, volume.geometry.as_ref());
    let files = [
        ("dataset.json".into(), described(&name).into_bytes()),
        (image_path(&name), nifti::write_volume(volume)),
        (label_path(&name), labels),
    ];
    pack(&files).expect("memory takes every byte")
}

/// The labels of an organ as such a data set without the images, to be opened together with the series.
///
/// `labels` are as for [`write()`], [`PANCREAS`] being the organ, and `geometry` is that of the grid.
pub fn write_labels(name: &str, organ: &str, labels: &Mask, geometry: Option<&Geometry>) -> Vec<u8> {
    let name = file_name(name);
    let about = "Labels of an organ on an abdominal CT, exported by Islet; what nobody labelled is `ignore`";
    let names = [(organ, PANCREAS), ("ignore", IGNORE)];
    let cases = std::slice::from_ref(&name);
    let described = DatasetDescription { labels: &names, ..DatasetDescription::of_images(&name, about, cases) }.json();
    let labels = nifti::write_mask(labels, geometry);
    let files = [("dataset.json".into(), described.into_bytes()), (label_path(&name), labels)];
    pack(&files).expect("memory takes every byte")
}

/// A case's name as a part of file names: what is not a letter, a digit, `_` or `-` becomes `_`.
pub fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(NAME_CHARS).map(plain).collect();
    if name.is_empty() { "case".into() } else { name }
}

fn described(name: &str) -> String {
    let about = "Abdominal CT with the pancreas, exported by Islet; what nobody labelled is `ignore`";
    let labels = [(PANCREAS_NAME, PANCREAS), ("ignore", IGNORE)];
    DatasetDescription { labels: &labels, ..DatasetDescription::of_images(name, about, &[name.to_owned()]) }.json()
}

/// Where the scan of a case lies in the layout.
pub fn image_path(case: &str) -> String {
    format!("imagesTr/{case}_0000.nii.gz")
}

/// Where the label map of a case lies in the layout.
pub fn label_path(case: &str) -> String {
    format!("labelsTr/{case}.nii.gz")
}

/// What `dataset.json` says of a data set.
#[derive(Clone, Copy, Debug)]
pub struct DatasetDescription<'a> {
    /// Its name.
    pub name: &'a str,
    /// A sentence about it.
    pub about: &'a str,
    /// The licence of its images.
    pub licence: &'a str,
    /// The labels beside the background.
    pub labels: &'a [(&'a str, u8)],
    /// The names of its cases.
    pub cases: &'a [String],
    /// The model that made its labels, if one did.
    pub labelled_by: Option<&'a LabellingModel>,
}

impl<'a> DatasetDescription<'a> {
    /// A data set that is licensed as its images are, without labels so far.
    pub fn of_images(name: &'a str, about: &'a str, cases: &'a [String]) -> Self {
        Self { name, about, licence: "That of the images", labels: &[], cases, labelled_by: None }
    }

    /// The file.
    pub fn json(&self) -> String {
        let labels: BTreeMap<&str, u8> = self.labels.iter().copied().chain([("background", 0)]).collect();
        let pair = |case: &String| json!({ "image": format!("./{}", image_path(case)), "label": format!("./{}", label_path(case)) });
        let mut json = json!({
            "name": self.name, "description": self.about, "licence": self.licence, "channel_names": { "0": "CT" },
            "labels": labels, "numTraining": self.cases.len(), "file_ending": ".nii.gz",
            "training": self.cases.iter().map(pair).collect::<Vec<_>>(),
        });
        if let Some(source) = self.labelled_by {
            json["labelled_by"] = json!(source);
        }
        format!("{json:#}\n")
    }
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
