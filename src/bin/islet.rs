//! `islet`: see `islet::cli::command`.

use std::process::ExitCode;

use clap::Parser;
use islet::cli::{self, command};

fn main() -> ExitCode {
    let args = command::Islet::parse();
    cli::main(|| command::run(args))
}
