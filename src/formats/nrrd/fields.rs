//! The lines of an NRRD header: `field: value` and `key:=value`
//! (teem.sourceforge.net/nrrd/format.html).

use std::collections::BTreeMap;

use crate::core::i18n::messages::NrrdMessage;

/// The longest header read. Those of 3D Slicer's segmentations are the longest, with some KiB.
const LONGEST_HEADER: usize = 1 << 20;

/// The lines of a header.
pub(super) struct NrrdFields {
    /// Fields by name, and key/value pairs by `=` and their key.
    lines: BTreeMap<String, String>,
    /// The lines after `data file: LIST`, to the header's end.
    pub(super) listed_files: Vec<String>,
}

impl NrrdFields {
    /// The header at the beginning of a file, and where it ends, in bytes.
    pub(super) fn split(bytes: &[u8]) -> (Self, usize) {
        let start = &bytes[..bytes.len().min(LONGEST_HEADER)];
        let ends =
            |end: &[u8]| start.windows(end.len()).position(|window| window == end).map(|at| (at, at + end.len()));
        // A header without data may end without the empty line: it is detached.
        let found = [ends(b"\n\n"), ends(b"\r\n\r\n")].into_iter().flatten().min();
        let (end, data_at) = found.unwrap_or((start.len(), bytes.len()));
        (Self::read(&String::from_utf8_lossy(&start[..end])), data_at)
    }

    fn read(text: &str) -> Self {
        let mut fields = Self { lines: BTreeMap::new(), listed_files: Vec::new() };
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        while let Some((name, value)) = lines.by_ref().find_map(split_line) {
            let is_list = matches!(name.as_str(), "data file" | "datafile") && value.starts_with("LIST");
            fields.lines.insert(name, value);
            if is_list {
                fields.listed_files =
                    lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
                break;
            }
        }
        fields
    }

    /// The value of a field, or of the key `=KEY`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.lines.get(name).map(String::as_str)
    }

    /// The value of a field that every header has.
    pub(super) fn text(&self, name: &str) -> Result<&str, NrrdMessage> {
        self.get(name).ok_or_else(|| NrrdMessage::MissingField { name: name.into() })
    }

    /// The whole number of a field under either of its names; 0 where it is missing.
    pub(super) fn count(&self, names: [&str; 2]) -> Result<i64, NrrdMessage> {
        let Some(value) = names.iter().find_map(|name| self.get(name)) else { return Ok(0) };
        value.parse().map_err(|_| NrrdMessage::BadField {
            name: names[0].into(),
            found: value.into(),
            expected: "a whole number".into(),
        })
    }
}

/// A line's name and value.
fn split_line(line: &str) -> Option<(String, String)> {
    // Whichever comes first: a value may hold the other.
    let (at, width) = match (line.find(":="), line.find(": ")) {
        (Some(pair), Some(field)) if field < pair => (field, 2),
        (Some(pair), _) => (pair, 2),
        (None, Some(field)) => (field, 2),
        (None, None) => (line.strip_suffix(':')?.len(), 1),
    };
    let is_pair = line[at..].starts_with(":=");
    let name = if is_pair { format!("={}", &line[..at]) } else { line[..at].trim().to_lowercase() };
    Some((name, line[at + width..].trim().to_owned()))
}
