//! CT in DICOM files (PS3.10): one file to its [`DicomSlice`]s, slices to a [`Series`], a [`Volume`] to files; segmentations (`seg`), structure sets (`rtstruct`) and reports of measurements (`sr`).
//!
//! Each file is first walked over in `parse`, which checks every declared length and copies the few attributes listed in `tags`
//! (`data_set`). dicom-object decodes only those copies (`attributes`): its parser reserves memory from declared lengths and
//! recurses into sequences, so it must not see an untrusted file. `codec` decodes the pixel data, and `pixels` turns the samples
//! into Hounsfield units. [`super::Importer`] decides which files belong together, with [`same_stack`].

mod attribute_list;
mod attributes;
mod codec;
mod colour;
mod data_set;
mod derived;
mod distinctions;
mod identity;
mod joining;
mod parse;
mod pixels;
mod positions;
mod rtstruct;
mod scans;
mod seg;
mod series;
mod slice;
mod slice_location;
mod spacing;
mod sr;
mod syntax;
mod tags;
mod value;
mod write;

pub use attribute_list::{AttributeList, AttributeRow, AttributeText};
pub use derived::{LabelWriter, SegProvenance};
pub use identity::{Identity, PatientAttributes};
pub use joining::{Stack, join};
pub use rtstruct::{StructureSet, read_structure_set, write_structure_set};
pub use seg::{Segmentation, read_seg, write_seg};
pub use series::{assemble, same_stack};
pub use slice::read;
pub use sr::{MeasuredOrgan, ReportContent, size_comments, write_measurement_report};
pub use write::write_series;

pub(super) use parse::looks_like;
pub(super) use seg::on_grid;

use dicom_dictionary_std::uids;

#[cfg(doc)]
use super::Series;
use crate::core::error::UserError;
#[cfg(doc)]
use crate::core::volume::Volume;

/// What one file holds.
#[derive(Clone, Debug)]
pub enum DicomFile {
    /// CT slices: one, or the frames of a multi-frame image in the file's order. Never empty.
    Slices(Vec<DicomSlice>),
    /// Anything else: recognised, so that it can be listed, and not opened.
    Other(Box<Unopened>),
}

impl DicomFile {
    /// SOPInstanceUID.
    pub fn sop_instance_uid(&self) -> &str {
        match self {
            Self::Slices(slices) => slices.first().map_or("", |slice| &slice.about.sop_instance_uid),
            Self::Other(other) => &other.about.sop_instance_uid,
        }
    }
}

/// What a file says of its image, of whatever kind: enough to list it. Never who the patient is. Texts are empty where
/// missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileAttributes {
    /// Modality, such as `CT`.
    pub modality: String,
    /// SOPClassUID.
    pub sop_class_uid: String,
    /// SOPInstanceUID.
    pub sop_instance_uid: String,
    /// StudyInstanceUID.
    pub study_uid: String,
    /// FrameOfReferenceUID.
    pub frame_of_reference_uid: String,
    /// ImageType, value by value; a scout has `LOCALIZER` among them.
    pub image_type: Vec<String>,
    /// SeriesNumber.
    pub series_number: Option<i64>,
    /// AcquisitionNumber.
    pub acquisition_number: Option<i64>,
    /// GantryDetectorTilt, degrees.
    pub gantry_tilt_deg: Option<f64>,
    /// KVP.
    pub tube_kv: Option<f64>,
    /// ContrastBolusAgent.
    pub contrast_agent: String,
    /// AcquisitionTime, else AcquisitionDateTime, as the file writes it.
    pub acquisition_time: String,
    /// ContentTime, as the file writes it.
    pub content_time: String,
    /// ConvolutionKernel.
    pub convolution_kernel: String,
    /// MonoenergeticEnergyEquivalent, keV.
    pub monoenergetic_kev: Option<f64>,
    /// EchoTime, ms.
    pub echo_time_ms: Option<f64>,
    /// TemporalPositionIdentifier.
    pub temporal_position: Option<i64>,
    /// RescaleType: the unit of the rescaled values, `HU` or empty for Hounsfield units (PS3.3 C.11.1.1.2).
    pub rescale_type: String,
}

/// The unit of a slice's values, as far as the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueUnit {
    /// Hounsfield units, or nothing that says otherwise.
    Hounsfield,
    /// RescaleType is `US`, which is for unspecified.
    Unspecified,
    /// Another unit, such as mg/mL, or an image of another quantity, such as an electron density.
    Other,
}

/// A file that holds no CT slice.
#[derive(Clone, Debug)]
pub struct Unopened {
    /// SeriesInstanceUID; empty where missing.
    pub series_uid: String,
    /// SeriesDescription, else StudyDescription; empty where both are missing.
    pub description: String,
    /// The rest of what it says.
    pub about: FileAttributes,
    /// Why it is not opened.
    pub refusal: UserError,
}

impl Unopened {
    /// Whether [`read_seg`] may read it.
    pub fn is_segmentation(&self) -> bool {
        [uids::SEGMENTATION_STORAGE, uids::LABEL_MAP_SEGMENTATION_STORAGE].contains(&&self.about.sop_class_uid[..])
    }

    /// Whether [`read_structure_set`] may read it.
    pub fn is_structure_set(&self) -> bool {
        self.about.sop_class_uid == uids::RT_STRUCTURE_SET_STORAGE
    }
}

/// One CT slice, decoded: what [`assemble`] needs of a file or frame.
#[derive(Clone, Debug)]
pub struct DicomSlice {
    /// Name of the file it came from.
    pub file: String,
    /// Number of the frame in a multi-frame file, from 1.
    pub frame: Option<usize>,
    /// Pixels in Hounsfield units, `[y, x]`, row-major. Padding (PixelPaddingValue) is -1024.
    pub hu: Vec<i16>,
    /// `[rows, columns]`.
    pub dims: [usize; 2],
    /// Whether the file says how stored values become Hounsfield units (RescaleSlope, RescaleIntercept).
    pub rescaled: bool,
    /// Whether the values are in Hounsfield units, and not in another unit that the file names.
    pub unit: ValueUnit,
    /// SeriesInstanceUID; empty where missing.
    pub series_uid: String,
    /// SeriesDescription, else StudyDescription; empty where both are missing.
    pub description: String,
    /// The rest of what the file says.
    pub about: FileAttributes,
    /// Who the patient is.
    pub person: PatientAttributes,
    /// Which stack of a multi-frame file a frame is of (StackID, TemporalPositionIndex); else empty.
    pub stack: String,
    /// InstanceNumber; the number of a frame.
    pub instance_number: Option<i64>,
    /// ImagePositionPatient: centre of the first pixel, LPS, mm (PS3.3 C.7.6.2.1.1).
    pub position_mm: Option<[f64; 3]>,
    /// ImageOrientationPatient: unit vectors along a row (columns increase) and down a column (rows increase), LPS.
    pub axes: Option<[[f64; 3]; 2]>,
    /// PixelSpacing: distance in mm between rows (y), then between columns (x).
    pub spacing_mm: Option<[f64; 2]>,
    /// SpacingBetweenSlices, else SliceThickness, in mm. Used only for a slice on its own.
    pub slice_step_mm: Option<f64>,
    /// SpacingBetweenSlices in mm, which positions may contradict.
    pub spacing_between_mm: Option<f64>,
    /// SliceLocation in mm, used where positions are all the same.
    pub slice_location_mm: Option<f64>,
    /// By how many bytes the file's pixel data is longer than its image.
    pub excess_bytes: usize,
    /// Whether the file has no place for this frame, so that [`Self::position_mm`] was made from its number.
    pub position_assumed: bool,
    /// All that the file says, for people to read.
    pub header: AttributeList,
}
