//! Training: what one step does, the course of a run, and that a run is never lost.

mod course;
mod gradients;
mod interrupted;
mod kernels;
mod resume;
mod settings;
mod step;
mod volume_devices;
mod volumes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use islet::cli::train::checkpoint::Checkpoint;
use islet::formats::dataset;
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::nn::model::weights::ModelFile;

const TRAIN: &str = env!("CARGO_BIN_EXE_train");

/// Two small phantoms, one to learn from, and the run that nothing ever stopped.
struct Reference {
    folder: tempfile::TempDir,
    run: Run,
    took: Duration,
}

const EPOCHS: usize = 3;

fn reference() -> &'static Reference {
    static REFERENCE: OnceLock<Reference> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let small = PhantomConfig { dims: [12, 80, 80], spacing_mm: [12.0, 4.8, 4.8] };
        for seed in 0..2 {
            let case = phantom(&small, seed);
            let zip = dataset::write(&format!("case{}", seed + 1), &case.volume, &case.pancreas);
            fs::write(folder.path().join(format!("{seed}.zip")), zip).unwrap();
        }
        let run = Run::new(folder.path(), "whole");
        let began = Instant::now();
        let output = run.finish(&[]);
        assert!(output.status.success(), "{output:?}");
        Reference { run, took: began.elapsed(), folder }
    })
}

/// One run's folder, and how it is started.
struct Run {
    data: PathBuf,
    out: PathBuf,
}

impl Run {
    fn new(folder: &Path, name: &str) -> Self {
        Self { data: folder.to_path_buf(), out: folder.join(name) }
    }

    /// A run beside the reference.
    fn beside(name: &str) -> Self {
        Self::new(reference().folder.path(), name)
    }

    /// The arguments of the reference, and these.
    fn args(&self, more: &[&str]) -> Vec<String> {
        let zips = [self.data.join("0.zip"), self.data.join("1.zip")];
        let [first, second] = zips.map(|zip| zip.display().to_string());
        let out = self.out.display().to_string();
        let base = ["--data", &first, "--data", &second, "--train-cases", "1", "--val-cases", "2", "--out", &out];
        let small = ["--preset", "tiny", "--seed", "11"];
        let given = |flag: &str| more.contains(&flag);
        let defaults = [["--epochs", "3"], ["--validate-every", "2"]].into_iter().filter(|[flag, _]| !given(flag));
        let all = base.into_iter().chain(small).chain(defaults.flatten()).chain(more.iter().copied());
        all.map(str::to_owned).collect()
    }

    fn start(&self, more: &[&str]) -> Child {
        let mut command = Command::new(TRAIN);
        command.args(self.args(more)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn finish(&self, more: &[&str]) -> Output {
        self.start(more).wait_with_output().unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    fn model(&self, name: &str) -> ModelFile {
        ModelFile::read(&fs::read(self.file(name)).unwrap()).unwrap()
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::read(&self.file("checkpoints/resume.safetensors")).unwrap()
    }

    /// What the log says of each epoch, without what depends on the clock.
    fn losses(&self) -> Vec<(u64, f64, String)> {
        let log = fs::read_to_string(self.file("log.jsonl")).unwrap();
        let line = |line: &str| {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            (json["epoch"].as_u64().unwrap(), json["loss"].as_f64().unwrap(), json["validation_dsc"].to_string())
        };
        log.lines().map(line).collect()
    }

    /// Every number that came out of this run is, to the last bit, the one that came out of the reference.
    fn assert_is_the_reference(&self) {
        let whole = &reference().run;
        for name in ["model.safetensors", "checkpoints/best.safetensors", "checkpoints/last.safetensors"] {
            let (ours, theirs) = (self.model(name), whole.model(name));
            let differ = |name: &&String| ours.values.0[*name] != theirs.values.0[*name];
            assert_eq!(theirs.values.0.keys().filter(differ).collect::<Vec<_>>(), [""; 0], "{name}");
            assert_eq!(ours.passport, theirs.passport, "{name}");
        }
        let (ours, theirs) = (self.checkpoint(), whole.checkpoint());
        assert!(ours.learner == theirs.learner, "the moments differ");
        assert_eq!(ours.progress.best_dsc.to_bits(), theirs.progress.best_dsc.to_bits());
        assert_eq!((ours.progress.epoch, ours.progress.stale), (theirs.progress.epoch, theirs.progress.stale));
        assert_eq!(self.losses(), whole.losses());
        let rows = |run: &Run| fs::read_to_string(run.file("metrics.csv")).unwrap().lines().count();
        assert_eq!(rows(self), 1 + EPOCHS);
    }
}

/// How often something is interrupted: `usual`, or what `ISLET_INTERRUPTIONS` says.
fn interruptions(usual: usize) -> usize {
    std::env::var("ISLET_INTERRUPTIONS").map_or(usual, |text| text.parse().expect("ISLET_INTERRUPTIONS is a number"))
}

/// Polls until it is so; panics after a minute.
fn wait_until(mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never happened");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn refused(output: &Output, code: i32, says: &[&str]) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{err}");
    for words in says {
        assert!(err.contains(words), "`{words}` is not in: {err}");
    }
}

fn ended(child: Child) -> ExitStatus {
    child.wait_with_output().unwrap().status
}
