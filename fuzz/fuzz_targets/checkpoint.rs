//! Checkpoints of nnU-Net, which are pickles in zips.

#![no_main]

islet_fuzz::target!(CHECKPOINT);
