//! `import`: see `islet::cli::import`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, import};

fn main() -> ExitCode {
    cli::exit(import::run(import::Args::parse()))
}
