//! `phantom`: see `islet::cli::phantom`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, phantom};

fn main() -> ExitCode {
    cli::exit(phantom::run(phantom::Args::parse()))
}
