"""Write a model that keeps state as one that does, and run it beside the model of sequences."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.context.baseline import Baseline
from calibrate.context.dynamic_shapes import OpenedModel
from calibrate.core.precision import ComputeType
from calibrate.core.tensors import Tensors
from calibrate.models.dynamic_shapes import NotCarriedError, carried_from_body
from calibrate.models.float_types import with_ports_of
from calibrate.models.inputs import InputPlan
from calibrate.models.openvino_errors import error_reason
from calibrate.models.prepare import prepare_open
from calibrate.models.sequences import SEQUENCE, state_names
from calibrate.runtime.shape_trial import difference

_SEQUENCES = 2
"""Sequences over which both models are run."""
_EQUAL = 1e-3
_LARGER = 1.5
"""Largest ratio of the errors of the model with state and of the model of sequences, in BF16 or
FP16."""


def with_state(
    baseline: Baseline, tensors: Tensors, result: ov.Model, *, original: ov.Model
) -> OpenedModel:
    """Return the result with the source's states; the model of sequences if that fails.

    Args:
        baseline: the model of sequences, made of a source that keeps state.
        tensors: samples, each a sequence.
        result: the quantized model, which takes sequences.
        original: the source with its states.
    """
    sequences = with_ports_of(result, baseline.source)
    try:
        stateful = carried_from_body(result, baseline.model, prepare_open(original, ()), SEQUENCE)
        reason, amount = _deviation(baseline, tensors, (result, stateful))
    except NotCarriedError as error:
        return OpenedModel(sequences, str(error))
    except RuntimeError as error:  # OpenVINO's, of a graph that is not valid with states
        return OpenedModel(sequences, error_reason(error))
    if reason:
        return OpenedModel(sequences, reason)
    return OpenedModel(
        with_ports_of(stateful, original), states=state_names(original), difference=amount
    )


def _deviation(
    baseline: Baseline, tensors: Tensors, models: tuple[ov.Model, ov.Model]
) -> tuple[str, float]:
    """Return why the model with state deviates too far (empty if not), and its difference.

    In FP32 both compute the same. In reduced floating point the plugin fuses, and so rounds,
    otherwise inside a loop: the model with state may then be a little further from the source.
    """
    (result, stateful), plans = models, baseline.plans
    exact = difference(
        _step_outputs(plans, tensors, stateful, "f32"), _sequence_outputs(tensors, result, "f32")
    )
    if exact > _EQUAL:
        return f"with states its outputs differ by {100 * exact:.2g} %", exact
    deployed = baseline.compute_type
    if deployed == "f32":
        return "", exact
    by_sequence = _sequence_outputs(tensors, result, deployed)
    by_step = _step_outputs(plans, tensors, stateful, deployed)
    amount = difference(by_step, by_sequence)
    source = _sequence_outputs(tensors, baseline.model, "f32")
    judged, error = difference(by_sequence, source), difference(by_step, source)
    if error > _LARGER * judged + _EQUAL:
        return (
            f"with states its outputs differ by {100 * error:.2g} % from the source's in "
            f"{deployed}, those of the model of sequences by {100 * judged:.2g} %"
        ), amount
    return "", amount


def _sequence_outputs(
    tensors: Tensors, model: ov.Model, compute_type: ComputeType
) -> list[NDArray[Any]]:
    """Return all outputs for the first sequences, a list of arrays."""
    compiled = _compiled(model, compute_type)
    return [
        np.array(array)
        for index in range(min(_SEQUENCES, len(tensors)))
        for array in compiled(tensors.feed([index], 1)).values()
    ]


def _step_outputs(
    plans: Sequence[InputPlan], tensors: Tensors, model: ov.Model, compute_type: ComputeType
) -> list[NDArray[Any]]:
    """Return the outputs of a model with state, whose states are reset before each sequence."""
    bound = model.clone()
    bound.reshape({plan.index: list(plan.shape[1:]) for plan in plans})
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
