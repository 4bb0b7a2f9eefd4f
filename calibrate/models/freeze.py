"""Inputs that always get one value, made constants."""

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.config.schema import ModelInput
from calibrate.errors import CalibrateError, raise_all
from calibrate.models.inputs import input_names


def freeze_inputs(model: ov.Model, settings: Mapping[str, ModelInput]) -> ov.Model:
    """A copy in which inputs with a `value` are constants; the model itself where there is none.

    What follows from the value folds: an If chosen by a sampling rate becomes its branch.

    Raises:
        CalibrateError: a value does not fit its input, or no input would be left; all together.
    """
    values = {name: entry.value for name, entry in settings.items() if entry.value is not None}
    if not values.keys() & set(input_names(model)):
        return model
    copy, problems = model.clone(), []
    for name, port in zip(input_names(model), copy.inputs, strict=True):
        if name not in values:
            continue
        try:
            constant = _constant(port, values[name], f"model.inputs.{name}.value")
        except CalibrateError as error:
            problems.append(error)
            continue
        for target in port.get_target_inputs():
            target.replace_source_output(constant.output(0))
        copy.remove_parameter(port.get_node())
    if not copy.inputs:
        problems.append(
            CalibrateError("every input is frozen, so nothing is left to feed", "model.inputs")
        )
    raise_all(problems)
    copy.validate_nodes_and_infer_types()
    return copy


def _constant(port: ov.Output, value: float | Sequence[object], where: str) -> ov.Node:
    partial = port.get_partial_shape()
    if partial.rank.is_dynamic:
        shape: tuple[int, ...] = np.asarray(value).shape
    else:
        shape = tuple(d.get_length() if d.is_static else 1 for d in partial)
    kind = port.get_element_type()
    try:
        array = np.broadcast_to(np.asarray(value, np.float64), shape)
    except (TypeError, ValueError) as error:
        raise CalibrateError(
            f"{value} does not fill the input's shape {list(shape)}: {error}", where
        ) from error
    if not kind.is_real() and np.any(array % 1):
        raise CalibrateError(f"{value} is not whole, and the input takes {kind.to_string()}", where)
    return ops.constant(np.array(array), dtype=kind)
