//! Gzip streams (RFC 1952): one member or several, and whatever padding follows them.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of a member.
const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Unpacks the members of a file one after the other. Zeros between and after them, with which
/// archives and tapes pad, and anything else after them, are left out, as `gunzip` does.
pub(super) struct GzipReader<'a> {
    /// `None` at the end.
    member: Option<GzDecoder<&'a [u8]>>,
}

impl<'a> GzipReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { member: Some(GzDecoder::new(bytes)) }
    }
}

impl Read for GzipReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let rest = *member.get_ref();
            let padding = rest.iter().take_while(|&&byte| byte == 0).count();
            let next = &rest[padding..];
            self.member = next.starts_with(&MAGIC).then(|| GzDecoder::new(next));
        }
        Ok(0)
    }
}
