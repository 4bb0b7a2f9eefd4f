"""Matrix products with a vector, made products with a matrix of one row.

NNCF takes the mean of a product's output by channel and fails on a vector, which has no other
dimension; the CPU plugin's INT8 kernels take matrices.
"""

import numpy as np
import openvino as ov
from openvino import opset13 as ops


def widen_vector_products(model: ov.Model) -> None:
    """Give each MatMul whose first input is a vector [K] the input [1, K], in place."""
    for op in model.get_ordered_ops():
        if op.get_type_name() != "MatMul":
            continue
        vector, matrix = op.input_value(0), op.input_value(1)
        ranks = [len(port.get_partial_shape()) for port in (vector, matrix)]
        if ranks[0] != 1 or ranks[1] < 2:
            continue
        row = ops.unsqueeze(vector, ops.constant(np.array([0], np.int64)))
        row.set_friendly_name(f"{op.get_friendly_name()}/row")
        end = _with_bias(op)
        targets = list(end.output(0).get_target_inputs())
        op.input(0).replace_source_output(row.output(0))
        op.set_attribute("transpose_a", False)  # noqa: FBT003  # OpenVINO names it not
        op.validate_and_infer_types()
        end.validate_and_infer_types()
        narrowed = ops.squeeze(end, ops.constant(np.array([-2], np.int64)))
        narrowed.set_friendly_name(f"{op.get_friendly_name()}/vector")
        for target in targets:
            target.replace_source_output(narrowed.output(0))


def _with_bias(product: ov.Node) -> ov.Node:
    """The Add of a constant vector behind a product, which stays beside it; else the product."""
    targets = list(product.output(0).get_target_inputs())
    if len(targets) != 1 or targets[0].get_node().get_type_name() != "Add":
        return product
    add = targets[0].get_node()
    other = add.input_value(1 - targets[0].get_index())
    is_bias = other.get_node().get_type_name() == "Constant" and len(other.get_shape()) <= 1
    return add if is_bias else product
