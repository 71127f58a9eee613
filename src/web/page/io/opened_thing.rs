//! What a person opens: the files of a drop, or a sample. The page keeps it, so that it can be opened again.
//!
//! Files are handles: their content stays on disk until a worker reads it.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use web_sys::File;

use crate::web::messages::{AnnouncedFiles, DroppedFiles};

/// The browser looks up each file on disk as it hands it over: more at a time would be felt.
const FILES_PER_PART: usize = 16;

/// A file of a drop.
pub(crate) struct DroppedFile {
    /// Its path within the drop.
    pub(crate) path: String,
    /// The file, which stays on disk until the worker reads it.
    pub(crate) file: File,
}

/// The files of a drop.
pub(crate) struct FileDrop {
    /// The files.
    pub(crate) files: Vec<DroppedFile>,
    /// The paths of files that the browser could not give.
    pub(crate) unreadable: Vec<String>,
}

/// Something that was opened.
#[derive(Clone)]
pub(crate) enum OpenedThing {
    /// A synthetic series.
    Sample {
        /// The seed that it is drawn with.
        seed: u64,
    },
    /// Files.
    Files(Rc<FileDrop>),
    /// A model that comes with the page.
    ShippedModel(ShippedModel),
}

/// A model that comes with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShippedModel {
    /// The one that is in use at first, of slices.
    Slices,
    /// A small one of whole volumes, which learned from phantoms alone.
    Volumes,
}

impl ShippedModel {
    /// Its address, relative to the page.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Slices => "models/pancreas.safetensors",
            Self::Volumes => "models/pancreas-3d-phantoms.safetensors",
        }
    }
}

impl OpenedThing {
    /// A file that the page makes of bytes; `None` if the browser has no room for it.
    pub(crate) fn of_bytes(name: String, bytes: &[u8]) -> Option<Self> {
        let parts = Array::of1(&Uint8Array::from(bytes));
        let file = File::new_with_u8_array_sequence(&parts, &name).ok()?;
        let files = vec![DroppedFile { path: name, file }];
        Some(Self::Files(Rc::new(FileDrop { files, unreadable: Vec::new() })))
    }

    /// Its name for people: that of its file, or of the folder of its files. `None` for what is no file.
    pub(crate) fn name(&self) -> Option<String> {
        let Self::Files(drop) = self else { return None };
        let first = &drop.files.first()?.path;
        match first.rsplit_once('/') {
            Some((folder, _)) if drop.files.len() > 1 => Some(folder.to_owned()),
            _ => Some(first.clone()),
        }
    }
}

impl FileDrop {
    /// The message that hands a part of the files to a worker: those from the file with index `first` on.
    pub(crate) fn part(&self, first: usize, announced: AnnouncedFiles) -> DroppedFiles {
        let rest = &self.files[first..];
        let part = &rest[..rest.len().min(FILES_PER_PART)];
        let paths = part.iter().map(|dropped| dropped.path.clone()).collect();
        let files = part.iter().map(|dropped| &dropped.file).collect::<Array>();
        let is_to_continue = rest.len() > part.len();
        let unreadable = if is_to_continue { Vec::new() } else { self.unreadable.clone() };
        DroppedFiles { paths, files, unreadable, announced, is_to_continue }
    }
}
