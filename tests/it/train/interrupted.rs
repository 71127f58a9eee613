//! Commands that write one file, killed at any moment or out of disk: there is the old file or the new one, never half of one.
//!
//! `ISLET_INTERRUPTIONS=50` makes it 50 times each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{interruptions, reference, refused};
use crate::cli::ISLET;
use crate::mutated::ONE_HEAP;

/// A command and the file that it writes.
struct Job {
    args: Vec<String>,
    output: PathBuf,
}

impl Job {
    fn new(args: &[&str], output_flag: &str, output: PathBuf) -> Self {
        let written = [output_flag, output.to_str().unwrap()];
        Self { args: args.iter().chain(&written).map(|&arg| arg.to_owned()).collect(), output }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(ISLET);
        command.args(&self.args).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    }

    fn partial(&self) -> PathBuf {
        format!("{}.partial", self.output.display()).into()
    }

    /// The bytes that it writes when nothing stops it.
    fn result(&self) -> Vec<u8> {
        assert!(self.command().status().unwrap().success(), "{:?}", self.args);
        fs::read(&self.output).unwrap()
    }

    /// Out of disk from this many bytes on, in blocks of 512; the signal is ignored, so that the write itself fails.
    fn limited(&self, bytes: usize) -> Output {
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", bytes / 512);
        Command::new("sh").args(["-c", &script, "sh", ISLET]).args(&self.args).output().unwrap()
    }
}

/// Prediction, import and aggregation, each into a folder of its own.
fn jobs(folder: &Path) -> [Job; 3] {
    let reference = reference();
    let path = |path: PathBuf| path.to_str().unwrap().to_owned();
    let [model, scan] = [reference.run.file("model.safetensors"), reference.folder.path().join("0.zip")].map(path);
    let release = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nnunet/predictor/small/model");
    let out = |name: &str| {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    };
    let run = path(reference.run.out.clone());
    [
        Job::new(&["predict", "--model", &model, "--input", &scan], "--output", out("predict").join("mask.nii")),
        Job::new(&["import", "--nnunet", &path(release)], "--output", out("import").join("model.safetensors")),
        Job::new(&["aggregate", &run, &run], "--report", out("aggregate").join("all.json")),
    ]
}

/// Other bytes, as an earlier result would be.
fn earlier(new: &[u8]) -> Vec<u8> {
    new.iter().rev().copied().chain(*b"old").collect()
}

#[test]
fn a_killed_command_leaves_the_old_file_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(50);
    for job in jobs(folder.path()) {
        let began = Instant::now();
        let new = job.result();
        let took = began.elapsed();
        let old = earlier(&new);
        let (mut stayed, mut while_writing) = (0, 0);
        let kills = interruptions(10);
        for kill in 0..kills {
            fs::write(&job.output, &old).unwrap();
            _ = fs::remove_file(job.partial());
            let mut child = job.command().spawn().unwrap();
            if kill % 3 == 0 {
                while !job.partial().exists() && child.try_wait().unwrap().is_none() {}
            } else {
                sleep(took.mul_f64(rng.random_range(0.0..1.1)));
            }
            let _ = child.kill();
            child.wait().unwrap();
            let found = fs::read(&job.output).unwrap();
            assert!(found == old || found == new, "{:?} left half a file", job.args);
            stayed += usize::from(found == old);
            while_writing += usize::from(job.partial().exists());
        }
        println!(
            "{}: {kills} kills, the old file {stayed} times, {while_writing} in the middle of writing",
            job.args[0]
        );
        assert!(job.result() == new, "what a killed run left stands in the way of the next");
        assert!(!job.partial().exists());
    }
}

#[test]
fn a_full_disk_leaves_the_old_file_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for job in jobs(folder.path()) {
        let new = job.result();
        let old = earlier(&new);
        fs::write(&job.output, &old).unwrap();
        let times = interruptions(5);
        for time in 0..times {
            let output = job.limited(new.len() * time / times);
            refused(&output, 4, &["cannot be written"]);
            assert!(fs::read(&job.output).unwrap() == old, "{:?} left another file", job.args);
            assert!(!job.partial().exists(), "what failed takes no room");
        }
        println!("{}: {times} times out of disk", job.args[0]);
        assert!(job.result() == new);
    }
}

/// The memory of this process in KiB, as Linux counts it.
fn resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The variable that tells this test's own process that it is the child, and where to write.
const IN_A_ROW: &str = "ISLET_IN_A_ROW";

#[test]
fn many_scans_in_a_row_leave_memory_flat() {
    use clap::Parser;
    // Two hundred where each interruption is forced fifty times.
    let scans = interruptions(15) * 4;
    if let Ok(arguments) = std::env::var(IN_A_ROW) {
        let readings: Vec<String> = (0..scans)
            .map(|_| {
                let began = Instant::now();
                let args = islet::cli::predict::Args::try_parse_from(arguments.split('\n')).unwrap();
                islet::cli::predict::run(args).unwrap();
                format!("{} {}", resident_kib().unwrap_or(0), began.elapsed().as_micros())
            })
            .collect();
        let output = arguments.split('\n').next_back().unwrap();
        return fs::write(format!("{output}.memory"), readings.join("\n")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let [job, ..] = jobs(folder.path());
    let test = "train::interrupted::many_scans_in_a_row_leave_memory_flat";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([test, "--exact", "--test-threads=1"]).env(IN_A_ROW, job.args.join("\n")).envs(ONE_HEAP);
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(format!("{}.memory", job.output.display())).unwrap();
    let readings: Vec<[u64; 2]> = text
        .lines()
        .map(|line| {
            let mut numbers = line.split(' ').map(|n| n.parse().unwrap());
            [numbers.next().unwrap(), numbers.next().unwrap()]
        })
        .collect();
    assert_eq!(readings.len(), scans);
    let mean = |part: &[[u64; 2]], which: usize| part.iter().map(|r| r[which]).sum::<u64>() / part.len() as u64;
    let [early, late] =
        [&readings[scans / 10..scans * 3 / 10], &readings[scans * 8 / 10..]].map(|part| [mean(part, 0), mean(part, 1)]);
    println!(
        "{scans} scans in one process: {} KiB in the second and third tenth, {} KiB in the last two; {} and {} microseconds \
         a scan",
        early[0], late[0], early[1], late[1]
    );
    // Five times what it moved by itself in a dozen runs, and 20 KiB a scan of sixty.
    assert!(late[0] < early[0] + 1024, "from {} to {} KiB", early[0], late[0]);
}
