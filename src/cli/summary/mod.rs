//! Reports of scores: nnU-Net's `summary.json` with more in it, a table of the cases (CSV), and
//! lines to print.
//!
//! [`schema`] has the structure of the file, `build` fills it from scores, `read` reads the cases of
//! a file back. Cases are scored in `imaging::metrics`.

mod build;
mod metrics;
mod read;
pub mod schema;
mod table;
mod text;

pub use build::{ScoredCase, file_name, report};
pub(super) use metrics::object_key;
pub use metrics::{DEFINITIONS, METRICS};
pub use read::{CaseRow, Cases, read_cases, report_path};
pub use table::csv;
pub use text::{lines, over_all};
