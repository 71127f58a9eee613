//! Models that segment whole volumes: their files, where they come from, and how they run.
//!
//! [`VolumeModelFile`] reads and writes the files, and makes them of nnU-Net's and TotalSegmentator's
//! models. [`VolumeModel`] runs one on a scan, and [`StoredVolumeModel`] does so network by network. [`VolumePreset`] names the
//! networks that are trained here. What stands around the network is in [`volume_pipeline`](crate::imaging::volume_pipeline).

mod attention;
mod attention_maps;
mod device_check;
mod from_nnunet;
mod memory;
mod model_file;
mod model_summary;
mod network_run;
mod nnunet_network;
mod nnunet_pipeline;
#[cfg(feature = "cli")]
pub mod onnx;
mod patch_engine;
mod preset;
mod segment;
mod stored_model;

pub use attention_maps::AttentionMaps;
pub use device_check::trial_deviation;
pub use model_file::{
    Cascade, ModelSource, NetworkPlan, OutputChannel, RegionOfInterest, VolumeModelFile, VolumeNetwork, VolumePassport,
};
pub use model_summary::VolumeModelSummary;
pub use patch_engine::{EngineChoice, VolumeError};
pub use preset::{VolumePreset, first_weights, training_pipeline};
pub use segment::{PatchProgress, SegmentedVolume, VolumeModel};
pub use stored_model::StoredVolumeModel;
