//! The native command line: arguments, files, progress and exit codes around the core.
//!
//! [`command`] has the `islet` program, and each of its commands is in a file of its own. What is
//! computed is in the rooms before this one. Only this file turns errors into exit codes: 0 done;
//! 2 wrong usage; 3 bad data; 4 no resource (device, memory, disk); 5 partly done; 130 stopped from
//! the keyboard; 143 stopped by SIGTERM.

pub mod aggregate;
pub mod command;
pub mod compare;
pub mod datasets;
pub mod device;
pub mod evaluate;
pub mod export;
pub mod files;
pub mod finetune;
pub mod import;
pub mod label;
pub mod mask_output;
pub mod network_options;
pub mod phantom;
pub mod predict;
pub mod propagate;
pub mod report;
pub mod run_dir;
pub mod scan_check;
pub mod summary;
pub mod train;

use std::io;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::core::error::UserError;

/// Runs a command, reports its error once, on stderr, and gives the process's exit code.
pub fn main(command: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    end_with_a_closed_pipe();
    exit_code(command())
}

/// Restores what a closed pipe does to a Unix program: in `islet evaluate ... | head -1` it ends
/// quietly. Rust ignores the signal, and printing then panics.
fn end_with_a_closed_pipe() {
    #[cfg(unix)]
    {
        use std::sync::{Arc, atomic::AtomicBool};
        let always = Arc::new(AtomicBool::new(true));
        // If the handler is refused, everything still works, except at a closed pipe.
        let _ = signal_hook::flag::register_conditional_default(signal_hook::consts::SIGPIPE, always);
    }
}

fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if let Some(stopped) = error.downcast_ref::<train::Stopped>() {
        eprintln!("{stopped}");
        return ExitCode::from(stopped.0);
    }
    eprintln!("error: {error:#}");
    ExitCode::from(code(&error))
}

/// The error of a command that did part of its work. The text names what is missing. Exit code 5.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PartlyDone(pub String);

/// The exit code for input that a command cannot use.
const BAD_DATA: u8 = 3;

fn code(error: &anyhow::Error) -> u8 {
    if error.is::<device::NoDevice>() {
        return 4;
    }
    if error.is::<PartlyDone>() {
        return 5;
    }
    if error.is::<UserError>() {
        return BAD_DATA;
    }
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(kind) if files::is_shortage(kind) => 4,
        Some(_) => BAD_DATA,
        None => 1,
    }
}

/// A progress bar. It shows on a terminal only.
fn progress(len: usize, what: impl Into<String>) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed} (left {eta})")
        .expect("a valid template")
        .progress_chars("=> ");
    ProgressBar::new(len as u64).with_style(style).with_message(what.into())
}

/// Case numbers, written as `1,2,5-8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseList(pub Vec<u32>);

impl std::str::FromStr for CaseList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("found `{text}`, expected case numbers such as 1,2,5-8");
        let mut ids = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |s: &str| s.trim().parse::<u32>().map_err(|_| wrong());
            let (first, last) = (number(first)?, number(last)?);
            if first > last || last - first > 100_000 {
                return Err(wrong());
            }
            ids.extend(first..=last);
        }
        Ok(Self(ids))
    }
}
