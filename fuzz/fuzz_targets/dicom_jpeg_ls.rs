//! DICOM images in JPEG-LS.

#![no_main]

islet_fuzz::target!(DICOM);
