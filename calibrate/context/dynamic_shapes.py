"""Give a quantized model the open dimensions of its source, and try it at further shapes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.context.baseline import Baseline
from calibrate.core.tensors import Tensors
from calibrate.models.dynamic_shapes import NotCarriedError, open_inputs, reopened
from calibrate.models.float_types import in_float32, with_ports_of
from calibrate.models.inputs import InputPlan, batch_of
from calibrate.models.openvino_errors import error_reason
from calibrate.models.prepare import prepare_open
from calibrate.runtime.shape_trial import Feed, ShapeTrial, ShapeTrialError, try_shapes

Shapes = tuple[tuple[int, ...], ...]

_EQUAL = 1e-3
"""Largest relative difference between the reshaped model and the static one. Compiled without
reshaping it may differ as much as quantization does: the CPU plugin fuses less."""
_SHAPES = 2
"""The calibrated one, and another at which the source runs."""
_STEP = 64
"""Amount by which a size of at least as many grows: networks halve sizes up to six times."""
_INPUTS = 5
"""Inputs of the calibrated shape that the source and the written model are compared on."""


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """The model that is written.

    Attributes:
        model: model with the source's open dimensions, or static.
        reason: why it is static although the source is not; empty otherwise.
        trials: at the calibrated shape first; empty where it is static.
        states: names of the states that it keeps between inferences.
        difference: with states, the relative difference of its outputs from those of the model of
            sequences.
    """

    model: ov.Model
    reason: str = ""
    trials: tuple[ShapeTrial, ...] = ()
    states: tuple[str, ...] = ()
    difference: float | None = None


def open_dimensions(
    baseline: Baseline, tensors: Tensors, result: ov.Model, *, keep: bool
) -> OpenedModel:
    """Return the result with the source's open dimensions, if it has any and they can be kept.

    Args:
        baseline: baseline with the source.
        tensors: samples, the inputs of the trials.
        result: the quantized model of static shapes.
        keep: whether open dimensions are wanted.
    """
    source, static = baseline.source, with_ports_of(result, baseline.source)
    dimensions = open_inputs(source, [len(plan.shape) for plan in baseline.plans])
    if not dimensions or not keep:
        return OpenedModel(static)
    try:
        opened = reopened(result, baseline.model, prepare_open(source, baseline.plans))
        models = {"source": in_float32(source), "static": result, "open": opened}
        trials = try_shapes(
            models, _feeds(baseline.plans, tensors, dimensions), baseline.compute_type
        )
    except (NotCarriedError, ShapeTrialError) as error:
        return OpenedModel(static, str(error))
    except RuntimeError as error:  # OpenVINO's, of a graph that is not valid with open dimensions
        return OpenedModel(static, error_reason(error))
    if len(trials) < _SHAPES:
        return OpenedModel(static, "the source itself runs at no other shape that was tried")
    reason = _deviation(trials[0])
    return (
        OpenedModel(static, reason)
        if reason
        else OpenedModel(with_ports_of(opened, source), trials=trials)
    )


def _deviation(calibrated: ShapeTrial) -> str:
    """Describe how far the model is from the static one; empty where it is equal enough."""
    if calibrated.difference > _EQUAL:
        return f"reshaped, its outputs differ by {100 * calibrated.difference:.2g} %"
    if calibrated.open_difference > max(_EQUAL, calibrated.largest_error):
        amount = f"{100 * calibrated.open_difference:.2g} %"
        return f"compiled with open dimensions, its outputs differ by {amount}"
    return ""


def _feeds(
    plans: Sequence[InputPlan], tensors: Tensors, dimensions: Mapping[int, Sequence[int]]
) -> list[list[Feed]]:
    """Return several inputs of the calibrated shape, then one for each other batch or size."""
    batch, samples = batch_of(plans), len(tensors)
    batched = [plan for plan in plans if plan.batch_axis is not None]
    is_batch_open = bool(batched) and all(
        plan.batch_axis in dimensions.get(plan.index, ()) for plan in batched
    )
    starts = range(0, samples, max(1, samples // _INPUTS))[:_INPUTS]
    calibrated = [
        tensors.feed([(start + row) % samples for row in range(batch)], batch) for start in starts
    ]
    feeds: dict[Shapes, list[Feed]] = {_shapes_of(calibrated[0]): list(calibrated)}
    for more, resize in _VARIATIONS:
        count = batch + more if is_batch_open else batch
        arrays = tensors.feed(range(min(count, samples)), count)
        feed = {
            plan.index: _resized(
                arrays[plan.index],
                {
                    axis: resize(plan.shape[axis])
                    for axis in dimensions.get(plan.index, ())
                    if axis != plan.batch_axis
                },
            )
            for plan in plans
        }
        feeds.setdefault(_shapes_of(feed), [feed])
    return list(feeds.values())


def _shapes_of(feed: Feed) -> Shapes:
    return tuple(feed[index].shape for index in sorted(feed))


def _grown(size: int) -> int:
    return size + _STEP if size >= _STEP else 2 * size


_VARIATIONS: tuple[tuple[int, Callable[[int], int]], ...] = (
    (1, _grown),
    (2, lambda size: 2 * size),
    (1, lambda size: size),
    (2, lambda size: size),
    (0, _grown),
    (0, lambda size: 2 * size),
    (0, lambda size: 3 * size),
)
"""Samples to add to a batch, and a function that changes the size of other open dimensions."""


def _resized(array: NDArray[Any], sizes: Mapping[int, int]) -> NDArray[Any]:
    """Return an array whose values repeat along axes up to other sizes."""
    for axis, size in sizes.items():
        array = np.take(array, np.arange(size) % array.shape[axis], axis)
    return np.ascontiguousarray(array) if array.ndim else array
