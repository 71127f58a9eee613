//! The messages from the session to the page.

use serde::{Deserialize, Serialize};

use super::{
    Ablation, BesideView, Checked, CompletionInfo, DeviceInfo, FineTuneOutcome, FineTuneProgress, Mark, MaskSettings,
    MasksUpdated, ModelInfo, Navigation, OpenSeries, OrganSurface, OrgansInfo, PlaneView, PropagationInfo, ReportFacts,
    ReviewList, SeriesCorrections, SeriesInfo, ServerObject, SliceMap, TruthInfo, VolumeInfo, VolumeProgress,
};
use crate::core::drawn_measurement::{DrawnMeasurement, EllipseStatistics};
use crate::core::error::UserError;
use crate::formats::dicom::AttributeRow;

/// A message from the session to the page: an answer to a request, or a report of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Response {
    /// A model is loaded, so that slices can be segmented.
    Ready {
        /// The device.
        device: DeviceInfo,
        /// The model.
        model: ModelInfo,
    },
    /// The model that is kept in this browser, by its name.
    KeptModel(Option<String>),
    /// The files of a drop are being read.
    Reading {
        /// Files read.
        done: usize,
        /// Files of the drop.
        total: usize,
    },
    /// A series is open.
    Opened {
        /// The series.
        study: Box<OpenSeries>,
        /// The picture of its first slice to show ([`OpenSeries::first_slice`]).
        view: Box<PlaneView>,
        /// Pancreas pixels of each slice that has a mask.
        pixels: Vec<Option<usize>>,
        /// The state of each slice's corrections.
        marks: Vec<Mark>,
        /// All series of its drop: first those that can be chosen, then those that could not be opened.
        series: Vec<SeriesInfo>,
        /// The index of the open series among them.
        shown: usize,
        /// The files of the drop that could not be opened.
        refused: Vec<UserError>,
        /// The settings that its masks are computed with.
        settings: MaskSettings,
        /// Progress of the check with mirrored input.
        checked: Checked,
    },
    /// The picture of a plane.
    View(PlaneView),
    /// Another series at the place of a plane.
    Beside(BesideView),
    /// A slice has been segmented.
    Segmented {
        /// Slice in viewing order.
        slice: usize,
        /// Its pancreas pixels.
        pixels: usize,
        /// One label per pixel, `[y, x]`; only for the current slice.
        mask: Option<serde_bytes::ByteBuf>,
    },
    /// Masks have changed: by the user, or because those of another model are shown.
    Changed {
        /// Pancreas pixels of each slice that has a mask.
        pixels: Vec<Option<usize>>,
        /// The state of each slice's corrections.
        marks: Vec<Mark>,
        /// The slice that changed, or the current slice.
        slice: usize,
        /// Its mask, if it has one.
        mask: Option<serde_bytes::ByteBuf>,
        /// The slice that the page is to show: an undone change may be on another slice than the current one.
        navigation: Navigation,
        /// True if there is a change to undo.
        undo: bool,
        /// True if there is a change to redo.
        redo: bool,
    },
    /// Slices between corrected ones have been filled.
    Interpolated {
        /// Their number; 0 if no two corrected slices have others between them.
        slices: usize,
    },
    /// The series are closed.
    Closed,
    /// The comparison of the masks shown with the ground truth.
    Truth(TruthInfo),
    /// The state of the propagation from the accepted slices.
    Propagation(PropagationInfo),
    /// The mask of the whole series was changed on request.
    MaskEdited {
        /// The slices that are corrected by that.
        slices: usize,
    },
    /// The comparison of the ways to complete the slices that are not corrected.
    Completion(CompletionInfo),
    /// The slices to review first have changed.
    Review(ReviewList),
    /// Masks have been recomputed, or are being recomputed.
    MasksUpdated(MasksUpdated),
    /// A map over a slice.
    Map(SliceMap),
    /// The change of a slice when a gate is held open.
    Ablated(Ablation),
    /// The progress of a model of whole volumes with a gate held open.
    OpenGate(VolumeProgress),
    /// The progress of the check with mirrored input.
    Checked(Checked),
    /// The progress of the fine-tuning.
    Tuning(FineTuneProgress),
    /// The fine-tuning has ended. Its model is in use and waits for [`Request::Decide`](super::Request::Decide).
    Tuned(FineTuneOutcome),
    /// The fine-tuning has ended without a model to offer.
    NotTuned,
    /// Another model is in use.
    Model(ModelInfo),
    /// The state of the segmentation by a model of whole volumes; absent while a model of slices is in use.
    Volume(VolumeInfo),
    /// The organs of the series, measured; sent again whenever they change.
    Organs(OrgansInfo),
    /// The surface of an organ.
    Surface(Box<OrganSurface>),
    /// Corrections, to be stored.
    Corrections {
        /// [`OpenSeries::key`] of the series they belong to, with the organ's name unless it is the pancreas.
        key: String,
        /// For [`Request::RestoreCorrections`](super::Request::RestoreCorrections).
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// A copy of the corrections of the series shown.
    CorrectionsBackUp(Box<SeriesCorrections>),
    /// A copy of the model in use.
    ModelBackUp {
        /// The name of its file.
        name: String,
        /// Its file.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The gates' attention on a slice.
    Explained {
        /// Slice in viewing order.
        slice: usize,
        /// One map per gate, deepest first, `[y, x]` on the slice's grid: 0 outside the network's input, else
        /// 1 + 254 alpha.
        gates: Vec<serde_bytes::ByteBuf>,
    },
    /// What the file of a slice says. The page shows it and stores nothing of it.
    Attributes {
        /// [`OpenSeries::key`] of the series.
        key: String,
        /// Slice in viewing order.
        slice: usize,
        /// The attributes; none if the slice does not come from a DICOM file of its own.
        rows: Vec<AttributeRow>,
        /// The number of further attributes.
        left_out: usize,
    },
    /// The Hounsfield units in an ellipse.
    EllipseMeasured {
        /// [`OpenSeries::key`] of its series.
        key: String,
        /// The ellipse.
        ellipse: DrawnMeasurement,
        /// `None` if the centre of no pixel is inside, or if the values are not Hounsfield units.
        statistics: Option<EllipseStatistics>,
    },
    /// The mask of the whole series.
    Mask {
        /// `[depth, height, width]`, in file order.
        dims: [usize; 3],
        /// One label per voxel.
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
    },
    /// What the session knows for a report.
    Report(Box<ReportFacts>),
    /// A file to save.
    File {
        /// Its name.
        name: String,
        /// Its content.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// An object that a server is to store.
    ToServer {
        /// The object.
        what: ServerObject,
        /// Its SOPInstanceUID.
        instance_uid: String,
        /// The file.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// A request has failed. Nothing that is open has changed.
    Failed(UserError),
}
