//! Segmentations in DICOM (PS3.3 A.51): a file to a label volume ([`read_seg`]), labels to a file ([`write_seg`]).

mod frames;
mod grid;
mod read;
mod write;

pub(in crate::formats) use read::on_grid;
pub use read::{Segmentation, read_seg};
pub use write::write_seg;
