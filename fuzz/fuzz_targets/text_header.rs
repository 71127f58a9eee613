//! NRRD and MetaImage.

#![no_main]

islet_fuzz::target!(TEXT_HEADER);
