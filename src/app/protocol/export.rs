//! The files that the result is exported as.

use serde::{Deserialize, Serialize};

/// A kind of file that the result is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Export {
    /// The mask as NIfTI, on the series' grid.
    Nifti,
    /// The mask as a DICOM segmentation.
    Seg {
        /// The patient's data in it.
        patient: PatientData,
    },
    /// The mask as contours, a DICOM structure set (RTSTRUCT).
    RtStruct {
        /// The patient's data in it.
        patient: PatientData,
    },
    /// The mask as a segmentation of 3D Slicer (.seg.nrrd).
    SegNrrd,
    /// The surface as STL.
    Stl,
    /// The measurements, slice by slice, as CSV.
    Csv,
    /// The measurements as JSON.
    Json,
}

/// A DICOM object that a server stores, with the patient's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerObject {
    /// The mask as a DICOM segmentation.
    Seg,
    /// The mask as contours, a DICOM structure set (RTSTRUCT).
    RtStruct,
}

/// The fate of the patient's data in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PatientData {
    /// They are written, as the series' files have them.
    Include,
    /// Everything that identifies the patient is left out.
    Omit,
}
