"""The mark that keeps an operation in FP32 where the CPU plugin would compute in BF16 or FP16.

OpenVINO writes it into an IR as the attribute `DisablePrecisionConversion` of an operation's
`rt_info`. From Python it cannot be made in memory: `precise_0` becomes it when the model is saved.
"""

import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.models.bodies import all_operations

_READ = "DisablePrecisionConversion_0"
_WRITTEN = "precise_0"
_UNMARKED = ("Constant", "Parameter", "Result")
_BIAS = ("Add", "Subtract")
_LARGEST = float(np.finfo(np.float32).max)


def is_pinned(op: ov.Node) -> bool:
    """Whether an operation of a model that was read carries the mark."""
    return _READ in op.get_rt_info()


def pinned_operations(model: ov.Model) -> frozenset[str]:
    """Names of the operations that carry the mark."""
    return frozenset(op.get_friendly_name() for op in all_operations(model) if is_pinned(op))


def with_pins(model: ov.Model, names: Collection[str]) -> ov.Model:
    """A copy of the model in which the named operations carry the mark.

    The CPU plugin obeys it where every operation carries it that it fuses into one. A matrix
    product with a constant bias loses it when OpenVINO 2026.4 merges the two, so these are kept
    apart by a Clamp to the range of FP32, which changes no finite value and which the plugin fuses
    with both into one FP32 node.

    Args:
        model: left unchanged.
        names: of operations; those that the model has not are passed over.
    """
    marked = model.clone()
    for op in list(all_operations(marked)):
        if op.get_friendly_name() in names and op.get_type_name() not in _UNMARKED:
            op.get_rt_info()[_WRITTEN] = ""
            _keep_from_bias(op, names)
    with tempfile.TemporaryDirectory(prefix="calibrate-") as folder:
        path = Path(folder) / "model.xml"
        ov.save_model(marked, path, compress_to_fp16=False)
        read = ov.Core().read_model(path)
        # A clone holds its weights itself; what was read may still map the file.
        return read.clone()


def _keep_from_bias(op: ov.Node, names: Collection[str]) -> None:
    """Insert a marked Clamp between a matrix product and each marked bias that follows it."""
    if op.get_type_name() != "MatMul":
        return
    for target in op.output(0).get_target_inputs():
        bias = target.get_node()
        if bias.get_friendly_name() not in names or not _adds_constant(bias):
            continue
        clamp = ops.clamp(op.output(0), -_LARGEST, _LARGEST)
        clamp.set_friendly_name(f"{op.get_friendly_name()}/before_bias")
        clamp.get_rt_info()[_WRITTEN] = ""
        target.replace_source_output(clamp.output(0))


def _adds_constant(op: ov.Node) -> bool:
    """Whether an operation adds or subtracts a constant, which may be stored as FP16."""
    if op.get_type_name() not in _BIAS:
        return False
    sources = [value.get_node() for value in op.input_values()]
    return any(
        source.get_type_name() == "Constant"
        or (
            source.get_type_name() == "Convert"
            and source.input_value(0).get_node().get_type_name() == "Constant"
        )
        for source in sources
    )
