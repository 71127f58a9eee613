//! Recognises equal scans by their pixels alone, whatever the case's number, file format or label.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::core::hex::hex;
use crate::core::hounsfield::AIR_HU;
use crate::core::volume::Volume;

/// A slice with a smaller share of pixels in the body than this is not used to recognise a scan.
const LEAST_BODY: f64 = 0.01;

/// A scan's pixels as hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// SHA-256, in hexadecimal, of the shape (`[depth, height, width]`, each u64 little-endian) followed by the voxels (i16
    /// little-endian), in viewing order.
    pub sha256: String,
    /// The same of every slice with some body in it: a scan cropped to fewer slices, or with its slices the other way round,
    /// shares them with the whole one.
    slices: HashSet<[u8; 32]>,
}

impl Fingerprint {
    /// The hashes of a scan in viewing order.
    pub fn of(volume: &Volume) -> Self {
        Self::with_each_slice(volume, |_| {})
    }

    /// The hashes of a scan in viewing order. `visit` receives the voxels of each slice in turn, as the
    /// bytes that are hashed, so that another hash over them needs no second pass.
    pub(super) fn with_each_slice(volume: &Volume, mut visit: impl FnMut(&[u8])) -> Self {
        let mut scan = Sha256::new();
        scan.update(volume.dims.map(|n| (n as u64).to_le_bytes()).as_flattened());
        let mut slices = HashSet::new();
        for z in 0..volume.depth() {
            let hu = volume.slice(z).hu;
            let bytes = little_endian(hu);
            scan.update(&bytes);
            visit(&bytes);
            let body = hu.iter().filter(|&&hu| hu > AIR_HU).count();
            if body as f64 >= LEAST_BODY * hu.len() as f64 && hu.iter().any(|&pixel| pixel != hu[0]) {
                slices.insert(Sha256::digest(&bytes).into());
            }
        }
        Self { sha256: hex(&scan.finalize()), slices }
    }
}

/// The slices of the scans read so far, each with the number of its case.
#[derive(Debug, Default)]
pub struct DuplicateIndex {
    slices: HashMap<[u8; 32], u32>,
}

impl DuplicateIndex {
    /// The earlier case that shares the most slices with a scan, and their number; `None` if there is none.
    pub fn alike(&self, scan: &Fingerprint) -> Option<(u32, usize)> {
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for id in scan.slices.iter().filter_map(|slice| self.slices.get(slice)) {
            *shared.entry(*id).or_default() += 1;
        }
        shared.into_iter().max_by_key(|&(id, count)| (count, std::cmp::Reverse(id)))
    }

    /// Adds a scan under its case's number.
    pub fn add(&mut self, id: u32, scan: &Fingerprint) {
        for slice in &scan.slices {
            self.slices.entry(*slice).or_insert(id);
        }
    }
}

/// Voxels as bytes, i16 little-endian.
fn little_endian(hu: &[i16]) -> Vec<u8> {
    hu.iter().flat_map(|hu| hu.to_le_bytes()).collect()
}
