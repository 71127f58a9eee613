"""Writes sample.onnx: one convolution, made with ONNX's own package, for tests/it/onnx.rs to hold our messages to ONNX's field numbers.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install onnx==1.23.2 numpy==2.4.6
    /tmp/venv/bin/python tests/golden/frameworks/onnx_sample.py
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node("Conv", ["x", "w", ""], ["y"], "first", strides=[2, 3], group=1, auto_pad="VALID")
node.attribute.append(helper.make_attribute("epsilon", 0.25))  # no setting of Conv, but one of every kind is wanted
graph = helper.make_graph(
    [node],
    "sample",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"], "what goes in")],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 1, "h", "w"])],
    [numpy_helper.from_array(np.array([[[[1.5]], [[-2.0]], [[0.25]]]], np.float32), "w")],
)
model = helper.make_model(
    graph, producer_name="maker", producer_version="7", ir_version=8, opset_imports=[helper.make_opsetid("", 17)]
)
helper.set_model_props(model, {"key": "value"})
onnx.save(model, str(pathlib.Path(__file__).with_name("sample.onnx")))
