//! `train`: `islet train` under its old name, which scripts use. See `islet::cli::train`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, train};

fn main() -> ExitCode {
    let args = train::Args::parse();
    cli::main(|| train::run(args))
}
