//! The network: its description, its inference, its training and its fine-tuning. Only this room and the shells above it know tensors.

pub mod batch;
pub mod finetune;
pub mod infer;
pub mod loss;
pub mod model;
pub mod train;
