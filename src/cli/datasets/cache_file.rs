//! Writes the files of the slice cache, so that each is whole or not there, whichever processes write it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::{io, process};

/// The ending of files that are being written.
pub const PARTIAL: &str = "partial";

/// Writes a file under a temporary name, syncs and renames it, so that `path` is always a whole file or none. Returns
/// what `fill` returns, which writes the content.
///
/// # Errors
/// A disk that is full or cannot be written; nothing is left behind then.
pub fn write<T>(path: &Path, fill: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
    let (partial, file) = partial(path)?;
    let written = fill(&file);
    let synced = written.and_then(|value| file.sync_all().map(|()| value));
    drop(file);
    let renamed = synced.and_then(|value| fs::rename(&partial, path).map(|()| value));
    renamed.inspect_err(|_| {
        // The error of writing is the one to report, not that of cleaning up after it.
        let _ = fs::remove_file(&partial);
    })
}

/// Creates a temporary file next to `path`. Processes that write the same file at the same time each get
/// their own, and the last one replaces the file by an equal one.
fn partial(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut count = 0u64;
    loop {
        let mut name = OsString::from(path);
        name.push(format!(".{}-{count}.{PARTIAL}", process::id()));
        match File::options().write(true).create_new(true).open(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => count += 1,
            opened => return opened.map(|file| (name.into(), file)),
        }
    }
}
