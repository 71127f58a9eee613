//! Values that are no Hounsfield units, and crops that are.

use std::fs;

use islet::app::protocol::Response;
use islet::app::session::Session;
use islet::core::i18n::Language;
use islet::core::volume::{Orientation, Volume};
use islet::formats::{Importer, nifti};
use islet::imaging::input_check::{InputWarning, check_input};
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::PreprocessConfig;
use islet::imaging::value_check::{Certainty, ValueFinding, check_values};
use islet::nn::model::weights::ModelFile;

use super::{SHIPPED, expected, predicted, said, shared, volume};

fn with(volume: &Volume, value: impl Fn(usize, i16) -> i16) -> Volume {
    Volume { hu: volume.hu.iter().enumerate().map(|(i, hu)| value(i, *hu)).collect(), ..volume.clone() }
}

/// Noise from -1 to 1, the same on every run.
fn noise(i: usize) -> f64 {
    (i.wrapping_mul(2_654_435_761) >> 7 & 0xFFFF) as f64 / 32768.0 - 1.0
}

/// A box of blocks, each of one label from 1 to `labels`, in a background of 0.
fn blocks(labels: usize) -> Volume {
    let dims = [8, 60, 60];
    let label = |i: usize| {
        let (z, y, x) = (i / 3600, i / 60 % 60, i % 60);
        if y < 6 || x < 6 { 0 } else { ((z / 4 * 81 + y / 6 * 9 + x / 6) % labels + 1) as i16 }
    };
    volume(dims, (0..8 * 3600).map(label).collect())
}

fn refusal(volume: &Volume) -> Option<String> {
    let found = check_input(volume, &PreprocessConfig::default());
    found.iter().find_map(|warning| warning.refusal("scan")).map(|refusal| refusal.to_string())
}

#[test]
fn what_is_certainly_not_hounsfield_units_is_refused_by_name() {
    let scan = phantom(&PhantomConfig::SMALL, 9001).volume;
    let row = scan.dims[2];
    let outside = |i: usize| (i / row % row).abs_diff(row / 2).pow(2) + (i % row).abs_diff(row / 2).pow(2) > 8900;
    let shares = |hu: i16| (f64::from(hu) + 160.0).clamp(0.0, 400.0) / 400.0;
    let cases = [
        ("shares of 1", with(&scan, |_, hu| shares(hu).round() as i16), "its values go from 0 to 1, as if"),
        ("-1 to 1", with(&scan, |_, hu| (2.0 * shares(hu) - 1.0).round() as i16), "from -1 to 1, as if"),
        ("z-scores", with(&scan, |_, hu| (hu / 300).clamp(-4, 5)), "its values go from -"),
        ("a picture", with(&scan, |_, hu| (255.0 * shares(hu)).round() as i16), "from 0 to 255, as if"),
        ("percent", with(&scan, |_, hu| (100.0 * shares(hu)).round() as i16), "from 0 to 100, as if"),
        ("unsigned", with(&scan, |_, hu| hu.max(-1024) + 1024), "an offset such as 1024"),
        ("offset of 1000", with(&scan, |_, hu| hu.max(-1000) + 1000), "an offset such as 1024"),
        (
            "unsigned and padded",
            with(&scan, |i, hu| if outside(i) { -2000 } else { hu.max(-1024) + 1024 }),
            "of its body are above 500",
        ),
        ("16 bits", with(&scan, |_, hu| (i32::from(hu) + 32768).min(32767) as i16), "an offset such as 1024"),
        ("ten times", with(&scan, |_, hu| hu.saturating_mul(10)), "of its body are above 500"),
        ("117 labels", blocks(117), "its values are 118 whole numbers from 0 to 117"),
        ("300 labels", with(&blocks(150), |_, label| 2 * label), "whole numbers from 0 to 300, uniform"),
        ("labels and none", with(&blocks(90), |i, label| if i < 60 { -1 } else { label }), "from -1 to 90, uniform"),
        ("one value", with(&scan, |_, _| 40), "every voxel of it is 40"),
    ];
    for (kind, volume, says) in cases {
        let why = refusal(&volume).unwrap_or_else(|| panic!("{kind} is not refused: {:?}", check_values(&volume)));
        assert!(why.contains(says) && why.contains("expected Hounsfield units"), "{kind}: {why}");
        // A training refuses it for the same reason.
        assert_eq!(check_values(&volume).unwrap().refusal("scan").to_string(), why, "{kind}");
    }
}

#[test]
fn what_may_be_hounsfield_units_is_said_and_not_refused() {
    let scan = phantom(&PhantomConfig::SMALL, 9001).volume;
    let likely = [
        ("clipped", with(&scan, |_, hu| hu.clamp(-160, 240))),
        ("a tenth", with(&scan, |_, hu| hu / 10)),
        ("rescaled twice", with(&scan, |_, hu| hu - 1024)),
        ("signed bytes", with(&scan, |_, hu| (hu / 4).clamp(-128, 127))),
        // As MR: noise about 0 in air, several hundred in tissue.
        ("MR", with(&scan, |i, hu| ((if hu < -500 { 10.0 } else { 350.0 }) * (1.0 + 0.5 * noise(i))) as i16)),
        // As PET in Bq/mL: little but a few hot places.
        ("PET", with(&scan, |i, hu| ((if hu > 130 { 9000.0 } else { 300.0 }) * (1.0 + 0.9 * noise(i))) as i16)),
        ("air alone", with(&scan, |_, _| -1000)),
        ("noisy air", with(&scan, |i, _| (-1000.0 + 20.0 * noise(i)) as i16)),
    ];
    for (kind, volume) in likely {
        assert_eq!(refusal(&volume), None, "{kind}");
        assert_ne!(check_input(&volume, &PreprocessConfig::default()), [], "{kind}: nothing is said");
        assert_eq!(check_values(&volume).map(|found| found.certainty()), Some(Certainty::Likely), "{kind}");
    }
    assert_eq!(check_values(&scan), None);
}

/// The middle of a scan: rows and columns from `from` to `to` of 12 parts.
fn crop(scan: &Volume, from: usize, to: usize) -> Volume {
    let [depth, height, width] = scan.dims;
    let (rows, columns) = (from * height / 12..to * height / 12, from * width / 12..to * width / 12);
    let slices = depth / 3..2 * depth / 3;
    let line = |z: usize, y: usize| &scan.hu[(z * height + y) * width..][columns.clone()];
    let hu = slices.clone().flat_map(|z| rows.clone().flat_map(move |y| line(z, y))).copied().collect();
    Volume { hu, dims: [slices.len(), rows.len(), columns.len()], ..scan.clone() }
}

/// Crops of a scan are understood, and the same crops with an offset are not.
fn check_crops(name: &str, scan: &Volume) {
    for (from, to) in [(0, 12), (2, 10), (4, 8), (5, 7), (4, 6), (6, 8)] {
        let crop = crop(scan, from, to);
        assert_eq!(refusal(&crop), None, "{name}, {from} to {to}");
        let offset = with(&crop, |_, hu| hu.max(-1024) + 1024);
        let found = check_values(&offset);
        assert!(matches!(found, Some(ValueFinding::Offset { .. })), "{name}, {from} to {to}: {found:?}");
        let picture = with(&crop, |_, hu| ((i32::from(hu) + 160).clamp(0, 400) * 255 / 400) as i16);
        assert!(refusal(&picture).is_some() || picture.hu.iter().all(|grey| *grey > 0), "{name}, {from} to {to}");
    }
}

#[test]
fn a_crop_of_soft_tissue_without_air_is_a_scan() {
    for seed in [5000, 9101] {
        check_crops(&format!("phantom {seed}"), &phantom(&PhantomConfig::SMALL, seed).volume);
    }
}

#[test]
#[ignore = "needs ../shared/ct82"]
fn crops_of_the_two_patients_of_ct82_are_scans() {
    use islet::cli::datasets::{ct82, source::CaseSource};
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/ct82");
    let source = CaseSource::open(&data).unwrap();
    for id in [1, 2] {
        let volume = ct82::load(id, &ct82::find(&source).unwrap()[&id], &source, &mut Vec::new()).unwrap().volume;
        check_crops(&format!("patient {id}"), &volume);
        let organ = Orientation::axial(&volume.geometry.unwrap()).view_volume(volume);
        assert_eq!(check_values(&organ), None, "patient {id}");
    }
}

#[test]
fn label_maps_of_any_size_are_labels_and_noise_is_an_image() {
    let imported = |volume: &Volume| {
        let mut importer = Importer::new();
        importer.add("map.nii.gz", &nifti::write_volume(volume));
        let contents = importer.finish();
        (contents.series.len(), contents.labels.len())
    };
    assert_eq!(imported(&blocks(117)), (0, 1));
    assert_eq!(imported(&blocks(255)), (0, 1));
    let picture = with(&blocks(117), |i, grey| grey + (4.0 * noise(i) + 4.0) as i16);
    assert_eq!(imported(&picture), (1, 0), "a picture of 8 bits");
    // A narrow window clips much of it to black and white.
    let scan = phantom(&PhantomConfig::SMALL, 9001).volume;
    let clipped = with(&scan, |_, hu| (i32::from(hu.clamp(-20, 60)) * 3 + 60).clamp(0, 240) as i16);
    assert_eq!(imported(&clipped), (1, 0), "a picture of a narrow window");
    assert_eq!(imported(&with(&blocks(150), |_, label| 2 * label)), (1, 0), "no label of ours is above 255");
    assert!(refusal(&with(&blocks(150), |_, label| 2 * label)).unwrap().contains("as in a label map"));
}

#[test]
fn predict_says_what_is_unlike_before_anybody_reads_a_volume() {
    let place = tempfile::tempdir().unwrap();
    let scan = phantom(&PhantomConfig { dims: [12, 96, 96], spacing_mm: [10.0, 4.0, 4.0] }, 7).volume;
    let file = place.path().join("scan.nii.gz");
    fs::write(&file, nifti::write_volume(&crop(&scan, 3, 9))).unwrap();
    let (output, report) = predicted(place.path(), &file);
    let (said, report) = (said(&output), report.unwrap());
    assert_eq!(output.status.code(), Some(0), "{said}");
    let warnings: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("warning: scan.nii.gz: ")).collect();
    assert!(warnings.contains(&"Pixels of 4.0 mm; the model was trained with pixels of 1.5 mm"), "{said}");
    assert_eq!(
        report["warnings"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect::<Vec<_>>(),
        warnings
    );

    // A refusal takes the place of the earlier report, and leaves the mask as it is.
    let mask = fs::read(place.path().join("mask.nii.gz")).unwrap();
    fs::write(&file, nifti::write_volume(&with(&scan, |_, hu| hu.max(-1024) + 1024))).unwrap();
    let (output, report) = predicted(place.path(), &file);
    assert_eq!(output.status.code(), Some(3));
    assert!(report.unwrap()["refused"].as_str().unwrap().starts_with("scan.nii.gz: its values go from"));
    assert_eq!(fs::read(place.path().join("mask.nii.gz")).unwrap(), mask);

    let both = place.path().join("both");
    fs::create_dir(&both).unwrap();
    fs::write(both.join("scan.nii.gz"), nifti::write_volume(&scan)).unwrap();
    fs::write(both.join("total.nii.gz"), nifti::write_volume(&blocks(117))).unwrap();
    fs::write(both.join("cut.nii.gz"), b"\x1F\x8Bcut").unwrap();
    let (output, _) = predicted(place.path(), &both);
    let said = super::said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("note: left out total.nii.gz: it holds labels"), "{said}");
    assert!(said.contains("cut.nii.gz: "), "what is damaged is said too: {said}");
}

#[test]
#[ignore = "needs ../shared/cases"]
fn the_cases_that_are_not_hounsfield_units_are_refused_or_noted() {
    let bytes = fs::read(SHIPPED).unwrap();
    for case in ["d11a", "n02a", "n12a", "n12b"] {
        let words: Vec<String> = serde_json::from_value(expected(case)["refused_or_noted"].clone()).unwrap();
        let names_one = |text: &str| words.iter().any(|word| text.contains(word.as_str()));
        let place = tempfile::tempdir().unwrap();
        let (output, report) = predicted(place.path(), &shared(case));
        let said = said(&output);
        assert!(names_one(&said), "{case}: {said}");
        let report = report.unwrap();
        assert!(names_one(&report.to_string()), "{case}: {report}");
        assert!(matches!(output.status.code(), Some(0 | 3)), "{case}: {said}");

        // The page says it too.
        let mut importer = Importer::new();
        for file in islet::cli::files::walk(&shared(case)).unwrap() {
            importer.add(&file.display().to_string(), &fs::read(&file).unwrap());
        }
        let mut session = Session::new(ModelFile::read(&bytes).unwrap(), bytes.clone());
        let shown = match &session.open(importer.finish())[..] {
            [Response::Opened { study, .. }] => {
                let unlike = study.unlike.iter().map(InputWarning::message);
                let said = unlike.chain(study.notes.iter().cloned()).map(|said| said.text(Language::English));
                said.collect::<Vec<_>>().join(" ")
            }
            [Response::Failed(error)] => error.to_string(),
            other => panic!("{case}: {other:?}"),
        };
        assert!(names_one(&shown), "{case}, in the page: {shown}");
    }
}
