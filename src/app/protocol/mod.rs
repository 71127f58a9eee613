//! What the page, the session and the compute workers say to each other. Plain data; how it travels is the shell's business.
//!
//! The page asks the session ([`Request`], [`Response`]: `page`, with parts of its own for the result and its reasons, `result`, its files,
//! `take`, and learning, `tune`); the session gives work to compute workers ([`Job`], [`JobDone`]: `work`).
//! Bulk travels as bytes (`i16` and `f32` little-endian), which a shell can hand over without copying.

mod export;
mod finetune;
mod jobs;
mod page;
mod result;
mod series;

pub use export::*;
pub use finetune::*;
pub use jobs::*;
pub use page::*;
pub use result::*;
pub use series::*;

/// Numbers as little-endian bytes.
pub fn to_bytes<T: bytemuck::NoUninit>(values: &[T]) -> Vec<u8> {
    bytemuck::cast_slice(values).to_vec()
}

/// Little-endian bytes as numbers; whatever does not fill a number at the end is left out.
pub fn from_bytes<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}
