//! What the session knows for a report that is printed.

use super::series::SeriesState;
use crate::app::protocol::{Mark, ModelChoice, OrganFacts, OrganInfo, PlaneView, ReportFacts, ReportRequest, Response};
use crate::core::mpr::Plane;
use crate::formats::report_page::HandWork;

impl SeriesState {
    /// Returns what is known for a report. The organs must have been measured.
    pub(super) fn report_facts(&self, request: ReportRequest) -> Response {
        let organs = self.reported_organs(&request.hidden);
        Response::Report(Box::new(ReportFacts {
            key: self.study.key.clone(),
            file_name: self.patient_file_name(request.patient, "report", ".html"),
            planes: self.reported_planes(&organs),
            organs: self.organ_facts(organs),
            hand_work: self.hand_work(),
            threshold: self.predictions.shown().threshold_in_use(&self.settings),
            model: self.predictions.shown().model.as_ref().clone(),
            request,
        }))
    }

    /// The organs that are shown; the active one if none is.
    pub(super) fn reported_organs(&self, hidden: &[u8]) -> Vec<OrganInfo> {
        let measured = self.organs.measured.iter().flatten();
        let is_shown = |organ: &&OrganInfo| organ.voxels > 0 && !hidden.contains(&organ.label);
        let shown: Vec<OrganInfo> = measured.clone().filter(is_shown).cloned().collect();
        match shown.is_empty() {
            true => measured.filter(|organ| organ.label == self.active_label()).cloned().collect(),
            false => shown,
        }
    }

    /// The pictures through the middle of the active organ, or of the first organ if the active one is not among them.
    fn reported_planes(&self, organs: &[OrganInfo]) -> Vec<PlaneView> {
        let active = organs.iter().find(|organ| organ.label == self.active_label());
        let [_, height, width] = self.image.volume.dims;
        let middle = active.or(organs.first()).and_then(|organ| organ.middle);
        let middle = middle.unwrap_or([self.focus, height / 2, width / 2]);
        let has_planes = self.image.volume.depth() > 1 && self.image.volume.geometry.is_some();
        let planes = Plane::ALL.into_iter().filter(|plane| has_planes || *plane == Plane::Axial);
        planes.map(|plane| self.view(plane, middle[plane.axis()], ModelChoice::Current, None)).collect()
    }

    fn organ_facts(&self, organs: Vec<OrganInfo>) -> Vec<OrganFacts> {
        let places = self.organ_places();
        let facts = |organ: OrganInfo| {
            let of_source = places.of(self.source_of(organ.label));
            let pixels = of_source.pixels.iter().map(|pixels| pixels[usize::from(organ.label)]).collect();
            let pieces = self.pieces(organ.label, &places).map_or(0, |pieces| pieces.count());
            OrganFacts { organ, pixels, pieces }
        };
        organs.into_iter().map(facts).collect()
    }

    /// What a person has drawn on the active organ.
    fn hand_work(&self) -> HandWork {
        let marks = self.marks();
        let slices = |wanted: fn(&Self, usize, Mark) -> bool| {
            (0..marks.len()).filter(|&z| wanted(self, z, marks[z])).map(|z| z + 1).collect()
        };
        let drawn = self.corrections.slices().filter_map(|z| self.corrections.drawn(z));
        let mut work = HandWork {
            accepted: slices(|_, _, mark| mark == Mark::Accepted),
            corrected: slices(|open, z, mark| mark == Mark::Corrected && open.corrections.drawn(z).is_none()),
            drawn_on: slices(|open, z, _| open.corrections.drawn(z).is_some()),
            drawn_pixels: drawn.map(|pixels| pixels.iter().len()).sum(),
            added: 0,
            removed: 0,
        };
        for z in self.corrections.slices() {
            let (Some(shown), Some(computed)) = (self.labels_shown(z), self.predictions.shown().labels(z)) else {
                continue;
            };
            let pairs = || shown.iter().zip(computed.iter());
            work.added += pairs().filter(|(shown, computed)| **shown != 0 && **computed == 0).count();
            work.removed += pairs().filter(|(shown, computed)| **shown == 0 && **computed != 0).count();
        }
        work
    }
}
