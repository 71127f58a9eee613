//! Work shared out among the threads there are; nothing is known here of what it is.

/// What `of` makes of each item, in their order; in a browser one after the other, as a compute worker has one thread, and there are several workers.
#[cfg(feature = "cli")]
pub fn side_by_side<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    use rayon::prelude::*;
    items.par_iter().map(&of).collect()
}

#[cfg(not(feature = "cli"))]
pub fn side_by_side<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    items.iter().map(of).collect()
}

/// How many there are.
#[cfg(feature = "cli")]
pub fn count() -> usize {
    rayon::current_num_threads()
}

#[cfg(not(feature = "cli"))]
pub fn count() -> usize {
    1
}
