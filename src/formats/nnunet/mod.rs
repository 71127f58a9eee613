//! Models of nnU-Net v2 as people train and publish them: bytes to plain values.
//!
//! A model is a folder `DatasetNNN_Name/TRAINER__PLANS__CONFIGURATION/` with `plans.json` (preprocessing and network), `dataset.json`
//! (channels and labels) and `fold_K/checkpoint_final.pth` (weights, a [`torch`](super::torch) checkpoint). TotalSegmentator's
//! releases are zips of one such folder. [`release`] finds these files, [`Plans`], [`NnUnetDataset`] and
//! [`NnUnetCheckpoint`] read them. Their meaning is nnU-Net's own, of version 2.8 (`plans_handler.py`, `label_handling.py`,
//! `predict_from_raw_data.py`) and of dynamic-network-architectures 0.4. Whatever is unknown is refused by name, since a model
//! that runs otherwise than it was trained gives masks that look right and are not.
//!
//! Not here: building the network, and preparing volumes for it.

mod architecture;
mod checkpoint;
mod dataset_json;
mod json;
mod layout;
mod network;
mod plans;
mod preparation;
pub mod release;
mod repeated;

pub use checkpoint::NnUnetCheckpoint;
pub use dataset_json::{NnUnetDataset, NnUnetLabel, NnUnetOutput};
pub use network::{PlannedBlocks, PlannedNetwork, PlannedNonlinearity, PlannedNorm, PlannedOrder};
pub use plans::{Plans, PlansConfiguration};
pub use preparation::{PlannedIntensities, PlannedNormalization, PlannedReader, PlannedResampling, ZSeparation};
