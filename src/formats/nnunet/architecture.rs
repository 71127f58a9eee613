//! Reads the network of a configuration, in the format since nnU-Net 2.2 (`architecture`) and in the one before.
//!
//! Both give the same description. The old format leaves the norm and the nonlinearity to nnU-Net, which then takes
//! instance norm and LeakyReLU (`plans_handler.py`).

use serde_json::Value;

use super::json::{Fields, class_name, cut, size_of};
use super::network::{PlannedBlocks, PlannedNetwork, PlannedNonlinearity, PlannedNorm, PlannedOrder};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnunetMessage;

/// The most stages, and the most convolutions or blocks of one.
const MOST_STAGES: usize = 16;
/// The most channels of a stage.
const MOST_FEATURES: usize = 4096;
/// The largest kernel and the largest stride.
const MOST_TAPS: usize = 7;

/// Arguments that both classes of network have. Dropout and deep supervision are for training alone.
const COMMON: &str = "n_stages features_per_stage conv_op kernel_sizes strides n_conv_per_stage_decoder conv_bias norm_op norm_op_kwargs \
                      dropout_op dropout_op_kwargs nonlin nonlin_kwargs deep_supervision";

/// Reads the network of a configuration whose patch has `axes` axes.
pub(super) fn read(configuration: &Fields<'_>, axes: usize) -> Result<PlannedNetwork, UserError> {
    match configuration.object_or_none("architecture")? {
        Some(architecture) => {
            let blocks = blocks(&architecture, architecture.text("network_class_name")?)?;
            read_new(&architecture.object("arch_kwargs")?, blocks, axes)
        }
        None => read_old(configuration, axes),
    }
}

/// Refuses kernels and strides with which a U-Net does not give back the size of its input.
fn checked(network: PlannedNetwork, fields: &Fields<'_>) -> Result<PlannedNetwork, UserError> {
    if network.kernel_sizes.iter().flatten().any(|taps| taps % 2 == 0) {
        return Err(fields.refused(NnunetMessage::EvenKernel));
    }
    if network.strides[0].iter().any(|&stride| stride != 1) {
        return Err(fields.refused(NnunetMessage::StrideAtStart));
    }
    Ok(network)
}

/// The class of network, by its name alone, since classes have moved between modules.
fn blocks(fields: &Fields<'_>, class: &str) -> Result<PlannedBlocks, UserError> {
    match class_name(class) {
        "PlainConvUNet" => Ok(PlannedBlocks::Convolutions),
        "ResidualEncoderUNet" => Ok(PlannedBlocks::Residual),
        other => Err(fields.refused(NnunetMessage::OtherNetwork { found: cut(other) })),
    }
}

/// Arguments of a network class, as nnU-Net writes them since 2.2.
fn read_new(arguments: &Fields<'_>, blocks: PlannedBlocks, axes: usize) -> Result<PlannedNetwork, UserError> {
    let n_per_stage = match blocks {
        PlannedBlocks::Convolutions => "n_conv_per_stage",
        PlannedBlocks::Residual => "n_blocks_per_stage",
    };
    check_names(arguments, blocks, n_per_stage)?;
    let convolution = class_name(arguments.text("conv_op")?);
    if convolution != format!("Conv{axes}d") {
        return Err(arguments.refused(NnunetMessage::OtherConvolution { found: cut(convolution), axes }));
    }
    let stages = arguments.size("n_stages", MOST_STAGES)?;
    let features_per_stage = per_stage(arguments, "features_per_stage", stages, MOST_FEATURES)?;
    let order = match arguments.flag("nonlin_first", false)? {
        true => PlannedOrder::NonlinearityFirst,
        false => PlannedOrder::NormFirst,
    };
    let stem_channels = match arguments.get("stem_channels") {
        Some(_) => arguments.size("stem_channels", MOST_FEATURES)?,
        None => features_per_stage[0],
    };
    let network = PlannedNetwork {
        blocks,
        stem_channels,
        kernel_sizes: per_stage_and_axis(arguments, "kernel_sizes", stages, axes)?,
        strides: per_stage_and_axis(arguments, "strides", stages, axes)?,
        n_per_stage: per_stage(arguments, n_per_stage, stages, MOST_STAGES)?,
        n_conv_per_stage_decoder: decoder(arguments, stages)?,
        conv_bias: arguments.flag("conv_bias", false)?,
        norm: norm(arguments, axes)?,
        nonlinearity: nonlinearity(arguments)?,
        order,
        features_per_stage,
    };
    checked(network, arguments)
}

/// A configuration from before 2.2.
fn read_old(fields: &Fields<'_>, axes: usize) -> Result<PlannedNetwork, UserError> {
    let blocks = blocks(fields, fields.text("UNet_class_name")?)?;
    let n_per_stage =
        fields.list("n_conv_per_stage_encoder", NnunetMessage::SizePerStage { most: MOST_STAGES }, |item| {
            size_of(item, MOST_STAGES)
        })?;
    let stages = n_per_stage.len();
    let base = fields.size("UNet_base_num_features", MOST_FEATURES)?;
    let most = fields.size("unet_max_num_features", MOST_FEATURES)?;
    if stages > MOST_STAGES {
        let found = fields.value("n_conv_per_stage_encoder")?;
        return Err(fields.unexpected(
            "n_conv_per_stage_encoder",
            found,
            NnunetMessage::SizePerStage { most: MOST_STAGES },
        ));
    }
    let features_per_stage: Vec<usize> = (0..stages).map(|stage| (base << stage).min(most)).collect();
    let network = PlannedNetwork {
        blocks,
        stem_channels: features_per_stage[0],
        features_per_stage,
        kernel_sizes: per_stage_and_axis(fields, "conv_kernel_sizes", stages, axes)?,
        strides: per_stage_and_axis(fields, "pool_op_kernel_sizes", stages, axes)?,
        n_per_stage,
        n_conv_per_stage_decoder: decoder(fields, stages)?,
        conv_bias: true,
        norm: PlannedNorm::Instance { eps: 1e-5, affine: true },
        nonlinearity: PlannedNonlinearity::LeakyRelu { negative_slope: 0.01 },
        order: PlannedOrder::NormFirst,
    };
    checked(network, fields)
}

/// Refuses arguments that are not known, and those whose value changes the network in a way that is not.
fn check_names(arguments: &Fields<'_>, blocks: PlannedBlocks, n_per_stage: &str) -> Result<(), UserError> {
    let others: &[&str] = match blocks {
        PlannedBlocks::Convolutions => &["nonlin_first"],
        PlannedBlocks::Residual => &["block", "bottleneck_channels", "stem_channels", "stochastic_depth_p"],
    };
    let is_known =
        |name: &str| COMMON.split(' ').any(|common| common == name) || others.contains(&name) || name == n_per_stage;
    // Squeeze and excitation that is switched off is none.
    let is_off = |name: &str| {
        name.starts_with("squeeze_excitation") && matches!(arguments.flag("squeeze_excitation", false), Ok(false))
    };
    if let Some(other) = arguments.names().find(|name| !is_known(name) && !is_off(name)) {
        return Err(arguments.refused(NnunetMessage::OtherNetworkOption { found: cut(other) }));
    }
    match arguments.text_or_none("block")?.map(class_name) {
        None | Some("BasicBlockD") => Ok(()),
        Some(other) => Err(arguments.refused(NnunetMessage::OtherBlock { found: cut(other) })),
    }
}

/// `norm_op` with its arguments; the defaults are PyTorch's.
fn norm(arguments: &Fields<'_>, axes: usize) -> Result<PlannedNorm, UserError> {
    let class = class_name(arguments.text_or_none("norm_op")?.unwrap_or("None"));
    let kwargs = arguments.object_or_none("norm_op_kwargs")?;
    let number = |key, absent| kwargs.as_ref().map_or(Ok(absent), |kwargs| kwargs.number_or(key, absent));
    let flag = |key, absent| kwargs.as_ref().map_or(Ok(absent), |kwargs| kwargs.flag(key, absent));
    let is_batch = class == format!("BatchNorm{axes}d");
    if !is_batch && class != format!("InstanceNorm{axes}d") {
        return Err(arguments.refused(NnunetMessage::OtherNorm { found: cut(class), axes }));
    }
    check_arguments(kwargs.as_ref(), class, &["eps", "affine", "momentum", "track_running_stats"])?;
    // Each norm has the statistics that it has by default: the patch's own, or those of the training.
    if flag("track_running_stats", is_batch)? != is_batch {
        let found = format!("track_running_stats: {}", !is_batch);
        return Err(arguments.refused(NnunetMessage::OtherArgument { of: class.to_owned(), found }));
    }
    let eps = number("eps", 1e-5)?;
    Ok(match is_batch {
        true => PlannedNorm::Batch { eps, affine: flag("affine", true)? },
        false => PlannedNorm::Instance { eps, affine: flag("affine", false)? },
    })
}

/// `nonlin` with its arguments; the defaults are PyTorch's.
fn nonlinearity(arguments: &Fields<'_>) -> Result<PlannedNonlinearity, UserError> {
    let class = class_name(arguments.text_or_none("nonlin")?.unwrap_or("None"));
    let kwargs = arguments.object_or_none("nonlin_kwargs")?;
    match class {
        "LeakyReLU" => {
            check_arguments(kwargs.as_ref(), class, &["inplace", "negative_slope"])?;
            let slope = kwargs.map_or(Ok(0.01), |kwargs| kwargs.number_or("negative_slope", 0.01));
            Ok(PlannedNonlinearity::LeakyRelu { negative_slope: slope? })
        }
        "ReLU" => {
            check_arguments(kwargs.as_ref(), class, &["inplace"])?;
            Ok(PlannedNonlinearity::Relu)
        }
        other => Err(arguments.refused(NnunetMessage::OtherNonlinearity { found: cut(other) })),
    }
}

fn check_arguments(kwargs: Option<&Fields<'_>>, class: &str, known: &[&str]) -> Result<(), UserError> {
    let Some(kwargs) = kwargs else { return Ok(()) };
    match kwargs.names().find(|name| !known.contains(name)) {
        Some(other) => Err(kwargs.refused(NnunetMessage::OtherArgument { of: class.to_owned(), found: cut(other) })),
        None => Ok(()),
    }
}

/// A number for every stage: a list of as many, or one for all.
fn per_stage(fields: &Fields<'_>, key: &str, stages: usize, most: usize) -> Result<Vec<usize>, UserError> {
    let value = fields.value(key)?;
    let read = match value {
        Value::Array(items) if items.len() == stages => items.iter().map(|item| size_of(item, most)).collect(),
        Value::Array(_) => None,
        one => size_of(one, most).map(|one| vec![one; stages]),
    };
    read.ok_or_else(|| fields.unexpected(key, value, NnunetMessage::ListFor { items: stages, most }))
}

/// `n_conv_per_stage_decoder`, and that there is a decoder at all.
fn decoder(fields: &Fields<'_>, stages: usize) -> Result<Vec<usize>, UserError> {
    if stages < 2 {
        return Err(fields.refused(NnunetMessage::OneStage));
    }
    per_stage(fields, "n_conv_per_stage_decoder", stages - 1, MOST_STAGES)
}

/// For every stage a number for every axis; one number stands for all axes, and one instead of the list for all stages.
fn per_stage_and_axis(
    fields: &Fields<'_>,
    key: &str,
    stages: usize,
    axes: usize,
) -> Result<Vec<Vec<usize>>, UserError> {
    let one = |value: &Value| match value {
        Value::Array(items) if items.len() == axes => items.iter().map(|item| size_of(item, MOST_TAPS)).collect(),
        Value::Array(_) => None,
        one => size_of(one, MOST_TAPS).map(|one| vec![one; axes]),
    };
    let value = fields.value(key)?;
    let read = match value {
        Value::Array(items) if items.len() == stages => items.iter().map(one).collect(),
        Value::Array(_) => None,
        same => one(same).map(|same| vec![same; stages]),
    };
    read.ok_or_else(|| {
        fields.unexpected(key, value, NnunetMessage::ListForAxes { items: stages, axes, most: MOST_TAPS })
    })
}
