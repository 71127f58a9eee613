//! DICOMweb (PS3.18): what a server is asked, and what its answers mean, without I/O.
//!
//! [`query`] has the addresses, [`listing`] reads lists of studies, series and instances (QIDO-RS), [`multipart`] finds
//! the files in an answer (WADO-RS) and wraps a file for a request (STOW-RS), and [`stored`] reads what became of it.
//! [`answer`] refuses what is no such answer. All of it comes from a server, and is believed as little as a file.

pub mod answer;
mod json;
pub mod listing;
mod media_type;
pub mod multipart;
pub mod query;
pub mod stored;
