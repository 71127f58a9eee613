//! Bodies of several parts (RFC 2046, 5.1.1): where the files in an answer are, and a body with one file.
//!
//! A scan may be large, so its bytes are not kept here: the scanner sees them pass, in pieces of any size, and says
//! where each part begins and ends.

use std::ops::Range;

use super::media_type::MediaType;
use crate::core::i18n::messages::DicomWebMessage;

/// The longest that the headers of a part may be, in bytes.
const LONGEST_HEADERS: usize = 16 * 1024;

/// The media type of a DICOM file (PS3.10).
const DICOM_FILE: &str = "application/dicom";

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPart {
    /// The type and subtype that its headers name, in lower case; empty where they name none.
    pub media_type: String,
    /// Where its content is, in bytes from the beginning of the body.
    pub content: Range<u64>,
}

impl BodyPart {
    /// Expects a DICOM file, which is what a part is whose headers do not say.
    ///
    /// # Errors
    ///
    /// Returns what came instead.
    pub fn expect_dicom(&self) -> Result<(), DicomWebMessage> {
        match self.media_type.as_str() {
            "" | DICOM_FILE => Ok(()),
            found => Err(DicomWebMessage::OtherType { found: found.into(), expected: DICOM_FILE.into() }),
        }
    }
}

/// What the next bytes are.
enum Within {
    /// What comes before the first boundary, or a part's content.
    Content(Option<BodyPart>),
    /// The rest of a line that began with the boundary.
    BoundaryLine,
    /// The headers of a part.
    Headers,
    /// What comes after the last boundary.
    Epilogue,
}

/// Finds the parts of a body that comes in pieces.
pub struct PartScanner {
    /// The boundary with what stands before it.
    delimiter: Vec<u8>,
    within: Within,
    /// Bytes that are not understood yet.
    waiting: Vec<u8>,
    /// The bytes that came before them.
    passed: u64,
    parts: Vec<BodyPart>,
}

/// A delimiter begins with a line break, which the first one may lack: the body is read as if it began with one.
const LINE_BREAK: &[u8] = b"\r\n";

impl PartScanner {
    /// No piece of a body with this boundary has come.
    pub fn new(boundary: &str) -> Self {
        Self {
            delimiter: [LINE_BREAK, b"--", boundary.as_bytes()].concat(),
            within: Within::Content(None),
            waiting: LINE_BREAK.to_vec(),
            passed: 0,
            parts: Vec::new(),
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the body.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), DicomWebMessage> {
        self.waiting.extend_from_slice(piece);
        while self.step()? {}
        Ok(())
    }

    /// The parts, once the whole body has come.
    ///
    /// # Errors
    ///
    /// Returns an error if the body ends before its last boundary.
    pub fn finish(self) -> Result<Vec<BodyPart>, DicomWebMessage> {
        match self.within {
            Within::Epilogue => Ok(self.parts),
            _ => Err(DicomWebMessage::EndsEarly),
        }
    }

    /// Understands some of the waiting bytes; false if more of them have to come.
    fn step(&mut self) -> Result<bool, DicomWebMessage> {
        match &mut self.within {
            Within::Content(part) => {
                let Some(at) = find(&self.waiting, &self.delimiter) else {
                    // The beginning of a delimiter may be at the end.
                    let understood = self.waiting.len().saturating_sub(self.delimiter.len() - 1);
                    self.pass(understood);
                    return Ok(false);
                };
                if let Some(mut part) = part.take() {
                    part.content.end = self.passed + at as u64 - LINE_BREAK.len() as u64;
                    self.parts.push(part);
                }
                self.pass(at + self.delimiter.len());
                self.within = Within::BoundaryLine;
                Ok(true)
            }
            Within::BoundaryLine if self.waiting.starts_with(b"--") => {
                self.within = Within::Epilogue;
                Ok(true)
            }
            Within::BoundaryLine => self.step_over_line(),
            Within::Headers => self.step_over_headers(),
            Within::Epilogue => {
                self.pass(self.waiting.len());
                Ok(false)
            }
        }
    }

    fn step_over_line(&mut self) -> Result<bool, DicomWebMessage> {
        let end = find(&self.waiting, LINE_BREAK);
        let line = &self.waiting[..end.unwrap_or(self.waiting.len())];
        // A return may be the first half of a line break, and a dash the first of two.
        let is_blank = line.iter().all(|byte| b" \t\r".contains(byte)) || (end.is_none() && line == b"-");
        if !is_blank || line.len() > LONGEST_HEADERS {
            return Err(DicomWebMessage::NoParts);
        }
        let Some(end) = end else { return Ok(false) };
        // The line break stays, so that headers, of which there may be none, end with two.
        self.pass(end);
        self.within = Within::Headers;
        Ok(true)
    }

    fn step_over_headers(&mut self) -> Result<bool, DicomWebMessage> {
        let Some(end) = find(&self.waiting, b"\r\n\r\n") else {
            return if self.waiting.len() > LONGEST_HEADERS { Err(DicomWebMessage::NoParts) } else { Ok(false) };
        };
        let headers = String::from_utf8_lossy(&self.waiting[..end]);
        let named = headers.lines().filter_map(|line| line.split_once(':'));
        let content_type = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("content-type"));
        let media_type = content_type.map_or_else(String::new, |(_, value)| MediaType::read(value).essence);
        self.pass(end + 2 * LINE_BREAK.len());
        let start = self.passed - LINE_BREAK.len() as u64;
        self.within = Within::Content(Some(BodyPart { media_type, content: start..start }));
        Ok(true)
    }

    fn pass(&mut self, count: usize) {
        self.waiting.drain(..count);
        self.passed += count as u64;
    }
}

/// Where `wanted` begins.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    while let Some(skipped) = bytes[from..].iter().position(|byte| byte == first) {
        from += skipped;
        if bytes[from..].starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// What stands around one DICOM file in a body that stores it (PS3.18 10.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEnvelope {
    /// The Content-Type of the request.
    pub content_type: String,
    /// What comes before the file.
    pub head: String,
    /// What comes after it.
    pub tail: String,
}

impl FileEnvelope {
    /// An envelope for a file, with a boundary that is not in it.
    pub fn around(file: &[u8]) -> Self {
        let boundaries = (0_u64..).map(|number| format!("islet-{number:016x}"));
        let boundary = boundaries
            .into_iter()
            .find(|boundary| find(file, boundary.as_bytes()).is_none())
            .expect("a file has fewer bytes than there are boundaries");
        Self {
            content_type: format!("multipart/related; type=\"application/dicom\"; boundary={boundary}"),
            head: format!("--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"),
            tail: format!("\r\n--{boundary}--\r\n"),
        }
    }
}
