//! `export`: a model for other programs. What the graph looks like is in `model::onnx`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use super::files;
use crate::nn::model::onnx;

/// Writes a model as an ONNX graph, for ONNX Runtime and whatever else reads ONNX.
#[derive(Parser, Debug)]
#[command(name = "export", version)]
pub struct Args {
    /// Model file.
    #[arg(long)]
    model: PathBuf,
    /// Where to write the graph (.onnx).
    #[arg(long, aliases = ["onnx", "out"])]
    output: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let file = files::read_model(&args.model)?;
    files::write(&args.output, &onnx::encode(&file))?;
    println!("wrote {}", args.output.display());
    Ok(())
}
