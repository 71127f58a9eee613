//! `compare`: see `islet::cli::compare`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, compare};

fn main() -> ExitCode {
    cli::exit(compare::run(compare::Args::parse()))
}
