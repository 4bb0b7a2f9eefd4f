"""Write a model that keeps state as one that does, and run it beside the model of sequences."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.context.dynamic_shapes import OpenedModel
from calibrate.context.run_context import RunContext, original_model
from calibrate.core.precision import ComputeType
from calibrate.models.float_types import with_ports_of
from calibrate.models.openvino_errors import error_reason
from calibrate.models.prepare import prepare_open
from calibrate.models.reopen import NotCarriedError, carried_from_body
from calibrate.models.sequences import SEQUENCE, state_names
from calibrate.runtime.shape_trial import difference

_SEQUENCES = 2
"""Sequences over which both models are run."""
_EQUAL = 1e-3
_LARGER = 1.5
"""How many times further from the source the model with state may be in reduced floating point."""


def with_state(context: RunContext, result: ov.Model) -> OpenedModel:
    """Return the result with the source's states; the model of sequences if that fails.

    Args:
        context: of a source that keeps state.
        result: the quantized model, which takes sequences.
    """
    original = original_model(context.resolved)
    sequences = with_ports_of(result, context.source)
    try:
        stateful = carried_from_body(
            result, context.prepared.model, prepare_open(original, ()), SEQUENCE
        )
        reason, amount = _deviation(context, result, stateful)
    except NotCarriedError as error:
        return OpenedModel(sequences, str(error))
    except RuntimeError as error:  # OpenVINO's, of a graph that is not valid with states
        return OpenedModel(sequences, error_reason(error))
    if reason:
        return OpenedModel(sequences, reason)
    return OpenedModel(
        with_ports_of(stateful, original), states=state_names(original), difference=amount
    )


def _deviation(context: RunContext, result: ov.Model, stateful: ov.Model) -> tuple[str, float]:
    """Say why the model with state is another one, if it is, and how far its outputs are away.

    In FP32 both give the same. In reduced floating point the plugin fuses, and so rounds,
    otherwise inside a loop: the model with state may then be little further from the source.
    """
    exact = _difference(context, (result, "f32"), (stateful, "f32"))
    if exact > _EQUAL:
        return f"with states its outputs differ by {100 * exact:.2g} %", exact
    deployed = context.deployed.compute_type
    if deployed == "f32":
        return "", exact
    amount = _difference(context, (result, deployed), (stateful, deployed))
    source = _sequence_outputs(context, context.prepared.model, "f32")
    judged = difference(_sequence_outputs(context, result, deployed), source)
    error = difference(_step_outputs(context, stateful, deployed), source)
    if error > _LARGER * judged + _EQUAL:
        return (
            f"with states it is {100 * error:.2g} % from its source in {deployed}, the model of "
            f"sequences {100 * judged:.2g} %"
        ), amount
    return "", amount


Run = tuple[ov.Model, ComputeType]
"""A model, and what its floating point is computed in."""


def _difference(context: RunContext, result: Run, stateful: Run) -> float:
    """The relative difference of outputs over sequences, states reset before each."""
    return difference(_step_outputs(context, *stateful), _sequence_outputs(context, *result))


def _sequence_outputs(
    context: RunContext, model: ov.Model, compute_type: ComputeType
) -> list[NDArray[Any]]:
    """All outputs for the first sequences, a list of arrays."""
    tensors, compiled = context.images.tensors, _compiled(model, compute_type)
    return [
        np.array(array)
        for index in range(min(_SEQUENCES, len(tensors)))
        for array in compiled(tensors.feed([index], 1)).values()
    ]


def _step_outputs(
    context: RunContext, model: ov.Model, compute_type: ComputeType
) -> list[NDArray[Any]]:
    """The same of a model with state, step by step."""
    tensors, bound = context.images.tensors, model.clone()
    bound.reshape({plan.index: list(plan.shape[1:]) for plan in context.plans})
    request = _compiled(bound, compute_type).create_infer_request()
    outputs: list[NDArray[Any]] = []
    for index in range(min(_SEQUENCES, len(tensors))):
        feed = tensors.feed([index], 1)
        request.reset_state()
        outputs += _stacked(
            [
                [np.array(a) for a in request.infer({k: v[step] for k, v in feed.items()}).values()]
                for step in range(next(iter(feed.values())).shape[0])
            ]
        )
    return outputs


def _stacked(steps: Sequence[Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    return [np.stack(outputs) for outputs in zip(*steps, strict=True)]


def _compiled(model: ov.Model, compute_type: ComputeType) -> ov.CompiledModel:
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": compute_type})
