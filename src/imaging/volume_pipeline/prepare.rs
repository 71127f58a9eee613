//! From a scan to the network's input, and what must be remembered to come back.
//!
//! `DefaultPreprocessor.run_case_npy` of nnU-Net, with what TotalSegmentator's `nnUNet_predict_image`
//! does before it.

use std::borrow::Cow;
use std::ops::Range;

use crate::core::error::UserError;
use crate::core::i18n::messages::VolumePipelineMessage as Said;
use crate::core::volume::{Geometry, Orientation, Volume};

use super::array::{ChannelVolume, inverse_order, transposed, transposed_dims};
use super::canonical::canonical;
use super::nonzero::{bounding_box, filled_mask};
use super::normalise::{Normaliser, needs_mask};
use super::separate_z::GridChange;
use super::settings::{Normalisation, ReaderOrder, ResamplingRule, VolumePipeline, VolumeSettings};
use super::zoom::{zoom_hu, zoomed_dims};

/// The most values that an input may have: 2 GiB in single precision.
const MOST_INPUT_VALUES: usize = 1 << 29;

/// The input of a network, and the way back to the file.
#[derive(Clone, Debug)]
pub struct PreparedVolume {
    /// `[c, z, y, x]` on the network's grid, not yet padded to a patch.
    pub input: ChannelVolume,
    /// How labels on that grid come back to the file's voxels.
    pub path: ReturnPath,
}

/// What was done to a scan before the network, in the order in which it was done.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnPath {
    /// Shape of the file's array.
    pub file_dims: [usize; 3],
    /// From the file's order of axes to the reader's.
    pub orientation: Orientation,
    /// Shape after TotalSegmentator's resampling; `None` in nnU-Net's pipeline.
    pub zoomed_dims: Option<[usize; 3]>,
    /// nnU-Net's `transpose_forward`.
    pub transpose_forward: [usize; 3],
    /// The box that was kept, in transposed axes.
    pub crop: [Range<usize>; 3],
    /// Distance between the voxels of the cropped array, in mm.
    pub cropped_mm: [f64; 3],
    /// Shape of the network's grid.
    pub network_dims: [usize; 3],
    /// Distance between its voxels, in mm.
    pub network_mm: [f64; 3],
    /// How logits come from the network's grid to the cropped array.
    pub logits_rule: ResamplingRule,
}

impl ReturnPath {
    /// Shape of the reader's array, after TotalSegmentator's resampling if there is one.
    pub fn read_dims(&self) -> [usize; 3] {
        self.zoomed_dims.unwrap_or_else(|| self.orientation.view_dims(self.file_dims))
    }

    /// Shape after the crop, in transposed axes.
    pub fn cropped_dims(&self) -> [usize; 3] {
        [0, 1, 2].map(|axis| self.crop[axis].len())
    }

    /// The resampling of logits to the cropped array.
    pub(super) fn logits_change(&self) -> GridChange {
        GridChange {
            from_dims: self.network_dims,
            from_mm: self.network_mm,
            to_dims: self.cropped_dims(),
            to_mm: self.cropped_mm,
        }
    }

    /// The resampling of a cropped array to the network's grid.
    pub(super) fn image_change(&self) -> GridChange {
        GridChange {
            from_dims: self.cropped_dims(),
            from_mm: self.cropped_mm,
            to_dims: self.network_dims,
            to_mm: self.network_mm,
        }
    }
}

/// The input that a network gets from a scan: one volume for each channel, in file order.
///
/// # Errors
/// If the settings cannot be run, the channels do not fit the model or each other, a voxel has no
/// known size, values are not what the normalisation needs, or the input would be too large.
pub fn prepare(channels: &[&Volume], settings: &VolumeSettings) -> Result<PreparedVolume, UserError> {
    settings.check()?;
    let (geometry, file_dims) = grid_of(channels, settings)?;
    let read = Read::new(channels, &geometry, file_dims, settings);
    let order = settings.transpose_forward;
    let dims = transposed_dims(read.dims, order);
    let cropped_mm = order.map(|axis| read.spacing_mm[axis]);
    let images: Vec<Cow<'_, [i16]>> = if order == [0, 1, 2] {
        read.channels
    } else {
        read.channels.iter().map(|channel| Cow::Owned(transposed(channel, read.dims, order))).collect()
    };
    let crop = bounding_box(&images.iter().map(|image| &image[..]).collect::<Vec<_>>(), dims);
    let images: Vec<Cow<'_, [i16]>> = images.into_iter().map(|image| cropped(image, dims, &crop)).collect();
    let network_mm = network_spacing_mm(settings, cropped_mm);
    let path = ReturnPath {
        file_dims,
        orientation: read.orientation,
        zoomed_dims: read.zoomed_dims,
        transpose_forward: order,
        network_dims: [0, 1, 2].map(|axis| resampled_length(crop[axis].len(), cropped_mm[axis], network_mm[axis])),
        crop,
        cropped_mm,
        network_mm,
        logits_rule: settings.logits_resampling,
    };
    check_size(path.network_dims, channels.len())?;
    let input = ChannelVolume {
        values: normalised_and_resampled(&images, &path, settings),
        channels: channels.len(),
        dims: path.network_dims,
    };
    Ok(PreparedVolume { input, path })
}

/// The channels as the reader of the training data would give them.
struct Read<'a> {
    channels: Vec<Cow<'a, [i16]>>,
    dims: [usize; 3],
    spacing_mm: [f64; 3],
    orientation: Orientation,
    zoomed_dims: Option<[usize; 3]>,
}

impl<'a> Read<'a> {
    fn new(channels: &[&'a Volume], geometry: &Geometry, file_dims: [usize; 3], settings: &VolumeSettings) -> Self {
        let turns =
            settings.reader == ReaderOrder::Ras || matches!(settings.pipeline, VolumePipeline::TotalSegmentator { .. });
        let orientation = if turns { canonical(geometry) } else { Orientation::IDENTITY };
        let dims = orientation.view_dims(file_dims);
        let file_mm = geometry.spacing_mm();
        let spacing_mm = orientation.source.map(|axis| file_mm[axis]);
        match settings.pipeline {
            VolumePipeline::NnUnet => {
                let turned = |channel: &&'a Volume| match orientation {
                    Orientation::IDENTITY => Cow::Borrowed(&channel.hu[..]),
                    _ => Cow::Owned(orientation.view(&channel.hu, file_dims)),
                };
                let channels = channels.iter().map(turned).collect();
                Self { channels, dims, spacing_mm, orientation, zoomed_dims: None }
            }
            VolumePipeline::TotalSegmentator { zoom_order } => {
                let backward = inverse_order(settings.transpose_forward);
                let target_mm = [0, 1, 2].map(|axis| settings.spacing_mm[backward[axis]]);
                let zoomed = zoomed_dims(dims, spacing_mm, target_mm);
                let zoom =
                    |channel: &&Volume| Cow::Owned(zoom_hu((&channel.hu, file_dims), &orientation, zoomed, zoom_order));
                let channels = channels.iter().map(zoom).collect();
                Self { channels, dims: zoomed, spacing_mm: target_mm, orientation, zoomed_dims: Some(zoomed) }
            }
        }
    }
}

fn grid_of(channels: &[&Volume], settings: &VolumeSettings) -> Result<(Geometry, [usize; 3]), UserError> {
    let expected = settings.normalisation.len();
    if channels.len() != expected {
        let reason = Said::ChannelCount { found: channels.len(), expected };
        return Err(UserError::new(Said::Scan, reason, Said::UseOneChannel));
    }
    let first = channels[0];
    if let Some(other) = channels.iter().find(|channel| channel.dims != first.dims) {
        let [found, expected] = [other.dims, first.dims].map(|[z, y, x]| format!("{x} x {y} x {z}"));
        return Err(UserError::new(Said::Scan, Said::OtherGrid { found, expected }, Said::UseSeries));
    }
    for (channel, _) in channels.iter().zip(&settings.normalisation).filter(|(_, s)| **s == Normalisation::RgbTo01) {
        if let Some(&found) = channel.hu.iter().find(|value| !(0..=255).contains(*value)) {
            return Err(UserError::new(Said::Scan, Said::NotRgb { found }, Said::UseOtherModel));
        }
    }
    let geometry = first.geometry.ok_or_else(|| UserError::new(Said::Scan, Said::NoVoxelSize, Said::UseSeries))?;
    Ok((geometry, first.dims))
}

fn check_size(network_dims: [usize; 3], channels: usize) -> Result<(), UserError> {
    let most = MOST_INPUT_VALUES / channels;
    if network_dims.iter().map(|&n| n as f64).product::<f64>() <= most as f64 {
        return Ok(());
    }
    let [z, y, x] = network_dims;
    let reason = Said::TooLarge { found: format!("{x} x {y} x {z}"), most };
    Err(UserError::new(Said::Scan, reason, Said::CropScan))
}

/// The spacing of the network's grid; a network on slices leaves the first axis as it is.
fn network_spacing_mm(settings: &VolumeSettings, cropped_mm: [f64; 3]) -> [f64; 3] {
    match settings.spacing_mm[..] {
        [y, x] => [cropped_mm[0], y, x],
        [z, y, x] => [z, y, x],
        _ => cropped_mm,
    }
}

/// Voxels of an axis after resampling, rounded half to even as Python does (`compute_new_shape`).
fn resampled_length(length: usize, from_mm: f64, to_mm: f64) -> usize {
    ((from_mm / to_mm * length as f64).round_ties_even() as usize).max(1)
}

fn cropped<'a>(image: Cow<'a, [i16]>, dims: [usize; 3], crop: &[Range<usize>; 3]) -> Cow<'a, [i16]> {
    let [z, y, x] = crop;
    if [z.len(), y.len(), x.len()] == dims {
        return image;
    }
    let row = |z: usize, y: usize| {
        let start = (z * dims[1] + y) * dims[2];
        &image[start + x.start..start + x.end]
    };
    Cow::Owned(z.clone().flat_map(|z| y.clone().flat_map(move |y| row(z, y).iter().copied())).collect())
}

fn normalised_and_resampled(images: &[Cow<'_, [i16]>], path: &ReturnPath, settings: &VolumeSettings) -> Vec<f32> {
    let needed = settings.normalisation.iter().any(|&scheme| needs_mask(scheme));
    let dims = path.cropped_dims();
    let mask = needed.then(|| filled_mask(&images.iter().map(|image| &image[..]).collect::<Vec<_>>(), dims));
    let resize = path.image_change().resize(settings.data_resampling);
    let area = dims[1] * dims[2];
    let mut values = Vec::with_capacity(images.len() * path.network_dims.iter().product::<usize>());
    for (image, &scheme) in images.iter().zip(&settings.normalisation) {
        let mask = mask.as_deref().filter(|_| needs_mask(scheme));
        let normaliser = Normaliser::of(scheme, image, mask);
        let normalised = |voxel: usize| match mask {
            Some(mask) if !mask[voxel] => f32::from(image[voxel]),
            _ => normaliser.apply(image[voxel]),
        };
        values.extend(resize.run(|z| (z * area..(z + 1) * area).map(normalised).collect()));
    }
    values
}
