//! What is known of the surfaces of a series: which ones the page wants and has, and the one that is being made.

use std::collections::BTreeSet;

use crate::imaging::mesh::Mesh;
use crate::imaging::organ_surface::{LabelExtents, OrganMask, Pieces};

/// The surfaces of a series.
#[derive(Debug, Default)]
pub(super) struct SurfaceState {
    /// Labels of the organs that are hidden; `None` while the page wants no surfaces.
    hidden: Option<BTreeSet<u8>>,
    /// Labels of the organs whose surface the page has as it is now.
    sent: BTreeSet<u8>,
    /// True if the mask of the active organ may have changed since its surface was sent.
    active_outdated: bool,
    /// The boxes around the organs of the label map.
    pub(super) extents: Option<LabelExtents>,
    /// The surface that is being made.
    pub(super) under_way: Option<SurfaceWork>,
}

/// A surface that is being made.
#[derive(Debug)]
pub(super) struct SurfaceWork {
    /// The label of its organ.
    pub(super) label: u8,
    /// How far it is.
    pub(super) stage: SurfaceStage,
}

/// The stages of making a surface. Each takes some milliseconds, or is cut into pieces that do.
#[derive(Debug)]
pub(super) enum SurfaceStage {
    /// The box around the organ is looked for from this slice on.
    Find { next: usize, found: LabelExtents },
    /// The mask inside the box is collected from this slice on.
    Collect { next: usize, organ: OrganMask },
    /// The mask is there.
    Divide(OrganMask),
    /// Its components are there.
    MeshLargest(Pieces),
    /// The surface of the largest is there.
    MeshMoving(Pieces, Mesh),
    /// That with few triangles too.
    MeshStrays(Pieces, Mesh, Mesh),
}

impl SurfaceState {
    /// The page wants the surfaces of all organs but those that are hidden; with `None` it wants none.
    pub(super) fn want(&mut self, hidden: Option<BTreeSet<u8>>) {
        if hidden.is_none() {
            self.under_way = None;
        }
        self.hidden = hidden;
    }

    /// True if the page wants surfaces.
    pub(super) fn are_wanted(&self) -> bool {
        self.hidden.is_some()
    }

    /// The first of some organs whose surface is to be made.
    pub(super) fn next(&self, active: u8, labels: impl Iterator<Item = u8>) -> Option<u8> {
        let hidden = self.hidden.as_ref()?;
        let has = |label: &u8| self.sent.contains(label) && !(*label == active && self.active_outdated);
        labels.into_iter().find(|label| !hidden.contains(label) && !has(label))
    }

    /// Notes that the mask of the active organ may have changed.
    pub(super) fn outdate_active(&mut self) {
        self.active_outdated = true;
    }

    /// Begins again with the active organ if its mask may have changed.
    pub(super) fn drop_outdated(&mut self, active: u8) {
        if std::mem::take(&mut self.active_outdated) {
            self.sent.remove(&active);
            self.under_way = self.under_way.take().filter(|work| work.label != active);
        }
    }

    /// Notes that the page has the surface of an organ.
    pub(super) fn note_sent(&mut self, label: u8) {
        self.sent.insert(label);
    }

    /// Another organ becomes the active one in place of `former`, whose work is laid over the label map from now on.
    pub(super) fn leave(&mut self, former: u8) {
        self.sent.remove(&former);
        self.extents = None;
        self.under_way = None;
        self.active_outdated = true;
    }

    /// Notes that the page has no surfaces, or that there is another label map.
    pub(super) fn forget(&mut self) {
        self.sent.clear();
        self.extents = None;
        self.under_way = None;
    }
}
