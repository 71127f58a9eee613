//! One series of the drop: its image, what the network says of it, what a person has made of that, and what is shown.

use std::borrow::Cow;

use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::truth::Known;
use crate::edit::Corrections;
use crate::formats::{Series, nifti};
use crate::mask::Mask;
use crate::metrics::Overlap;
use crate::overlay::thumbnail;
use crate::protocol::{Mark, Response, Study, Thumbnail};
use crate::volume::{Orientation, Volume};
use crate::window::Window;

/// A series of the drop.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) study: Study,
    pub(super) volume: Volume,
    pub(super) orientation: Orientation,
    pub(super) file_dims: [usize; 3],
    /// What the model in use says.
    pub(super) now: Prediction,
    /// What the model before a fine-tuning said, while that is not decided.
    pub(super) before: Option<Prediction>,
    /// Whether that is shown.
    pub(super) comparing: bool,
    pub(super) corrections: Corrections,
    /// A slice whose attention is wanted.
    pub(super) explain: Option<usize>,
    pub(super) focus: usize,
    pub(super) waiting: Vec<Waiting>,
    /// The slice last proposed for correction.
    pub(super) proposed: Option<usize>,
    /// The true mask, where one was given.
    pub(super) known: Option<Known>,
    /// Its middle slice, small.
    pub(super) thumbnail: Thumbnail,
}

/// What one model says of a series.
#[derive(Debug)]
pub(super) struct Prediction {
    /// Unlike that of any other prediction of this session; answers to another are dropped.
    pub(super) id: u64,
    pub(super) mask: Mask,
    pub(super) slices: Vec<Progress>,
    /// Slices over which a compute worker has died once.
    pub(super) fatal: Vec<usize>,
    /// For each slice, the expected number of wrong pixels on the network's grid, were its probabilities right.
    pub(super) doubt: Vec<f32>,
    /// How each slice that has a mask compares with the truth, where there is one.
    pub(super) overlaps: Vec<Option<Overlap>>,
}

/// How far one slice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Todo,
    Running,
    /// With this many pixels of pancreas.
    Done(usize),
    /// Compute workers died twice over it.
    Failed,
}

/// What is to be sent once every slice is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    Mask,
    Nifti,
}

impl Prediction {
    pub(super) fn new(id: u64, dims: [usize; 3]) -> Self {
        Self {
            id,
            mask: Mask::empty(dims),
            slices: vec![Progress::Todo; dims[0]],
            fatal: Vec::new(),
            doubt: vec![0.0; dims[0]],
            overlaps: vec![None; dims[0]],
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        !self.slices.iter().any(|p| matches!(p, Progress::Todo | Progress::Running))
    }

    /// Slices at work are given up: their answers will come too late.
    pub(super) fn retire(mut self) -> Self {
        for slice in &mut self.slices {
            if *slice == Progress::Running {
                *slice = Progress::Todo;
            }
        }
        self
    }
}

impl Open {
    pub(super) fn new(series: Series, id: u64, synthetic: bool) -> Self {
        let file_dims = series.volume.dims;
        let orientation = series.volume.geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
        let volume = orientation.view_volume(series.volume);
        let depth = volume.depth();
        let study = Study {
            key: key(&volume),
            source: source(&series.files),
            name: series.name,
            dims: volume.dims,
            geometry: volume.geometry,
            spacing_mm: volume.geometry.map(|g| g.spacing_mm()),
            voxel_mm3: volume.geometry.map(|g| g.voxel_mm3()),
            calibrated: volume.calibrated,
            synthetic,
            first_slice: depth / 2,
            notes: series.notes,
        };
        let ([height, width], grey) = thumbnail(&volume.slice(depth / 2), Window::ABDOMEN, THUMBNAIL_PX);
        let thumbnail = Thumbnail { height, width, grey: ByteBuf::from(grey) };
        Self {
            study,
            now: Prediction::new(id, volume.dims),
            before: None,
            comparing: false,
            volume,
            orientation,
            file_dims,
            corrections: Corrections::default(),
            explain: None,
            focus: depth / 2,
            waiting: Vec::new(),
            proposed: None,
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
        self.corrections.labels(slice).map(Cow::Owned).or_else(|| {
            let done = matches!(prediction.slices[slice], Progress::Done(_));
            done.then(|| Cow::Borrowed(prediction.mask.slice(slice)))
        })
    }

    /// Pixels of pancreas on each slice that has a mask.
    pub(super) fn pixels(&self) -> Vec<Option<usize>> {
        let predicted = self.prediction().slices.iter().map(|progress| match progress {
            Progress::Done(pixels) => Some(*pixels),
            Progress::Failed => Some(0),
            Progress::Todo | Progress::Running => None,
        });
        let corrected = |(slice, predicted)| self.corrections.get(slice).map(|c| c.pixels()).or(predicted);
        predicted.enumerate().map(corrected).collect()
    }

    /// What has been made of each slice.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mark = |slice| match self.corrections.get(slice) {
            None => Mark::None,
            Some(correction) if correction.accepted => Mark::Accepted,
            Some(_) => Mark::Corrected,
        };
        (0..self.volume.depth()).map(mark).collect()
    }

    /// The whole mask in viewing order: corrections over what the network says.
    fn mask(&self) -> Mask {
        let mut mask = self.now.mask.clone();
        for slice in self.corrections.slices() {
            if let Some(labels) = self.corrections.labels(slice) {
                mask.slice_mut(slice).copy_from_slice(&labels);
            }
        }
        mask
    }

    /// What can be sent now that was waiting for the last slice.
    pub(super) fn settle(&mut self) -> Vec<Response> {
        if !self.now.is_complete() {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut self.waiting);
        let mut responses: Vec<Response> = waiting.into_iter().map(|what| self.deliver(what)).collect();
        responses.extend(self.propose());
        responses
    }

    fn deliver(&self, what: Waiting) -> Response {
        let file_mask = self.mask().restore(&self.orientation, self.file_dims);
        match what {
            Waiting::Mask => Response::Mask { dims: file_mask.dims, labels: file_mask.labels },
            Waiting::Nifti => {
                // The mask lies on the file's grid, so the file's geometry goes with it.
                let geometry = self.volume.geometry.map(|g| self.orientation.file_geometry(&g, self.file_dims));
                let bytes = nifti::write_mask(&file_mask, geometry.as_ref());
                Response::File { name: format!("{}_pancreas.nii.gz", self.file_name()), bytes }
            }
        }
    }

    /// The series' name, fit for a file.
    pub(super) fn file_name(&self) -> String {
        self.study.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }

    /// The picture of a slice.
    pub(super) fn picture(&self, slice: usize) -> Response {
        let mask = self.labels(slice).map(ByteBuf::from);
        let hu = crate::protocol::to_bytes(self.volume.slice(slice).hu);
        Response::Picture { slice, hu, mask, truth: self.true_labels(slice) }
    }

    /// Says that the network is through with a slice. What a person has corrected stays as it is shown.
    pub(super) fn segmented(&self, slice: usize) -> Response {
        let pixels = self.pixels()[slice].unwrap_or(0);
        let mask = (slice == self.focus).then(|| self.labels(slice).map(ByteBuf::from)).flatten();
        Response::Segmented { slice, pixels, mask }
    }

    /// What a change of masks looks like from the page, seen on `slice`.
    pub(super) fn changed(&self, slice: usize, go_there: bool) -> Response {
        Response::Changed {
            pixels: self.pixels(),
            marks: self.marks(),
            slice,
            mask: self.labels(slice).map(ByteBuf::from),
            go_there,
            undo: self.corrections.can_undo(),
            redo: self.corrections.can_redo(),
        }
    }

    /// Says which slice to correct next, once every slice is done and if it is another than last time.
    pub(super) fn propose(&mut self) -> Option<Response> {
        if !self.now.is_complete() {
            return None;
        }
        let slice = self.correct_next();
        if slice == self.proposed {
            return None;
        }
        self.proposed = slice;
        Some(Response::CorrectNext { slice })
    }

    /// The slice whose correction would teach most: where the network doubts most, and far from what it has been told already.
    fn correct_next(&self) -> Option<usize> {
        let step_mm = self.volume.geometry.map_or(NEAR_MM, |g| g.spacing_mm()[0]);
        let told: Vec<usize> = self.corrections.slices().collect();
        let worth = |z: usize| {
            let nearest = told.iter().map(|t| t.abs_diff(z)).min();
            let fresh = nearest.map_or(1.0, |slices| (slices as f64 * step_mm / NEAR_MM).min(1.0));
            f64::from(self.now.doubt[z]) * fresh
        };
        let open = (0..self.volume.depth()).filter(|z| self.corrections.get(*z).is_none());
        open.map(|z| (z, worth(z))).filter(|(_, worth)| *worth > 0.0).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(z, _)| z)
    }
}

/// The height or width of a thumbnail, whichever is larger.
const THUMBNAIL_PX: usize = 48;

/// Slices nearer than this to a corrected one are worth less to correct, for they look alike.
const NEAR_MM: f64 = 15.0;

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
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Where a series came from, for people: its file, or the folder of its files.
pub(super) fn source(files: &[String]) -> String {
    let parts = |file: &str| file.split('/').map(str::to_owned).collect::<Vec<_>>();
    match files {
        [] => String::new(),
        [file] => parts(file).pop().unwrap_or_default(),
        [first, ..] => parts(first).iter().rev().nth(1).cloned().unwrap_or_else(|| format!("{} files", files.len())),
    }
}
