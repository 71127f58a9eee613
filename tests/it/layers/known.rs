//! What is still to be put right. The tests fail when an entry no longer holds, so the lists only shrink.

/// Files that import each other in a circle.
pub(super) const KNOWN_CIRCLES: &[&[&str]] = &[];

/// Files above the limit.
pub(super) const KNOWN_LONG_FILES: &[&str] = &["tests/it/datasets.rs", "tests/it/formats.rs"];
