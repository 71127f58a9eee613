//! The requests of the page to the session.

use serde::{Deserialize, Serialize};

use super::{
    Export, FineTuneDecision, MapKind, MaskSettings, MaskSource, ModelChoice, ReportRequest, SeriesBeside,
    SeriesCorrections, ServerObject,
};
use crate::core::drawn_measurement::DrawnMeasurement;
use crate::core::mpr::Plane;
use crate::core::slab::Slab;
use crate::imaging::edit::{Acceptance, Edit, UndoStep};
use crate::imaging::whole_mask::MaskOperation;
use crate::nn::finetune::FineTuneConfig;

/// A request of the page. Dropped files are not among them: a shell reads them and calls
/// [`Session::open`](crate::app::session::Session::open).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Draw and open a synthetic phantom.
    OpenSample {
        /// The seed that it is drawn with.
        seed: u64,
    },
    /// Show another series of the last drop.
    Choose {
        /// Index into the `series` of [`Response::Opened`](super::Response::Opened).
        series: usize,
    },
    /// Close the series of the last drop. Nothing of them stays in memory.
    Close,
    /// Send the picture of a plane. An axial plane becomes the current slice: the slices nearest to it are segmented
    /// first.
    View {
        /// The plane.
        plane: Plane,
        /// The index of the plane along its axis.
        index: usize,
        /// The model whose mask is wanted.
        model: ModelChoice,
    },
    /// Send another series at the place of a plane of the one shown.
    ViewBeside {
        /// The other series.
        beside: SeriesBeside,
        /// The plane.
        plane: Plane,
        /// The index of the plane along its axis.
        index: usize,
    },
    /// Send the gates' attention on this slice.
    Explain {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Change the settings that masks are computed with. The session then recomputes them piece by piece, so that a newer
    /// request is heard in between.
    Set(MaskSettings),
    /// Send a map of a slice, and send it again whenever it changes, until another is requested.
    Map {
        /// Slice in viewing order.
        slice: usize,
        /// The kind of map; `None` to request none any more.
        kind: Option<MapKind>,
    },
    /// Send the change of a slice when a gate is held open. A model of whole volumes first runs over the whole series, if it
    /// has not with this gate.
    Ablate {
        /// Slice in viewing order.
        slice: usize,
        /// The gate, counted from the deepest.
        gate: usize,
    },
    /// End that run of a model of whole volumes if it is not done.
    CloseGate,
    /// Run the network on the mirrored input of every slice too, or stop doing so.
    CheckMirrored {
        /// True to run it, false to stop.
        on: bool,
    },
    /// Stop the segmentation by a model of whole volumes.
    StopSegmenting,
    /// Start it again after a stop.
    SegmentAgain,
    /// Let the tools act on another organ of the model's label map. What was done on the former stays with it.
    ChooseOrgan {
        /// Its value in the label map.
        label: u8,
    },
    /// Send the surfaces of all organs but these, and send one again whenever its mask changes. They come one by one while
    /// nothing else is to be done.
    ShowSurfaces {
        /// Values of hidden organs in the label map.
        hidden: Vec<u8>,
    },
    /// Send no surfaces any more.
    HideSurfaces,
    /// Make the pictures of all planes from slabs from now on.
    ShowSlab {
        /// The slab; `None` for pictures of single planes.
        slab: Option<Slab>,
    },
    /// Send what the file of a slice says.
    Attributes {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Send the Hounsfield units in an ellipse.
    MeasureEllipse {
        /// [`OpenSeries::key`](super::OpenSeries::key) of the series that it is drawn on. Nothing is sent if another is shown.
        key: String,
        /// The ellipse.
        ellipse: DrawnMeasurement,
    },
    /// Send the mask of the whole series in file order, once all of it is segmented.
    Mask,
    /// Send the result as a file, once all of it is segmented.
    Export {
        /// The kind of file.
        what: Export,
        /// Local date and time, ISO 8601 to the second, because the session has no clock.
        at: String,
    },
    /// Send the result as an object for a server, once all of it is segmented.
    ExportToServer {
        /// The object.
        what: ServerObject,
        /// Local date and time, as for [`Request::Export`].
        at: String,
    },
    /// Send what the page needs for a report, once all of the series is segmented and all surfaces that the page wants are
    /// there.
    Report(ReportRequest),
    /// Change the mask of a slice. The page has applied the same change to its picture already.
    Edit {
        /// Slice in viewing order.
        slice: usize,
        /// The change.
        edit: Edit,
        /// Its relation to the edit before it, for undo.
        step: UndoStep,
    },
    /// Change the mask of a coronal or sagittal plane by all edits of one drag, as one step. The page has applied the
    /// same edits to its picture already.
    EditPlane {
        /// The plane.
        plane: Plane,
        /// The index of the plane along its axis.
        index: usize,
        /// The changes, in their order.
        edits: Vec<Edit>,
    },
    /// Accept the mask of a coronal or sagittal plane, corrected or not: its pixels in and around the mask are right. An
    /// axial plane is accepted with [`Accept`](Self::Accept).
    AcceptPlane {
        /// The plane.
        plane: Plane,
        /// The index of the plane along its axis.
        index: usize,
    },
    /// Accept a slice's mask, corrected or not, or withdraw that.
    Accept {
        /// Slice in viewing order.
        slice: usize,
        /// The user's judgement.
        acceptance: Acceptance,
    },
    /// Set the labels of slices as accepted corrections; for scripts.
    Correct {
        /// One label per voxel of the whole series, in file order.
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
        /// Slices in viewing order.
        slices: Vec<usize>,
    },
    /// Discard the correction of a slice.
    Forget {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Show the masks of one source on the slices that are not corrected.
    ShowMasks {
        /// The source.
        source: MaskSource,
    },
    /// Change the mask of the whole series. Accepted slices stay; others that change are corrected from then on, in one
    /// step.
    EditMask(MaskOperation),
    /// Make the ground truth the mask of the whole series, in the same way.
    TakeTruth,
    /// Compare the ways to complete the slices that are not corrected, on accepted slices that are left out in turn, and
    /// show the best.
    Complete,
    /// Interpolate the slices between corrected ones.
    Interpolate,
    /// Undo the last change, on any slice.
    Undo,
    /// Redo the change that was undone last.
    Redo,
    /// Fine-tune the model with the accepted slices.
    FineTune(FineTuneConfig),
    /// Stop the fine-tuning, and offer the best model so far.
    Stop,
    /// Keep the fine-tuned model, or return to the one before.
    Decide(FineTuneDecision),
    /// While a fine-tuned model waits for [`Decide`](Self::Decide): show the masks of one of the
    /// two models.
    Compare {
        /// The model whose masks are wanted.
        model: ModelChoice,
    },
    /// Send the model as a file.
    ExportModel,
    /// Send the series with its accepted slices as a data set for training.
    ExportCorrections,
    /// Send the corrections, to be stored.
    SaveCorrections,
    /// Restore stored corrections.
    RestoreCorrections {
        /// The key of [`Response::Corrections`](super::Response::Corrections). Corrections of an organ or a series that is
        /// no longer shown are ignored.
        key: String,
        /// The bytes of [`Response::Corrections`](super::Response::Corrections).
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Send a copy of the corrections of the series shown, all organs of them.
    BackUpCorrections,
    /// Send a copy of the model in use.
    BackUpModel,
    /// Keep these corrections until their series are opened.
    KeepCorrections(Vec<SeriesCorrections>),
    /// Send the corrections that wait for their series, each organ's as a data set without the images.
    ExportKept,
}

/// The state of a slice's corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// There is no correction.
    #[default]
    None,
    /// The slice is corrected, but not accepted.
    Corrected,
    /// The mask is accepted, and fine-tuning trains on it.
    Accepted,
}
