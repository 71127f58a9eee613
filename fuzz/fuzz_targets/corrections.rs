//! Saved corrections.

#![no_main]

islet_fuzz::target!(CORRECTIONS);
