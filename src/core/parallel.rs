//! Parallel work on the available threads. The work itself is given by the caller.

#[cfg(feature = "cli")]
use rayon::prelude::*;

/// Applies `transform` to each item, in parallel, and returns the results in the order of the
/// items. In a browser the items are processed one after the other, because each compute worker has
/// one thread and several workers run side by side.
pub fn map_parallel<T: Sync, R: Send>(items: &[T], transform: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "cli")]
    let items = items.par_iter();
    #[cfg(not(feature = "cli"))]
    let items = items.iter();
    items.map(transform).collect()
}

/// Number of threads.
pub fn count() -> usize {
    #[cfg(feature = "cli")]
    let count = rayon::current_num_threads();
    #[cfg(not(feature = "cli"))]
    let count = 1;
    count
}
