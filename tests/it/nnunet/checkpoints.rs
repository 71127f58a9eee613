//! Checkpoints that PyTorch wrote.

use std::collections::BTreeMap;

use super::*;

/// The tensors of a plain network of three stages, without aliases and with the finest head alone.
fn plain_shapes() -> BTreeMap<String, Vec<usize>> {
    let mut shapes = BTreeMap::new();
    let mut block = |path: &str, inputs: usize, outputs: usize| {
        shapes.insert(format!("{path}.convs.0.conv.weight"), vec![outputs, inputs, 3, 3, 3]);
        for name in ["conv.bias", "norm.weight", "norm.bias"] {
            shapes.insert(format!("{path}.convs.0.{name}"), vec![outputs]);
        }
    };
    for (stage, (inputs, outputs)) in [(1, 2), (2, 3), (3, 3)].into_iter().enumerate() {
        block(&format!("encoder.stages.{stage}.0"), inputs, outputs);
    }
    block("decoder.stages.0", 6, 3);
    block("decoder.stages.1", 4, 2);
    for (name, shape) in [
        ("transpconvs.0.weight", vec![3, 3, 2, 2, 2]),
        ("transpconvs.0.bias", vec![3]),
        ("transpconvs.1.weight", vec![3, 2, 2, 2, 2]),
        ("transpconvs.1.bias", vec![2]),
        ("seg_layers.1.weight", vec![4, 2, 1, 1, 1]),
        ("seg_layers.1.bias", vec![4]),
    ] {
        shapes.insert(format!("decoder.{name}"), shape);
    }
    shapes
}

#[test]
fn a_checkpoint_reads_back_without_aliases_momentum_and_coarse_heads() {
    let read = NnUnetCheckpoint::read("plain.pth", PLAIN).unwrap();
    let shapes: BTreeMap<String, Vec<usize>> =
        read.weights.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
    assert_eq!(shapes, plain_shapes());
    for (name, tensor) in &read.weights {
        assert_eq!(tensor.values, numbers(name, &tensor.shape), "{name}");
    }
    assert_eq!(read.configuration.as_deref(), Some("3d_fullres"));
    assert_eq!(read.trainer_name.as_deref(), Some("nnUNetTrainer"));
    assert_eq!(read.mirroring_axes, Some(vec![0, 1, 2]));
}

#[test]
fn every_kind_of_number_and_view_reads_back() {
    let read = NnUnetCheckpoint::read("kinds.pth", KINDS).unwrap();
    let shapes = [
        ("half", vec![3, 5]),
        ("brain", vec![3, 5]),
        ("double", vec![3, 5]),
        ("parameter", vec![2, 2]),
        ("permuted", vec![2, 2, 4]),
        ("channels_last", vec![2, 3, 2, 2, 2]),
        ("view", vec![2, 3]),
        ("scalar", vec![]),
        ("empty", vec![0, 3]),
    ];
    assert_eq!(read.weights.len(), shapes.len(), "{:?}", read.weights.keys());
    for (name, shape) in shapes {
        let tensor = &read.weights[name];
        assert_eq!(tensor.shape, shape, "{name}");
        assert_eq!(tensor.values, numbers(name, &shape), "{name}");
    }
    assert_eq!(read.trainer_name.as_deref(), Some("nnUNetTrainerNoMirroring"));
    assert_eq!(read.mirroring_axes, None);
}

#[test]
fn names_are_freed_of_wrappers_and_aliases_are_none() {
    for (name, canonical) in [
        ("encoder.stages.0.0.convs.0.conv.weight", Some("encoder.stages.0.0.convs.0.conv.weight")),
        ("module._orig_mod.encoder.stem.convs.0.norm.bias", Some("encoder.stem.convs.0.norm.bias")),
        ("module.encoder.stages.1.blocks.0.skip.1.conv.weight", Some("encoder.stages.1.blocks.0.skip.1.conv.weight")),
        ("encoder.stages.0.0.convs.0.all_modules.0.weight", None),
        ("module.decoder.encoder.stages.0.0.convs.0.conv.weight", None),
        ("encoder.stages.0.0.convs.0.norm.num_batches_tracked", None),
    ] {
        assert_eq!(NnUnetCheckpoint::canonical(name), canonical);
    }
}
