//! The names and numbers by which synthetic cases are recognised.
//!
//! The `phantom` command writes cases under these names, and the dataset layouts read them back, so that a report can say
//! that a case is synthetic. File names of real datasets belong to their layouts.

/// The lowest case number of a synthetic case. CT-82 numbers its patients from 1 to 82.
pub const FIRST_PHANTOM_ID: u32 = 1001;

/// The prefix of a synthetic case's name in layouts whose cases have names.
pub const PHANTOM_PREFIX: &str = "phantom_";

/// The largest number in a name that is taken as a case's.
pub const LARGEST_ID: u32 = 1_000_000_000;
