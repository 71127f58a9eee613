//! `export`: see `islet::cli::export`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, export};

fn main() -> ExitCode {
    cli::exit(export::run(export::Args::parse()))
}
