//! What can be told about a network of volumes, to train it or to import its weights.

use clap::Args as ClapArgs;

use crate::core::error::UserError;
use crate::core::volume::PLAUSIBLE_SPACING_MM;
use crate::imaging::volume_pipeline::settings::VolumeSettings;
use crate::nn::network::NetworkDescription;
use crate::nn::volume::{VolumePreset, training_pipeline};

/// Shape of a patch, written as `160x160x96`: x, y and z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchShape {
    /// `[z, y, x]`.
    dims: [usize; 3],
}

impl std::str::FromStr for PatchShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<usize>> = text.split('x').map(|part| part.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[x, y, z]) => Ok(Self { dims: [z, y, x] }),
            _ => Err(format!("found `{text}`, expected voxels along x, y and z such as 160x160x96")),
        }
    }
}

/// The options of a network of volumes; each is `None` where nothing was said.
#[derive(ClapArgs, Clone, Debug, Default)]
pub struct NetworkOptions {
    /// Distance between voxels to which scans are resampled, in mm, for networks of volumes; without this 2.
    #[arg(long, value_name = "MM")]
    pub spacing_mm: Option<f64>,
    /// Voxels of a patch along x, y and z, for networks of volumes; without this 160x160x96.
    #[arg(long, value_name = "XxYxZ")]
    patch: Option<PatchShape>,
    /// Channels at the finest resolution, for networks of volumes; without this 16.
    #[arg(long, value_name = "CHANNELS", value_parser = clap::value_parser!(u16).range(1..=64))]
    base_filters: Option<u16>,
}

impl NetworkOptions {
    /// The first option that was given and is for networks of volumes alone, by its flag.
    pub fn given_for_volumes(&self) -> Option<&'static str> {
        let all = [(self.patch.is_some(), "--patch"), (self.base_filters.is_some(), "--base-filters")];
        all.into_iter().find(|(is_given, _)| *is_given).map(|(_, flag)| flag)
    }

    /// The network of `preset` for so many organs, and what stands around it.
    ///
    /// # Errors
    /// A spacing that no scan has; a patch that the network cannot halve as often as it does.
    pub fn network(
        &self,
        preset: VolumePreset,
        organs: usize,
    ) -> Result<(NetworkDescription, VolumeSettings), UserError> {
        let spacing_mm = self.spacing_mm.unwrap_or(2.0);
        if !PLAUSIBLE_SPACING_MM.contains(&spacing_mm) {
            let why = format!("found {spacing_mm}, expected a distance between voxels in mm");
            return Err(UserError::new("--spacing-mm", why, "Give a distance such as 2"));
        }
        let patch = self.patch.unwrap_or(PatchShape { dims: [96, 160, 160] }).dims;
        let network = preset.description(self.base_filters.map_or(16, usize::from), 1 + organs);
        let divisor = network.divisor();
        if (0..3).any(|axis| patch[axis] == 0 || !patch[axis].is_multiple_of(divisor[axis])) {
            let [[z, y, x], [dz, dy, dx]] = [patch, divisor];
            let why = format!("found {x}x{y}x{z}, expected multiples of {dx}, {dy} and {dz} along x, y and z");
            let hint = format!("Give such a shape, for example {}x{}x{}", 6 * dx, 6 * dy, 4 * dz);
            return Err(UserError::new("--patch", why, hint));
        }
        Ok((network, training_pipeline(spacing_mm, patch)))
    }
}
