//! Models that nnU-Net and TotalSegmentator publish, as they are dropped on the page.
//!
//! An import needs several times the memory of the model that comes out, and a WebAssembly program never gives memory
//! back. So the page lets a worker of its own do it, which ends afterwards.

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, Message, VolumeSessionMessage};
use crate::core::mask::PANCREAS_NAME;
use crate::formats::nnunet::release::{NnUnetRelease, ReleaseChoice, is_release, read_zip};
use crate::formats::zip::Archive;
use crate::nn::model::weights::Precision;
use crate::nn::volume::{RegionOfInterest, VolumeModelFile};

/// The margin around the pancreas that the first of two models finds for the second, in mm.
const MARGIN_MM: f64 = 20.0;

/// A zip of a drop.
#[derive(Clone, Debug)]
pub struct DroppedZip {
    /// Its path within the drop.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A model file that was made of releases.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportedModel {
    /// The model file.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// Remarks on the import for the reader.
    pub notes: Vec<Message>,
}

/// True if a file begins as a zip does.
pub fn begins_as_zip(start: &[u8]) -> bool {
    start.starts_with(b"PK")
}

impl DroppedZip {
    /// True if the zip holds a model of nnU-Net.
    pub fn is_release(&self) -> bool {
        begins_as_zip(&self.bytes)
            && Archive::open(&self.name, &self.bytes).is_ok_and(|archive| is_release(archive.paths()))
    }
}

/// Makes a model file of one or two releases. Of two, the one with the larger voxels finds the pancreas for the
/// other. The weights are in memory one after the other, as far as that can be.
///
/// # Errors
/// More than two releases, two of the same spacing, what [`read_zip`] refuses, and what [`VolumeModelFile`] does.
pub fn import_releases(dropped: Vec<DroppedZip>) -> Result<ImportedModel, UserError> {
    let names = dropped.iter().map(|zip| zip.name.as_str()).collect::<Vec<_>>().join(", ");
    if dropped.len() > 2 {
        let reason = VolumeSessionMessage::TooManyReleases { found: dropped.len() };
        return Err(UserError::new(names, reason, VolumeSessionMessage::DropOneOrTwo));
    }
    let read = |zip: DroppedZip| read_zip(&zip.name, &zip.bytes, &ReleaseChoice::default());
    let mut releases: Vec<NnUnetRelease> = dropped.into_iter().map(read).collect::<Result<_, _>>()?;
    releases.sort_by(|a, b| voxel_mm(b).total_cmp(&voxel_mm(a)));
    let file = match &releases[..] {
        [localizer, fine] if voxel_mm(localizer) > voxel_mm(fine) => {
            let region = RegionOfInterest { organs: vec![PANCREAS_NAME.to_owned()], margin_mm: MARGIN_MM };
            VolumeModelFile::of_cascade(localizer, fine, region)
        }
        [release, _] => {
            let spacing = format!("{:.2}", voxel_mm(release));
            let reason = VolumeSessionMessage::SameSpacing { spacing };
            return Err(UserError::new(names, reason, VolumeSessionMessage::DropOneOrTwo));
        }
        releases => VolumeModelFile::of_release(&releases[0]),
    };
    let file = file.map_err(|refusal| in_file(refusal, &names))?;
    let notes = releases.into_iter().flat_map(|release| release.notes).collect();
    let bytes = file.write(Precision::F16).map_err(|refusal| in_file(refusal, &names))?;
    Ok(ImportedModel { bytes, notes })
}

/// The edge of a cube as large as a voxel of a model; of a pixel for a model of slices.
fn voxel_mm(release: &NnUnetRelease) -> f64 {
    let spacing_mm = &release.configuration.spacing_mm;
    spacing_mm.iter().product::<f64>().powf(1.0 / spacing_mm.len() as f64)
}

/// An error with the file that it is about.
pub(super) fn in_file(refusal: UserError, file: &str) -> UserError {
    let subject = FormatsMessage::InFile { name: refusal.subject, file: file.to_owned() }.into();
    UserError { subject, ..refusal }
}
