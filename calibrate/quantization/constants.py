"""Find and replace the constants of a graph that quantization changes."""

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops


def bias_port(operation: ov.Node) -> ov.Input | None:
    """Return the constant input of the Add that follows an operation, or None."""
    for target in operation.output(0).get_target_inputs():
        add = target.get_node()
        if add.get_type_name() != "Add":
            continue
        for port in add.inputs():
            if port.get_source_output().get_node().get_type_name() == "Constant":
                return port
    return None


def replace_constant(port: ov.Input, value: NDArray[np.floating]) -> None:
    """Replace the value of a constant input and keep the constant's name."""
    old = port.get_source_output().get_node()
    if old.data.shape == value.shape and np.array_equal(old.data, value):
        return
    constant = ops.constant(np.array(value, copy=True))
    constant.set_friendly_name(old.get_friendly_name())
    port.replace_source_output(constant.output(0))
