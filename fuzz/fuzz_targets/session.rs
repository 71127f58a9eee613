//! Session files.

#![no_main]

islet_fuzz::target!(SESSION);
