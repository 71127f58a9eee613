//! DICOM images in JPEG 2000.

#![no_main]

islet_fuzz::target!(DICOM);
