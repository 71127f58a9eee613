//! Work shared out among the threads there are; nothing is known here of what it is.

#[cfg(feature = "cli")]
use rayon::prelude::*;

/// What `of` makes of each item, in their order; in a browser one after the other, as a compute worker has one thread, and there are several workers.
pub fn map_parallel<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "cli")]
    let items = items.par_iter();
    #[cfg(not(feature = "cli"))]
    let items = items.iter();
    items.map(of).collect()
}

/// How many there are.
pub fn count() -> usize {
    #[cfg(feature = "cli")]
    let count = rayon::current_num_threads();
    #[cfg(not(feature = "cli"))]
    let count = 1;
    count
}
