//! One series of the drop: its image, what a person has made of what the network says of it, and what is shown.

use std::sync::Arc;

use std::borrow::Cow;

use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::prediction::Prediction;
use super::truth::GroundTruth;
use crate::app::protocol::{
    Export, MapKind, Mark, MaskSettings, Navigation, OpenSeries, Response, ReviewList, Thumbnail,
};
use crate::core::mask::Mask;
use crate::core::volume::{Orientation, Volume};
use crate::core::window::Window;
use crate::formats::dicom::Identity;
use crate::formats::{Series, report};
use crate::imaging::edit::{Acceptance, Corrections};
use crate::imaging::input_check::check_input;
use crate::imaging::overlay::thumbnail;
use crate::imaging::preprocess::PreprocessConfig;

/// A series of the drop.
#[derive(Debug)]
pub(super) struct SeriesState {
    pub(super) study: OpenSeries,
    pub(super) volume: Volume,
    pub(super) orientation: Orientation,
    pub(super) file_dims: [usize; 3],
    /// Whose it is; goes nowhere but into a DICOM file that is asked for.
    pub(super) identity: Option<Identity>,
    /// What the model in use says.
    pub(super) now: Prediction,
    /// What the model before a fine-tuning said, while that is not decided.
    pub(super) before: Option<Prediction>,
    /// Whether that is shown.
    pub(super) comparing: bool,
    pub(super) corrections: Corrections,
    /// How masks are made.
    pub(super) settings: MaskSettings,
    /// A slice whose attention is wanted.
    pub(super) explain: Option<usize>,
    /// A slice of which is wanted what changes on it when a gate is held open, and that gate.
    pub(super) ablate: Option<(usize, usize)>,
    /// The map that is shown, and over which slice.
    pub(super) map_wish: Option<(usize, MapKind)>,
    /// Whether mirrored inputs are to be run too.
    pub(super) checking: bool,
    pub(super) focus: usize,
    pub(super) waiting: Vec<PendingExport>,
    /// The review list that was sent last.
    pub(super) review: Option<ReviewList>,
    /// The true mask, where one was given.
    pub(super) known: Option<GroundTruth>,
    /// Its middle slice, small.
    pub(super) thumbnail: Thumbnail,
}

/// What is to be sent once every slice is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PendingExport {
    Mask,
    File {
        what: Export,
        /// Date and time of the wish.
        at: String,
    },
}

impl SeriesState {
    pub(super) fn new(
        series: Series,
        id: u64,
        sample_seed: Option<u64>,
        preprocess: &PreprocessConfig,
        model: Arc<report::ReportedModel>,
    ) -> Self {
        let file_dims = series.volume.dims;
        let orientation = series.volume.geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
        let volume = orientation.view_volume(series.volume);
        let depth = volume.depth();
        let study = OpenSeries {
            key: key(&volume),
            source: source(&series.files),
            name: series.name,
            dims: volume.dims,
            geometry: volume.geometry,
            spacing_mm: volume.geometry.map(|g| g.spacing_mm()),
            voxel_mm3: volume.geometry.map(|g| g.voxel_mm3()),
            calibrated: volume.calibrated,
            sample_seed,
            has_patient: series.identity.is_some(),
            first_slice: depth / 2,
            notes: series.notes,
            unlike: check_input(&volume, preprocess),
        };
        let ([height, width], grey) = thumbnail(&volume.slice(depth / 2), Window::ABDOMEN, THUMBNAIL_PX);
        let thumbnail = Thumbnail { height, width, grey: ByteBuf::from(grey) };
        Self {
            study,
            now: Prediction::new(id, volume.dims, model),
            before: None,
            comparing: false,
            volume,
            orientation,
            file_dims,
            identity: series.identity,
            corrections: Corrections::default(),
            settings: MaskSettings::default(),
            explain: None,
            ablate: None,
            map_wish: None,
            checking: false,
            focus: depth / 2,
            waiting: Vec::new(),
            review: None,
            known: None,
            thumbnail,
        }
    }

    /// What is shown where nothing is corrected.
    pub(super) fn prediction(&self) -> &Prediction {
        self.before.as_ref().filter(|_| self.comparing).unwrap_or(&self.now)
    }

    /// The mask of a slice as it is shown, if it has one: the correction, else what the network says.
    pub(super) fn labels(&self, slice: usize) -> Option<Vec<u8>> {
        self.labels_of(self.prediction(), slice).map(Cow::into_owned)
    }

    /// The same with what one of the models says.
    pub(super) fn labels_of<'a>(&'a self, prediction: &'a Prediction, slice: usize) -> Option<Cow<'a, [u8]>> {
        self.corrections.labels(slice).map(Cow::Owned).or_else(|| prediction.labels(slice))
    }

    /// Pixels of pancreas on each slice that has a mask.
    pub(super) fn pixels(&self) -> Vec<Option<usize>> {
        let corrected = |(slice, predicted)| self.corrections.get(slice).map(|c| c.pixels()).or(predicted);
        self.prediction().pixels().into_iter().enumerate().map(corrected).collect()
    }

    /// What has been made of each slice.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mark = |slice| match self.corrections.get(slice) {
            None => Mark::None,
            Some(correction) if correction.acceptance == Acceptance::Accepted => Mark::Accepted,
            Some(_) => Mark::Corrected,
        };
        (0..self.volume.depth()).map(mark).collect()
    }

    /// The whole mask in viewing order: corrections over what the network says, cleaned up if that is wanted.
    pub(super) fn mask(&self) -> Mask {
        let mut mask = self.now.mask.clone();
        for stray in &self.now.strays {
            mask.slice_mut(stray.z)[stray.pixels.clone()].fill(0);
        }
        for slice in self.corrections.slices() {
            if let Some(labels) = self.corrections.labels(slice) {
                mask.slice_mut(slice).copy_from_slice(&labels);
            }
        }
        mask
    }

    /// Sends what was waiting for the last mask, once every mask is up to date.
    pub(super) fn finish_pending(&mut self) -> Vec<Response> {
        if !self.now.is_complete() || self.has_outdated_masks() {
            return Vec::new();
        }
        let cleaned = self.update_strays().then(|| Response::MasksUpdated(self.masks_updated()));
        let waiting = std::mem::take(&mut self.waiting);
        let delivered = waiting.into_iter().map(|what| self.deliver(what));
        let mut responses: Vec<Response> = cleaned.into_iter().chain(delivered).collect();
        responses.extend(self.propose());
        responses
    }

    fn deliver(&self, what: PendingExport) -> Response {
        match what {
            PendingExport::Mask => {
                let mask = self.file_mask();
                Response::Mask { dims: mask.dims, labels: mask.labels }
            }
            PendingExport::File { what, at } => match self.take(what, &at) {
                Ok((name, bytes)) => Response::File { name, bytes },
                Err(refusal) => Response::Failed(refusal),
            },
        }
    }

    /// Says that the network is through with a slice. What a person has corrected stays as it is shown.
    pub(super) fn segmented(&self, slice: usize) -> Response {
        let corrected = self.corrections.get(slice).map(|correction| correction.pixels());
        let pixels = corrected.or_else(|| self.prediction().pixels_on(slice)).unwrap_or(0);
        let mask = (slice == self.focus).then(|| self.labels(slice).map(ByteBuf::from)).flatten();
        Response::Segmented { slice, pixels, mask }
    }

    /// What a change of masks looks like from the page, seen on `slice`.
    pub(super) fn changed(&self, slice: usize, navigation: Navigation) -> Response {
        Response::Changed {
            pixels: self.pixels(),
            marks: self.marks(),
            slice,
            mask: self.labels(slice).map(ByteBuf::from),
            navigation,
            undo: self.corrections.can_undo(),
            redo: self.corrections.can_redo(),
        }
    }
}

/// The height or width of a thumbnail, whichever is larger.
const THUMBNAIL_PX: usize = 48;

/// Names a series by its content: the grid and a share of its voxels, whose noise no other scan has.
fn key(volume: &Volume) -> String {
    let mut hash = Sha256::new();
    for dim in volume.dims {
        hash.update((dim as u64).to_le_bytes());
    }
    for value in volume.geometry.iter().flat_map(|g| g.affine.as_flattened()) {
        hash.update(value.to_le_bytes());
    }
    hash.update(volume.hu.iter().step_by(61).flat_map(|hu| hu.to_le_bytes()).collect::<Vec<u8>>());
    crate::core::hex::hex(&hash.finalize()[..16])
}

/// Where a series came from, for people: its file, or the folder of its files.
pub(super) fn source(files: &[String]) -> String {
    let parts = |file: &str| file.split('/').map(str::to_owned).collect::<Vec<_>>();
    let one = files.iter().all(|file| Some(file) == files.first());
    match files {
        [] => String::new(),
        [file, ..] if one => parts(file).pop().unwrap_or_default(),
        [first, ..] => parts(first).iter().rev().nth(1).cloned().unwrap_or_else(|| format!("{} files", files.len())),
    }
}
