//! One case's truth and prepared slices as a file that is written once, checked when it is opened, and read
//! slice by slice.
//!
//! The file, little-endian: the magic; the length of the header (u32); the header (JSON); the truth of every
//! slice on the scan's grid, as runs (label u8, length u32); a record for each labelled slice; the SHA-256 of
//! everything before it. A record is the slice's placement (origin and step, `[y, x]`, f64) and its input,
//! `[3, size, size]`, as u16: 65535 stands for 1, so that a value is off by half a step at most, 7.7e-6.
//! The names and the folder of the files are chosen in `cache`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cache_file;
use crate::core::mask::Mask;
use crate::core::run_length::{self, LabelRun};
use crate::imaging::preprocess::{CropGeometry, Input};

/// The format and its version. A file of another version is written again.
const MAGIC: &[u8; 8] = b"ISLETSC1";
const CHECKSUM_BYTES: u64 = 32;
const PLACEMENT_BYTES: usize = 4 * size_of::<f64>();
const RUN_BYTES: usize = size_of::<u8>() + size_of::<u32>();

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreHeader {
    /// Hash of the case and of the settings that the slices were made from; the file is named after it.
    pub key: String,
    /// Shape of the scan, `[depth, height, width]`.
    pub dims: [usize; 3],
    /// Height and width of the inputs.
    pub size_px: usize,
    /// The slices that have a record, in order.
    pub slices: Vec<usize>,
    /// For every slice of the scan, true if its truth holds anything but background.
    pub filled: Vec<bool>,
    /// For every slice of the scan, the number of runs in its truth.
    pub runs: Vec<usize>,
}

/// A checked file. Every read opens it again, so any number of threads may read at once, and the number
/// of cases is not limited by the number of files that a process may hold open.
#[derive(Clone, Debug)]
pub struct SliceStore {
    /// The header of the file.
    pub header: StoreHeader,
    path: PathBuf,
    /// Where the truth begins, in bytes.
    truth_at: u64,
}

/// A labelled slice, as training needs it.
#[derive(Clone, Debug)]
pub struct StoredSlice {
    /// The network's input.
    pub input: Input,
    /// Where the input lies on the slice.
    pub placement: CropGeometry,
    /// The labels of the slice, `[y, x]`, on the scan's grid.
    pub truth: Vec<u8>,
}

/// Writes a file, as [`cache_file::write`] does. The records are those of `slices`; both they and `truth` are in viewing order. The file is returned
/// open for reading, without being read and hashed again.
///
/// # Errors
/// A disk that is full or cannot be written; nothing is left behind then.
pub fn write(
    path: &Path,
    key: &str,
    truth: &Mask,
    size_px: usize,
    slices: &[usize],
    records: impl Iterator<Item = (Input, CropGeometry)>,
) -> io::Result<SliceStore> {
    let coded: Vec<Vec<u8>> = (0..truth.dims[0]).map(|z| runs(truth.slice(z))).collect();
    let header = StoreHeader {
        key: key.into(),
        dims: truth.dims,
        size_px,
        slices: slices.into(),
        filled: (0..truth.dims[0]).map(|z| truth.has_labels(z)).collect(),
        runs: coded.iter().map(|runs| runs.len() / RUN_BYTES).collect(),
    };
    let truth_at = cache_file::write(path, |file| fill(file, &header, &coded.concat(), records))?;
    Ok(SliceStore { header, path: path.into(), truth_at })
}

/// Writes the content of a file, and returns where its truth begins, in bytes.
fn fill(
    file: &File,
    header: &StoreHeader,
    truth: &[u8],
    records: impl Iterator<Item = (Input, CropGeometry)>,
) -> io::Result<u64> {
    let mut out = Hashing { inner: BufWriter::with_capacity(1 << 20, file), hash: Sha256::new() };
    let json = serde_json::to_vec(header)?;
    out.write_all(MAGIC)?;
    out.write_all(&u32::try_from(json.len()).map_err(io::Error::other)?.to_le_bytes())?;
    out.write_all(&json)?;
    out.write_all(truth)?;
    for (input, placement) in records {
        let place = [placement.origin_px, placement.step_px];
        out.write_all(&flat(place.as_flattened(), f64::to_le_bytes))?;
        out.write_all(&flat(&input.channels, |value| ((value * 65535.0).round() as u16).to_le_bytes()))?;
    }
    let Hashing { mut inner, hash } = out;
    inner.write_all(&hash.finalize())?;
    inner.flush()?;
    Ok((MAGIC.len() + size_of::<u32>() + json.len()) as u64)
}

impl SliceStore {
    /// Opens a file and checks all of it.
    ///
    /// # Errors
    /// `NotFound`; `InvalidData` or `UnexpectedEof` if it is not what was written under this key; errors of
    /// reading.
    pub fn open(path: &Path, key: &str) -> io::Result<Self> {
        let file = File::open(path)?;
        let checked_bytes = file.metadata()?.len().checked_sub(CHECKSUM_BYTES).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut source = BufReader::with_capacity(1 << 20, file);
        let mut out = Hashing { inner: io::sink(), hash: Sha256::new() };
        io::copy(&mut source.by_ref().take(checked_bytes), &mut out)?;
        let mut checksum = [0; CHECKSUM_BYTES as usize];
        source.read_exact(&mut checksum)?;
        if out.hash.finalize()[..] != checksum {
            return Err(invalid("its checksum is another"));
        }
        source.rewind()?;
        let mut start = [0; MAGIC.len() + 4];
        source.read_exact(&mut start)?;
        let (magic, length) = start.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(invalid("it is of another version"));
        }
        let length = u64::from(u32::from_le_bytes(length.try_into().map_err(io::Error::other)?));
        let header: StoreHeader = serde_json::from_reader(source.take(length))?;
        let store = Self { header, path: path.into(), truth_at: start.len() as u64 + length };
        if store.header.key != key || store.bytes() != checked_bytes + CHECKSUM_BYTES {
            return Err(invalid("it holds something else"));
        }
        Ok(store)
    }

    /// The truth of slice `z`, `[y, x]`, on the scan's grid.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn truth(&self, z: usize) -> io::Result<Vec<u8>> {
        self.truth_from(&mut File::open(&self.path)?, z)
    }

    /// The input of slice `z` and its placement.
    ///
    /// # Errors
    /// A slice without a record, and errors of reading.
    pub fn read(&self, z: usize) -> io::Result<(Input, CropGeometry)> {
        self.record_from(&mut File::open(&self.path)?, z)
    }

    /// The input, placement and truth of slice `z`, with the file opened once for all of them.
    ///
    /// # Errors
    /// A slice without a record, and errors of reading.
    pub fn read_with_truth(&self, z: usize) -> io::Result<StoredSlice> {
        let mut file = File::open(&self.path)?;
        let (input, placement) = self.record_from(&mut file, z)?;
        Ok(StoredSlice { input, placement, truth: self.truth_from(&mut file, z)? })
    }

    fn truth_from(&self, file: &mut File, z: usize) -> io::Result<Vec<u8>> {
        let StoreHeader { dims, runs, .. } = &self.header;
        let before: usize = runs[..z].iter().sum();
        let coded = read_at(file, self.truth_at + (before * RUN_BYTES) as u64, runs[z] * RUN_BYTES)?;
        let mut labels = Vec::with_capacity(dims[1] * dims[2]);
        for &[label, ref length @ ..] in coded.as_chunks::<RUN_BYTES>().0 {
            labels.extend(std::iter::repeat_n(label, u32::from_le_bytes(*length) as usize));
        }
        Ok(labels)
    }

    fn record_from(&self, file: &mut File, z: usize) -> io::Result<(Input, CropGeometry)> {
        let StoreHeader { dims, size_px, ref slices, .. } = self.header;
        let rank = slices.binary_search(&z).map_err(|_| io::Error::other(format!("slice {z} is not labelled")))?;
        let bytes = record_bytes(size_px);
        let record = read_at(file, self.records_at() + (rank * bytes) as u64, bytes)?;
        let (placement, input) = record.split_at(PLACEMENT_BYTES);
        let mut numbers = placement.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        let mut pair = || [(); 2].map(|()| numbers.next().unwrap_or_default());
        let placement = CropGeometry { origin_px: pair(), step_px: pair(), slice_dims: [dims[1], dims[2]], size_px };
        let values = input.as_chunks().0.iter().map(|bytes| f32::from(u16::from_le_bytes(*bytes)) / 65535.0);
        Ok((Input { channels: values.collect(), size_px }, placement))
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.records_at() + (self.header.slices.len() * record_bytes(self.header.size_px)) as u64 + CHECKSUM_BYTES
    }

    fn records_at(&self) -> u64 {
        self.truth_at + (self.header.runs.iter().sum::<usize>() * RUN_BYTES) as u64
    }
}

/// Reads `count` bytes from `position` on.
fn read_at(file: &mut File, position: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    file.seek(SeekFrom::Start(position))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Codes labels as runs, each a label (u8) and a length (u32).
fn runs(labels: &[u8]) -> Vec<u8> {
    let bytes = |run: LabelRun| [&[run.label][..], &(run.length as u32).to_le_bytes()].concat();
    run_length::runs(labels).flat_map(bytes).collect()
}

fn record_bytes(size_px: usize) -> usize {
    PLACEMENT_BYTES + 3 * size_px * size_px * size_of::<u16>()
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The bytes of all values, one after the other.
fn flat<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| bytes(*value)).collect()
}

/// A writer that hashes the bytes it passes to another writer.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
