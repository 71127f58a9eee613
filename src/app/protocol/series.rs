//! The series of a drop as the page lists them, and a truth beside one.

use crate::core::i18n::messages::Message;
use serde::{Deserialize, Serialize};

use crate::imaging::metrics::Overlap;

/// A series of a drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// Name, for people.
    pub name: String,
    /// Its file, or the folder of its files.
    pub source: String,
    /// Number of slices, or of files where it is not opened.
    pub slices: usize,
    /// Its middle slice; `None` where it is not opened.
    pub thumbnail: Option<Thumbnail>,
    /// Why it is not opened, if it is not.
    pub why_not: Option<Message>,
}

/// A small grey picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 0 to 255, `[y, x]`.
    pub grey: serde_bytes::ByteBuf,
}

/// A truth, and how the masks shown compare with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthInfo {
    /// Its file.
    pub name: String,
    /// What a reader should know about it, without final stops.
    pub notes: Vec<Message>,
    /// Voxels by what mask and truth say of them, over the slices that have a mask.
    pub overlap: Overlap,
    /// How many slices those are.
    pub slices: usize,
}
