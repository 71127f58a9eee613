//! `islet evaluate`, `compare` and `aggregate` as people run them, on masks and reports made by hand.

use std::fs;
use std::path::Path;
use std::process::Output;

use islet::core::mask::Mask;
use islet::core::volume::Geometry;
use islet::formats::nifti;
use serde_json::{Value, json};

use crate::cli::{ok, run, text};

/// One slice of eight voxels, 6 mm³ each.
fn save(folder: &Path, name: &str, labels: [u8; 8]) {
    fs::create_dir_all(folder).unwrap();
    let mask = Mask { labels: labels.to_vec(), dims: [1, 2, 4] };
    fs::write(folder.join(name), nifti::write_mask(&mask, Some(&Geometry::with_spacing_mm([3.0, 2.0, 1.0])))).unwrap();
}

fn evaluated(folder: &Path) -> (Value, Output) {
    let (truth, pred, report) = (folder.join("truth"), folder.join("pred"), folder.join("run/summary.json"));
    let output = run("evaluate", &["--truth", text(&truth), "--pred", text(&pred), "--report", text(&report)]);
    ok(&output);
    (serde_json::from_slice(&fs::read(report).unwrap()).unwrap(), output)
}

fn refused(output: &Output, says: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains(says), "{err}");
}

#[test]
fn missed_unpredicted_and_empty_cases_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (truth, pred) = (folder.path().join("truth"), folder.path().join("pred"));
    let (none, some) = ([0; 8], [0, 1, 1, 0, 0, 0, 0, 0]);
    for (name, labels) in [("found", some), ("missed", some), ("unpredicted", some), ("nothing", none)] {
        save(&truth, &format!("{name}.nii.gz"), labels);
    }
    for (name, labels) in [("found", [0, 1, 1, 0, 0, 1, 1, 0]), ("missed", none), ("nothing", none)] {
        save(&pred, &format!("{name}.nii.gz"), labels);
    }
    let (json, output) = evaluated(folder.path());
    assert_eq!(json["without_prediction"], json!(["unpredicted.nii.gz"]));
    assert_eq!(json["missed"], json!({ "1": ["missed.nii.gz"] }));
    assert!(String::from_utf8_lossy(&output.stderr).contains("unpredicted.nii.gz"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("missed: the prediction of missed.nii.gz"));

    // Dice 2/3, 0 and 1; both distances of the only case that has them.
    let cases = json["metric_per_case"].as_array().unwrap();
    let of = |name: &str| {
        let is = |case: &&Value| case["reference_file"].as_str().unwrap().ends_with(&format!("{name}.nii.gz"));
        cases.iter().find(is).unwrap()["metrics"]["1"].clone()
    };
    assert_eq!(cases.len(), 3);
    let found = of("found");
    assert_eq!([&found["TP"], &found["FP"], &found["FN"], &found["TN"]], [2, 2, 0, 4]);
    assert_eq!([&found["n_pred"], &found["n_ref"]], [4, 2]);
    assert_eq!((&found["recall"], &found["precision"], &found["IoU"]), (&json!(1.0), &json!(0.5), &json!(0.5)));
    assert_eq!((&found["volume_error_relative"], &found["volume_error_ml"]), (&json!(1.0), &json!(0.012)));
    // Two of six surface voxels lie one row of 2 mm away.
    assert_eq!((&found["HD95_mm"], &found["ASSD_mm"]), (&json!(2.0), &json!(4.0 / 6.0)));
    assert_eq!((&of("missed")["Dice"], &of("missed")["NSD_2mm"]), (&json!(0.0), &json!(0.0)));
    assert_eq!((&of("missed")["HD95_mm"], &of("missed")["precision"]), (&Value::Null, &Value::Null));
    assert_eq!((&of("nothing")["Dice"], &of("nothing")["ASSD_mm"]), (&json!(1.0), &Value::Null));

    let close = |value: &Value, expected: f64| assert!((value.as_f64().unwrap() - expected).abs() < 1e-12, "{value}");
    close(&json["mean"]["1"]["Dice"], 5.0 / 9.0);
    close(&json["foreground_mean"]["Dice"], 5.0 / 9.0);
    close(&json["foreground_mean"]["n_ref"], 4.0 / 3.0);
    close(&json["foreground_mean"]["HD95_mm"], 2.0);
    let dice = &json["statistics"]["1"]["Dice"];
    close(&dice["sd"], (7.0f64 / 27.0).sqrt());
    assert_eq!(
        (&dice["n"], &dice["interval_95"]),
        (&json!(3), &json!([0.0, 1.0])),
        "three resamples of a kind: 1 in 27"
    );
    let hd95 = &json["statistics"]["1"]["HD95_mm"];
    assert_eq!((&hd95["n"], &hd95["undefined"], &hd95["sd"]), (&json!(1), &json!(2), &Value::Null));
    assert!(json["empty_masks"].as_str().unwrap().contains("both masks empty: Dice"));

    let table = fs::read_to_string(folder.path().join("run/summary.csv")).unwrap();
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 4);
    let column = |name: &str| lines[0].iter().position(|field| *field == name).unwrap();
    let missed = lines.iter().find(|line| line[0] == "\"missed.nii.gz\"").unwrap();
    assert_eq!((missed[column("Dice")], missed[column("HD95_mm")], missed[column("FN")]), ("0", "", "2"));
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
}

#[test]
fn several_labels_are_reported_one_by_one_and_together() {
    let folder = tempfile::tempdir().unwrap();
    save(&folder.path().join("truth"), "a.nii", [1, 1, 2, 2, 0, 0, 0, 0]);
    save(&folder.path().join("pred"), "a.nii", [1, 1, 1, 2, 0, 0, 0, 0]);
    let (json, _) = evaluated(folder.path());
    let dice = |object: &str| json["metric_per_case"][0]["metrics"][object]["Dice"].as_f64().unwrap();
    assert_eq!([dice("1"), dice("2"), dice("foreground")], [4.0 / 5.0, 2.0 / 3.0, 1.0]);
    let mean = json["foreground_mean"]["Dice"].as_f64().unwrap();
    assert!((mean - (4.0 / 5.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12, "nnU-Net's is the mean of the labels' means: {mean}");

    save(&folder.path().join("truth"), "a.nii", [0, 255, 255, 0, 0, 0, 0, 0]);
    save(&folder.path().join("pred"), "a.nii", [0, 1, 1, 0, 0, 0, 0, 0]);
    let (json, _) = evaluated(folder.path());
    assert_eq!(json["mean"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1"], "two ways to write one label");
    assert_eq!(json["foreground_mean"]["Dice"], 1.0);
}

#[test]
fn evaluate_refuses_what_it_could_only_get_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (truth, pred) = (folder.path().join("truth"), folder.path().join("pred"));
    save(&truth, "a.nii", [1; 8]);
    save(&pred.join("fold_0"), "a.nii", [1; 8]);
    let with = |report: &str| run("evaluate", &["--truth", text(&truth), "--pred", text(&pred), "--report", report]);
    let (json, csv) = (folder.path().join("summary.json"), folder.path().join("summary.csv"));
    refused(&with(text(&csv)), "summary.csv");
    save(&pred.join("fold_1"), "a.nii", [1; 8]);
    refused(&with(text(&json)), "has the same name");
    assert!(!json.exists() && !csv.exists(), "a refusal leaves no report");
}

/// A report as nnU-Net writes it, NaN included.
fn report(cases: &[(&str, f64, Option<f64>)]) -> String {
    let case = |(name, dice, hd95): &(&str, f64, Option<f64>)| {
        let hd95 = hd95.map_or("NaN".into(), |v| v.to_string());
        format!(
            r#"{{"reference_file": "/truth/{name}.nii.gz", "prediction_file": "/pred/{name}.nii.gz", "metrics": {{"1": {{"Dice": {dice}, "HD95_mm": {hd95}}}}}}}"#
        )
    };
    let cases: Vec<_> = cases.iter().map(case).collect();
    format!(r#"{{"foreground_mean": {{"Dice": NaN}}, "metric_per_case": [{}]}}"#, cases.join(", "))
}

/// The fields of the line of a metric.
fn line<'a>(said: &'a str, metric: &str) -> Vec<&'a str> {
    let found = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    found.into_iter().find(|fields| fields.first() == Some(&metric)).unwrap_or_else(|| panic!("no {metric} in\n{said}"))
}

#[test]
fn two_runs_are_compared_on_the_cases_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["c1", "c2", "c3", "c4", "c5", "c6"];
    let a: Vec<_> = names.iter().map(|name| (*name, 0.5, Some(4.0))).chain([("only_a", 0.0, Some(90.0))]).collect();
    let b = names.iter().enumerate().map(|(i, name)| (*name, 0.51 + i as f64 / 100.0, (i > 0).then_some(3.0)));
    let b: Vec<_> = b.chain([("only_b", 1.0, Some(0.0))]).collect();
    let (run_a, file_b) = (folder.path().join("run_a"), folder.path().join("b.json"));
    fs::create_dir(&run_a).unwrap();
    fs::write(run_a.join("summary.json"), report(&a)).unwrap();
    fs::write(&file_b, report(&b)).unwrap();
    let said = ok(&run("compare", &[text(&run_a), text(&file_b)]));
    assert!(said.contains("6 case(s) paired"), "{said}");
    assert!(said.contains("only in A, not compared: only_a.nii.gz"), "{said}");
    assert!(said.contains("only in B, not compared: only_b.nii.gz"), "{said}");
    // All six differ one way: 2 / 2⁶.
    let dice = line(&said, "Dice");
    assert_eq!(dice[..5], ["Dice", "6", "0.5000", "0.5350", "+0.0350"]);
    let [low, high] = [5, 7].map(|at| dice[at].parse::<f64>().unwrap());
    assert!(0.01 < low && low < 0.035 && 0.035 < high && high < 0.06, "{dice:?}");
    assert_eq!(dice[8], "0.0312");
    // Five have distances in both, all equal: their p is 2 / 2⁵, and cannot be less.
    let hd95 = line(&said, "HD95_mm");
    assert_eq!(hd95[..5], ["HD95_mm", "5", "4.0000", "3.0000", "-1.0000"]);
    assert_eq!(hd95[8], "0.0625");
    assert!(said.contains("fewer than 6 pairs"), "{said}");

    // The same names, and label 1 of other truths.
    let evaluated = |name: &str, labels: &str| {
        let path = folder.path().join(name);
        let case = r#"{"reference_file": "c1.nii.gz", "metrics": LABELS}"#.replace("LABELS", labels);
        fs::write(&path, format!(r#"{{"metric_per_case": [{case}]}}"#)).unwrap();
        path
    };
    let one = evaluated("one.json", r#"{"1": {"Dice": 0.5, "n_ref": 10}, "2": {"Dice": 0.1, "n_ref": 3}}"#);
    let another = evaluated("another.json", r#"{"1": {"Dice": 0.5, "n_ref": 11}}"#);
    let output = run("compare", &[text(&one), text(&another)]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(ok(&output).contains("1 Dice"), "{output:?}");
    assert!(err.contains("only A has label 2") && err.contains("another size"), "{err}");
}

#[test]
fn compare_refuses_what_does_not_pair() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, twice, other] = ["a.json", "b.json", "twice.json", "other.json"].map(|name| folder.path().join(name));
    fs::write(&a, report(&[("c1", 0.5, None)])).unwrap();
    fs::write(&b, report(&[("c2", 0.5, None)])).unwrap();
    fs::write(&twice, report(&[("c1", 0.5, None), ("c1", 0.6, None)])).unwrap();
    fs::write(&other, "{}").unwrap();
    let with = |b: &Path| run("compare", &[text(&a), text(b)]);
    refused(&with(&b), "c1.nii.gz is in one, c2.nii.gz in the other");
    refused(&with(&twice), "two cases with the truth c1.nii.gz");
    refused(&with(&other), "metric_per_case");
    refused(&with(folder.path()), "summary.json");
    let said = ok(&with(&a));
    assert!(!said.contains("HD95_mm"), "no pair has one: {said}");
    assert!(said.contains("fewer than 6 pairs"), "{said}");
}

#[test]
fn folds_are_collected_into_one_table_and_seeds_into_one_mean_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (run, cases) in [
        ("fold_1", vec![("a", 0.5, Some(4.0)), ("b", 0.7, None)]),
        ("fold_2", vec![("c", 0.9, Some(2.0))]),
        ("seed_2", vec![("a", 0.7, Some(8.0)), ("b", 0.7, None)]),
    ] {
        fs::create_dir(at(run)).unwrap();
        fs::write(at(run).join("summary.json"), report(&cases)).unwrap();
    }
    let (out, [one, two, seed, gone]) = (at("all.json"), ["fold_1", "fold_2", "seed_2", "fold_3"].map(at));
    let said = ok(&run("aggregate", &[text(&one), text(&two), "--report", text(&out)]));
    assert!(
        said.contains("fold_1 | 2 | 0.6000 | 0.1414 |") && said.contains("| all | 3 | 0.7000 | 0.2000 |"),
        "{said}"
    );
    // Distances are defined in two of three cases.
    assert!(said.contains("HD95_mm: mean 3.0000") && said.contains("n 2, undefined in 1 more"), "{said}");
    let json: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    assert_eq!(json["metric_per_case"].as_array().unwrap().len(), 3);
    assert!(ok(&run("compare", &[text(&out), text(&one)])).contains("2 case(s) paired"), "a report like any other");

    // Two seeds on the same cases: each case once, with its mean.
    let said = ok(&run("aggregate", &[text(&one), text(&seed), "--report", text(&out)]));
    assert!(said.contains("| all | 2 | 0.6500 | 0.0707 |"), "{said}");
    let json: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let a = &json["metric_per_case"][0];
    assert_eq!((a["metrics"]["1"]["HD95_mm"].as_f64(), a["runs"].as_u64()), (Some(6.0), Some(2)));

    // A fold that is not finished is named, and the rest is there all the same.
    let output = run("aggregate", &[text(&one), text(&gone), "--report", text(&out)]);
    let (said, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(
        said.contains("fold_3 | missing |") && said.contains("| all | 2 |") && err.contains("fold_3"),
        "{output:?}"
    );
    refused(&run("aggregate", &[text(&gone)]), "none of these has a summary.json");
}
