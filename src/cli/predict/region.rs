//! `predict --roi-model`: hard attention. A first model finds an organ, and the model of volumes segments the box
//! around it alone.

use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::Device;

use super::{ModelOnDevice, SegmentedScan};
use crate::cli::files;
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::core::mask::{Mask, PANCREAS_NAME};
use crate::core::volume::Volume;
use crate::imaging::volume_pipeline::region::{cropped_volume, pasted, region_around, widened};
use crate::nn::segmentation_model::SegmentationModel;

/// What finds the region.
#[derive(clap::Args, Debug)]
pub(super) struct RegionArgs {
    /// A second model file, of slices or of volumes, that finds the organs of --roi first; the model of volumes then
    /// segments the box around them alone, and the rest of the mask is background.
    #[arg(long, value_name = "FILE")]
    roi_model: Option<PathBuf>,
    /// Organs that it finds; without this the pancreas.
    #[arg(long, requires = "roi_model", value_delimiter = ',', value_name = "NAMES")]
    roi: Vec<String>,
    /// Margin around these organs, in mm.
    #[arg(long, requires = "roi_model", default_value_t = 20.0)]
    margin_mm: f64,
}

/// A model that finds a region, and the region's margin.
pub(super) struct Localizer {
    model: SegmentationModel,
    /// Labels of the organs that it finds.
    wanted: Vec<u8>,
    organs: String,
    margin_mm: f64,
}

impl RegionArgs {
    /// The model that finds the region, if one is given for `fine`, which segments it.
    ///
    /// # Errors
    /// A model that cannot be read or does not know the organs; one of slices that would see a part of each slice; a
    /// margin out of range.
    pub(super) fn localizer(&self, fine: &SegmentationModel) -> Result<Option<Localizer>> {
        let Some(path) = &self.roi_model else { return Ok(None) };
        let refused = |why: VolumeMessage, hint: VolumeMessage| UserError::new("--roi-model", why, hint);
        if matches!(fine, SegmentationModel::Slices(_)) {
            return Err(refused(VolumeMessage::RegionOfSlices, VolumeMessage::UseVolumeModel).into());
        }
        if !(0.0..=200.0).contains(&self.margin_mm) {
            let why = VolumeMessage::Margin { found: self.margin_mm.to_string() };
            return Err(UserError::new("--margin-mm", why, VolumeMessage::GiveMargin).into());
        }
        let model = files::read_any_model(path)?;
        let organs = if self.roi.is_empty() { vec![PANCREAS_NAME.to_owned()] } else { self.roi.clone() };
        let known: Vec<String> = model.labels().values().cloned().collect();
        if let Some(organ) = organs.iter().find(|organ| !known.contains(organ)) {
            let why = VolumeMessage::RegionUnknown { organ: organ.clone(), known: known.join(", ") };
            return Err(refused(why, VolumeMessage::SwapModels).into());
        }
        let wanted = model.labels().iter().filter(|(_, name)| organs.contains(name)).map(|(label, _)| *label).collect();
        Ok(Some(Localizer { model, wanted, organs: organs.join(", "), margin_mm: self.margin_mm }))
    }
}

/// Segments the box around what `localizer` finds with what `prepared` makes of `fine`. Everything is in viewing order.
///
/// # Errors
/// A scan on which the organs are not found; a device that fails.
pub(super) fn segment_region(
    fine: SegmentationModel,
    localizer: Localizer,
    prepared: impl FnOnce(SegmentationModel) -> Result<ModelOnDevice, UserError>,
    device: &Device,
    scan: &SegmentedScan<'_>,
) -> Result<Mask> {
    let Localizer { model, wanted, organs, margin_mm } = localizer;
    let volume = scan.volume;
    let first = ModelOnDevice::new(model, device).segment(scan)?;
    let spacing_mm = volume.geometry.map_or([1.0; 3], |geometry| geometry.spacing_mm());
    let Some(place) = region_around(&first.labels, volume.dims, &wanted, spacing_mm, margin_mm) else {
        let why = VolumeMessage::RegionNotFound { organs };
        return Err(UserError::new(VolumeMessage::TheScan, why, VolumeMessage::UseWholeSeries).into());
    };
    // A region smaller than a patch would be padded with what no scan holds.
    let place = widened(&place, patch_mm(&fine), spacing_mm, volume.dims);
    let [z, y, x] = [0, 1, 2].map(|axis| place[axis].len());
    let share = 100.0 * (z * y * x) as f64 / volume.hu.len() as f64;
    eprintln!("region: {x} x {y} x {z} voxels around {organs}, {share:.1} % of the scan");
    let inside: Volume = cropped_volume(volume, &place);
    let fine = prepared(with_statistics_of(fine, volume))?;
    let found = fine.segment(&SegmentedScan { volume: &inside, ..*scan })?;
    Ok(Mask { labels: pasted(&found.labels, &place, volume.dims), dims: volume.dims })
}

/// The lengths of the patch of a model of volumes in mm, `[z, y, x]`; of several networks, the longest.
fn patch_mm(model: &SegmentationModel) -> [f64; 3] {
    let SegmentationModel::Volumes(file) = model else { return [0.0; 3] };
    let lengths = file.networks.iter().map(|network| network.plan.pipeline.patch_mm());
    lengths.fold([0.0; 3], |longest, patch| [0, 1, 2].map(|axis| longest[axis].max(patch[axis])))
}

/// The model for a part of a scan: where it is normalised by a scan's own values, those of the whole scan count, as in
/// its training.
fn with_statistics_of(model: SegmentationModel, scan: &Volume) -> SegmentationModel {
    let SegmentationModel::Volumes(mut file) = model else { return model };
    for scheme in file.networks.iter_mut().flat_map(|network| &mut network.plan.pipeline.normalisation) {
        *scheme = scheme.with_statistics_of(&scan.hu);
    }
    SegmentationModel::Volumes(file)
}
