//! DICOM in every form that CT comes in: against files re-encoded by others, and against numbers from pydicom.
//!
//! ../shared/dicom holds one slice in many transfer syntaxes. tests/golden/formats/dicom holds small files and, in
//! expected.json, what pydicom and numpy make of them; make_dicom.py there wrote both.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use islet::formats::Intake;
use islet::formats::dicom::{self, DicomFile, DicomSlice};

const SYNTAXES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/dicom");

/// The files of ../shared/dicom as syntax and bytes; where it is absent, says so.
fn syntaxes() -> Vec<(String, Vec<u8>)> {
    let Ok(folder) = fs::read_dir(SYNTAXES) else {
        println!("skipped: ../shared/dicom is not here");
        return vec![];
    };
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "dcm"));
    paths.sort();
    let uid = |path: &Path| path.file_stem().unwrap().to_str().unwrap().rsplit('-').next().unwrap().to_string();
    paths.iter().map(|path| (uid(path), fs::read(path).unwrap())).collect()
}

fn slices(name: &str, bytes: &[u8]) -> Vec<DicomSlice> {
    match dicom::read(name, bytes) {
        Ok(DicomFile::Slices(slices)) => slices,
        Ok(DicomFile::Other(other)) => panic!("{}", other.refusal),
        Err(refusal) => panic!("{refusal}"),
    }
}

#[test]
fn every_transfer_syntax_gives_the_slice_it_was_made_from() {
    let files = syntaxes();
    let Some((_, bytes)) = files.iter().find(|(uid, _)| uid == "reference") else { return };
    let [reference] = &slices("reference", bytes)[..] else { panic!("one slice expected") };
    // pydicom: the sum of the stored values, whose intercept is -1024.
    assert_eq!(reference.hu.iter().map(|&hu| i64::from(hu)).sum::<i64>(), 19_640_763 - 1024 * 512 * 512);
    assert_eq!(reference.position_mm, Some([-161.399994, -148.800003, 4.7]));
    assert_eq!((reference.spacing_mm, reference.slice_step_mm), (Some([0.675781, 0.675781]), Some(6.5)));
    assert_eq!((reference.about.tube_kv, reference.about.gantry_tilt_deg), (Some(120.0), Some(0.0)));
    let mut found = Vec::new();
    for (uid, bytes) in &files {
        let most_hu_off = match uid.strip_prefix("1.2.840.10008.1.2.4.").unwrap_or_default() {
            retired @ ("53" | "55") => {
                let refusal = dicom::read("retired", bytes).unwrap_err();
                let name = if retired == "53" { "JPEG Spectral Selection" } else { "JPEG Full Progression" };
                assert!(refusal.why.contains(name) && refusal.why.contains(&uid[..]), "{refusal}");
                continue;
            }
            "50" => 64,
            "51" => 36,
            "81" => 1,
            "91" => 5,
            _ => 0,
        };
        let start = Instant::now();
        let [slice] = &slices(uid, bytes)[..] else { panic!("one slice expected") };
        let off = slice.hu.iter().zip(&reference.hu).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let total: u64 = slice.hu.iter().zip(&reference.hu).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        println!("{uid}: at most {off} HU off, mean {:.3}, in {:?}", total as f64 / 262_144.0, start.elapsed());
        assert!(off <= most_hu_off, "{uid}: {off} HU off, expected at most {most_hu_off}");
        assert_eq!((slice.dims, slice.position_mm), ([512, 512], reference.position_mm), "{uid}");
        found.push(&uid[..]);
    }
    assert_eq!(found.len(), 14, "{found:?}");
}
