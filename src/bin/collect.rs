//! `collect`: see `islet::cli::aggregate`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, aggregate};

fn main() -> ExitCode {
    cli::exit(aggregate::run(aggregate::Args::parse()))
}
