//! DICOM RTSTRUCT, with the series that it lies on.

#![no_main]

islet_fuzz::target!(RTSTRUCT);
