//! Models of nnU-Net as zips, with plans and labels.

#![no_main]

islet_fuzz::target!(RELEASE);
