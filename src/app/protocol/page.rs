//! What the page asks of the session, and what it answers.

use serde::{Deserialize, Serialize};

use super::{
    Ablation, Checked, DeviceInfo, Export, FineTuneDecision, FineTuneOutcome, FineTuneProgress, MapKind, MaskSettings,
    MasksUpdated, ModelChoice, ModelInfo, Navigation, PlaneView, ReviewList, SeriesInfo, SliceMap, TruthInfo,
};
use crate::core::error::UserError;
use crate::core::i18n::messages::Message;
use crate::core::mpr::Plane;
use crate::core::volume::Geometry;
use crate::imaging::edit::{Acceptance, Edit, UndoStep};
use crate::imaging::input_check::InputWarning;
use crate::nn::finetune::FineTuneConfig;

/// What the page asks for. Files that are dropped reach the session's intake directly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Draw and open a synthetic phantom.
    OpenSample {
        /// Which one.
        seed: u64,
    },
    /// Show another series of the last drop.
    Choose {
        /// Index into [`Response::Opened`]'s `series`.
        series: usize,
    },
    /// Close the series of the last drop: nothing of them stays in memory.
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
    /// Send the gates' attention on this slice.
    Explain {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Make the masks in another way. The session then recomputes them piece by piece, so that a newer request is heard
    /// in between.
    Set(MaskSettings),
    /// Send this map of a slice, and again whenever it changes, until another is wished for.
    Map {
        /// Slice in viewing order.
        slice: usize,
        /// Which; `None` for none.
        kind: Option<MapKind>,
    },
    /// Say what changes on a slice when a gate is held open.
    Ablate {
        /// Slice in viewing order.
        slice: usize,
        /// The gate, counted from the deepest.
        gate: usize,
    },
    /// Run the network on the mirrored input of every slice too, or stop that.
    CheckMirrored {
        /// Whether to.
        on: bool,
    },
    /// Send the mask of the whole series in file order, once all of it is segmented.
    Mask,
    /// Send the result as a file, once all of it is segmented.
    Export {
        /// What kind.
        what: Export,
        /// Local date and time, ISO 8601 to the second: the session has no clock.
        at: String,
    },
    /// Change the mask of a slice. The page has painted it already, in the same way.
    Edit {
        /// Slice in viewing order.
        slice: usize,
        /// The change.
        edit: Edit,
        /// Its relation to the edit before it, for undo.
        step: UndoStep,
    },
    /// Accept a slice's mask, corrected or not, or withdraw that.
    Accept {
        /// Slice in viewing order.
        slice: usize,
        /// The user's judgement.
        acceptance: Acceptance,
    },
    /// Take these slices' labels for right; for scripts.
    Correct {
        /// One label a voxel of the whole series, in file order.
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
        /// Slices in viewing order.
        slices: Vec<usize>,
    },
    /// Forget what was corrected on a slice.
    Forget {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Fill the slices between corrected ones.
    Interpolate,
    /// Take back the last change, on whatever slice.
    Undo,
    /// Make it again.
    Redo,
    /// Learn from the accepted slices.
    FineTune(FineTuneConfig),
    /// Stop learning and offer the best so far.
    Stop,
    /// Keep the fine-tuned model, or return to the one before.
    Decide(FineTuneDecision),
    /// While a fine-tuned model waits for [`Decide`](Self::Decide): show the masks of one of the two models.
    Compare {
        /// The model whose masks are wanted.
        model: ModelChoice,
    },
    /// Send the model as a file.
    ExportModel,
    /// Send the series with its accepted slices as a data set for training.
    ExportCorrections,
    /// Send the corrections to be kept for later.
    SaveCorrections,
    /// Take corrections that were kept.
    RestoreCorrections {
        /// What [`Response::Corrections`] held.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
}

/// The state of a slice's corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// A correction in work.
    Corrected,
    /// It is right, and learned from.
    Accepted,
}

/// What the session answers, and reports of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Response {
    /// A model is loaded and slices can be segmented.
    Ready {
        /// Where.
        device: DeviceInfo,
        /// With what.
        model: ModelInfo,
    },
    /// Files of a drop are being read.
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
        /// Pancreas pixels of each slice that is segmented.
        pixels: Vec<Option<usize>>,
        /// What has been done with each slice.
        marks: Vec<Mark>,
        /// All series of its drop: first those that can be chosen, then those that are only named.
        series: Vec<SeriesInfo>,
        /// The index of the open series among them.
        shown: usize,
        /// The files of the drop that could not be opened.
        refused: Vec<UserError>,
        /// How its masks are made.
        settings: MaskSettings,
        /// Progress of the check with mirrored input.
        checked: Checked,
    },
    /// The picture of a plane.
    View(PlaneView),
    /// A slice has been segmented.
    Segmented {
        /// Slice in viewing order.
        slice: usize,
        /// Pixels of pancreas on it.
        pixels: usize,
        /// One label a pixel, `[y, x]`; only for the slice being looked at.
        mask: Option<serde_bytes::ByteBuf>,
    },
    /// Masks have changed: by a person, or because another model's are shown.
    Changed {
        /// Pixels of pancreas on each slice that has a mask.
        pixels: Vec<Option<usize>>,
        /// What has been made of each slice.
        marks: Vec<Mark>,
        /// The slice that changed, or the one looked at.
        slice: usize,
        /// Its mask, if it has one.
        mask: Option<serde_bytes::ByteBuf>,
        /// Where the page is to look: a change that is undone may be on another slice than the current one.
        navigation: Navigation,
        /// True if there is a change to undo.
        undo: bool,
        /// True if there is a change to redo.
        redo: bool,
    },
    /// No series is open any more.
    Closed,
    /// There is a truth for the series shown, and so much do masks agree with it.
    Truth(TruthInfo),
    /// The slices to review first have changed.
    Review(ReviewList),
    /// Masks have been made in another way, or are being.
    MasksUpdated(MasksUpdated),
    /// A map over a slice.
    Map(SliceMap),
    /// What changes on a slice when a gate is held open.
    Ablated(Ablation),
    /// How far the check with mirrored input is.
    Checked(Checked),
    /// A fine-tuning has begun, or gone on.
    Tuning(FineTuneProgress),
    /// A fine-tuning is over; its model is in use and waits for [`Request::Decide`].
    Tuned(FineTuneOutcome),
    /// A fine-tuning is over without a model to offer.
    NotTuned,
    /// Another model is in use.
    Model(ModelInfo),
    /// Corrections to be kept for later.
    Corrections {
        /// [`OpenSeries::key`] of the series they belong to.
        key: String,
        /// For [`Request::RestoreCorrections`].
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The gates' attention on a slice.
    Explained {
        /// Slice in viewing order.
        slice: usize,
        /// One map per gate, deepest first, `[y, x]` on the slice's grid: 0 outside the network's input, else 1 + 254 alpha.
        gates: Vec<serde_bytes::ByteBuf>,
    },
    /// The mask of the whole series.
    Mask {
        /// `[depth, height, width]`, in file order.
        dims: [usize; 3],
        /// One label a voxel.
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
    },
    /// A file to save.
    File {
        /// Its name.
        name: String,
        /// Its content.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Something could not be done. What was open stays open.
    Failed(UserError),
}

/// The series that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenSeries {
    /// Names it by its content; the same for the same images.
    pub key: String,
    /// Name, for people.
    pub name: String,
    /// Its file, or the folder of its files.
    pub source: String,
    /// `[depth, height, width]`, in viewing order.
    pub dims: [usize; 3],
    /// Where its voxels lie, in viewing order; unknown for a picture.
    pub geometry: Option<Geometry>,
    /// `[z, y, x]` in viewing order; unknown for a picture.
    pub spacing_mm: Option<[f64; 3]>,
    /// Volume of a voxel; unknown for a picture.
    pub voxel_mm3: Option<f64>,
    /// Whether pixels are Hounsfield units.
    pub calibrated: bool,
    /// The seed of a synthetic series; `None` for a scan.
    pub sample_seed: Option<u64>,
    /// Whether its files say whose it is.
    pub has_patient: bool,
    /// Slice to show first.
    pub first_slice: usize,
    /// Sentences about the series that a reader should know.
    pub notes: Vec<Message>,
    /// In what it is unlike what the model learned from.
    pub unlike: Vec<InputWarning>,
}
