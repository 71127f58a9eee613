//! The open series: its data as reported by the session, and the position of the crosshair in it.
//!
//! All of it is replaced when another series is opened ([`SeriesView::replace`]), so nothing of the last one can stay.
//! The pictures of its planes are in [`pictures`](super::pictures).

use std::sync::Arc;

use leptos::prelude::*;

use super::measuring::Measuring;
use super::volume::VolumeRun;
use crate::app::protocol::{
    Ablation, Checked, CompletionInfo, Mark, MaskSettings, MaskSource, OpenSeries, PropagationInfo,
    PropagationProgress, Request, ReviewList, SeriesInfo, SliceMap, TruthInfo,
};
use crate::core::error::UserError;
use crate::core::mpr::{Grid, Plane};
use crate::imaging::edit::Acceptance;
use crate::web::page::io::session_client::SessionClient;

/// The attention of every gate on one slice.
pub(crate) struct GateMaps {
    /// The slice in viewing order.
    pub(crate) slice: usize,
    /// One map per gate, deepest gate first: 0 outside the network's input, else `1 + 254 * attention`.
    pub(crate) maps: Vec<Vec<u8>>,
}

/// The availability of undo and redo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// True if there is a change to undo.
    pub(crate) can_undo: bool,
    /// True if there is a change to redo.
    pub(crate) can_redo: bool,
}

/// The series of the last drop.
#[derive(Clone, Debug, Default)]
pub(crate) struct DroppedSeries {
    /// First those that can be opened, then those that are only listed.
    pub(crate) entries: Vec<SeriesInfo>,
    /// The index of the open one.
    pub(crate) open: usize,
    /// Files that could not be read.
    pub(crate) refused: Vec<UserError>,
}

/// Everything that belongs to one opened series. The default is that none is open.
#[derive(Default)]
pub(crate) struct SeriesContents {
    pub(crate) info: Option<OpenSeries>,
    pub(crate) dropped: DroppedSeries,
    pub(crate) pixels: Vec<Option<usize>>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) mask_settings: MaskSettings,
    pub(crate) checked: Checked,
}

/// The open series.
#[derive(Clone, Copy)]
pub(crate) struct SeriesView {
    session: SessionClient,
    /// The series, if one is open.
    pub(crate) info: RwSignal<Option<OpenSeries>>,
    /// The series of the last drop.
    pub(crate) dropped: RwSignal<DroppedSeries>,
    /// The current slice in viewing order.
    pub(crate) slice: RwSignal<usize>,
    /// Row and column of the crosshair; its slice is the current slice.
    pub(crate) crosshair_yx: RwSignal<[usize; 2]>,
    /// What was measured on it.
    pub(crate) measuring: Measuring,
    /// Pancreas pixels of each slice; `None` for slices that are not segmented yet.
    pub(crate) pixels: RwSignal<Vec<Option<usize>>>,
    /// The reader's mark of each slice: none, corrected or accepted.
    pub(crate) marks: RwSignal<Vec<Mark>>,
    /// The state of the propagation from the accepted slices.
    pub(crate) propagation: RwSignal<PropagationInfo>,
    /// The comparison of the ways to complete the other slices: under way, or done and up to date.
    pub(crate) completion: RwSignal<Option<CompletionInfo>>,
    /// The availability of undo and redo.
    pub(crate) history: RwSignal<History>,
    /// The number of slices that the last change has interpolated, if that was what it did.
    pub(crate) interpolated: RwSignal<Option<usize>>,
    /// The settings of the mask, as last requested; the session may still be working on them.
    pub(crate) mask_settings: RwSignal<MaskSettings>,
    /// Voxels outside the largest connected component that were removed.
    pub(crate) removed: RwSignal<usize>,
    /// Counts changes of the mask.
    pub(crate) mask_changes: RwSignal<usize>,
    /// The ground truth, and how the mask compares with it.
    pub(crate) truth: RwSignal<Option<TruthInfo>>,
    /// The gates' attention on one slice.
    pub(crate) gates: RwSignal<Option<Arc<GateMaps>>>,
    /// A probability or uncertainty map of one slice.
    pub(crate) map: RwSignal<Option<Arc<SliceMap>>>,
    /// The effect of holding a gate open on one slice.
    pub(crate) ablation: RwSignal<Option<Arc<Ablation>>>,
    /// The run of a model of whole volumes with a gate held open.
    pub(crate) open_gate: VolumeRun,
    /// Progress of the check with mirrored input.
    pub(crate) checked: RwSignal<Checked>,
    /// The slices to review first; `None` before all slices are segmented.
    pub(crate) review: RwSignal<Option<ReviewList>>,
}

impl SeriesView {
    /// No series is open.
    pub(crate) fn new(session: SessionClient) -> Self {
        let info = RwSignal::new(None);
        Self {
            session,
            info,
            dropped: RwSignal::new(DroppedSeries::default()),
            slice: RwSignal::new(0),
            crosshair_yx: RwSignal::new([0; 2]),
            measuring: Measuring::new(session, info),
            pixels: RwSignal::new(Vec::new()),
            marks: RwSignal::new(Vec::new()),
            propagation: RwSignal::new(PropagationInfo::default()),
            completion: RwSignal::new(None),
            history: RwSignal::new(History::default()),
            interpolated: RwSignal::new(None),
            mask_settings: RwSignal::new(MaskSettings::default()),
            removed: RwSignal::new(0),
            mask_changes: RwSignal::new(0),
            truth: RwSignal::new(None),
            gates: RwSignal::new(None),
            map: RwSignal::new(None),
            ablation: RwSignal::new(None),
            open_gate: VolumeRun::new(),
            checked: RwSignal::new(Checked::default()),
            review: RwSignal::new(None),
        }
    }

    /// Replaces everything that is known of the series. The crosshair goes to the middle of the first slice shown.
    pub(crate) fn replace(&self, contents: SeriesContents) {
        let SeriesContents { info, dropped, pixels, marks, mask_settings, checked } = contents;
        let [slice, row, column] = info.as_ref().map_or([0; 3], start_of);
        self.slice.set(slice);
        self.crosshair_yx.set([row, column]);
        self.dropped.set(dropped);
        self.pixels.set(pixels);
        self.marks.set(marks);
        self.propagation_changed(PropagationInfo::default());
        self.history.set(History::default());
        self.interpolated.set(None);
        self.mask_settings.set(mask_settings);
        self.removed.set(0);
        self.truth.set(None);
        self.gates.set(None);
        self.forget_explanations();
        self.checked.set(checked);
        self.review.set(None);
        self.info.set(info);
        self.measuring.series_opened();
    }

    /// Drops the maps of another slice, series or model.
    pub(crate) fn forget_explanations(&self) {
        self.map.set(None);
        self.ablation.set(None);
        self.open_gate.reset();
    }

    /// True if a series is open.
    pub(crate) fn is_open(&self) -> bool {
        self.info.with(Option::is_some)
    }

    /// True if every slice is segmented.
    pub(crate) fn is_segmented(&self) -> bool {
        self.pixels.with(|pixels| pixels.iter().all(Option::is_some))
    }

    /// The numbers of segmented slices and of all slices.
    pub(crate) fn progress(&self) -> (usize, usize) {
        self.pixels.with(|pixels| (pixels.iter().flatten().count(), pixels.len()))
    }

    /// A slice was segmented; `pixels` of it are pancreas.
    pub(crate) fn segmented(&self, slice: usize, pixels: usize) {
        self.pixels.update(|all| {
            if let Some(entry) = all.get_mut(slice) {
                *entry = Some(pixels);
            }
        });
        self.count_mask_change();
    }

    /// Notifies whoever shows the mask that it has changed.
    pub(crate) fn count_mask_change(&self) {
        self.mask_changes.update(|changes| *changes += 1);
    }

    /// Changes the settings of the mask.
    pub(crate) fn change_mask_settings(&self, change: impl FnOnce(&mut MaskSettings)) {
        self.mask_settings.update(change);
        self.session.send(&Request::Set(self.mask_settings.get_untracked()));
    }

    /// The voxel grid of the open series.
    pub(crate) fn grid(&self) -> Option<Grid> {
        self.info.with(|series| series.as_ref().map(|series| Grid { dims: series.dims, geometry: series.geometry }))
    }

    /// The index of a plane that the crosshair lies on.
    pub(crate) fn index(&self, plane: Plane) -> usize {
        match plane {
            Plane::Axial => self.slice.get(),
            Plane::Coronal => self.crosshair_yx.get()[0],
            Plane::Sagittal => self.crosshair_yx.get()[1],
        }
    }

    /// The voxel that the crosshair starts at, `[z, y, x]`: the middle of the first slice shown.
    pub(crate) fn start(&self) -> Option<[usize; 3]> {
        self.info.with(|series| series.as_ref().map(start_of))
    }

    /// The crosshair's voxel, `[z, y, x]`.
    pub(crate) fn crosshair(&self) -> [f64; 3] {
        Plane::ALL.map(|plane| self.index(plane) as f64)
    }

    /// Moves the crosshair to an index of a plane, clamped to the series.
    pub(crate) fn move_to(&self, plane: Plane, index: isize) {
        let Some(count) = untrack(|| self.grid()).map(|grid| grid.count(plane)) else { return };
        let index = index.clamp(0, count as isize - 1) as usize;
        match plane {
            Plane::Axial => self.slice.set(index),
            Plane::Coronal => self.crosshair_yx.update(|crosshair| crosshair[0] = index),
            Plane::Sagittal => self.crosshair_yx.update(|crosshair| crosshair[1] = index),
        }
    }

    /// Moves the crosshair by a number of planes.
    pub(crate) fn move_by(&self, plane: Plane, steps: isize) {
        self.move_to(plane, untrack(|| self.index(plane)) as isize + steps);
    }

    /// Moves the crosshair to a voxel `[z, y, x]`.
    pub(crate) fn move_crosshair(&self, voxel: [f64; 3]) {
        for plane in Plane::ALL {
            self.move_to(plane, voxel[plane.axis()].round() as isize);
        }
    }

    /// True if coronal and sagittal planes can be shown: there are several slices, and their positions are known.
    pub(crate) fn has_planes(&self) -> bool {
        self.info.with(|series| series.as_ref().is_some_and(|series| series.dims[0] > 1 && series.geometry.is_some()))
    }

    /// The number of accepted slices.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted_slices().len()
    }

    /// The accepted slices in ascending order.
    pub(crate) fn accepted_slices(&self) -> Vec<usize> {
        self.marks.with(|marks| (0..marks.len()).filter(|&slice| marks[slice] == Mark::Accepted).collect())
    }

    /// The reader's mark of the current slice.
    pub(crate) fn current_mark(&self) -> Mark {
        let slice = self.slice.get();
        self.marks.with(|marks| marks.get(slice).copied().unwrap_or_default())
    }

    /// Accepts the coronal or sagittal plane at the crosshair, or the current slice; or withdraws the slice's acceptance.
    pub(crate) fn accept(&self, plane: Plane) {
        match plane {
            Plane::Axial => self.toggle_accepted(),
            plane => {
                let index = untrack(|| self.index(plane));
                self.session.send(&Request::AcceptPlane { plane, index });
            }
        }
    }

    fn toggle_accepted(&self) {
        let slice = self.slice.get_untracked();
        let acceptance = match untrack(|| self.current_mark()) {
            Mark::Accepted => Acceptance::Draft,
            Mark::None | Mark::Corrected => Acceptance::Accepted,
        };
        self.session.send(&Request::Accept { slice, acceptance });
    }

    /// True if the slices that are not corrected show what follows from the accepted ones.
    pub(crate) fn shows_completed(&self) -> bool {
        let info = self.propagation.get();
        info.progress == PropagationProgress::Done && info.shown != MaskSource::Model
    }

    /// Switches between the masks from the accepted slices and those of the model, if there are both.
    pub(crate) fn toggle_mask_source(&self) {
        let info = self.propagation.get_untracked();
        if info.progress == PropagationProgress::Off {
            return;
        }
        self.show_masks(match info.shown {
            MaskSource::AcceptedSlices | MaskSource::Interpolation => MaskSource::Model,
            MaskSource::Model => MaskSource::AcceptedSlices,
        });
    }

    /// Shows the masks of a source on the slices that are not corrected.
    pub(crate) fn show_masks(&self, source: MaskSource) {
        self.session.send(&Request::ShowMasks { source });
    }

    /// Takes note of the state of the propagation. What was compared before it began again is out of date.
    pub(crate) fn propagation_changed(&self, info: PropagationInfo) {
        if info.progress != PropagationProgress::Done {
            self.completion.set(None);
        }
        self.propagation.set(info);
    }

    /// The slice whose correction would teach the model most.
    pub(crate) fn next_to_correct(&self) -> Option<usize> {
        self.review.with(|review| review.as_ref().and_then(|review| review.slices.first().copied()))
    }

    /// Moves to the slice whose correction would teach the model most.
    pub(crate) fn go_to_next_correction(&self) {
        if let Some(slice) = untrack(|| self.next_to_correct()) {
            self.slice.set(slice);
        }
    }

    /// True if the attention maps that have arrived are those of the current slice.
    pub(crate) fn has_gates_of_slice(&self) -> bool {
        self.gates.with(|gates| gates.as_ref().map(|gates| gates.slice)) == Some(self.slice.get())
    }
}

/// The middle of the slice that a series shows first, `[z, y, x]`.
fn start_of(series: &OpenSeries) -> [usize; 3] {
    let [_, height, width] = series.dims;
    [series.first_slice, height / 2, width / 2]
}
