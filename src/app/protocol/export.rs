//! The files that the result is exported as.

use serde::{Deserialize, Serialize};

use crate::core::drawn_measurement::DrawnMeasurement;
use crate::core::organ_colours::Rgb;

/// A kind of file that the result is exported as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Volumes, Hounsfield units and what was drawn, as a structured report in DICOM.
    Sr {
        /// The patient's data in it.
        patient: PatientData,
        /// Values of hidden organs in the label map: the report is about the others.
        hidden: Vec<u8>,
        /// What was drawn on the series, in the order of its list.
        drawn: Vec<DrawnMeasurement>,
    },
    /// The mask as a segmentation of 3D Slicer (.seg.nrrd).
    SegNrrd,
    /// The surface as STL.
    Stl,
    /// The surfaces of several organs as binary glTF.
    Glb {
        /// The organs.
        organs: Vec<SurfaceLook>,
    },
    /// The measurements, slice by slice, as CSV.
    Csv,
    /// The measurements as JSON.
    Json,
}

/// An organ whose surface is exported, as it looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurfaceLook {
    /// The value of the organ in the label map.
    pub label: u8,
    /// Its colour.
    pub rgb: Rgb,
    /// Its opacity, above 0 and up to 1.
    pub opacity: f32,
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
