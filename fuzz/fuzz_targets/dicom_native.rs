//! DICOM images whose pixels are not coded.

#![no_main]

islet_fuzz::target!(DICOM);
