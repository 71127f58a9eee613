//! Where gates look: by hand, on a case from the cache, and in the reports.

use std::path::PathBuf;

use burn::tensor::Device;
use islet::cli::datasets::LoadedCase;
use islet::cli::datasets::cache::keep;
use islet::cli::datasets::segment::attention_focus;
use islet::cli::summary::{self, ScoredCase};
use islet::core::mask::Mask;
use islet::core::volume::Geometry;
use islet::imaging::metrics::{CaseScores, Focus, GateFocus, coarser};
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::model::Preset;
use islet::nn::model::weights::ModelFile;

fn close(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-6), "{found:?}, expected {expected}");
}

#[test]
fn focus_is_attention_on_the_organ_over_attention_on_the_image() {
    // Three pixels are image, one and a half are organ; what lies outside the image counts for nothing.
    let one = Focus::of(&[0.8, 0.4, 0.2, 0.9], &[1.0, 0.5, 0.0, 0.0], &[1.0, 1.0, 1.0, 0.0]);
    close(one.share(), (0.8 + 0.2) / (0.8 + 0.4 + 0.2));
    close(one.baseline(), 1.5 / 3.0);
    close(one.ratio(), (1.0 / 1.4) / 0.5);
    // A case is the ratio of sums, not the mean of ratios.
    let other = Focus::of(&[0.1; 4], &[0.0, 0.0, 0.0, 1.0], &[1.0; 4]);
    close(one.plus(other).share(), (1.0 + 0.1) / (1.4 + 0.4));
    close(one.plus(other).baseline(), 2.5 / 7.0);
    close(Focus::of(&[0.3; 4], &[0.25; 4], &[1.0; 4]).ratio(), 1.0);
    assert_eq!((Focus::default().share(), Focus::default().baseline(), Focus::default().ratio()), (None, None, None));
    assert_eq!(Focus::of(&[0.0; 2], &[1.0, 0.0], &[1.0; 2]).share(), None, "no attention is not a share of none");

    let map: Vec<f32> = (0..16).map(|i| i as f32).collect();
    assert_eq!(coarser(&map, 4, 2), [2.5, 4.5, 10.5, 12.5]);
    assert_eq!(coarser(&map, 4, 4), map);
}

#[test]
fn a_gate_that_looks_everywhere_has_the_baseline_and_no_gate_has_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = phantom(&PhantomConfig::SMALL, 9301);
    let full: Vec<usize> = (0..48).filter(|&z| drawn.pancreas.has_labels(z)).collect();
    // Two slices with the organ and one without are labelled.
    let chosen = [full[2], full[5], 0];
    let labelled = (0..48).map(|z| chosen.contains(&z)).collect();
    let case = LoadedCase::new(1, drawn.volume, drawn.pancreas.clone(), labelled);
    let case = keep(case, &PreprocessConfig::default(), folder.path()).unwrap();

    let device = Device::flex();
    let mut file =
        ModelFile::read(&super::model::random_file(&Preset::Tiny.config(), islet::nn::model::weights::Precision::F32))
            .unwrap();
    for (name, weights) in &mut file.values.0 {
        if name.ends_with("psi.weight") {
            weights.values.fill(0.0);
        }
    }
    let gates = attention_focus(&file.load(&device).for_inference(), &case).unwrap();
    assert_eq!(gates.iter().map(|gate| gate.size_px).collect::<Vec<_>>(), [112, 224]);
    for GateFocus { focus, .. } in &gates {
        close(focus.ratio(), 1.0);
    }
    // The organ's area: 2 mm pixels of the scan against 1.5 mm of the input.
    let organ_px = chosen.iter().map(|&z| drawn.pancreas.slice(z).iter().filter(|&&l| l != 0).count()).sum::<usize>();
    let expected = organ_px as f64 * (2.0f64 / 1.5).powi(2);
    assert!((gates[1].focus.organ_px / expected - 1.0).abs() < 0.02, "{gates:?}, expected {expected}");
    assert!((gates[0].focus.organ_px * 4.0 / gates[1].focus.organ_px - 1.0).abs() < 1e-4);
    // 384 mm of phantom are more than the input's 336 mm: all of it is image.
    assert!((gates[1].focus.image_px / f64::from(2 * 224 * 224) - 1.0).abs() < 1e-4, "{gates:?}");

    let plain = Preset::Unet.config().init(&device).for_inference();
    assert_eq!(attention_focus(&plain, &case).unwrap(), []);
}

#[test]
fn reports_have_the_focus_of_each_gate_and_case() {
    let mask = Mask { labels: vec![0, 1, 1, 0], dims: [1, 2, 2] };
    let scores = CaseScores::of(&mask, &mask, &Geometry::with_spacing_mm([1.0; 3]));
    let scored = |name: &str, shares: &[f64]| ScoredCase {
        reference: PathBuf::from(name),
        prediction: PathBuf::from("model"),
        scores: scores.clone(),
        attention: shares
            .iter()
            .map(|on_organ| GateFocus {
                size_px: 28,
                focus: Focus { on_organ: *on_organ, anywhere: 1.0, organ_px: 1.0, image_px: 10.0 },
            })
            .collect(),
    };
    let cases = [scored("a", &[0.2, 0.5]), scored("b", &[0.4, 0.5])];
    let scores = summary::report(&cases, &[]);
    let report = serde_json::to_value(&scores).unwrap();
    let gates = &report["attention_focus"]["gates"];
    let number = |value: &serde_json::Value| value.as_f64();
    assert_eq!(gates.as_array().unwrap().len(), 2);
    close(number(&gates[0]["share"]["mean"]), 0.3);
    close(number(&gates[0]["baseline"]["mean"]), 0.1);
    close(number(&gates[0]["ratio"]["mean"]), 3.0);
    close(number(&report["metric_per_case"][1]["attention_focus"][0]["share"]), 0.4);
    let lines = summary::lines(&scores.statistics, &scores.missed, scores.attention_focus.as_ref());
    assert!(lines.contains("attention of gate 1, 28 x 28:\n  share: mean 0.3000"), "{report}");
    let table = summary::csv(&cases);
    let mut lines = table.lines();
    assert!(lines.next().unwrap().ends_with(",attention_share_gate1,attention_baseline_gate1,attention_ratio_gate1,attention_share_gate2,attention_baseline_gate2,attention_ratio_gate2"));
    assert!(lines.next().unwrap().ends_with(",0.2,0.1,2,0.5,0.1,5"), "{table}");

    let without = serde_json::to_value(summary::report(&[scored("a", &[])], &[])).unwrap();
    assert!(without.get("attention_focus").is_none() && without["metric_per_case"][0].get("attention_focus").is_none());
    assert!(!summary::csv(&[scored("a", &[])]).contains("attention"));
}
