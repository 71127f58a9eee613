//! The files to begin with: a folder for each target.

use std::fs;
use std::path::Path;

use crate::corpus::{Corpus, Seed};
use crate::kinds::{Kind, Target};

/// Writes them below `folder`.
pub(super) fn write(corpus: &Corpus, folder: &Path) {
    let write = |target: &str, name: String, bytes: &[u8]| {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).expect("a folder can be made there");
        fs::write(folder.join(name), bytes).expect("a file can be written there");
    };
    for (number, seed) in corpus.seeds().enumerate() {
        write(target_of(seed), format!("{number:03}_{}", seed.name), &seed.bytes);
    }
}

/// The target that begins with a file.
fn target_of(seed: &Seed) -> &'static str {
    let begins = |with: &str| seed.name.starts_with(with);
    match (seed.target, seed.kind) {
        (Target::ImportAmongSlices, _) => "dicom_slice",
        (Target::ImportWithSeries, _) => "rtstruct",
        (Target::Model, _) => "model",
        (Target::Checkpoint, _) => "checkpoint",
        (Target::Release, _) => "release",
        (Target::Corrections, _) => "corrections",
        (Target::Session, _) => "session",
        (Target::Answer, _) => "answer",
        (Target::Import, Kind::Dicom) if begins("rtstruct") => "rtstruct",
        (Target::Import, Kind::Dicom) if begins("seg") => "seg",
        (Target::Import, Kind::Dicom) if begins("rle_") => "dicom_rle",
        (Target::Import, Kind::Dicom) if begins("jpeg_") => "dicom_jpeg",
        (Target::Import, Kind::Dicom) if begins("jls_") => "dicom_jpeg_ls",
        (Target::Import, Kind::Dicom) if begins("j2k_") => "dicom_jpeg_2000",
        (Target::Import, Kind::Dicom) => "dicom_native",
        (Target::Import, Kind::Nifti) => "nifti",
        (Target::Import, Kind::TextHeader) => "text_header",
        (Target::Import, Kind::Picture) => "picture",
        (Target::Import, _) => "zip",
    }
}
