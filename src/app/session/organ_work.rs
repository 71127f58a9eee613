//! What a series knows of its organs: their label map, and the work on those that the tools do not act on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ground_truth::GroundTruth;
use super::propagation_state::PropagationState;
use super::surface_state::SurfaceState;
use crate::app::protocol::{OrganInfo, OrgansInfo};
use crate::core::mask::Mask;
use crate::imaging::edit::Corrections;

/// A label map with a name for each of its values.
#[derive(Debug)]
pub(super) struct OrganMap {
    /// The labels in viewing order.
    pub(super) labels: Mask,
    /// The organ of each value.
    pub(super) names: BTreeMap<u8, String>,
}

/// What a person has done on one organ.
#[derive(Debug, Default)]
pub(super) struct OrganWork {
    pub(super) corrections: Corrections,
    pub(super) propagated: PropagationState,
    pub(super) ground_truth: Option<GroundTruth>,
}

impl OrganWork {
    /// True if nothing would be lost with it.
    pub(super) fn is_empty(&self) -> bool {
        self.ground_truth.is_none()
            && self.corrections.slices().next().is_none()
            && !self.corrections.can_undo()
            && !self.corrections.can_redo()
    }

    /// The mask of a slice if it is not the one of the label map, whose labels of the slice are `map`. `value` is the
    /// organ's.
    pub(super) fn labels<'a>(&'a self, slice: usize, map: &[u8], value: u8) -> Option<Cow<'a, [u8]>> {
        let propagated = || {
            let masks = self.propagated.masks_of(self.propagated.source)?;
            Some(Cow::Borrowed(masks.mask.slice(slice)))
        };
        let under_drawn = || {
            let in_organ = || map.iter().map(|&label| u8::from(label == value)).collect();
            self.corrections.drawn(slice).map(|_| Cow::Owned(in_organ()))
        };
        self.corrections.over(slice, map.len(), || propagated().or_else(under_drawn))
    }
}

/// The organs of a series.
#[derive(Debug, Default)]
pub(super) struct Organs {
    /// The work on organs that are not active, by name.
    pub(super) parked: BTreeMap<String, OrganWork>,
    /// A label map of several organs that was dropped, and its file.
    pub(super) dropped: Option<(String, OrganMap)>,
    /// The organs as they were measured last.
    pub(super) measured: Option<Vec<OrganInfo>>,
    /// True if the active organ has to be measured again.
    pub(super) outdated: bool,
    /// What the page was told last.
    pub(super) reported: Option<OrgansInfo>,
    /// Their surfaces.
    pub(super) surfaces: SurfaceState,
}

impl Organs {
    /// Notes that the masks may have changed.
    pub(super) fn outdate(&mut self) {
        self.outdated = true;
        self.surfaces.outdate_active();
    }

    /// Notes that there is another label map.
    pub(super) fn forget_measures(&mut self) {
        self.measured = None;
        self.outdated = true;
        self.surfaces.forget();
    }

    /// Notes that the page knows nothing of them.
    pub(super) fn forget_reported(&mut self) {
        self.reported = None;
        self.outdated = true;
        self.surfaces.forget();
    }

    /// True if they have to be measured again.
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated
    }
}
