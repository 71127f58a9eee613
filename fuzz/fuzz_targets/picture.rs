//! PNG and JPEG.

#![no_main]

islet_fuzz::target!(PICTURE);
