//! `evaluate`: see `islet::cli::evaluate`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, evaluate};

fn main() -> ExitCode {
    cli::exit(evaluate::run(evaluate::Args::parse()))
}
