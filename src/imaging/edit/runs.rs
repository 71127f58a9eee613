//! One slice's labels as runs: a few hundred bytes where the labels themselves are a quarter of a megabyte, so that a
//! history of them costs nothing.

/// Run-length coded labels of one slice, `[y, x]` row-major.
///
/// There is one coding for given labels, so equal means equal labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RleMask(Vec<Run>);

/// `length` pixels of one label, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) label: u8,
    pub(super) length: usize,
}

impl RleMask {
    /// The coding of `labels`.
    pub fn of(labels: &[u8]) -> Self {
        let chunks = labels.chunk_by(|a, b| a == b);
        Self(chunks.map(|chunk| Run { label: chunk[0], length: chunk.len() }).collect())
    }

    /// The labels, one per pixel.
    pub fn labels(&self) -> Vec<u8> {
        self.0.iter().flat_map(|run| std::iter::repeat_n(run.label, run.length)).collect()
    }

    /// Whether there is anything but background.
    pub fn has_labels(&self) -> bool {
        self.0.iter().any(|run| run.label != 0)
    }

    /// Number of pixels that are not background.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|run| run.label != 0).map(|run| run.length).sum()
    }

    pub(super) fn as_slice(&self) -> &[Run] {
        &self.0
    }

    /// `None` if a run is empty or goes on with the label of the one before: that is another coding of the same labels.
    pub(super) fn from_runs(runs: Vec<Run>) -> Option<Self> {
        let shortest = runs.iter().all(|run| run.length > 0) && runs.windows(2).all(|w| w[0].label != w[1].label);
        shortest.then_some(Self(runs))
    }
}
