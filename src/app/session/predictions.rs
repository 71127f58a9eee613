//! The predictions of a series: that of the model in use and, until a fine-tuning is decided, that of the model before.

use super::prediction::Prediction;
use crate::app::protocol::ModelChoice;

/// The predictions of a series.
#[derive(Debug)]
pub(super) struct Predictions {
    /// The prediction of the model in use.
    pub(super) current: Prediction,
    /// The prediction of the model before a fine-tuning that is not decided.
    pub(super) before: Option<Prediction>,
    choice: ModelChoice,
}

impl Predictions {
    pub(super) fn new(current: Prediction) -> Self {
        Self { current, before: None, choice: ModelChoice::Current }
    }

    /// Makes a new prediction the current one. Returns the former one, whose results will be dropped.
    pub(super) fn replace(&mut self, current: Prediction) -> Prediction {
        let former = std::mem::replace(self, Self::new(current));
        former.current.retire()
    }

    /// Ends the comparison of two models, and keeps the current prediction. Returns the one before.
    pub(super) fn take_before(&mut self) -> Option<Prediction> {
        self.choice = ModelChoice::Current;
        self.before.take()
    }

    /// Shows the masks of a model from now on.
    pub(super) fn show(&mut self, model: ModelChoice) {
        self.choice = model;
    }

    /// The prediction that is shown where nothing is corrected.
    pub(super) fn shown(&self) -> &Prediction {
        self.of_model(self.choice)
    }

    /// The prediction of a model; the current one if there is no other.
    pub(super) fn of_model(&self, model: ModelChoice) -> &Prediction {
        self.before.as_ref().filter(|_| model == ModelChoice::Before).unwrap_or(&self.current)
    }

    /// All predictions.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Prediction> {
        self.before.iter_mut().chain([&mut self.current])
    }

    /// The predictions that are shown or exported.
    pub(super) fn in_use_mut(&mut self) -> impl Iterator<Item = &mut Prediction> {
        let is_before_shown = self.choice == ModelChoice::Before;
        self.before.iter_mut().filter(move |_| is_before_shown).chain([&mut self.current])
    }
}
