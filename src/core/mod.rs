//! Values and plain algorithms that every other room builds on: no file formats, no tensors, no
//! I/O.

pub mod box_around;
pub mod connected_components;
pub mod distance_transform;
pub mod drawn_measurement;
pub mod drawn_pixels;
pub mod error;
pub mod flood_fill;
pub mod gaussian;
pub mod hex;
pub mod hounsfield;
pub mod hu_histogram;
pub mod hu_statistics;
pub mod i18n;
pub mod label_statistics;
pub mod label_values;
pub mod mask;
pub mod mpr;
pub mod organ_codes;
pub mod organ_colours;
pub mod parallel;
pub mod plane_sampling;
pub mod run_length;
pub mod slab;
pub mod statistics;
pub mod volume;
pub mod volumetry;
pub mod window;
