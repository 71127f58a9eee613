//! Headers whose voxels are in other files: .hdr with .img, .nhdr and .mhd with whatever they name.
//!
//! A header waits until the files that it names have come. Only files beside it or below its folder
//! count.

use super::base_name;
use super::label_map::ImageOrLabels;
use super::zip::inside;
use crate::core::error::UserError;
use crate::core::i18n::messages::NrrdMessage;

/// What a file that stores voxels turned out to be.
pub(super) enum GridFile {
    /// An image or a label map.
    Whole(Box<ImageOrLabels>),
    /// The header of one.
    Detached(DetachedImage),
}

impl GridFile {
    pub(super) fn whole(image: ImageOrLabels) -> Self {
        Self::Whole(Box::new(image))
    }
}

/// Makes an image of the contents of the data files, in their order.
type DecodeParts = Box<dyn Fn(&[&[u8]]) -> Result<ImageOrLabels, UserError>>;

/// A header that waits for its data files.
pub(super) struct DetachedImage {
    header: String,
    parts: Vec<DataFile>,
    decode: DecodeParts,
}

/// A data file that a header names.
struct DataFile {
    /// The paths that it may have, the likeliest first.
    paths: Vec<String>,
    content: Option<Vec<u8>>,
}

impl DetachedImage {
    /// The header in the file `header`, with the paths that each of its data files may have.
    pub(super) fn new(header: &str, parts: Vec<Vec<String>>, decode: DecodeParts) -> Self {
        let parts = parts.into_iter().map(|paths| DataFile { paths, content: None }).collect();
        Self { header: header.into(), parts, decode }
    }

    /// Takes a file if it is one of those that are waited for; true if it was.
    pub(super) fn take(&mut self, path: &str, content: &[u8]) -> bool {
        let waits = |part: &&mut DataFile| part.content.is_none() && part.is_named(path);
        match self.parts.iter_mut().find(waits) {
            Some(part) => {
                part.content = Some(content.to_vec());
                true
            }
            None => false,
        }
    }

    /// True once every data file has come.
    pub(super) fn is_complete(&self) -> bool {
        self.parts.iter().all(|part| part.content.is_some())
    }

    /// True if a file of this path is waited for.
    pub(super) fn awaits(&self, path: &str) -> bool {
        self.parts.iter().any(|part| part.content.is_none() && part.is_named(path))
    }

    /// The paths of files that are still waited for.
    pub(super) fn awaited(&self) -> impl Iterator<Item = &str> {
        let waiting = self.parts.iter().filter(|part| part.content.is_none());
        waiting.flat_map(|part| part.paths.iter().map(String::as_str))
    }

    /// The image, of all its files.
    ///
    /// # Errors
    /// A data file that has not come, and voxels that cannot be decoded.
    pub(super) fn decode(&self) -> Result<ImageOrLabels, UserError> {
        let missing: Vec<&str> = self.parts.iter().filter(|part| part.content.is_none()).map(DataFile::name).collect();
        if let [first, ..] = missing[..] {
            let files = match missing.len() {
                1 => first.to_owned(),
                count => format!("{first}, ... ({count})"),
            };
            return Err(UserError::new(&self.header, NrrdMessage::DataFileMissing { files }, NrrdMessage::GiveBoth));
        }
        let parts: Vec<&[u8]> = self.parts.iter().filter_map(|part| part.content.as_deref()).collect();
        (self.decode)(&parts)
    }
}

impl DataFile {
    /// True for each path that it may have. Some systems change capitals.
    fn is_named(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known.eq_ignore_ascii_case(path))
    }

    fn name(&self) -> &str {
        self.paths.first().map_or("", |path| base_name(path))
    }
}

/// The paths that a file may have that the header `header` calls `file`: below the header's folder,
/// or beside it, where a drop of files knows no folders or the header names a place on another
/// machine. `None` if it names no file.
pub(super) fn paths_beside(header: &str, file: &str) -> Option<Vec<String>> {
    let folder = &header[..header.len() - base_name(header).len()];
    let beside = format!("{folder}{}", inside(base_name(file))?);
    let below = inside(file).map(|path| format!("{folder}{path}"));
    Some(below.filter(|below| *below != beside).into_iter().chain([beside]).collect())
}

/// True for names of headers whose voxels may be in other files. Whoever gives an
/// [`Importer`](super::Importer) many files gives these first.
pub fn is_header_name(path: &str) -> bool {
    let name = base_name(path).to_lowercase();
    [".hdr", ".hdr.gz", ".nhdr", ".mhd"].iter().any(|ending| name.ends_with(ending))
}
