//! The image of a series as the session holds it, and its description for the page.

use std::sync::Arc;

use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::models::LoadedModel;
use crate::app::protocol::{OpenSeries, Thumbnail};
use crate::core::hex::hex;
use crate::core::volume::{Orientation, Volume};
use crate::core::window::Window;
use crate::formats::Series;
use crate::formats::dicom::{AttributeList, Identity};
use crate::imaging::overlay::thumbnail;

/// The height or width of a thumbnail, whichever is larger.
const THUMBNAIL_PX: usize = 48;

/// The image of a series.
#[derive(Debug)]
pub(super) struct SeriesImage {
    /// The voxels in viewing order.
    pub(super) volume: Arc<Volume>,
    /// The way from the file's order to the viewing order.
    pub(super) orientation: Orientation,
    /// `[depth, height, width]` in the file's order.
    pub(super) file_dims: [usize; 3],
    /// The patient and the study; written to nothing but a DICOM file that the user asks for.
    pub(super) identity: Option<Identity>,
    /// What the file of each slice says, in the file's order; empty if that is not known.
    headers: Vec<AttributeList>,
    /// The middle slice.
    pub(super) thumbnail: Thumbnail,
}

impl SeriesImage {
    /// Splits a series into its image and its description.
    pub(super) fn new(series: Series, sample_seed: Option<u64>, model: &LoadedModel) -> (Self, OpenSeries) {
        let file_dims = series.volume.dims;
        let orientation = series.volume.geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
        let volume = orientation.view_volume(series.volume);
        let middle = volume.depth() / 2;
        let study = OpenSeries {
            key: content_key(&volume),
            source: source(&series.files),
            name: series.name,
            dims: volume.dims,
            geometry: volume.geometry,
            spacing_mm: volume.geometry.map(|g| g.spacing_mm()),
            voxel_mm3: volume.geometry.map(|g| g.voxel_mm3()),
            calibrated: volume.calibrated,
            sample_seed,
            has_patient: series.identity.is_some(),
            first_slice: middle,
            notes: series.notes,
            unlike: model.check_input(&volume),
        };
        let ([height, width], grey) = thumbnail(&volume.slice(middle), Window::ABDOMEN, THUMBNAIL_PX);
        let thumbnail = Thumbnail { height, width, grey: ByteBuf::from(grey) };
        let (identity, headers) = (series.identity, series.headers);
        (Self { volume: Arc::new(volume), orientation, file_dims, identity, headers, thumbnail }, study)
    }

    /// What the file of a slice in viewing order says; `None` if it has none, or if the slices of the files are not axial.
    pub(super) fn header(&self, slice: usize) -> Option<&AttributeList> {
        let is_axial = self.orientation.source[0] == 0;
        self.headers.get(slice).filter(|_| is_axial)
    }
}

/// A name for a series that follows from its content: its grid and every 61st voxel, whose noise differs in any other
/// scan.
fn content_key(volume: &Volume) -> String {
    let mut hash = Sha256::new();
    for dim in volume.dims {
        hash.update((dim as u64).to_le_bytes());
    }
    for value in volume.geometry.iter().flat_map(|g| g.affine.as_flattened()) {
        hash.update(value.to_le_bytes());
    }
    hash.update(volume.hu.iter().step_by(61).flat_map(|hu| hu.to_le_bytes()).collect::<Vec<u8>>());
    hex(&hash.finalize()[..16])
}

/// The origin of a series, for people: its file, or the folder of its files.
pub(super) fn source(files: &[String]) -> String {
    let parts = |file: &str| file.split('/').map(str::to_owned).collect::<Vec<_>>();
    let is_one_file = files.iter().all(|file| Some(file) == files.first());
    match files {
        [] => String::new(),
        [file, ..] if is_one_file => parts(file).pop().unwrap_or_default(),
        [first, ..] => parts(first).iter().rev().nth(1).cloned().unwrap_or_else(|| format!("{} files", files.len())),
    }
}
