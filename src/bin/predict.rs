//! `predict`: see `islet::cli::predict`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, predict};

fn main() -> ExitCode {
    cli::exit(predict::run(predict::Args::parse()))
}
