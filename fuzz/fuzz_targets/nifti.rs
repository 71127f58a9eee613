//! NIfTI, plain and gzipped.

#![no_main]

islet_fuzz::target!(NIFTI);
