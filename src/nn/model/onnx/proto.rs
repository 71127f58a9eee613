//! The messages of ONNX's protobuf schema that a convolutional network needs, with the field
//! numbers of [onnx.proto](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Networks are
//! the business of the parent module.

use prost::Message;

/// `TensorProto.DataType.FLOAT`: single precision.
pub const FLOAT: i32 = 1;

/// `ModelProto`: the file.
#[derive(Clone, PartialEq, Message)]
pub struct Model {
    /// Version of the schema.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// The program that wrote the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// That program's version.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    /// Versions of the operator sets that the nodes come from.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSet>,
    /// Anything else, by key.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<Entry>,
}

/// `OperatorSetIdProto`: a version of an operator set.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSet {
    /// The set; empty for ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Its version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// `StringStringEntryProto`: a key with its value.
#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// `GraphProto`: nodes in the order of computation, and their constants.
#[derive(Clone, PartialEq, Message)]
pub struct Graph {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<Node>,
    /// The graph's name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Parameters and constants, by name.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<Tensor>,
    /// The inputs.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfo>,
    /// The outputs.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfo>,
}

/// `NodeProto`: one operation.
#[derive(Clone, PartialEq, Message)]
pub struct Node {
    /// Names of the input values; empty for an optional one that is omitted.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the output values.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// The node's name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The operator.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// The operator's settings.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<Attribute>,
}

/// `AttributeProto`: a setting of an operator. `kind` selects the field that holds it.
#[derive(Clone, PartialEq, Message)]
pub struct Attribute {
    /// The setting's name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A number.
    #[prost(float, tag = "2")]
    pub f: f32,
    /// A whole number.
    #[prost(int64, tag = "3")]
    pub i: i64,
    /// A word.
    #[prost(bytes = "vec", tag = "4")]
    pub s: Vec<u8>,
    /// Whole numbers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// `AttributeProto.AttributeType`: 1 for `f`, 2 for `i`, 3 for `s`, 7 for `ints`.
    #[prost(int32, tag = "20")]
    pub kind: i32,
}

/// `TensorProto`: an array with a name.
#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    /// The shape.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// `TensorProto.DataType`; see [`FLOAT`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// The name by which nodes refer to it.
    #[prost(string, tag = "8")]
    pub name: String,
    /// The numbers, little-endian, row-major.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
}

/// `ValueInfoProto`: name and type of an input or an output.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfo {
    /// The value's name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type.
    #[prost(message, optional, tag = "2")]
    pub value_type: Option<Type>,
    /// The meaning, for people.
    #[prost(string, tag = "3")]
    pub doc_string: String,
}

/// `TypeProto`, of a tensor.
#[derive(Clone, PartialEq, Message)]
pub struct Type {
    /// The tensor's type.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// `TensorProto.DataType`; see [`FLOAT`].
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// The shape.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// `TensorShapeProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    /// The dimensions, outermost first.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// `TensorShapeProto.Dimension`: a number, or a name for one that the caller chooses.
#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    /// The number.
    #[prost(int64, optional, tag = "1")]
    pub dim_value: Option<i64>,
    /// The name.
    #[prost(string, optional, tag = "2")]
    pub dim_param: Option<String>,
}
