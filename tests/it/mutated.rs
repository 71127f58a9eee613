//! Thousands of broken files through every reader: no panic, no abort, none that takes long, none that takes much memory.
//!
//! The files are the project's own and those of tests/golden, mutated by what is known of their format. The same number
//! gives the same file. `ISLET_MUTATED_SECONDS` and `ISLET_MUTATED_SEED` make it a fuzzer: other files, for that long.
//! With `ISLET_MUTATED_WRITE` the files that the page may be given are written to that folder.

mod bytes;
mod cases;
mod containers;
mod corpus;
mod dicom;
mod kinds;
mod measure;
mod reading;
mod run;

use std::fs;
use std::path::Path;

pub(crate) use self::containers::gzipped;
use self::corpus::Corpus;
use self::kinds::Target;
pub(crate) use self::measure::ONE_HEAP;
use self::run::Plan;

/// How many files are tried in every run of the tests.
const FILES: u64 = 8000;
/// The name of the test that a child runs again.
const TEST: &str = "mutated::no_mutated_file_breaks_a_reader";

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

#[test]
fn no_mutated_file_breaks_a_reader() {
    if let Some(plan) = Plan::of_child() {
        return run::run_child(&plan);
    }
    let folder = tempfile::tempdir().unwrap();
    let seconds = number("ISLET_MUTATED_SECONDS");
    let plan = Plan {
        seed: number("ISLET_MUTATED_SEED").unwrap_or(1),
        first: 0,
        end: if seconds.is_some() { u64::MAX } else { FILES },
        seconds: seconds.unwrap_or(3600),
        folder: folder.path().into(),
    };
    let findings = run::run(plan, TEST);
    println!("{}", fs::read_to_string(folder.path().join("summary")).unwrap_or_default());
    if !findings.is_empty() {
        // Kept for whoever looks for the reason.
        let kept = folder.keep();
        panic!("{} findings, their files in {}:\n{}", findings.len(), kept.display(), findings.join("\n"));
    }
}

#[test]
fn mutated_files_are_the_same_every_time_and_are_mutated() {
    let [first, second] = [Corpus::new(), Corpus::new()];
    let same = (0..400).filter(|&number| first.case(1, number).bytes == first.case(1, number).seed.bytes).count();
    assert!(same < 60, "{same} of 400 are as they were");
    for number in (0..400).filter(|number| first.case(1, *number).seed.target != Target::Model) {
        assert_eq!(first.case(1, number).bytes, second.case(1, number).bytes, "file {number}");
        assert_eq!(first.case(1, number).bytes, first.case(1, number).bytes);
    }
    let targets: std::collections::BTreeSet<Target> = first.seeds().map(|seed| seed.target).collect();
    assert_eq!(targets.len(), 9, "{targets:?}");
    if let Ok(folder) = std::env::var("ISLET_MUTATED_WRITE") {
        write_for_the_page(&first, Path::new(&folder));
    }
}

/// The files that can be dropped into the page.
fn write_for_the_page(corpus: &Corpus, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..FILES {
        let case = corpus.case(1, number);
        let ending = match case.seed.target {
            Target::Import | Target::ImportAmongSlices | Target::ImportWithSeries => "bin",
            Target::Model => "safetensors",
            Target::Release => "zip",
            Target::Checkpoint | Target::Corrections | Target::Session | Target::Answer => continue,
        };
        fs::write(folder.join(format!("{number:05}.{ending}")), &case.bytes).unwrap();
    }
}
