//! The same through `islet predict` and each format that it writes.
//!
//! With `ISLET_ORIENTATIONS_WRITE`, scans and masks stay in that folder for `tests/golden/orientations.py`, which reads them
//! with nibabel, SimpleITK and pydicom.

use std::fs;
use std::path::Path;

use islet::formats::dicom::read_seg;

use super::*;
use crate::cli::{ok, run, text};

fn write(folder: &Path, files: &[(String, Vec<u8>)]) {
    fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
}

/// The mask that `predict` wrote, in file order of the scan.
fn written(path: &Path, scan: &Placed) -> Mask {
    let bytes = fs::read(path).unwrap();
    let (geometry, dims) = (scan.geometry(), scan.dims());
    if path.extension().is_some_and(|ending| ending == "dcm") {
        return read_seg("mask", &bytes).unwrap().on_grid(&geometry, dims).expect("the mask lies on the scan's grid");
    }
    let mut importer = Importer::new();
    importer.add("mask", &bytes);
    let contents = importer.finish();
    let [map] = &contents.labels[..] else { panic!("{contents:?}") };
    let placed = map.on(&geometry, dims).expect("the mask lies on the scan's grid");
    map.truth(&placed).unwrap().mask
}

#[test]
fn predict_writes_the_organ_where_it_is_in_every_format() {
    let scratch = tempfile::tempdir().unwrap();
    let root = std::env::var("ISLET_ORIENTATIONS_WRITE").map_or_else(|_| scratch.path().to_owned(), Into::into);
    fs::create_dir_all(&root).unwrap();
    let model = root.join("model.safetensors");
    fs::write(&model, threshold_model()).unwrap();
    let upright = Placed::all(UPRIGHT).step_by(7);
    let oblique = Placed::all(turned(-20.0, 15.0)).step_by(17);
    let mut runs = 0;
    for (number, placed) in upright.chain(oblique).enumerate() {
        let (format, files) = formats(&placed.volume())[number % 3].clone();
        let folder = root.join(format!("{number:02}-{format}"));
        write(&folder.join("scan"), &files);
        for ending in ["nii.gz", "seg.nrrd", "dcm"] {
            let mask = folder.join(format!("mask.{ending}"));
            let scan = folder.join("scan");
            ok(&run("predict", &["--model", text(&model), "--input", text(&scan), "--output", text(&mask)]));
            assert!(written(&mask, &placed) == placed.organ(), "{format} to {ending}, {placed:?}");
            runs += 1;
        }
    }
    assert_eq!(runs, 30);
}
