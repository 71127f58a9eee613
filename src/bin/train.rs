//! `train`: see `islet::cli::train`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, train};

fn main() -> ExitCode {
    cli::exit(train::run(train::Args::parse()))
}
