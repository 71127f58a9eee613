//! What plans say about preparing a volume: the reader, the normalisation of each channel, and resampling.

use serde::{Deserialize, Serialize};

use super::json::{Fields, class_name, cut};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnunetMessage;

/// The class that read the images for the training (`nnunetv2/imageio`), which decides the order of the axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlannedReader {
    /// `SimpleITKIO`: `[z, y, x]` as in the file.
    SimpleItk,
    /// `SimpleITKIOWithReorient`: turned to RAS first, then `[z, y, x]`.
    SimpleItkReoriented,
    /// `NibabelIO`: `[z, y, x]` as in the file.
    Nibabel,
    /// `NibabelIOWithReorient`: turned to RAS first, then `[z, y, x]`.
    NibabelReoriented,
}

/// The intensities inside the labels of the training data, in HU for CT.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedIntensities {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub std: f64,
    /// The percentile 0.5, to which lower values are clipped.
    pub percentile_00_5: f64,
    /// The percentile 99.5, to which higher values are clipped.
    pub percentile_99_5: f64,
}

/// How a channel is normalised (`default_normalization_schemes.py`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlannedNormalization {
    /// `CTNormalization`: clipped to the percentiles, minus the mean, divided by the standard deviation (at least 1e-8).
    Ct(PlannedIntensities),
    /// `ZScoreNormalization`: by the volume's own mean and standard deviation.
    ZScore {
        /// Only inside what is not zero; the rest becomes 0.
        inside_nonzero: bool,
    },
    /// `RescaleTo01Normalization`: from the least and the greatest value to 0 and 1.
    RescaleTo01,
    /// `RGBTo01Normalization`: divided by 255.
    RgbTo01,
    /// `NoNormalization`.
    None,
}

/// Whether the axis of the largest spacing is resampled on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZSeparation {
    /// If the spacings are far enough apart.
    Anisotropic,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `resample_data_or_seg_to_shape` with its arguments, the one resampling function that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedResampling {
    /// The order of the spline in all axes, or in the plane where the third axis is separate: 0 to 3.
    pub order: u8,
    /// The order along a separate axis.
    pub order_z: u8,
    /// Whether an axis is separate.
    pub separate_z: ZSeparation,
    /// Above which ratio of the largest to the smallest spacing [`ZSeparation::Anisotropic`] separates.
    pub anisotropy_threshold: f64,
}

impl PlannedReader {
    /// Reads `image_reader_writer`.
    pub(super) fn read(plans: &Fields<'_>) -> Result<Self, UserError> {
        match plans.text("image_reader_writer")? {
            "SimpleITKIO" => Ok(Self::SimpleItk),
            "SimpleITKIOWithReorient" => Ok(Self::SimpleItkReoriented),
            "NibabelIO" => Ok(Self::Nibabel),
            "NibabelIOWithReorient" => Ok(Self::NibabelReoriented),
            other => Err(plans.refused(NnunetMessage::OtherReader { found: cut(other) })),
        }
    }
}

impl PlannedIntensities {
    /// Reads the intensities of one channel.
    pub(super) fn read(channel: &Fields<'_>) -> Result<Self, UserError> {
        Ok(Self {
            mean: channel.number("mean")?,
            std: channel.number("std")?,
            percentile_00_5: channel.number("percentile_00_5")?,
            percentile_99_5: channel.number("percentile_99_5")?,
        })
    }
}

impl PlannedNormalization {
    /// Reads `normalization_schemes` and `use_mask_for_norm` of a configuration, one for each channel.
    pub(super) fn read(
        configuration: &Fields<'_>,
        intensities: impl Fn(usize) -> Result<PlannedIntensities, UserError>,
    ) -> Result<Vec<Self>, UserError> {
        let schemes = configuration.list("normalization_schemes", NnunetMessage::ListOfTexts, |item| item.as_str())?;
        let masks = match configuration.get("use_mask_for_norm") {
            Some(_) => configuration.list("use_mask_for_norm", NnunetMessage::ListOfFlags, |item| item.as_bool())?,
            None => vec![false; schemes.len()],
        };
        let one = |(channel, scheme): (usize, &str)| match class_name(scheme) {
            "CTNormalization" => intensities(channel).map(Self::Ct),
            "ZScoreNormalization" => {
                Ok(Self::ZScore { inside_nonzero: masks.get(channel).copied().unwrap_or_default() })
            }
            "RescaleTo01Normalization" => Ok(Self::RescaleTo01),
            "RGBTo01Normalization" => Ok(Self::RgbTo01),
            "NoNormalization" => Ok(Self::None),
            other => Err(configuration.refused(NnunetMessage::OtherNormalization { found: cut(other) })),
        };
        schemes.into_iter().enumerate().map(one).collect()
    }
}

impl PlannedResampling {
    /// Reads a resampling function by the field that names it, such as `resampling_fn_data`.
    pub(super) fn read(configuration: &Fields<'_>, key: &str) -> Result<Self, UserError> {
        /// `ANISO_THRESHOLD` of `nnunetv2/configuration.py`.
        const THRESHOLD: f64 = 3.0;
        let function = configuration.text(key)?;
        if class_name(function) != "resample_data_or_seg_to_shape" {
            let why = NnunetMessage::OtherResampling { key: key.to_owned(), found: cut(function) };
            return Err(configuration.refused(why));
        }
        let arguments = configuration.object(&format!("{key}_kwargs"))?;
        let known = ["is_seg", "order", "order_z", "force_separate_z", "separate_z_anisotropy_threshold"];
        if let Some(other) = arguments.names().find(|name| !known.contains(name)) {
            return Err(arguments.refused(NnunetMessage::OtherArgument { of: function.to_owned(), found: cut(other) }));
        }
        if arguments.flag("is_seg", false)? {
            let found = "is_seg: true".to_owned();
            return Err(arguments.refused(NnunetMessage::OtherArgument { of: function.to_owned(), found }));
        }
        let order = |key: &str, absent: u8| match arguments.get(key) {
            None => Ok(absent),
            Some(value) => match value.as_u64() {
                Some(order @ 0..=3) => Ok(order as u8),
                _ => Err(arguments.unexpected(key, value, NnunetMessage::Whole { least: 0, most: 3 })),
            },
        };
        // Python's default is False; None leaves it to the spacings.
        let is_given = arguments.names().any(|name| name == "force_separate_z");
        let separate_z = match arguments.get("force_separate_z") {
            None if is_given => ZSeparation::Anisotropic,
            _ if arguments.flag("force_separate_z", false)? => ZSeparation::Always,
            _ => ZSeparation::Never,
        };
        Ok(Self {
            order: order("order", 3)?,
            order_z: order("order_z", 0)?,
            separate_z,
            anisotropy_threshold: arguments.number_or("separate_z_anisotropy_threshold", THRESHOLD)?,
        })
    }
}
