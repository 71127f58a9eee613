//! Model files.

#![no_main]

islet_fuzz::target!(MODEL);
