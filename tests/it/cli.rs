//! The commands as people run them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use islet::formats::nifti;
use islet::nn::model::weights::ModelFile;

use crate::datasets::with_ignore;

/// Runs `islet` with a subcommand and its arguments.
pub(crate) fn run(subcommand: &str, args: &[&str]) -> Output {
    run_program(ISLET, &[&[subcommand][..], args].concat())
}

pub(crate) fn run_program(program: &str, args: &[&str]) -> Output {
    // Not the developer's own cache folder.
    Command::new(program).args(args).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).output().unwrap()
}

pub(crate) fn ok(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    out.into_owned()
}

pub(crate) const ISLET: &str = env!("CARGO_BIN_EXE_islet");
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors");

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn phantoms_are_trained_on_predicted_and_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    ok(&run("phantom", &["--output", text(&data), "--cases", "2", "--seed", "7"]));

    let base = ["--data", text(&data), "--layout", "ct82", "--out", text(&out), "--epochs", "1", "--batch-size", "16"];
    let said = ok(&run("train", &base));
    assert!(said.contains("case 1001: 48 slices") && said.contains("validation DSC"), "{said}");
    for file in
        ["config.toml", "log.jsonl", "metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"]
    {
        assert!(out.join(file).is_file(), "{file}");
    }
    let model = out.join("model.safetensors");
    let file = ModelFile::read(&fs::read(&model).unwrap()).unwrap();
    let training = file.passport.training;
    assert_eq!((training.preset.as_str(), training.epochs), ("islet", 1));
    assert_eq!(training.cases.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["1001"]);
    assert_eq!(training.cases[0].sha256.len(), 64);
    assert_eq!(
        training.scores.iter().map(|s| (s.case.as_str(), s.trained_on)).collect::<Vec<_>>(),
        [("1002", false), ("1001", true)]
    );

    let summary: serde_json::Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    let cases = summary["metric_per_case"].as_array().unwrap();
    assert_eq!(cases.iter().map(|c| c["reference_file"].as_str().unwrap()).collect::<Vec<_>>(), ["case 1002"]);
    assert_eq!(cases[0]["metrics"]["1"]["Dice"].as_f64().unwrap(), training.scores[0].dsc);
    assert!(fs::read_to_string(out.join("summary.csv")).unwrap().contains("\n\"case 1002\",1,"));
    let gates = summary["attention_focus"]["gates"].as_array().unwrap();
    assert_eq!(gates.iter().map(|gate| gate["size_px"].as_u64().unwrap()).collect::<Vec<_>>(), [28, 56, 112, 224]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    // Both cases in the table; the two worst slices of the one that validates, each with its four gates.
    assert!(page.contains("scope=row>case 1002</th>") && page.contains("scope=row>case 1001<span"), "{page}");
    assert_eq!(page.matches("data:image/png").count(), 2 * (1 + 4));

    let (scan, truth) = (data.join("Pancreas-CT/PANCREAS_1002"), data.join("TCIA_pancreas_labels-02-05-2017"));
    let (pred, report) = (folder.path().join("pred"), folder.path().join("report.json"));
    let mask = pred.join("label1002.nii.gz");
    ok(&run(
        "predict",
        &["--model", text(&model), "--input", text(&scan), "--output", text(&mask), "--report", text(&report)],
    ));
    let (mask, geometry) = nifti::read_mask("mask", &fs::read(mask).unwrap()).unwrap();
    let (label, label_geometry) =
        nifti::read_mask("label", &fs::read(truth.join("label1002.nii.gz")).unwrap()).unwrap();
    assert_eq!((mask.dims, geometry), (label.dims, label_geometry), "the mask lies on the scan's grid");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!(json["voxels"].as_u64().unwrap() as usize, mask.count());

    let summary = folder.path().join("summary.json");
    ok(&run("evaluate", &["--truth", text(&truth), "--pred", text(&truth), "--report", text(&summary)]));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&summary).unwrap()).unwrap();
    assert_eq!(json["foreground_mean"]["Dice"], 1.0, "the truth against itself");
    ok(&run("evaluate", &["--truth", text(&truth), "--pred", text(&pred), "--report", text(&summary)]));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&summary).unwrap()).unwrap();
    let dsc = json["metric_per_case"][0]["metrics"]["1"]["Dice"].as_f64().unwrap();
    let said = training.scores[0].dsc;
    assert!(
        (dsc - said).abs() < 2e-3,
        "evaluate says {dsc}, the passport {said}; half precision is all that lies between"
    );
}

#[test]
fn the_shipped_model_finds_the_pancreas_of_phantoms_it_never_saw() {
    let folder = tempfile::tempdir().unwrap();
    ok(&run("phantom", &["--output", text(folder.path()), "--cases", "4", "--seed", "9001"]));
    let pred = folder.path().join("pred");
    for id in 1001..=1004 {
        let scan = folder.path().join(format!("Pancreas-CT/PANCREAS_{id}"));
        let output = pred.join(format!("label{id}.nii.gz"));
        ok(&run("predict", &["--model", SHIPPED, "--input", text(&scan), "--output", text(&output)]));
    }
    let (truth, report) = (folder.path().join("TCIA_pancreas_labels-02-05-2017"), folder.path().join("summary.json"));
    ok(&run("evaluate", &["--truth", text(&truth), "--pred", text(&pred), "--report", text(&report)]));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!(json["metric_per_case"].as_array().unwrap().len(), 4);
    let dsc = json["foreground_mean"]["Dice"].as_f64().unwrap();
    assert!(dsc >= 0.90, "mean DSC {dsc}");
}

#[test]
fn an_initial_model_hands_down_what_it_has_learned() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    ok(&run("phantom", &["--output", text(&data), "--cases", "2", "--seed", "0"]));
    let args = ["--data", text(&data), "--out", text(&out), "--epochs", "1", "--batch-size", "16", "--init", SHIPPED];
    // Cases 25 and 70 of a list are left out, as the archive left them out.
    ok(&run("train", &[&args[..], &["--train-cases", "25,70,1001", "--val-cases", "1002"]].concat()));
    let read = |path: &Path| ModelFile::read(&fs::read(path).unwrap()).unwrap().passport.training;
    let (before, after) = (read(Path::new(SHIPPED)), read(&out.join("model.safetensors")));
    assert_eq!(after.epochs, before.epochs + 1);
    assert!(before.cases.iter().all(|case| after.cases.contains(case)), "{:?}", after.cases);
    assert!(after.dataset.starts_with(&before.dataset) && after.dataset.len() > before.dataset.len());
}

#[test]
fn corrections_tune_a_model_and_the_passport_says_so() {
    use islet::core::mask::PANCREAS;
    use islet::imaging::phantom::{PhantomConfig, phantom};
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("corrections.zip"), folder.path().join("run"));
    let case = phantom(&PhantomConfig::SMALL, 9300);
    let labelled: Vec<bool> = (0..48).map(|z| [18, 22, 26, 30].contains(&z)).collect();
    assert!(case.pancreas.slice(22).contains(&PANCREAS));
    fs::write(&data, islet::formats::dataset::write("case", &case.volume, &with_ignore(&case.pancreas, &labelled)))
        .unwrap();
    let tune = ["--data", text(&data), "--out", text(&out), "--tune", "gates", "--steps", "1"];
    let said = ok(&run("train", &[&tune[..], &["--init", SHIPPED]].concat()));
    assert!(
        said.contains("3 slices to learn from, ") && said.contains(" more completed from them, 1 set aside"),
        "{said}"
    );
    let read = |path: &Path| ModelFile::read(&fs::read(path).unwrap()).unwrap();
    let (before, after) = (read(Path::new(SHIPPED)), read(&out.join("model.safetensors")));
    let [tuning] = &after.passport.training.tunings[..] else { panic!("{:?}", after.passport.training.tunings) };
    assert_eq!((tuning.parent.clone(), tuning.moves.as_str()), (before.values.sha256(), "gates"));
    assert_eq!((tuning.corrected_slices, tuning.held_out_slices, tuning.steps), (3, 1, 1));
    assert!(tuning.completed_slices > 8, "{}", tuning.completed_slices);
    assert!(tuning.held_out_dsc[0] > 0.5, "the shipped model knows phantoms: {tuning:?}");
    assert_eq!(before.values.0["head.weight"], after.values.0["head.weight"], "only gates move");
    assert_ne!(before.values.0["gates.0.psi.weight"], after.values.0["gates.0.psi.weight"]);

    let without_init = run("train", &tune);
    assert_eq!(without_init.status.code(), Some(2), "{without_init:?}");
}

#[test]
fn the_train_binary_is_islet_train() {
    let option_names = |output: Output| {
        let help = ok(&output);
        help.split_whitespace().filter(|word| word.starts_with("--")).map(str::to_owned).collect::<Vec<_>>()
    };
    let train = option_names(run_program(env!("CARGO_BIN_EXE_train"), &["--help"]));
    assert!(train.contains(&"--data".to_owned()), "{train:?}");
    assert_eq!(train, option_names(run("train", &["--help"])));
}

#[test]
fn earlier_spellings_of_commands_and_flags_are_accepted_and_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let (data, onnx) = (folder.path().join("data"), folder.path().join("model.onnx"));
    ok(&run("phantom", &["--out", text(&data), "--cases", "1", "--slices", "2"]));
    ok(&run("export", &["--model", SHIPPED, "--onnx", text(&onnx)]));
    assert!(data.is_dir() && onnx.is_file());
    ok(&run("collect", &["--help"]));
    for (command, hidden) in [("phantom", "--out "), ("export", "--onnx"), ("import", "--out "), ("help", "collect")] {
        let help = ok(&run(command, &["--help"][..usize::from(command != "help")]));
        assert!(!help.contains(hidden), "{help}");
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let commands =
        ["train", "predict", "label", "propagate", "evaluate", "compare", "aggregate", "phantom", "import", "export"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ok(&run("completions", &[shell]));
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    let manual = ok(&run("man", &[]));
    assert!(manual.contains(".TH islet 1"), "{manual}");
    for command in commands {
        assert!(manual.contains(&format!("islet\\-{command}(1)")), "{manual}");
        let page = ok(&run("man", &[command]));
        assert!(page.contains(&format!(".TH islet-{command} 1")), "{page}");
    }
    let unknown = run("man", &["segment"]);
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_a_command_quietly_and_after_its_files_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    ok(&run("phantom", &["--output", text(&data), "--cases", "1", "--slices", "2"]));
    let truth = data.join("TCIA_pancreas_labels-02-05-2017");
    let scan = data.join("Pancreas-CT/PANCREAS_1001");
    let (mask, report) = (out.join("mask.nii.gz"), out.join("predict.json"));
    let predict = ["--model", SHIPPED, "--input", text(&scan), "--output", text(&mask), "--report", text(&report)];
    let summary = out.join("summary.json");
    let evaluate = ["--truth", text(&truth), "--pred", text(&truth), "--report", text(&summary)];
    for (command, args, written) in
        [("predict", &predict[..], &[&mask, &report][..]), ("evaluate", &evaluate[..], &[&summary][..])]
    {
        // The reader is gone before the command starts.
        let script = "(sleep 1; exec \"$@\") | true";
        let output = run_program("bash", &[&["-c", script, "bash", ISLET, command], args].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !err.contains("panicked"), "{err}");
        assert!(written.iter().all(|path| path.is_file()), "{command} wrote {written:?}");
    }
}

#[test]
fn errors_name_the_thing_and_the_exit_code_says_what_kind() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, out) = (folder.path().join("bad.dcm"), folder.path().join("out.nii.gz"));
    fs::write(&bad, b"not an image").unwrap();
    let failed = |output: Output, code: i32, says: &str| {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains(says), "{err}");
    };
    let predict =
        |model: &str, input: &Path| run("predict", &["--model", model, "--input", text(input), "--output", text(&out)]);
    failed(predict(SHIPPED, &bad), 3, "bad.dcm");
    failed(predict(SHIPPED, folder.path()), 3, "bad.dcm");
    failed(predict(text(&bad), &bad), 3, "bad.dcm");
    failed(predict(SHIPPED, &folder.path().join("nowhere")), 3, "nowhere");
    failed(run("train", &["--data", text(folder.path()), "--out", text(&out)]), 3, "PANCREAS_0001");
    failed(
        run("train", &["--data", "x", "--out", "y", "--train-cases", "5-2", "--val-cases", "1"]),
        2,
        "expected case numbers",
    );
    failed(run("train", &["--out", "y"]), 2, "--data");
    failed(run("train", &["--data", "x", "--out", "y", "--fold", "5/4"]), 2, "expected a part such as 1/4");
    let both = ["--data", "x", "--out", "y", "--fold", "1/4", "--train-cases", "1", "--val-cases", "2"];
    failed(run("train", &both), 2, "cannot be used with");
    #[cfg(not(feature = "cuda"))]
    failed(
        run("train", &["--data", text(folder.path()), "--out", text(&out), "--device", "cuda"]),
        4,
        "--features cuda",
    );
    assert!(!out.exists(), "a failure leaves no file");
}

#[test]
#[ignore = "needs ../shared/ct82"]
fn the_two_patients_of_ct82_pair_with_their_labels() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/ct82");
    use islet::cli::datasets::{check, ct82, source::CaseSource};
    let source = CaseSource::open(&data).unwrap();
    // Voxels of the labels, and the mean HU inside them, as nibabel and pydicom give them.
    for (id, voxels, mean_hu) in [(1, 78_329, 102.557), (2, 110_797, 95.261)] {
        let case = ct82::load(id, &ct82::find(&source).unwrap()[&id], &source, &mut Vec::new()).unwrap();
        assert_eq!(case.truth.count(), voxels);
        check::scan("it", &case.volume).unwrap();
        check::case("it", &case).unwrap();
        let inside = case.truth.labels.iter().zip(&case.volume.hu).filter(|(l, _)| **l != 0);
        let mean = inside.map(|(_, hu)| f64::from(*hu)).sum::<f64>() / voxels as f64;
        assert!((mean - mean_hu).abs() < 0.01, "case {id}: {mean} HU inside its label");
        assert!(case.volume.geometry.unwrap().step_mm(1)[1] > 0.0, "upright");
    }
}
