//! The organs of a series: which of them the tools act on, and what a person has done on the others.
//!
//! Tools, masks, propagation and measurements know one organ at a time, the active one. When another becomes active, the
//! work on the former is parked under its name and comes back with it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::organ_work::{OrganMap, OrganWork};
use super::series::SeriesState;
use crate::app::protocol::{HuSpread, MaskSettings, Navigation, OrganInfo, OrganSource, OrgansInfo, Response};
use crate::core::i18n::messages::OrganMessage;
use crate::core::label_statistics::{LabelStatistics, label_statistics};
use crate::core::mask::{Mask, PANCREAS, PANCREAS_NAME, pancreas_label};
use crate::core::organ_codes::is_anatomical;
use crate::core::volumetry::millilitres;
use crate::imaging::edit::Corrections;

impl SeriesState {
    /// The label map of several organs that is shown: the model's, or else one that was dropped.
    fn organ_map(&self) -> Option<&OrganMap> {
        let dropped = || self.organs.dropped.as_ref().map(|(_, map)| map);
        match &self.predictions.current.volume {
            Some(output) => output.organs(),
            None => dropped(),
        }
    }

    /// Shows the organs of a label map from the file `name`, while no model of whole volumes is in use.
    pub(super) fn show_dropped_organs(&mut self, name: String, map: OrganMap) {
        let note = OrganMessage::OrgansShown { count: map.names.len(), name: name.clone() };
        self.study.notes.push(note.into());
        self.organs.dropped = Some((name, map));
        self.organs.forget_measures();
    }

    /// The label value of the organ that the tools act on.
    pub(super) fn active_label(&self) -> u8 {
        match &self.predictions.current.volume {
            Some(output) => output.active(),
            None => self.organ_map().map_or(PANCREAS, |map| pancreas_label(&map.names)),
        }
    }

    /// The name of the organ that the tools act on.
    pub(super) fn active_name(&self) -> &str {
        self.organ_name(self.active_label()).unwrap_or(PANCREAS_NAME)
    }

    /// The name of an organ of the label map, if it has it.
    pub(super) fn organ_name(&self, label: u8) -> Option<&str> {
        self.organ_map().and_then(|map| map.names.get(&label)).map(String::as_str)
    }

    /// True if the tools act on the pancreas.
    pub(super) fn is_pancreas_active(&self) -> bool {
        self.active_name() == PANCREAS_NAME
    }

    /// The name under which corrections of the active organ are stored.
    pub(super) fn corrections_key(&self) -> String {
        match self.active_name() {
            PANCREAS_NAME => self.study.key.clone(),
            organ => format!("{}-{}", self.study.key, super::export::file_name(organ)),
        }
    }

    /// The labels of all organs on a slice, with what was done on those that are not active. `None` without a label map.
    pub(super) fn organ_labels(&self, slice: usize) -> Option<Cow<'_, [u8]>> {
        let map = self.organ_map()?;
        let mut labels = Cow::Borrowed(map.labels.slice(slice));
        for (&value, name) in &map.names {
            let work = self.organs.parked.get(name);
            let own = work.and_then(|work| work.labels(slice, map.labels.slice(slice), value));
            let Some(own) = own else { continue };
            replace_organ(labels.to_mut(), &own, value);
        }
        Some(labels)
    }

    /// The values of the organs of the label map; none without one.
    pub(super) fn organ_values(&self) -> impl Iterator<Item = u8> {
        self.organ_map().into_iter().flat_map(|map| map.names.keys().copied())
    }

    /// The name of an organ for a file without patient data: one that a dropped file gives and that is not the name of a
    /// structure may say anything, so its value stands for it.
    pub(super) fn harmless_name(&self, label: u8, name: &str) -> String {
        let is_from_file = self.predictions.current.volume.is_none();
        if is_from_file && !is_anatomical(name) { format!("label {label}") } else { name.to_owned() }
    }

    /// True if there is a label map of several organs.
    pub(super) fn has_organ_map(&self) -> bool {
        self.organ_map().is_some()
    }

    /// The labels of all organs in viewing order, each as it is shown; the active one lies over the others. Without a label
    /// map only the mask is there.
    pub(super) fn shown_organs(&self) -> Mask {
        let mut organs = self.mask();
        let value = self.active_label();
        for slice in 0..organs.dims[0] {
            let Some(labels) = self.organ_labels(slice) else { continue };
            let mut labels = labels.into_owned();
            replace_organ(&mut labels, organs.slice(slice), value);
            organs.slice_mut(slice).copy_from_slice(&labels);
        }
        organs
    }

    /// Measures the active organ, and all of them if there is another label map. Returns the list if the page has another.
    pub(super) fn measure_organs(&mut self) -> Option<Response> {
        self.organs.outdated = false;
        if !self.predictions.current.is_complete() {
            return None;
        }
        self.update_measures();
        self.report_organs()
    }

    /// Makes another organ of the model's label map the active one. Nothing that was done on the former is lost.
    pub(super) fn choose_organ(&mut self, label: u8) -> Vec<Response> {
        let is_organ = self.predictions.current.volume.as_ref().is_some_and(|output| output.has_organ(label));
        if !is_organ || label == self.active_label() {
            return Vec::new();
        }
        let mut responses = Vec::new();
        // What was to be exported is the former organ.
        while !self.requested.exports.is_empty() && self.has_outdated_masks() {
            responses.extend(self.recompute_masks());
        }
        self.update_measures();
        self.completion = None;
        let former = OrganWork {
            corrections: std::mem::take(&mut self.corrections),
            propagated: std::mem::take(&mut self.propagated),
            ground_truth: self.ground_truth.take(),
        };
        if !former.is_empty() {
            self.organs.parked.insert(self.active_name().to_owned(), former);
        }
        self.organs.surfaces.leave(self.active_label());
        // Probabilities of other organs are not known.
        self.settings.threshold = MaskSettings::default().threshold;
        self.predictions.current.set_active_organ(label);
        let name = self.active_name().to_owned();
        let work = self.organs.parked.remove(&name).unwrap_or_default();
        (self.corrections, self.propagated, self.ground_truth) = (work.corrections, work.propagated, work.ground_truth);
        self.review = None;
        self.update_strays();
        self.update_overlaps();
        responses.extend(self.volume_info());
        responses.push(self.changed(self.focus, Navigation::Stay));
        responses.push(Response::MasksUpdated(self.masks_updated()));
        responses.extend(self.map());
        responses.extend(self.review_changes());
        responses
    }

    /// Makes the pancreas the active organ.
    pub(super) fn choose_pancreas(&mut self) -> Vec<Response> {
        let pancreas = self.predictions.current.volume.as_ref().map(|output| output.pancreas());
        pancreas.map(|label| self.choose_organ(label)).unwrap_or_default()
    }

    /// Returns the list of organs if the page takes another one for the active one.
    pub(super) fn organ_change(&mut self) -> Option<Response> {
        // Another label map may give the same organ another label.
        let is_other = self.organs.reported.as_ref().is_some_and(|reported| reported.key != self.corrections_key());
        if is_other { self.report_organs() } else { None }
    }

    /// Takes what was corrected on each organ, by its name.
    pub(super) fn take_corrections(&mut self) -> BTreeMap<String, Corrections> {
        let parked = std::mem::take(&mut self.organs.parked).into_iter().map(|(name, work)| (name, work.corrections));
        let mut corrections: BTreeMap<String, Corrections> = parked.collect();
        corrections.insert(self.active_name().to_owned(), std::mem::take(&mut self.corrections));
        corrections
    }

    /// Puts back what was corrected on each organ, by its name.
    pub(super) fn give_corrections(&mut self, mut corrections: BTreeMap<String, Corrections>) {
        self.corrections = corrections.remove(PANCREAS_NAME).unwrap_or_default();
        let parked = corrections
            .into_iter()
            .map(|(name, corrections)| (name, OrganWork { corrections, ..OrganWork::default() }));
        self.organs.parked = parked.collect();
        self.update_propagation();
    }

    /// The list of organs if it differs from the one that the page has.
    fn report_organs(&mut self) -> Option<Response> {
        let source = match &self.organs.dropped {
            Some((name, _)) if self.predictions.current.volume.is_none() => {
                OrganSource::LabelMap { name: name.clone() }
            }
            _ => OrganSource::Model,
        };
        let organs = self.organs.measured.clone()?;
        let info = OrgansInfo { source, organs, active: self.active_label(), key: self.corrections_key() };
        let is_new = self.organs.reported.as_ref() != Some(&info);
        is_new.then(|| {
            self.organs.reported = Some(info.clone());
            Response::Organs(info)
        })
    }

    /// Measures the active organ, and the others if they are not measured yet.
    pub(super) fn update_measures(&mut self) {
        let mut organs = match self.organs.measured.take() {
            Some(organs) => organs,
            None => self.measure_all(),
        };
        let shown = self.measure_shown();
        let active = self.organ(self.active_label(), self.active_name(), shown, self.corrections.slices().count());
        match organs.iter_mut().find(|organ| organ.label == active.label) {
            Some(organ) => *organ = active,
            None => organs.push(active),
        }
        let is_pancreas = |organ: &OrganInfo| organ.name == PANCREAS_NAME;
        organs.sort_by_key(|organ| (!is_pancreas(organ), organ.label));
        self.organs.measured = Some(organs);
    }

    /// The organs of the label map that are there, the pancreas in any case.
    fn measure_all(&self) -> Vec<OrganInfo> {
        let Some(map) = self.organ_map() else { return Vec::new() };
        let found = self.statistics(|slice| self.organ_labels(slice));
        let organ = |(&label, name): (&u8, &String)| {
            let parked = self.organs.parked.get(name).map_or(0, |work| work.corrections.slices().count());
            self.organ(label, name, found[usize::from(label)], parked)
        };
        let is_listed = |organ: &OrganInfo| organ.voxels > 0 || organ.corrected > 0 || organ.name == PANCREAS_NAME;
        map.names.iter().map(organ).filter(is_listed).collect()
    }

    /// The statistics of the active organ as it is shown.
    fn measure_shown(&self) -> Option<LabelStatistics> {
        let pixels = self.pixels();
        let has_pixels = |slice: usize| pixels[slice].is_some_and(|pixels| pixels > 0);
        let found = self.statistics(|slice| has_pixels(slice).then(|| self.labels_shown(slice)).flatten());
        found[usize::from(PANCREAS)]
    }

    fn statistics<'a>(&self, labels: impl Fn(usize) -> Option<Cow<'a, [u8]>>) -> Vec<Option<LabelStatistics>> {
        let volume = &self.image.volume;
        label_statistics(&volume.hu, volume.dims, self.study.spacing_mm.unwrap_or([1.0; 3]), labels)
    }

    fn organ(&self, label: u8, name: &str, found: Option<LabelStatistics>, corrected: usize) -> OrganInfo {
        let voxels = found.map_or(0, |found| found.voxels);
        let voxel_mm3 = self.study.voxel_mm3.filter(|_| self.image.volume.depth() > 1);
        let spread = |found: LabelStatistics| HuSpread { mean_hu: found.mean_hu, sd_hu: found.sd_hu };
        OrganInfo {
            name: name.to_owned(),
            label,
            voxels,
            volume_ml: voxel_mm3.map(|mm3| millilitres(voxels as f64, mm3)),
            hu: found.filter(|_| self.study.calibrated).map(spread),
            middle: found.map(|found| found.middle),
            corrected,
        }
    }
}

/// Puts the mask of an organ, not 0 inside, in place of its voxels in a label map.
fn replace_organ(labels: &mut [u8], own: &[u8], value: u8) {
    for (label, own) in labels.iter_mut().zip(own) {
        match (*own != 0, *label == value) {
            (true, _) => *label = value,
            (false, true) => *label = 0,
            (false, false) => (),
        }
    }
}
