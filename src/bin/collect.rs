//! `collect`: see `islet::cli::collect`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, collect};

fn main() -> ExitCode {
    cli::exit(collect::run(collect::Args::parse()))
}
