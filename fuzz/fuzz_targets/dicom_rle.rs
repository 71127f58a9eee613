//! DICOM images in RLE.

#![no_main]

islet_fuzz::target!(DICOM);
