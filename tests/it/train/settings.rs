//! The settings of a run are compared as values, each by the flag that sets it.

use islet::cli::train::settings::{CaseContent, Preparation, RunSettings};
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::train::TrainConfig;
use serde_json::{Value, json};

fn settings() -> RunSettings {
    let case = |id| CaseContent { id, sha256: format!("{id:064x}") };
    RunSettings {
        preset: "islet".into(),
        init_sha256: None,
        labels: vec!["pancreas".into()],
        preprocess: Preparation::Slices(PreprocessConfig::default()),
        train: TrainConfig::default(),
        validate_every: 4,
        devices: 1,
        train_cases: vec![case(1), case(2)],
        val_cases: vec![case(3)],
    }
}

/// The settings with every number, text, switch and list changed, one at a time, and where.
fn changed_one_by_one(value: &Value, path: &str, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                changed_one_by_one(field, &format!("{path}/{name}"), into);
            }
        }
        Value::Number(number) => into.push((path.into(), json!(number.as_f64().unwrap() as i64 + 3))),
        Value::Bool(on) => into.push((path.into(), json!(!on))),
        Value::Array(items) => into.push((path.into(), json!(items[1..]))),
        _ => {}
    }
}

#[test]
fn every_setting_that_differs_is_found_and_named() {
    let mut first = settings();
    first.train.augment.flip = 0.25;
    let value = serde_json::to_value(&first).unwrap();
    let mut changes = Vec::new();
    changed_one_by_one(&value, "", &mut changes);
    assert!(changes.len() > 20, "{changes:?}");
    for (path, change) in changes {
        let mut other = value.clone();
        *other.pointer_mut(&path).unwrap() = change;
        let other: RunSettings = serde_json::from_value(other).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(other.difference(&first).is_some(), "{path}");
    }
    assert_eq!(first.difference(&first.clone()), None);
}

#[test]
fn a_difference_says_then_and_now_by_flag() {
    let first = settings();
    let mut other = first.clone();
    other.train.learning_rate = 3e-4;
    let difference = other.difference(&first).unwrap();
    assert_eq!((difference.name, &difference.then[..], &difference.now[..]), ("--learning-rate", "0.001", "0.0003"));

    let mut other = first.clone();
    other.val_cases[0].sha256 = "f".repeat(64);
    let difference = other.difference(&first).unwrap();
    assert_eq!(difference.name, "the cases to validate on");
    assert_eq!((&difference.then[..], &difference.now[..]), ("3 (00000000)", "3 (ffffffff)"));

    let mut other = first.clone();
    other.init_sha256 = Some("a".repeat(64));
    let difference = other.difference(&first).unwrap();
    assert_eq!((difference.name, &difference.then[..]), ("--init", "nothing"));
}

#[test]
fn settings_come_back_from_a_checkpoint_as_they_were() {
    let first = settings();
    let back = RunSettings::from_json(&first.to_json()).unwrap();
    assert_eq!(first.difference(&back), None);
}

#[test]
fn the_settings_of_an_earlier_version_are_refused_with_what_to_do() {
    // As a checkpoint of commit 710dbc5 has them.
    let text = r#"{"--preset":"tiny","--epochs":"4","augmentation":"AugmentConfig { crop_px: 160, shift_px: 12.0 }"}"#;
    let error = RunSettings::from_json(text).unwrap_err();
    assert!(error.reason.contains("earlier version of Islet began"), "{error}");
    assert!(error.hint.contains("without --resume"), "{error}");
    let error = RunSettings::from_json("{}").unwrap_err();
    assert!(error.reason.contains("missing field"), "{error}");
}
