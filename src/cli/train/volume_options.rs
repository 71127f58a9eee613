//! What `train` can be told about networks of volumes.

use clap::Args as ClapArgs;

use super::settings::VolumePreparation;
use crate::cli::network_options::NetworkOptions;
use crate::core::error::UserError;
use crate::imaging::patch_augment::PatchAugmentConfig;
use crate::nn::volume::VolumePreset;

/// The options of networks of volumes; each is `None` where nothing was said.
#[derive(ClapArgs, Clone, Debug, Default)]
pub(super) struct VolumeOptions {
    #[command(flatten)]
    network: NetworkOptions,
    /// Patches that an epoch takes from each case, for networks of volumes; without this 1.
    #[arg(long, value_name = "PATCHES", value_parser = clap::value_parser!(u16).range(1..=1000))]
    patches_per_case: Option<u16>,
}

impl VolumeOptions {
    /// The first option that was given, by its flag.
    pub(super) fn given(&self) -> Option<&'static str> {
        self.given_for_network().or(self.patches_per_case.map(|_| "--patches-per-case"))
    }

    /// The first option of the network and its pipeline that was given, by its flag.
    pub(super) fn given_for_network(&self) -> Option<&'static str> {
        let spacing = self.network.spacing_mm.map(|_| "--spacing-mm");
        spacing.or(self.network.given_for_volumes())
    }

    /// How scans become patches, and the network of `preset` for so many organs. `flip` is the share of
    /// mirrored patches, if it was given.
    ///
    /// # Errors
    /// A spacing that no scan has; a patch that the network cannot halve as often as it does.
    pub(super) fn preparation(
        &self,
        preset: VolumePreset,
        organs: usize,
        flip: Option<f32>,
    ) -> Result<VolumePreparation, UserError> {
        let (network, pipeline) = self.network.network(preset, organs)?;
        let augment = PatchAugmentConfig::default();
        Ok(VolumePreparation {
            network,
            pipeline,
            patches_per_case: self.patches_per_case.map_or(1, usize::from),
            augment: PatchAugmentConfig { flip: flip.unwrap_or(augment.flip), ..augment },
        })
    }
}
