"""Miniatures of file formats: ONNX that is quantized, has external data, odd or duplicate names."""

from pathlib import Path

import numpy as np
import onnx
import openvino as ov
from onnx import TensorProto, helper, numpy_helper
from openvino import opset13 as ops

from tests.fixtures.layers import conv, linear, mean, model, normal, parameter, weights
from tests.miniatures.record import Miniature

COUNT = 24
IMAGES = normal(COUNT, 3, 12, 12)


def _onnx(nodes: list[onnx.NodeProto], initializers: dict[str, np.ndarray]) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 12, 12])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 6])],
        [numpy_helper.from_array(array, name) for name, array in initializers.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def _head(source: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("GlobalAveragePool", [source], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "v"], ["y"], transB=1),
    ]


def _plain() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["r"]),
        *_head("r"),
    ]
    return _onnx(nodes, {"w": weights(16, 3, 3, 3), "v": weights(6, 16)})


def external_data(folder: Path) -> Path:
    path = folder / "model.onnx"
    onnx.save(_plain(), path, save_as_external_data=True, location="weights.data", size_threshold=0)
    return path


def quantize_dequantize(folder: Path) -> Path:
    """As onnxruntime's `quantize_static` writes it."""
    kernel = weights(16, 3, 3, 3)
    scale = np.float32(np.abs(kernel).max() / 127)

    def pair(name: str, size: float) -> list[onnx.NodeProto]:
        constants[f"{name}_s"] = np.float32(size)
        constants[f"{name}_z"] = np.array(0, np.int8)
        return [
            helper.make_node("QuantizeLinear", [name, f"{name}_s", f"{name}_z"], [f"{name}_q"]),
            helper.make_node(
                "DequantizeLinear", [f"{name}_q", f"{name}_s", f"{name}_z"], [f"{name}_d"]
            ),
        ]

    constants: dict[str, np.ndarray] = {
        "w_q": np.round(kernel / scale).astype(np.int8),
        "w_s": scale,
        "w_z": np.array(0, np.int8),
        "v": weights(6, 16),
    }
    nodes = [
        *pair("x", 0.03),
        helper.make_node("DequantizeLinear", ["w_q", "w_s", "w_z"], ["w"]),
        helper.make_node("Conv", ["x_d", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["r"]),
        *pair("r", 0.03),
        *_head("r_d"),
    ]
    path = folder / "model.onnx"
    onnx.save(_onnx(nodes, constants), path)
    return path


def dynamically_quantized(folder: Path) -> Path:
    """As onnxruntime's `quantize_dynamic` writes it."""
    kernel = weights(6, 16).T
    scale = np.float32(np.abs(kernel).max() / 127)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["r"]),
        *_head("r")[:2],
        helper.make_node("DynamicQuantizeLinear", ["flat"], ["q", "s", "z"]),
        helper.make_node("MatMulInteger", ["q", "v_q", "z"], ["i"]),
        helper.make_node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["s", "v_s"], ["scale"]),
        helper.make_node("Mul", ["f", "scale"], ["y"]),
    ]
    constants = {
        "w": weights(16, 3, 3, 3),
        "v_q": np.round(kernel / scale).astype(np.int8),
        "v_s": scale,
    }
    path = folder / "model.onnx"
    onnx.save(_onnx(nodes, constants), path)
    return path


def odd_names() -> ov.Model:
    """Names with spaces, slashes, dots, quotes and letters beyond ASCII."""
    x = parameter([1, 3, 12, 12])
    h = conv(conv(x, 3, 8), 8, 8)
    network = model(linear(mean(h, 2, 3), 8, 6), x)
    names = ("a b", "a/b:0", "ä.ö", "it's", '"q"', "[0]", "x;y", "100%", "$(HOME)", "*")
    operations = [op for op in network.get_ordered_ops() if op.get_type_name() != "Parameter"]
    for number, op in enumerate(operations):
        op.set_friendly_name(f"{names[number % len(names)]}{number // len(names) or ''}")
    return network


def duplicate_names() -> ov.Model:
    x = parameter([1, 3, 12, 12])
    network = model(linear(mean(conv(conv(x, 3, 8), 8, 8), 2, 3), 8, 6), x)
    for op in network.get_ordered_ops():
        if op.get_type_name() in ("Convolution", "Relu", "Add"):
            op.set_friendly_name("layer")
    return network


def half_file(folder: Path) -> Path:
    """An IR saved with FP16 weights."""
    x = parameter([1, 3, 12, 12])
    network = model(linear(mean(conv(conv(x, 3, 8), 8, 8), 2, 3), 8, 6), x)
    ov.save_model(network, folder / "model.xml", compress_to_fp16=True)
    return folder / "model.xml"


def fake_quantized() -> ov.Model:
    """An IR whose quantizers are there already."""
    x = parameter([1, 3, 12, 12])

    def quantized(value: ov.Node, low: float, high: float) -> ov.Node:
        ends = [ops.constant(np.float32(end)) for end in (low, high, low, high)]
        return ops.fake_quantize(value, *ends, 256)

    kernel = quantized(ops.constant(weights(16, 3, 3, 3)), -0.6, 0.6)
    h = ops.convolution(quantized(x, -4, 4), kernel, [1, 1], [1, 1], [1, 1], [1, 1])
    h = quantized(ops.relu(h), 0, 4)
    return model(linear(mean(h, 2, 3), 16, 6), x)


ALREADY = "the model is quantized already: . of 2 layers with weights read quantized values"
ANEW = {"model": {"remove_quantizers": True}}
MINIATURES = (
    Miniature("external data", None, {"x": IMAGES}, file=external_data, int8=2),
    Miniature(
        "quantize-dequantize ONNX", None, {"x": IMAGES}, refused=ALREADY, file=quantize_dequantize
    ),
    Miniature(
        "ONNX quantized anew",
        None,
        {"x": IMAGES},
        ANEW,
        file=quantize_dequantize,
        int8=2,
    ),
    Miniature(
        "dynamically quantized ONNX",
        None,
        {"x": IMAGES},
        refused=ALREADY,
        file=dynamically_quantized,
    ),
    Miniature(
        "dynamically quantized ONNX, anew",
        None,
        {"x": IMAGES},
        ANEW,
        file=dynamically_quantized,
        int8=2,
    ),
    Miniature("odd names", odd_names, {"x": IMAGES}, int8=2),
    Miniature("duplicate names", duplicate_names, {"x": IMAGES}, int8=2),
    Miniature("FP16 file", None, {"x": IMAGES}, file=half_file, int8=2),
    Miniature("FakeQuantize", fake_quantized, {"x": IMAGES}, refused=ALREADY),
    Miniature("FakeQuantize, anew", fake_quantized, {"x": IMAGES}, ANEW, int8=2),
)
