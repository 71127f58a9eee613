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
    files: Vec<ArchiveFile>,
}

/// One file of a zip, as its table of contents declares it.
struct ArchiveFile {
    /// Its number in the table of contents.
    index: usize,
    path: String,
    /// How many bytes it unpacks to.
    bytes: u64,
    compression: CompressionMethod,
}

impl<'a> Archive<'a> {
    /// Checks everything that can be checked before any file is inflated.
    ///
    /// # Errors
    /// What is no whole zip; more than 10,000 files, or 4 GiB unpacked or 2 GiB in one file, as declared; a path that
    /// leads out; encryption, and compression other than deflate.
    pub fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, UserError> {
        check_ends(bytes).map_err(|why| UserError::new(name, why, ZipMessage::PackAgain))?;
        let mut zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| damaged(name, ZipMessage::TableUnreadable { error: error.to_string() }))?;
        let files = list(name, &mut zip)?;
        Ok(Self { name, bytes: bytes.len() as u64, zip, files })
    }

    /// The files' paths inside (see [`inside`]), in the archive's sequence; folders are none.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| &file.path[..])
    }

    /// How many bytes the file at this place unpacks to, as declared; [`Self::read`] holds it to that. Panics if there is none.
    pub fn size(&self, place: usize) -> u64 {
        self.files[place].bytes
    }

    /// True if the file at this place is not compressed. Panics if there is none.
    pub fn is_stored(&self, place: usize) -> bool {
        self.files[place].compression == CompressionMethod::Stored
    }

    /// The content of the file that has this place in [`Self::paths`]. Panics if there is none.
    ///
    /// # Errors
    /// One that cannot be unpacked, or unpacks to another size than declared.
    pub fn read(&mut self, place: usize) -> Result<Vec<u8>, UserError> {
        let ArchiveFile { index, path, .. } = &self.files[place];
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
fn list(name: &str, archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<ArchiveFile>, UserError> {
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
        found.push(ArchiveFile { index, path, bytes: size, compression: entry.compression() });
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
    let ends: Vec<usize> = places(bytes, b"PK\x05\x06").collect();
    if ends.len() > MOST_ENDS {
        return Err(ZipMessage::SeveralEnds { found: ends.len() });
    }
    let declared = ends.iter().flat_map(|&end| zip64_files(bytes, end)).max().unwrap_or(0);
    if declared > MOST_FILES as u64 {
        let found = usize::try_from(declared).unwrap_or(usize::MAX);
        return Err(ZipMessage::TooManyFiles { found, most: MOST_FILES });
    }
    Ok(())
}

/// How many files the zip64 ends declare that a reader believes for the end of an archive at `end`: there is a locator
/// right before that one, and the zip64 end lies from where it points on and reaches to it. PyTorch writes these always.
fn zip64_files(bytes: &[u8], end: usize) -> Vec<u64> {
    const LOCATOR_BYTES: usize = 20;
    let number =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|&chunk| u64::from_le_bytes(chunk));
    let Some(locator) = end.checked_sub(LOCATOR_BYTES).filter(|&at| bytes[at..].starts_with(b"PK\x06\x07")) else {
        return Vec::new();
    };
    let from = number(locator + 8).and_then(|from| usize::try_from(from).ok()).unwrap_or(locator).min(locator);
    let ends = places(&bytes[from..locator], b"PK\x06\x06").map(|at| from + at);
    let reaches = |at: &usize| number(at + 4).and_then(|size| size.checked_add(12)) == Some((locator - at) as u64);
    ends.filter(reaches).filter_map(|at| number(at + 32)).collect()
}

/// Where four bytes stand.
fn places(bytes: &[u8], magic: &'static [u8; 4]) -> impl Iterator<Item = usize> {
    bytes.windows(4).enumerate().filter(move |(_, window)| window == magic).map(|(at, _)| at)
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
