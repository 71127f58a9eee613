//! RT Structure Sets in DICOM (PS3.3 A.19): closed planar contours in the patient, in mm, to labels on a grid, and back.
//!
//! Contours that are written (`contours`) cross the line between a voxel inside and one outside at 0.49 of the step: marching
//! squares at half level, drawn in by a hundredth. Readers that ask which voxel centres lie inside, and readers that first round
//! points to voxels and then fill, borders included, both get the mask back. The area of a contour is that of its voxels, less half
//! a voxel and about a hundredth of a voxel for each side on its border. Holes are keyholes (C.8.8.6.3).
//!
//! Contours that are read (`raster`) hold a voxel if its centre lies inside or on one of them. Nested contours of one organ are
//! holes, by even and odd.

mod contours;
mod raster;
mod read;
mod write;

pub use read::{StructureSet, read_structure_set};
pub use write::write_structure_set;
