//! Where labels are, and the masks of single organs: the active one as it is shown, the others as the label map has them.

use std::borrow::Cow;

use super::series::SeriesState;
use crate::imaging::organ_surface::{LabelExtents, OrganMask, Pieces};

/// Where the voxels of an organ are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LabelSource {
    /// The mask of the active organ as it is shown, with the organ's value inside.
    Active,
    /// The label map.
    Map,
}

/// Where the labels of a source are.
pub(super) struct LabelPlaces {
    /// The pixels of every label, slice by slice.
    pub(super) pixels: Vec<[usize; 256]>,
    /// The box around every label.
    pub(super) extents: LabelExtents,
}

/// The places of both sources.
pub(super) struct OrganPlaces {
    active: LabelPlaces,
    /// `None` without a label map.
    map: Option<LabelPlaces>,
}

impl OrganPlaces {
    /// The places of a source; those of the active organ where there is no label map.
    pub(super) fn of(&self, source: LabelSource) -> &LabelPlaces {
        self.map.as_ref().filter(|_| source == LabelSource::Map).unwrap_or(&self.active)
    }
}

impl SeriesState {
    /// Where the voxels of an organ are read.
    pub(super) fn source_of(&self, label: u8) -> LabelSource {
        if label == self.active_label() { LabelSource::Active } else { LabelSource::Map }
    }

    /// The labels of a slice, if the source has it.
    pub(super) fn source_labels(&self, source: LabelSource, z: usize) -> Option<Cow<'_, [u8]>> {
        if source == LabelSource::Map {
            return self.organ_labels(z);
        }
        let (active, shown) = (self.active_label(), self.labels_shown(z)?);
        Some(Cow::Owned(shown.iter().map(|&label| if label == 0 { 0 } else { active }).collect()))
    }

    /// Where the labels of both sources are.
    pub(super) fn organ_places(&self) -> OrganPlaces {
        let map = self.has_organ_map().then(|| self.label_places(LabelSource::Map));
        OrganPlaces { active: self.label_places(LabelSource::Active), map }
    }

    fn label_places(&self, source: LabelSource) -> LabelPlaces {
        let [depth, _, width] = self.image.volume.dims;
        let mut places = LabelPlaces { pixels: vec![[0; 256]; depth], extents: LabelExtents::default() };
        for (z, pixels) in places.pixels.iter_mut().enumerate() {
            let Some(labels) = self.source_labels(source, z) else { continue };
            labels.iter().for_each(|&label| pixels[usize::from(label)] += 1);
            places.extents.add_slice(z, &labels, width);
        }
        places
    }

    /// The connected components of an organ; `None` if there is nothing of it.
    pub(super) fn pieces(&self, label: u8, places: &OrganPlaces) -> Option<Pieces> {
        let source = self.source_of(label);
        let mut organ = OrganMask::new(places.of(source).extents.of(label)?);
        let [first, last] = organ.slices();
        for z in first..=last {
            if let Some(labels) = self.source_labels(source, z) {
                organ.set_slice(z, &labels, self.image.volume.dims[2], |inside| inside == label);
            }
        }
        Some(Pieces::of(organ))
    }
}
