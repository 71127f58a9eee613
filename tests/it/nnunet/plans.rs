//! Plans of both formats, and plans of what is not known here.

use islet::formats::nnunet::{
    PlannedBlocks, PlannedIntensities, PlannedNetwork, PlannedNonlinearity, PlannedNorm, PlannedNormalization,
    PlannedOrder, PlannedReader, PlannedResampling, ZSeparation,
};

use super::*;

/// The network that all configurations of volumes have.
fn network() -> PlannedNetwork {
    PlannedNetwork {
        blocks: PlannedBlocks::Convolutions,
        features_per_stage: vec![2, 3, 3],
        stem_channels: 2,
        kernel_sizes: vec![vec![3; 3]; 3],
        strides: vec![vec![1; 3], vec![2; 3], vec![2; 3]],
        n_per_stage: vec![1, 1, 1],
        n_conv_per_stage_decoder: vec![1, 1],
        conv_bias: true,
        norm: PlannedNorm::Instance { eps: 1e-5, affine: true },
        nonlinearity: PlannedNonlinearity::LeakyRelu { negative_slope: 0.01 },
        order: PlannedOrder::NormFirst,
    }
}

fn arguments(configuration: &mut Value) -> &mut Value {
    &mut configuration["architecture"]["arch_kwargs"]
}

#[test]
fn plans_since_2_2_are_read() {
    let plans = Plans::read("plans.json", new_plans().to_string().as_bytes()).unwrap();
    assert_eq!((&plans.dataset_name[..], &plans.plans_name[..]), ("Dataset901_Tiny", "nnUNetPlans"));
    assert_eq!((plans.reader, plans.transpose_forward), (PlannedReader::SimpleItk, [1, 2, 0]));
    assert_eq!(plans.transpose_backward, [2, 0, 1]);
    assert_eq!(plans.configurations().collect::<Vec<_>>(), ["2d", "3d_fullres", "3d_small"]);
    let resampling = |order| PlannedResampling {
        order,
        order_z: 0,
        separate_z: ZSeparation::Anisotropic,
        anisotropy_threshold: 3.0,
    };
    let intensities =
        PlannedIntensities { mean: -50.25, std: 503.5, percentile_00_5: -1004.0, percentile_99_5: 1588.0 };
    let fullres = plans.configuration("3d_fullres").unwrap();
    let expected = PlansConfiguration {
        name: "3d_fullres".into(),
        spacing_mm: vec![3.0, 1.5, 1.5],
        patch_size: vec![16; 3],
        normalizations: vec![PlannedNormalization::Ct(intensities)],
        resampling: resampling(3),
        resampling_probabilities: resampling(1),
        network: network(),
        previous_stage: None,
    };
    assert_eq!(fullres, expected);
    let small = plans.configuration("3d_small").unwrap();
    let name = "3d_small".to_owned();
    let previous_stage = Some("3d_lowres".to_owned());
    assert_eq!(small, PlansConfiguration { name, patch_size: vec![8; 3], previous_stage, ..expected });
    let slices = plans.configuration("2d").unwrap();
    assert_eq!((slices.spacing_mm, slices.patch_size), (vec![0.75; 2], vec![16; 2]));
    assert_eq!(slices.network.kernel_sizes, vec![vec![3; 2]; 3]);
    let back: PlansConfiguration = serde_json::from_str(&serde_json::to_string(&fullres).unwrap()).unwrap();
    assert_eq!(back, fullres);
}

#[test]
fn plans_before_2_2_describe_the_same_network() {
    let mut plans = with(|configuration| {
        let fields = configuration.as_object_mut().unwrap();
        fields.remove("architecture");
        fields.extend([
            ("UNet_class_name".to_owned(), json!("PlainConvUNet")),
            ("UNet_base_num_features".to_owned(), json!(2)),
            ("unet_max_num_features".to_owned(), json!(3)),
            ("n_conv_per_stage_encoder".to_owned(), json!([1, 1, 1])),
            ("n_conv_per_stage_decoder".to_owned(), json!([1, 1])),
            ("num_pool_per_axis".to_owned(), json!([2, 2, 2])),
            ("pool_op_kernel_sizes".to_owned(), json!([[1, 1, 1], [2, 2, 2], [2, 2, 2]])),
            ("conv_kernel_sizes".to_owned(), json!([[3, 3, 3], [3, 3, 3], [3, 3, 3]])),
        ]);
    });
    let fields = plans.as_object_mut().unwrap();
    let intensities = fields.remove("foreground_intensity_properties_per_channel").unwrap();
    fields.insert("foreground_intensity_properties_by_modality".into(), intensities);
    let old = configured(&plans, "3d_fullres").unwrap();
    assert_eq!(old, configured(&new_plans(), "3d_fullres").unwrap());
    plans["configurations"]["3d_fullres"]["UNet_class_name"] = json!("ResidualEncoderUNet");
    let residual = configured(&plans, "3d_small").unwrap().network;
    assert_eq!(residual, PlannedNetwork { blocks: PlannedBlocks::Residual, ..network() });
}

#[test]
fn options_that_nnunet_has_are_read() {
    let read = |change: &dyn Fn(&mut Value)| {
        configured(&with(|configuration| change(arguments(configuration))), "3d_fullres").unwrap().network
    };
    let batch = read(&|network| {
        network["norm_op"] = json!("torch.nn.BatchNorm3d");
        network["norm_op_kwargs"] = Value::Null;
        network["nonlin"] = json!("torch.nn.modules.activation.ReLU");
        network["nonlin_first"] = json!(true);
        network["dropout_op"] = json!("torch.nn.Dropout3d");
        network["dropout_op_kwargs"] = json!({ "p": 0.5 });
    });
    let norm = PlannedNorm::Batch { eps: 1e-5, affine: true };
    let (nonlinearity, order) = (PlannedNonlinearity::Relu, PlannedOrder::NonlinearityFirst);
    assert_eq!(batch, PlannedNetwork { norm, nonlinearity, order, ..network() });
    // One number stands for all stages or axes, and PyTorch's defaults for what is left out.
    let short = read(&|network| {
        network["features_per_stage"] = json!(4);
        network["kernel_sizes"] = json!([[1, 3, 3], 3, 3]);
        network["n_conv_per_stage"] = json!(3);
        network["n_conv_per_stage_decoder"] = json!(2);
        network["norm_op_kwargs"] = json!({});
        network["nonlin_kwargs"] = json!({ "negative_slope": 0.2 });
        network.as_object_mut().unwrap().remove("conv_bias");
    });
    let expected = PlannedNetwork {
        features_per_stage: vec![4; 3],
        stem_channels: 4,
        kernel_sizes: vec![vec![1, 3, 3], vec![3; 3], vec![3; 3]],
        n_per_stage: vec![3; 3],
        n_conv_per_stage_decoder: vec![2; 2],
        conv_bias: false,
        norm: PlannedNorm::Instance { eps: 1e-5, affine: false },
        nonlinearity: PlannedNonlinearity::LeakyRelu { negative_slope: 0.2 },
        ..network()
    };
    assert_eq!(short, expected);
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let network_cases = [
        ("norm_op", json!("torch.nn.GroupNorm"), "`GroupNorm`"),
        ("norm_op", json!("torch.nn.InstanceNorm2d"), "`InstanceNorm2d`"),
        ("norm_op", Value::Null, "`None`"),
        ("norm_op_kwargs", json!({ "track_running_stats": true }), "track_running_stats: true"),
        ("nonlin", json!("torch.nn.GELU"), "`GELU`"),
        ("conv_op", json!("torch.nn.Conv2d"), "`Conv2d`"),
        ("squeeze_excitation", json!(true), "`squeeze_excitation`"),
        ("block", json!("dynamic_network_architectures.building_blocks.residual.BottleneckD"), "`block`"),
        ("kernel_sizes", json!(2), "even size"),
        ("strides", json!(2), "first stage"),
        ("strides", json!([[1, 1, 1], [2, 2, 2]]), "expected a list of 3 lists"),
        ("features_per_stage", json!([2, 3, 1_000_000]), "expected a list of 3 whole numbers from 1 to 4096"),
        ("n_stages", json!(1), "expected a list of 1"),
        ("n_conv_per_stage_decoder", json!([2, 2, 2]), "expected a list of 2"),
    ];
    for (key, value, says) in network_cases {
        refused(configured(&with(|configuration| arguments(configuration)[key] = value), "3d_fullres"), says);
    }
    let residual = with(|configuration| {
        configuration["architecture"]["network_class_name"] = json!("a.ResidualEncoderUNet");
        let arguments = arguments(configuration).as_object_mut().unwrap();
        let blocks = arguments.remove("n_conv_per_stage").unwrap();
        arguments.insert("n_blocks_per_stage".into(), blocks);
        arguments.insert("block".into(), json!("a.BottleneckD"));
    });
    refused(configured(&residual, "3d_fullres"), "`BottleneckD`");
    let cases = [
        ("architecture", json!({ "network_class_name": "a.b.UMambaBot", "arch_kwargs": {} }), "`UMambaBot`"),
        ("preprocessor_name", json!("MyPreprocessor"), "`MyPreprocessor`"),
        ("normalization_schemes", json!(["HistogramNormalization"]), "`HistogramNormalization`"),
        ("normalization_schemes", json!(["CTNormalization", "CTNormalization"]), "channel 1"),
        ("resampling_fn_data", json!("resample_torch_fornnunet"), "`resample_torch_fornnunet`"),
        ("resampling_fn_probabilities_kwargs", json!({ "mode": "linear" }), "`mode`"),
        ("resampling_fn_data_kwargs", json!({ "order": 5 }), "from 0 to 3"),
        ("patch_size", json!([16, 18, 16]), "multiples of the strides of all stages, here of 4"),
        ("patch_size", json!([16]), "two or three"),
        ("spacing", json!([1.0, 0.0, 1.0]), "two or three"),
        ("spacing", json!([1.0, 1.0]), "two or three"),
    ];
    for (key, value, says) in cases {
        refused(configured(&with(|configuration| configuration[key] = value), "3d_fullres"), says);
    }
    let mut plans = new_plans();
    refused(configured(&plans, "3d_lowres"), "no configuration `3d_lowres`, expected one of 2d, 3d_fullres, 3d_small");
    plans["configurations"]["3d_fullres"]["inherits_from"] = json!("3d_small");
    refused(configured(&plans, "3d_fullres"), "circle: 3d_fullres, 3d_small");
    for (key, value, says) in [
        ("image_reader_writer", json!("Tiff3DIO"), "`Tiff3DIO`"),
        ("label_manager", json!("MyLabels"), "`MyLabels`"),
        ("transpose_forward", json!([0, 0, 1]), "axes 0, 1 and 2"),
        ("transpose_backward", json!([1, 2, 0]), "inverse"),
        ("configurations", json!([]), "an object"),
        ("dataset_name", Value::Null, "no `dataset_name`"),
    ] {
        let mut plans = new_plans();
        plans[key] = value;
        refused(configured(&plans, "3d_fullres"), says);
    }
    refused(Plans::read("plans.json", b"{"), "no JSON");
    refused(Plans::read("plans.json", b"[]"), "expected an object");
}
