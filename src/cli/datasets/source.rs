//! Where a data set's files are: a folder, or a zip unpacked into memory. What they mean is the layouts' business.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};

use super::file_stamp::FileStamp;
use crate::cli::files;
use crate::core::error::UserError;
use crate::formats::{is_clutter, zip};

/// A data set's files, by their path inside: parts joined by `/`.
pub enum CaseSource {
    /// On disk.
    Folder(PathBuf),
    /// In memory.
    Archive {
        /// The zip they came from.
        path: PathBuf,
        /// Path inside to content.
        files: BTreeMap<String, Vec<u8>>,
    },
}

impl CaseSource {
    /// The folder or the zip at `path`.
    ///
    /// # Errors
    /// Another kind of file, and zips that [`zip::read`] refuses.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        if fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?.is_dir() {
            return Ok(Self::Folder(path.into()));
        }
        let bytes = files::read(path)?;
        if !bytes.starts_with(b"PK") {
            let why = "it is neither a folder nor a zip archive, expected one of them";
            return Err(UserError::new(shown, why, "Give the folder that holds the data set").into());
        }
        let files = zip::read(&shown, &bytes)?.into_iter().filter(|(path, _)| !is_clutter(path)).collect();
        Ok(Self::Archive { path: path.into(), files: without_shared_folder(files) })
    }

    /// Where it is, to tell people.
    pub fn path(&self) -> &Path {
        let (Self::Folder(path) | Self::Archive { path, .. }) = self;
        path
    }

    /// Where one of its files is, to tell people.
    pub fn path_of(&self, name: &str) -> String {
        self.path().join(name).display().to_string()
    }

    /// Whether there is a file of this name.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).is_file(),
            Self::Archive { files, .. } => files.contains_key(name),
        }
    }

    /// Every file's name, in order. What systems leave in folders (`._a.nii.gz`, `.DS_Store`) is left out.
    ///
    /// # Errors
    /// Folders that cannot be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let folder = match self {
            Self::Archive { files, .. } => return Ok(files.keys().cloned().collect()),
            Self::Folder(folder) => folder,
        };
        let name = |file: PathBuf| {
            let parts = file.strip_prefix(folder).unwrap_or(&file).iter().map(|part| part.to_string_lossy());
            parts.collect::<Vec<_>>().join("/")
        };
        Ok(files::walk(folder)?.into_iter().map(name).filter(|name| !is_clutter(name)).collect())
    }

    /// The stamps of the files of these names, or that of the archive that they are in.
    ///
    /// # Errors
    /// Files that are gone.
    pub fn stamps(&self, names: &[&str]) -> io::Result<Vec<FileStamp>> {
        match self {
            Self::Folder(folder) => names.iter().map(|name| FileStamp::of(&folder.join(name))).collect(),
            Self::Archive { path, .. } => Ok(vec![FileStamp::of(path)?]),
        }
    }

    /// A file's content.
    ///
    /// # Errors
    /// A name that is not there, and files that cannot be read.
    pub fn read(&self, name: &str) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::Folder(folder) => files::read(&folder.join(name)).map(Cow::Owned),
            Self::Archive { files, .. } => {
                let missing =
                    || UserError::new(self.path_of(name), "it is not in the archive", "Pack the folder again");
                Ok(Cow::Borrowed(files.get(name).ok_or_else(missing)?))
            }
        }
    }
}

/// People pack the folder as often as what is in it.
fn without_shared_folder(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let top = |path: &str| path.split_once('/').map(|(top, _)| format!("{top}/"));
    let Some(shared) = files.keys().next().and_then(|first| top(first)) else { return files };
    if !files.keys().all(|path| path.starts_with(&shared)) {
        return files;
    }
    files.into_iter().map(|(path, bytes)| (path[shared.len()..].to_owned(), bytes)).collect()
}
