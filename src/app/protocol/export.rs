//! What the result is taken away as.

use serde::{Deserialize, Serialize};

/// A file that the result is taken away as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Export {
    /// The mask as NIfTI, on the series' grid.
    Nifti,
    /// The mask as a DICOM segmentation.
    Seg {
        /// Without anything that says whose it is.
        without_patient: bool,
    },
    /// The surface as STL.
    Stl,
    /// What was measured, slice by slice, as CSV.
    Csv,
    /// What was measured as JSON.
    Json,
}
