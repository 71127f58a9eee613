//! Opening and closing series: the contents of a drop, the samples, and another series of the last drop.

use super::labels::AssignedLabels;
use super::series::SeriesState;
use super::{Session, series_image};
use crate::app::protocol::{MaskSettings, Response, SeriesInfo};
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, Message};
use crate::formats::{Contents, Series};
use crate::imaging::phantom::{PhantomConfig, phantom};

impl Session {
    /// Opens the largest series of a drop and offers the others. What is open stays if the drop holds no series.
    /// Label maps are assigned to the series of the drop or, without one, to those that are open.
    pub fn open(&mut self, contents: Contents) -> Vec<Response> {
        let refusal = contents.refusal();
        let Contents { series, labels, listed, mut refused } = contents;
        if series.is_empty() && (labels.is_empty() || self.series.is_empty()) {
            let nothing = || UserError::new(AppMessage::TheDrop, AppMessage::NoCtSeries, AppMessage::DropFolderOrImage);
            return vec![Response::Failed(refusal.unwrap_or_else(nothing))];
        }
        let mut responses = Vec::new();
        if series.is_empty() {
            let AssignedLabels { series, refused: without_series } = self.assign_labels(labels);
            responses.extend(self.report_assigned(&series));
            refused.extend(without_series);
            responses.extend(refused.into_iter().next().map(Response::Failed));
        } else {
            responses.extend(self.abandon_tuning());
            self.replace(series, None);
            self.listed = listed;
            refused.extend(self.assign_labels(labels).refused);
            responses.push(self.opened(refused));
        }
        self.with_comparison(responses)
    }

    pub(super) fn open_sample(&mut self, seed: u64) -> Vec<Response> {
        let mut responses = self.abandon_tuning();
        self.replace(vec![sample(seed)], Some(seed));
        responses.push(self.opened(Vec::new()));
        responses
    }

    /// Shows another series of the last drop.
    pub(super) fn choose(&mut self, series: usize) -> Vec<Response> {
        if series >= self.series.len() {
            return Vec::new();
        }
        self.shown = series;
        self.series[series].review = None;
        let mut responses = vec![self.opened(Vec::new())];
        let open = &mut self.series[series];
        let is_default = open.settings == MaskSettings::default();
        responses.extend((!is_default).then(|| Response::MasksUpdated(open.masks_updated())));
        responses.extend(open.finish_pending());
        responses
    }

    pub(super) fn close(&mut self) -> Vec<Response> {
        let mut responses = self.abandon_tuning();
        self.replace(Vec::new(), None);
        self.kept.clear();
        responses.push(Response::Closed);
        responses
    }

    /// Returns the response for the series shown, with its first picture.
    pub(super) fn opened(&mut self, refused: Vec<UserError>) -> Response {
        let view = self.series[self.shown].first_view(self.slab);
        let open = &self.series[self.shown];
        let series = self.series.iter().map(|open| SeriesInfo {
            name: open.study.name.clone(),
            source: open.study.source.clone(),
            slices: open.image.volume.depth(),
            thumbnail: Some(open.image.thumbnail.clone()),
            why_not: None,
        });
        let listed = self.listed.iter().map(|listed| SeriesInfo {
            name: listed.name.clone(),
            source: series_image::source(&listed.files),
            slices: listed.files.len(),
            thumbnail: None,
            why_not: Some(listed.reason.clone()),
        });
        Response::Opened {
            study: Box::new(open.study.clone()),
            view: Box::new(view),
            pixels: open.pixels(),
            marks: open.marks(),
            series: series.chain(listed).collect(),
            shown: self.shown,
            refused,
            settings: open.settings,
            checked: open.checked(),
        }
    }

    fn replace(&mut self, series: Vec<Series>, sample_seed: Option<u64>) {
        self.shown = 0;
        self.listed = Vec::new();
        self.models.keep_new();
        let former = std::mem::take(&mut self.series);
        let notes: Vec<Message> = former.into_iter().filter_map(|mut former| self.kept.keep(&mut former)).collect();
        for series in series {
            self.predictions += 1;
            let mut open = SeriesState::new(series, self.predictions, sample_seed, &self.models.current);
            open.study.notes.extend(notes.iter().cloned());
            self.kept.restore(&mut open);
            self.series.push(open);
        }
    }
}

/// A synthetic series.
fn sample(seed: u64) -> Series {
    Series {
        name: format!("Sample {seed} (synthetic)"),
        volume: phantom(&PhantomConfig::SMALL, seed).volume,
        files: Vec::new(),
        notes: vec![AppMessage::SyntheticSample.into()],
        identity: None,
        headers: Vec::new(),
    }
}
