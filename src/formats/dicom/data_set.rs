//! A data set as the walk in `parse` leaves it: flat copies of the wanted attributes, and the bytes of the pixel data.

/// The result of the walk. Each attribute list is an implicit VR little endian data set without sequences.
pub(super) struct ParsedDataSet<'a> {
    /// The wanted attributes of the root data set.
    pub(super) root: Vec<u8>,
    /// Those of the functional groups that all frames share.
    pub(super) shared: Vec<u8>,
    /// Those of each frame's own functional groups.
    pub(super) frames: Vec<Vec<u8>>,
    /// Those of each segment of a segmentation.
    pub(super) segments: Vec<Vec<u8>>,
    /// The value of PixelData.
    pub(super) pixels: Option<PixelData<'a>>,
    /// True if samples of several bytes have their high byte first.
    pub(super) big_endian: bool,
}

/// The value of PixelData (PS3.5 8.2, A.4).
pub(super) enum PixelData<'a> {
    /// Uncompressed samples, frame after frame.
    Native(&'a [u8]),
    /// Encapsulated, usually compressed.
    Fragments {
        /// The Basic Offset Table, which may be empty.
        offsets: &'a [u8],
        /// The fragments that follow the table.
        fragments: Vec<&'a [u8]>,
    },
}
