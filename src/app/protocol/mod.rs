//! The messages between the page, the session and the compute workers. They are plain data; how they travel is up to the
//! shell.
//!
//! The page sends the session a [`Request`] and receives [`Response`]s (with `view`, `series`,
//! `device`, `result`, `organs`, `surface`, `propagation`, `completion`, `export`, `finetune`, `report`, `volume` and `backup` for their parts). The session sends a compute worker a [`Job`] and receives [`JobDone`]s (`jobs`).
//! Large arrays travel as bytes (`i16` and `f32` little-endian), which a shell can transfer without a copy.

mod backup;
mod completion;
mod device;
mod export;
mod finetune;
mod jobs;
mod organs;
mod propagation;
mod report;
mod request;
mod response;
mod result;
mod series;
mod surface;
mod view;
mod volume;

pub use backup::*;
pub use completion::*;
pub use device::*;
pub use export::*;
pub use finetune::*;
pub use jobs::*;
pub use organs::*;
pub use propagation::*;
pub use report::*;
pub use request::*;
pub use response::*;
pub use result::*;
pub use series::*;
pub use surface::*;
pub use view::*;
pub use volume::*;

/// Returns numbers as little-endian bytes.
pub fn to_bytes<T: bytemuck::NoUninit>(values: &[T]) -> Vec<u8> {
    bytemuck::cast_slice(values).to_vec()
}

/// Returns little-endian bytes as numbers; an incomplete number at the end is dropped.
pub fn from_bytes<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}
