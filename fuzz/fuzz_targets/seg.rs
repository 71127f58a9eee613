//! DICOM SEG.

#![no_main]

islet_fuzz::target!(DICOM);
