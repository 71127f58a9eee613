//! Answers of DICOMweb servers.

#![no_main]

islet_fuzz::target!(ANSWER);
