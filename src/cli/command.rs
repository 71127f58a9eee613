//! The `islet` command: one subcommand for each task, shell completions, and manual pages.
//!
//! Each subcommand's arguments and code are in the file of its name. The flags have the same names
//! everywhere; the spellings of earlier versions are hidden aliases.

use std::io::{self, Write};

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{aggregate, compare, evaluate, export, import, label, phantom, predict, propagate, train};

/// Pancreas segmentation on abdominal CT: training, prediction and evaluation. Not a medical
/// device.
#[derive(Parser, Debug)]
#[command(name = "islet", version)]
pub struct Islet {
    #[command(subcommand)]
    command: Command,
}

// One value per process: its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Subcommand, Debug)]
enum Command {
    Train(train::Args),
    Predict(predict::Args),
    Label(label::Args),
    Propagate(propagate::Args),
    Evaluate(evaluate::Args),
    Compare(compare::Args),
    #[command(alias = "collect")]
    Aggregate(aggregate::Args),
    Phantom(phantom::Args),
    Import(import::Args),
    Export(export::Args),
    /// Prints the licences of everything that Islet contains.
    Licences,
    /// Prints the completions for a shell.
    Completions {
        /// The shell to print them for.
        shell: Shell,
    },
    /// Prints a manual page in roff.
    Man {
        /// The command to describe; without one, `islet` itself.
        #[arg(value_parser = DESCRIBED)]
        command: Option<String>,
    },
}

/// The commands that have a manual page.
const DESCRIBED: [&str; 10] =
    ["train", "predict", "label", "propagate", "evaluate", "compare", "aggregate", "phantom", "import", "export"];

/// Runs the subcommand.
pub fn run(islet: Islet) -> Result<()> {
    match islet.command {
        Command::Train(args) => train::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Label(args) => label::run(args),
        Command::Propagate(args) => propagate::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Aggregate(args) => aggregate::run(args),
        Command::Phantom(args) => phantom::run(args),
        Command::Import(args) => import::run(args),
        Command::Export(args) => export::run(args),
        // Written by tools/licences.mjs; the page shows the same file.
        Command::Licences => Ok(write!(io::stdout(), "{}", include_str!("../../www/licences.txt"))?),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Islet::command(), "islet", &mut io::stdout());
            Ok(())
        }
        Command::Man { command } => print_manual(command.as_deref()),
    }
}

fn print_manual(name: Option<&str>) -> Result<()> {
    let mut islet = Islet::command();
    // Gives each subcommand its full name, `islet-predict`.
    islet.build();
    let command = match name {
        None => islet,
        Some(name) => islet.find_subcommand(name).cloned().expect("a command of the list"),
    };
    Ok(Man::new(command).render(&mut io::stdout())?)
}
