"""Models that keep state between inferences, as models that take whole sequences.

A model with ReadValue and Assign becomes the body of a TensorIterator, its states what one step
hands to the next. One inference is then one sequence, whose states begin as the model sets them.
"""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.inputs import input_names, stated_layout
from calibrate.models.openvino_errors import error_reason

SEQUENCE = "calibrate/sequence"
"""The name of the TensorIterator."""


def state_names(model: ov.Model) -> tuple[str, ...]:
    """Names of the variables that a model keeps between inferences, in order."""
    return tuple(op.get_attributes()["variable_id"] for op in _of_type(model, "ReadValue"))


def as_sequence(model: ov.Model) -> ov.Model:
    """A model that takes sequences: every input and output gets a first dimension, the steps.

    Args:
        model: left unchanged; returned itself where it keeps no state.

    Raises:
        CalibrateError: it has no input, or a state has no shape to begin with.
    """
    if not state_names(model):
        return model
    if not model.inputs:
        raise CalibrateError("the model keeps state and takes no input, so no step has a sample")
    try:
        return _wrapped(model)
    except RuntimeError as error:
        raise CalibrateError(
            "the model keeps state between inferences (ReadValue/Assign), and cannot be run over "
            f"sequences here: {error_reason(error)}",
            hint="export it without state, with the states as inputs and outputs",
        ) from error


def _wrapped(model: ov.Model) -> ov.Model:
    body, names = model.clone(), input_names(model)
    sequences, slices = [], []
    for name, parameter in zip(names, body.get_parameters(), strict=True):
        sequence, part = _sliced(name, parameter)
        sequences.append(sequence)
        slices.append(part)
    starts = _starts(model, sequences)
    states: list[ov.Node] = []
    updates: list[ov.Node] = []
    assigned = {op.get_attributes()["variable_id"]: op for op in _of_type(body, "Assign")}
    for read in _of_type(body, "ReadValue"):
        state = ops.parameter(starts[len(states)].get_partial_shape(), read.get_element_type())
        state.set_friendly_name(read.get_friendly_name())
        _replace(read.output(0), state.output(0))
        assign = assigned[read.get_attributes()["variable_id"]]
        update = ops.result(assign.input_value(0))
        update.set_friendly_name(assign.get_friendly_name())
        states.append(state)
        updates.append(update)
    outputs = []
    for result in body.get_results():
        step = ops.unsqueeze(result.input_value(0), ops.constant(np.int64(0)))
        step.set_friendly_name(result.get_friendly_name())
        outputs.append(ops.result(step))
    inner = ov.Model([*outputs, *updates], [*slices, *states], "step")
    iterator = ops.tensor_iterator()
    iterator.set_body(inner)
    iterator.set_friendly_name(SEQUENCE)
    for part, sequence in zip(slices, sequences, strict=True):
        iterator.set_sliced_input(part, sequence.output(0), 0, 1, 1, -1, 0)
    for state, start, update in zip(states, starts, updates, strict=True):
        iterator.set_merged_input(state, start, update.output(0))
    results = []
    for output, port in zip(outputs, model.outputs, strict=True):
        joined = iterator.get_concatenated_slices(output.output(0), 0, 1, 1, -1, 0)
        result = ops.result(joined)
        result.output(0).set_names(set(port.get_names()))
        results.append(result)
    return ov.Model(results, sequences, model.get_friendly_name())


def _sliced(name: str, parameter: ov.Node) -> tuple[ov.Node, ov.Node]:
    """An input of sequences, and the parameter of a step that stands for `parameter`."""
    shape, kind = parameter.get_partial_shape(), parameter.get_element_type()
    sequence = ops.parameter(ov.PartialShape([-1, *shape]), kind)
    sequence.set_friendly_name(f"{name}/sequence")
    sequence.output(0).set_names({name})
    unnamed = f"N{'?' * (len(shape) - 1)}" if len(shape) else ""
    sequence.set_layout(ov.Layout(f"T{stated_layout(parameter.output(0)) or unnamed}"))
    part = ops.parameter(ov.PartialShape([1, *shape]), kind)
    part.set_friendly_name(f"{name}/step")
    step = ops.squeeze(part, ops.constant(np.int64(0)))
    _replace(parameter.output(0), step.output(0))
    # The name of what it stands for, by which quantizers find their way back.
    step.set_friendly_name(parameter.get_friendly_name())
    return sequence, part


def _starts(model: ov.Model, sequences: list[ov.Node]) -> list[ov.Output]:
    """What each state is at the first step: what the model sets it to, or zeros."""
    copy = model.clone()
    for parameter, sequence in zip(copy.get_parameters(), sequences, strict=True):
        first = ops.gather(sequence, ops.constant(np.int64(0)), ops.constant(np.int64(0)))
        _replace(parameter.output(0), first.output(0))
    starts = []
    for read in _of_type(copy, "ReadValue"):
        if read.get_input_size():
            starts.append(read.input_value(0))
            continue
        shape = [d.get_length() if d.is_static else 1 for d in read.get_output_partial_shape(0)]
        zeros = ops.constant(np.zeros(shape), dtype=read.get_output_element_type(0))
        starts.append(zeros.output(0))
    return starts


def _of_type(model: ov.Model, kind: str) -> list[ov.Node]:
    return [op for op in model.get_ordered_ops() if op.get_type_name() == kind]


def _replace(output: ov.Output, other: ov.Output) -> None:
    for target in list(output.get_target_inputs()):
        target.replace_source_output(other)
