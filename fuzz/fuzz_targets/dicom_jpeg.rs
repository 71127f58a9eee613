//! DICOM images in JPEG.

#![no_main]

islet_fuzz::target!(DICOM);
