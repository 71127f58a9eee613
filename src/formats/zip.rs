//! Zips from strangers, unpacked in memory: counted, paths looked at and sizes summed before anything is inflated.

use std::io::{Cursor, Read};

use zip::CompressionMethod;
use zip::read::{ZipArchive, ZipFile};

use super::damaged;
use super::voxels::DEFLATE_RATIO;
use crate::core::error::UserError;
use crate::core::i18n::messages::ZipMessage;

/// The most files that a zip may hold.
const MOST_FILES: usize = 10_000;
/// The most bytes that a zip may unpack to.
const MOST_BYTES: u64 = 4 << 30;
/// The most bytes that one file of it may unpack to.
const MOST_BYTES_EACH: u64 = 2 << 30;
/// Zips inside a zip each have an end of their own; more than these make the search for the true one slow.
const MOST_ENDS: usize = 16;

/// A zip whose table of contents has been checked.
pub struct Archive<'a> {
    name: &'a str,
    /// How many it has itself.
    bytes: u64,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    files: Vec<(usize, String)>,
}

impl<'a> Archive<'a> {
    /// Checks everything that can be checked before any file is inflated.
    ///
    /// # Errors
    /// What is no whole zip; more than 10,000 files, or 4 GiB unpacked or 2 GiB in one file, as declared; a path that
    /// leads out; encryption, zip64, and compression other than deflate.
    pub fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, UserError> {
        check_ends(bytes).map_err(|why| UserError::new(name, why, ZipMessage::PackAgain))?;
        let mut zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| damaged(name, ZipMessage::TableUnreadable { error: error.to_string() }))?;
        let files = list(name, &mut zip)?;
        Ok(Self { name, bytes: bytes.len() as u64, zip, files })
    }

    /// The files' paths inside (see [`inside`]), in the archive's sequence; folders are none.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(_, path)| &path[..])
    }

    /// The content of the file that has this place in [`Self::paths`]. Panics if there is none.
    ///
    /// # Errors
    /// One that cannot be unpacked, or unpacks to another size than declared.
    pub fn read(&mut self, place: usize) -> Result<Vec<u8>, UserError> {
        let (index, path) = &self.files[place];
        match self.zip.by_index(*index) {
            Ok(entry) => inflate(path, entry, self.bytes).map_err(|why| damaged(self.name, why)),
            Err(error) => {
                let why = ZipMessage::CannotUnpack { path: path.clone(), error: error.to_string() };
                Err(damaged(self.name, why))
            }
        }
    }
}

/// Unpacks a zip into memory: the files' paths inside and their bytes, in the archive's sequence.
///
/// # Errors
/// As [`Archive::open`] and [`Archive::read`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, UserError> {
    let mut archive = Archive::open(name, bytes)?;
    let paths: Vec<String> = archive.paths().map(str::to_owned).collect();
    paths.into_iter().enumerate().map(|(place, path)| Ok((path, archive.read(place)?))).collect()
}

/// The files of an archive, by index and path, after everything that can be checked before any is inflated.
fn list(name: &str, archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<(usize, String)>, UserError> {
    let refused = |why: ZipMessage| UserError::new(name, why, ZipMessage::PackAgain);
    if archive.len() > MOST_FILES {
        return Err(refused(ZipMessage::TooManyFiles { found: archive.len(), most: MOST_FILES }));
    }
    let mut found = Vec::new();
    let (mut total, mut largest) = (0u64, (0, String::new()));
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index);
        let entry = entry
            .map_err(|error| refused(ZipMessage::EntryUnreadable { number: index + 1, error: error.to_string() }))?;
        if entry.is_dir() {
            continue;
        }
        let (path, size) = (check(&entry).map_err(refused)?, entry.size());
        largest = largest.max((size, path.clone()));
        found.push((index, path));
        total = total.saturating_add(size);
    }
    // Each file is then held to the size that it declares.
    if total > MOST_BYTES {
        return Err(refused(ZipMessage::TooLarge { bytes: total, most: MOST_BYTES }));
    }
    if let (size @ MOST_BYTES_EACH.., path) = largest {
        return Err(refused(ZipMessage::FileTooLarge { path, bytes: size, limit: MOST_BYTES_EACH }));
    }
    Ok(found)
}

/// What makes `ZipArchive` slow or greedy: it tries every end of an archive that the bytes hold, and reserves memory for
/// as many files as a zip64 end declares. Without zip64 that is at most 65,535.
fn check_ends(bytes: &[u8]) -> Result<(), ZipMessage> {
    let at = |magic: &'static [u8; 4]| bytes.windows(4).enumerate().filter(move |(_, w)| w == magic).map(|(at, _)| at);
    let ends = at(b"PK\x05\x06").count();
    if ends > MOST_ENDS {
        return Err(ZipMessage::SeveralEnds { found: ends });
    }
    // Four bytes turn up by chance in a gigabyte; with a number of disks that a reader believes, they do not.
    let disks = |at: usize| bytes.get(at + 16..at + 20).and_then(|disks| disks.first_chunk());
    if at(b"PK\x06\x07").any(|at| disks(at).is_some_and(|&disks| u32::from_le_bytes(disks) <= 1)) {
        return Err(ZipMessage::Zip64 { most: MOST_FILES });
    }
    Ok(())
}

/// A file's path inside, where it can be unpacked at all; nothing is inflated. A leading slash is left out, as unzip does.
fn check<R: Read>(entry: &ZipFile<'_, R>) -> Result<String, ZipMessage> {
    let path = inside(entry.name().trim_start_matches(['/', '\\']));
    let path = path.ok_or_else(|| ZipMessage::PathOutside { path: entry.name().to_owned() })?;
    if entry.encrypted() {
        return Err(ZipMessage::Encrypted { path });
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => Ok(path),
        other => Err(ZipMessage::OtherCompression { path, found: other.to_string() }),
    }
}

/// The bytes of one file, never more than one beyond what it declares; `packed` bytes are the whole archive's.
fn inflate<R: Read>(path: &str, mut entry: ZipFile<'_, R>, packed: u64) -> Result<Vec<u8>, ZipMessage> {
    let (path, declared) = (path.to_owned(), entry.size());
    let mut bytes = Vec::new();
    // No more than its packed bytes can hold, so that a lie reserves little.
    let held = entry.compressed_size().min(packed).saturating_mul(DEFLATE_RATIO).min(declared);
    if bytes.try_reserve_exact(held as usize).is_err() {
        return Err(ZipMessage::NoMemory { path, bytes: declared });
    }
    let read = entry.by_ref().take(declared + 1).read_to_end(&mut bytes);
    let read = match read {
        Ok(read) => read as u64,
        Err(error) => return Err(ZipMessage::CannotUnpack { path, error: error.to_string() }),
    };
    match read.cmp(&declared) {
        std::cmp::Ordering::Equal => Ok(bytes),
        std::cmp::Ordering::Less => Err(ZipMessage::UnpacksToLess { path, found: read, declared }),
        std::cmp::Ordering::Greater => Err(ZipMessage::UnpacksToMore { path, declared }),
    }
}

/// A relative path, its parts joined by `/` and freed of `.`; `None` where it is absolute, leads upwards or is empty.
pub fn inside(path: &str) -> Option<String> {
    let rooted = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":") || path.contains('\0');
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    (!rooted && !parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}
