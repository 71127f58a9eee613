//! The bytes of a safetensors file, in one order.
//!
//! The `safetensors` crate takes the metadata as a `HashMap` and writes it in that map's random
//! order, so two equal files would differ in their bytes. Here the metadata is sorted by key;
//! everything else, the order of the tensors included, is left to the crate. Reading needs nothing
//! of this and uses the crate directly.
//!
//! The layout is [safetensors' own](https://github.com/huggingface/safetensors#format): the length
//! of the header as a little-endian `u64`, the header as JSON padded with spaces to a multiple of
//! eight bytes, then the tensors.

use std::collections::BTreeMap;

use safetensors::SafeTensorError;
use safetensors::tensor::{TensorView, serialize};

/// Bytes of the header's length, and the alignment of what follows the header.
const WORD: usize = 8;

/// The longest header that safetensors reads.
const MAX_HEADER_BYTES: usize = 100_000_000;

/// The bytes of a file with `tensors` and, in its header, `metadata`. Equal contents give equal
/// bytes.
///
/// # Errors
/// Tensors that safetensors refuses, such as a header above its limit of 100 MB.
pub fn to_bytes<'a>(
    tensors: impl IntoIterator<Item = (String, TensorView<'a>)>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, SafeTensorError> {
    let mut bytes = serialize(tensors, None)?;
    let (length, rest) = bytes.split_first_chunk::<WORD>().ok_or(SafeTensorError::HeaderTooSmall)?;
    let old_length = u64::from_le_bytes(*length) as usize;
    let without_metadata = String::from_utf8_lossy(&rest[..old_length]).into_owned();
    let mut header = with_metadata(without_metadata.trim_end(), metadata)?.into_bytes();
    if header.len() > MAX_HEADER_BYTES {
        return Err(SafeTensorError::HeaderTooLarge);
    }
    header.resize(header.len().next_multiple_of(WORD), b' ');
    let length = (header.len() as u64).to_le_bytes();
    bytes.splice(..WORD + old_length, length.into_iter().chain(header));
    Ok(bytes)
}

/// The header with the metadata as its first entry, where safetensors puts it.
fn with_metadata(header: &str, metadata: &BTreeMap<String, String>) -> Result<String, SafeTensorError> {
    let metadata = serde_json::to_string(metadata)?;
    let tensors = header.strip_prefix('{').ok_or(SafeTensorError::InvalidHeaderLength)?;
    let comma = if tensors == "}" { "" } else { "," };
    Ok(format!("{{\"__metadata__\":{metadata}{comma}{tensors}"))
}
