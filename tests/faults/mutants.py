"""Damaged and hostile versions of a model file, drawn from a seed."""

import random
import re
from collections.abc import Callable

import onnx
from onnx import TensorProto

EXTREMES = (
    b"-1", b"0", b"1", b"99999999", b"4294967296", b"9223372036854775807", b"-9223372036854775808",
    b"18446744073709551615", b"nan", b"inf", b"", b"x", b"1e400",
)  # fmt: skip
SIZES = (-(2**62), -1, 0, 1, 7, 2**31, 2**40, 2**62)
OPERATIONS = (
    "Conv", "Gemm", "Reshape", "Loop", "If", "Resize", "Gather", "Concat", "Nope", "LSTM",
    "NonMaxSuppression", "Pad", "TopK", "Split", "Scan", "Slice", "Expand", "Tile",
)  # fmt: skip


def bytes_changed(content: bytes, chance: random.Random) -> bytes:
    """Bytes overwritten, removed, inserted or repeated anywhere."""
    changed, at = bytearray(content), chance.randrange(len(content))
    match chance.randrange(5):
        case 0:
            for _ in range(chance.choice([1, 4, 32])):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        case 1:
            length = chance.choice([4, 64, 1024])
            changed[at : at + length] = chance.randbytes(length)
        case 2:
            del changed[at : at + chance.choice([1, 8, 1000, len(changed)])]
        case 3:
            changed[at:at] = chance.randbytes(chance.choice([1, 8, 100]))
        case _:
            changed[at:at] = changed[max(0, at - 500) : at]
    return bytes(changed)


def xml_values_changed(content: bytes, chance: random.Random) -> bytes:
    """Attributes of an IR replaced by extremes, or by other attributes of it."""
    for _ in range(chance.choice([1, 1, 3])):
        values = list(re.finditer(rb'"([^"]*)"', content))
        begin, end = chance.choice(values).span(1)
        old = content[begin:end]
        new = chance.choice(EXTREMES) if chance.random() < 0.6 else chance.choice(values).group(1)
        if b"," in old and chance.random() < 0.5:
            new = b",".join(
                chance.choice(EXTREMES) if chance.random() < 0.4 else part
                for part in old.split(b",")
            )
        content = content[:begin] + new + content[end:]
    return content


def xml_elements_changed(content: bytes, chance: random.Random) -> bytes:
    """Layers, edges, ports and dimensions removed, repeated or exchanged."""
    result = list(
        re.finditer(
            rb"<layer .*?</layer>|<edge .*?/>|<port .*?</port>|<dim>.*?</dim>", content, re.DOTALL
        )
    )
    begin, end = chance.choice(result).span()
    other = chance.choice(result).group()
    new = chance.choice([b"", content[begin:end] * 2, other])
    return content[:begin] + new + content[end:]


def onnx_changed(content: bytes, chance: random.Random) -> bytes:
    """An ONNX graph that is well-formed and wrong: shapes, attributes, types, operations, edges."""
    model = onnx.load_from_string(content)
    graph = model.graph
    nodes, weights = list(graph.node), list(graph.initializer)
    match chance.randrange(9):
        case 0:
            dims = chance.choice([entry for entry in weights if entry.dims]).dims
            dims[chance.randrange(len(dims))] = chance.choice(SIZES)
        case 1:
            node = chance.choice([entry for entry in nodes if entry.attribute])
            _change_attribute(chance.choice(node.attribute), chance)
        case 2:
            node = chance.choice([entry for entry in nodes if entry.input])
            names = [name for entry in nodes for name in entry.output] + [
                entry.name for entry in weights
            ]
            node.input[chance.randrange(len(node.input))] = chance.choice([*names, "", "nope"])
        case 3:
            chance.choice(nodes).op_type = chance.choice(OPERATIONS)
        case 4:
            _with_raw_data(weights, chance, lambda raw: raw[: chance.randrange(len(raw) + 1)])
        case 5:
            _with_raw_data(weights, chance, lambda raw: chance.randbytes(len(raw)))
        case 6:
            del graph.node[chance.randrange(len(nodes))]
        case 7:
            chance.choice(weights).data_type = chance.randrange(25)
        case _:
            dim = chance.choice(graph.input[0].type.tensor_type.shape.dim)
            dim.dim_value = chance.choice(SIZES)
    serialized: bytes = model.SerializeToString()
    return serialized


def _change_attribute(attribute: onnx.AttributeProto, chance: random.Random) -> None:
    if attribute.ints:
        attribute.ints[chance.randrange(len(attribute.ints))] = chance.choice(SIZES)
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = chance.choice(SIZES)
    elif attribute.type == onnx.AttributeProto.FLOAT:
        attribute.f = chance.choice([float("nan"), float("inf"), -1e38])
    else:
        attribute.type = chance.randrange(12)


def _with_raw_data(
    weights: list[TensorProto], chance: random.Random, change: Callable[[bytes], bytes]
) -> None:
    weight = chance.choice([entry for entry in weights if entry.raw_data])
    weight.raw_data = change(weight.raw_data)


KINDS = {
    "bytes": bytes_changed,
    "weights": bytes_changed,
    "values": xml_values_changed,
    "elements": xml_elements_changed,
    "graph": onnx_changed,
}
"""What is changed of a file; `weights` is the .bin beside an .xml."""
