//! Neural networks: the model, inference, training and fine-tuning.
//!
//! Only this room and the shells above it use tensors. Data sets, files and clocks are the business
//! of the shells.

pub mod batch;
pub mod convolution;
pub mod cpu;
pub mod device;
pub mod finetune;
pub mod infer;
pub mod loss;
pub mod model;
pub mod network;
pub mod segmentation_model;
pub mod train;
pub mod volume;
