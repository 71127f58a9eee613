//! `islet export`: writes a model for other programs. The graph is built in `nn::model::onnx`, or of a model of
//! volumes in `nn::volume::onnx`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use super::files;
use crate::nn::model::onnx;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume;

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
///
/// # Errors
/// A file that cannot be read or is no model; a model that does not fit into a graph.
pub fn run(args: Args) -> Result<()> {
    let bytes = match files::read_any_model(&args.model)? {
        SegmentationModel::Slices(file) => onnx::encode(&file),
        SegmentationModel::Volumes(file) => {
            volume::onnx::encode(&file).map_err(|refusal| files::refused(&args.model, refusal))?
        }
    };
    files::write(&args.output, &bytes)?;
    println!("wrote {}", args.output.display());
    Ok(())
}
