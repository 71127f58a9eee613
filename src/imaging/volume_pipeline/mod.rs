//! What stands before and after a network that reads volumes, as nnU-Net v2 and TotalSegmentator do
//! it, to the rounding.
//!
//! [`prepare`](prepare::prepare) makes the network's input from a [`Volume`](crate::core::volume::Volume):
//! orientation, TotalSegmentator's resampling, order of the axes, crop to nonzero, normalisation,
//! resampling. [`sliding_window`] cuts patches and [`patch_sum`] adds up what the network says about
//! them. [`labels`] and [`probability`] bring logits onto the file's own grid along the
//! [`ReturnPath`](prepare::ReturnPath). [`region`] crops a volume to what another model found.
//!
//! Arrays are `[z, y, x]`, row-major; inputs are `[c, z, y, x]`, and what a network returns is
//! `[z, y, x, c]`. Resampling and coordinates are in double precision, because nnU-Net's are, and
//! what lies between is stored in single precision. The sources are nnU-Net v2.8.1
//! (MIC-DKFZ/nnUNet, `preprocessing` and `inference`), scikit-image's `resize`, SciPy's `ndimage` and
//! TotalSegmentator 2.18 (`nnunet.py`, `resampling.py`, `cropping.py`). No network, no files.

pub mod array;
mod blend;
pub mod canonical;
pub mod class_decision;
pub mod labels;
pub mod mirror;
mod network_grid;
mod nonzero;
mod normalise;
pub mod patch_sum;
pub mod prepare;
pub mod previous_stage;
pub mod probability;
pub mod region;
pub mod resize;
mod separate_z;
pub mod settings;
pub mod sliding_window;
pub mod zoom;
