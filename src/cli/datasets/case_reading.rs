//! What was found when a case was read, as a small file in the slice cache, so that the next training does not
//! read the scan again.
//!
//! The file is named after everything that the reading depends on but the bytes of the case's files
//! (`FoundCase::reading_key`). Its first line is the SHA-256 of the rest, in hexadecimal; the rest is JSON.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cache_file;
use super::fingerprint::Fingerprint;
use crate::core::hex::hex;
use crate::core::volume::Geometry;

/// What reading a case yields, but for its voxels and its truth. Only cases that passed every check have one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseReading {
    /// Shape of the scan in viewing order, `[depth, height, width]`.
    pub dims: [usize; 3],
    /// Position of its voxels in the patient.
    pub geometry: Option<Geometry>,
    /// For each slice, true if all of it was labelled.
    pub labelled: Vec<bool>,
    /// SHA-256, in hexadecimal, of the voxels (i16 little-endian) followed by the labels (u8), both in viewing order.
    pub sha256: String,
    /// The hashes of the scan without its labels.
    pub scan: Fingerprint,
    /// What a person should know about the reading, each a line.
    pub notes: Vec<String>,
}

/// The reading that is kept in `folder` under `key`; `None` if there is none or it is damaged.
pub fn recall(folder: &Path, key: &str) -> Option<CaseReading> {
    let text = fs::read_to_string(path(folder, key)).ok()?;
    let (checksum, json) = text.split_once('\n')?;
    (checksum == hex(&Sha256::digest(json))).then(|| serde_json::from_str(json).ok())?
}

/// Keeps a reading in `folder` under `key`.
///
/// # Errors
/// A disk that is full or cannot be written.
pub fn keep(folder: &Path, key: &str, reading: &CaseReading) -> io::Result<()> {
    let json = serde_json::to_string(reading)?;
    cache_file::write(&path(folder, key), |mut file| write!(file, "{}\n{json}", hex(&Sha256::digest(&json))))
}

fn path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.reading"))
}
