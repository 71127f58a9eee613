//! Model files of networks with random numbers.

use burn::tensor::Device;
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::model::ModelConfig;
use islet::nn::model::metadata::{ModelMetadata, Training};
use islet::nn::model::weights::{Precision, write};

pub(crate) fn passport(config: ModelConfig) -> ModelMetadata {
    let organ = |label: u8| (label, if label == 1 { "pancreas".to_owned() } else { format!("organ {label}") });
    ModelMetadata {
        labels: (1..=config.organs() as u8).map(organ).collect(),
        config,
        preprocess: PreprocessConfig::default(),
        training: Training::default(),
        license: "none".into(),
        version: "0".into(),
    }
}

pub(crate) fn random_file(config: &ModelConfig, precision: Precision) -> Vec<u8> {
    let model = config.init(&Device::flex());
    pollster::block_on(write(&model, &passport(config.clone()), precision)).unwrap()
}
