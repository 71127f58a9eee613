//! Running cases in a process of their own, so that one that aborts, hangs or takes all memory is a finding, and not the end.

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use islet::nn::model::Preset;
use islet::nn::model::weights::Precision;

use super::cases::Case;
use super::corpus::Corpus;
use super::measure::{Memory, ONE_HEAP};
use super::reading::{Reader, most_bytes};
use crate::model::random_file;

/// The longest that reading a file may take.
const MOST_TIME: Duration = Duration::from_secs(2);
/// A file that takes longer has hung.
const HUNG: Duration = Duration::from_secs(60);

/// Which cases to run.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) first: u64,
    /// One behind the last.
    pub(super) end: u64,
    /// How long to go on.
    pub(super) seconds: u64,
    /// Where the child reports.
    pub(super) folder: PathBuf,
}

/// The environment variable that tells the child its plan.
const PLAN: &str = "ISLET_MUTATED_PLAN";

impl Plan {
    /// The plan of this process, if it is a child.
    pub(super) fn of_child() -> Option<Self> {
        let plan = std::env::var(PLAN).ok()?;
        let mut parts = plan.splitn(5, ',');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).expect("the parent writes numbers");
        let (seed, first, end, seconds) = (number(), number(), number(), number());
        Some(Self { seed, first, end, seconds, folder: parts.next().expect("and a folder").into() })
    }

    fn start(&self, test: &str) -> Child {
        let Self { seed, first, end, seconds, folder } = self;
        Command::new(std::env::current_exe().expect("a test runs from a file"))
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(PLAN, format!("{seed},{first},{end},{seconds},{}", folder.display()))
            .envs(ONE_HEAP)
            .stdout(Stdio::null())
            .spawn()
            .expect("the test binary starts again")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The case that the child is at.
    fn progress(&self) -> u64 {
        let text = fs::read_to_string(self.file("progress")).unwrap_or_default();
        text.trim().parse().unwrap_or(self.first)
    }
}

/// Runs all cases of a plan in children; what was found, one line for each.
pub(super) fn run(mut plan: Plan, test: &str) -> Vec<String> {
    let started = Instant::now();
    let mut findings = Vec::new();
    let seconds = plan.seconds;
    while plan.first < plan.end && started.elapsed().as_secs() < seconds {
        plan.seconds = seconds - started.elapsed().as_secs();
        _ = fs::remove_file(plan.file("progress"));
        let ended = wait(&mut plan.start(test), &plan);
        let reported = fs::read_to_string(plan.file("findings")).unwrap_or_default();
        findings.extend(reported.lines().map(str::to_owned));
        _ = fs::remove_file(plan.file("findings"));
        let at = plan.progress();
        match ended {
            Ok(()) => break,
            Err(how) => findings.push(format!("case {at}: {how}")),
        }
        plan.first = at + 1;
    }
    findings
}

/// Waits for a child; how it ended, if not well.
fn wait(child: &mut Child, plan: &Plan) -> Result<(), String> {
    let mut last = (plan.first, Instant::now());
    loop {
        if let Some(status) = child.try_wait().expect("it is a child of this process") {
            return if status.success() { Ok(()) } else { Err(format!("ended with {status}")) };
        }
        let at = plan.progress();
        if at != last.0 {
            last = (at, Instant::now());
        } else if last.1.elapsed() > HUNG {
            child.kill().expect("it is a child of this process");
            _ = child.wait();
            return Err(format!("went on for {HUNG:?}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

static PANIC: Mutex<String> = Mutex::new(String::new());

/// The child: runs the cases and reports to the files `findings` and `summary`.
pub(super) fn run_child(plan: &Plan) {
    std::panic::set_hook(Box::new(|panic| *PANIC.lock().expect("no panic in here") = panic.to_string()));
    let corpus = Corpus::new();
    let model = random_file(&Preset::Tiny.config(), Precision::F16);
    let mut reader = Reader::new(model.clone());
    // The second time, all that is made once is there.
    for _ in 0..2 {
        for seed in corpus.seeds() {
            reader.read(seed.target, &corpus.companions, &seed.bytes);
        }
    }
    let mut report = fs::File::create(plan.file("findings")).expect("the parent's folder");
    let mut summary = Summary { cases: 0, taken: 0, slowest: Duration::ZERO, least_reserved: u64::MAX, most_bytes: 0 };
    let started = Instant::now();
    for number in plan.first..plan.end {
        if started.elapsed().as_secs() >= plan.seconds {
            break;
        }
        fs::write(plan.file("progress"), number.to_string()).expect("the parent's folder");
        let case = corpus.case(plan.seed, number);
        if let Some(what) = summary.try_case(&corpus, &case, &mut reader) {
            let kept = plan.file(&format!("{number}-{}", case.seed.name));
            fs::write(&kept, &case.bytes).expect("the parent's folder");
            let size = case.bytes.len();
            let (target, kept) = (case.seed.target, kept.display());
            writeln!(report, "case {number}, {target:?}, {size} bytes: {what} ({kept})").expect("the parent's folder");
            // As after a panic: nothing of what was there is used again.
            reader = Reader::new(model.clone());
        }
    }
    summary.write(&plan.file("summary"));
}

struct Summary {
    cases: u64,
    taken: u64,
    slowest: Duration,
    least_reserved: u64,
    most_bytes: u64,
}

impl Summary {
    /// Runs one case; what is wrong with it.
    fn try_case(&mut self, corpus: &Corpus, case: &Case<'_>, reader: &mut Reader) -> Option<String> {
        let before = Memory::now();
        let started = Instant::now();
        let mut read =
            || catch_unwind(AssertUnwindSafe(|| reader.read(case.seed.target, &corpus.companions, &case.bytes)));
        let Ok(taken) = read() else {
            return Some(PANIC.lock().expect("no panic in there").replace('\n', " "));
        };
        let mut took = started.elapsed();
        let grown = before.zip(Memory::now()).map_or(0, |(before, now)| {
            self.least_reserved = self.least_reserved.min(before.reserved);
            // No file took more than lies between the least before a file and the most ever.
            self.most_bytes = now.most_reserved - self.least_reserved;
            before.grown(&now)
        });
        if took > MOST_TIME {
            // Once more, in case the machine was busy.
            let again = Instant::now();
            _ = read();
            took = took.min(again.elapsed());
        }
        self.cases += 1;
        self.taken += u64::from(taken);
        self.slowest = self.slowest.max(took);
        let most = most_bytes(case.bytes.len()) as u64;
        if took > MOST_TIME {
            return Some(format!("took {took:?}"));
        }
        (grown > most).then(|| format!("took {} MiB, at most {} MiB", grown >> 20, most >> 20))
    }

    fn write(&self, file: &Path) {
        let Self { cases, taken, slowest, most_bytes, .. } = self;
        let text =
            format!("{cases} files, {taken} of them taken, at most {slowest:.1?} and {} MiB each\n", most_bytes >> 20);
        fs::write(file, text).expect("the parent's folder");
    }
}
