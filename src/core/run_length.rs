//! Run-length coding of labels. It takes a few hundred bytes for a slice whose labels take a
//! quarter of a megabyte, so that a history of masks needs little memory. Each file format decides
//! how runs are stored as bytes.

/// A run of one label, at least one pixel long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelRun {
    /// The label of every pixel of the run.
    pub label: u8,
    /// Number of pixels.
    pub length: usize,
}

/// The runs of `labels` in order, each as long as possible.
pub fn runs(labels: &[u8]) -> impl Iterator<Item = LabelRun> {
    labels.chunk_by(|a, b| a == b).map(|chunk| LabelRun { label: chunk[0], length: chunk.len() })
}

/// Labels as bytes that take little room: each run as its label and its length in groups of seven bits, the lowest first,
/// where the highest bit of a byte says that another follows (LEB128).
pub fn to_bytes(labels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for LabelRun { label, mut length } in runs(labels) {
        bytes.push(label);
        while length > 0x7f {
            bytes.push(0x80 | (length & 0x7f) as u8);
            length >>= 7;
        }
        bytes.push(length as u8);
    }
    bytes
}

/// The `count` labels of such bytes; `None` if they are others, or more or fewer.
pub fn from_bytes(bytes: &[u8], count: usize) -> Option<Vec<u8>> {
    let mut labels = Vec::with_capacity(count);
    let mut bytes = bytes.iter();
    while let Some(&label) = bytes.next() {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = *bytes.next()?;
            length |=
                usize::from(byte & 0x7f).checked_shl(shift).filter(|bits| bits >> shift == usize::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        let left = count - labels.len();
        labels.resize(labels.len() + length.min(left), label);
        if length > left {
            return None;
        }
    }
    (labels.len() == count).then_some(labels)
}

/// Run-length coded labels of one slice, `[y, x]` row-major.
///
/// Labels have one coding only, so equal codes mean equal labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RleMask(Vec<LabelRun>);

impl RleMask {
    /// The coding of `labels`.
    pub fn encode(labels: &[u8]) -> Self {
        Self(runs(labels).collect())
    }

    /// The labels, one per pixel.
    pub fn decode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|run| std::iter::repeat_n(run.label, run.length)).collect()
    }

    /// True if any pixel is not background.
    pub fn has_labels(&self) -> bool {
        self.0.iter().any(|run| run.label != 0)
    }

    /// Number of pixels that are not background.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|run| run.label != 0).map(|run| run.length).sum()
    }

    /// The runs in order.
    pub fn as_slice(&self) -> &[LabelRun] {
        &self.0
    }

    /// A mask from its runs; `None` if a run is empty or has the label of the run before it, which
    /// would be a second coding of the same labels.
    pub fn from_runs(runs: Vec<LabelRun>) -> Option<Self> {
        let is_shortest =
            runs.iter().all(|run| run.length > 0) && runs.windows(2).all(|pair| pair[0].label != pair[1].label);
        is_shortest.then_some(Self(runs))
    }
}
