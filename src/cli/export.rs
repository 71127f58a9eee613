//! `islet export`: writes a model for other programs. The graph is built in `nn::model::onnx`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use super::files;
use crate::nn::model::onnx;

/// Writes a model as an ONNX graph, for ONNX Runtime and other programs that read ONNX.
#[derive(Parser, Debug)]
#[command(name = "export", version)]
pub struct Args {
    /// Model file.
    #[arg(long)]
    model: PathBuf,
    /// Graph to write (.onnx).
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
