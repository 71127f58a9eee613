//! Zips of scans.

#![no_main]

islet_fuzz::target!(ZIP);
