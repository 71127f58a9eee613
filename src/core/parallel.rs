//! Parallel work on the available threads. The work itself is given by the caller.
//!
//! In a browser the parts are done one after the other, because each compute worker has one thread
//! and several workers run side by side.

#[cfg(feature = "cli")]
use rayon::prelude::*;

/// Applies `transform` to each item, in parallel, and returns the results in the order of the
/// items.
pub fn map_parallel<T: Sync, R: Send>(items: &[T], transform: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "cli")]
    let items = items.par_iter();
    #[cfg(not(feature = "cli"))]
    let items = items.iter();
    items.map(transform).collect()
}

/// Cuts `values` into chunks of `length`, the last of which may be shorter, and gives each chunk with
/// its number to `work`, in parallel.
pub fn for_each_chunk<T: Send>(values: &mut [T], length: usize, work: impl Fn(usize, &mut [T]) + Sync + Send) {
    #[cfg(feature = "cli")]
    let chunks = values.par_chunks_mut(length);
    #[cfg(not(feature = "cli"))]
    let chunks = values.chunks_mut(length);
    chunks.enumerate().for_each(|(i, chunk)| work(i, chunk));
}

/// Number of threads.
pub fn count() -> usize {
    #[cfg(feature = "cli")]
    let count = rayon::current_num_threads();
    #[cfg(not(feature = "cli"))]
    let count = 1;
    count
}
