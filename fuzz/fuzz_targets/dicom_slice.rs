//! A DICOM slice among the others of its series.

#![no_main]

islet_fuzz::target!(DICOM_SLICE);
