//! Islet segments the pancreas on abdominal CT, in a web page (WebAssembly) and natively.
//!
//! # Data flow
//!
//! ```text
//!  files                                                        files
//!    |  formats: DICOM, NIfTI, NRRD, pictures                     ^  formats: SEG, NIfTI, NRRD, STL, CSV
//!    v                                                            |
//!  Series: Volume in file order, [z, y, x], HU                  Mask in file order
//!    |  core::volume::Orientation                                 ^  core::volume::Orientation
//!    v                                                            |
//!  Volume in viewing order (axial, LPS)                         Mask in viewing order <- imaging::edit (corrections)
//!    |  imaging::preprocess                                       ^  threshold
//!    v                                                            |
//!  Input [3, 224, 224] and CropGeometry per slice               ProbabilityMap per slice
//!    |                                                            ^
//!    +------------------> nn: Attention U-Net --------------------+
//! ```
//!
//! # Rooms
//!
//! The modules below are listed in the order of dependence: each imports only from those before it, and the two shells never
//! import each other. `tests/it/layers.rs` checks this.
//!
//! - [`core`]: values and plain algorithms that every other room builds on.
//! - [`formats`]: file formats; bytes to values and back, without I/O.
//! - [`imaging`]: operations on volumes and masks before and after the network.
//! - [`nn`]: the network, its inference, training and fine-tuning; only from here on does code name Burn.
//! - [`app`]: the application behind the page, without JavaScript.
//! - `cli`: the native command line (feature `cli`).
//! - `web`: the page and its workers (features `web` and `workers`, wasm32 only).
//!
//! # Example
//!
//! The network's input for one slice of a synthetic abdomen:
//!
//! ```
//! use islet::imaging::phantom::{PhantomConfig, phantom};
//! use islet::imaging::preprocess::{PreprocessConfig, prepare};
//!
//! let grid = PhantomConfig { dims: [3, 96, 96], spacing_mm: [3.0, 4.0, 4.0] };
//! let case = phantom(&grid, 1);
//! assert_eq!(case.volume.geometry.unwrap().spacing_mm(), [3.0, 4.0, 4.0]);
//!
//! let (input, crop) = prepare(&case.volume, 1, &PreprocessConfig::default());
//! assert_eq!(input.channels.len(), 3 * 224 * 224);
//!
//! // A map on the network's grid comes back onto the slice's own grid.
//! let middle = &input.channels[224 * 224..][..224 * 224];
//! assert_eq!(crop.restore(middle, 224).len(), 96 * 96);
//! ```

pub mod core;
pub mod formats;
pub mod imaging;
pub mod nn;

pub mod app;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "workers")]
pub mod web;
