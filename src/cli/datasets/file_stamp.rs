//! Tells a file that has changed from one that has not, without reading it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a file is, and what its file system says about it. A file that is written to, or replaced by another
/// one, gets another stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStamp {
    path: PathBuf,
    bytes: u64,
    modified: SystemTime,
    status: FileStatus,
}

/// What no program can set back: the number of the file and when it last changed in any way, as seconds and
/// nanoseconds. Where systems have no such thing, zeros.
type FileStatus = [i64; 3];

impl FileStamp {
    /// The stamp of the file at `path`.
    ///
    /// # Errors
    /// A file that is not there.
    pub fn of(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let data = path.metadata()?;
        Ok(Self { bytes: data.len(), modified: data.modified()?, status: status(&data), path })
    }

    /// All of it as bytes, to be hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let modified = self.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{:?} {} {} {:?}\n", self.path, self.bytes, modified.as_nanos(), self.status).into_bytes()
    }
}

#[cfg(unix)]
fn status(data: &std::fs::Metadata) -> FileStatus {
    use std::os::unix::fs::MetadataExt;
    [data.ino() as i64, data.ctime(), data.ctime_nsec()]
}

#[cfg(not(unix))]
fn status(_: &std::fs::Metadata) -> FileStatus {
    [0; 3]
}
