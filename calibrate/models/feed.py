"""From a preprocessed sample to what the model's inputs take."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calibrate.core.sample import IMAGE, Sample
from calibrate.errors import CalibrateError
from calibrate.models.batch_axes import Axes, choose_batch_axes, possible_axes
from calibrate.models.inputs import CHANNELS, DYNAMIC, InputPlan, spelled
from calibrate.models.sample_facts import FACTS, fact


def bind(plans: Sequence[InputPlan], sample: Sample) -> tuple[InputPlan, ...]:
    """The plans with every open dimension bound by what preprocessing gives for a sample.

    The batch is 1 where the model leaves it open: ranges and metrics then never depend on how
    images were grouped.

    Raises:
        CalibrateError: the data and the model's shapes do not fit.
    """
    laid_out = [_with_layout(plan, sample) for plan in plans]
    shapes = [_ordered(_data(plan, sample), plan, sample).shape for plan in laid_out]
    candidates = [
        _possible_axes(plan, shape, sample) for plan, shape in zip(laid_out, shapes, strict=True)
    ]
    axes = choose_batch_axes(candidates)
    if axes is None:
        spelled_inputs = ", ".join(f"{plan.name} {spelled(plan.shape)}" for plan in laid_out)
        raise CalibrateError(
            f"the model's inputs take different numbers of samples: {spelled_inputs}",
            where="model.inputs",
            hint="export it with one batch for all inputs, or with an open one",
        )
    bound = zip(laid_out, shapes, axes, strict=True)
    return tuple(_bound(plan, shape, axis) for plan, shape, axis in bound)


def to_tensor(plan: InputPlan, sample: Sample) -> NDArray[np.generic]:
    """One sample as the model takes it, without the batch: layout, dtype, contiguous.

    Raises:
        CalibrateError: shape or values do not fit the input.
    """
    array = _ordered(_data(plan, sample), plan, sample)
    if array.shape != plan.sample_shape:
        raise CalibrateError(
            f"preprocessing gives {spelled(array.shape)}, the model's input '{plan.name}' takes "
            f"{spelled(plan.sample_shape)}",
            where=sample.source or sample.id,
            hint="end preprocessing with a resize, crop or padding to one size",
        )
    if np.issubdtype(plan.dtype, np.integer) and array.dtype != plan.dtype and array.size:
        limits = np.iinfo(plan.dtype.name)
        if array.min() < limits.min or array.max() > limits.max or np.any(array % 1):
            raise CalibrateError(
                f"the model's input '{plan.name}' takes {plan.dtype} and preprocessing gives "
                f"fractions or values from {array.min():g} to {array.max():g}",
                where=sample.source or sample.id,
                hint="leave out the normalization: the model does it itself",
            )
    # Not `ascontiguousarray`, which makes a vector of a single number.
    return np.asarray(array, dtype=plan.dtype, order="C")


def _possible_axes(plan: InputPlan, shape: tuple[int, ...], sample: Sample) -> Axes:
    """Axes that may be the batch: the N of the layout, where that is one of them.

    Raises:
        CalibrateError: the sample does not fit.
    """
    axes = possible_axes(plan.shape, shape)
    if not axes:
        raise _misfit(plan, shape, sample)
    if "N" in plan.layout and plan.batch_axis in axes:
        return {plan.batch_axis: axes[plan.batch_axis]}
    return axes


def _bound(plan: InputPlan, shape: tuple[int, ...], axis: int | None) -> InputPlan:
    if axis is None:
        return replace(plan, shape=shape, batch_axis=None)
    batch = 1 if plan.shape[axis] == DYNAMIC else plan.shape[axis]
    return replace(plan, shape=(*shape[:axis], batch, *shape[axis:]), batch_axis=axis)


def _data(plan: InputPlan, sample: Sample) -> NDArray[np.generic]:
    if plan.source in sample.data:
        return np.asarray(sample.data[plan.source])
    if plan.source in FACTS:
        return fact(plan.source, sample)
    if len(sample.data) == 1 and plan.source == IMAGE:
        return np.asarray(next(iter(sample.data.values())))
    raise CalibrateError(
        f"no data for the model's input '{plan.name}': the samples hold {', '.join(sample.data)}",
        where=sample.source or sample.id,
        hint=f"set model.inputs.{plan.name}.source to one of them, to a fact of the image "
        f"({', '.join(FACTS)}), or model.inputs.{plan.name}.value to a constant",
    )


def _with_layout(plan: InputPlan, sample: Sample) -> InputPlan:
    """The plan with the layout that an image decides, where shape and config leave it open.

    Raises:
        CalibrateError: the image fits the input as HWC and as CHW.
    """
    if plan.layout or len(plan.shape) != 4 or sample.geometry is None or plan.source != IMAGE:
        return plan
    shape, wanted = sample.image.shape, plan.shape[1:]
    if len(shape) != 3:
        return plan
    last, first = _fits(shape, wanted), _fits((shape[2], *shape[:2]), wanted)
    if last and first:
        raise CalibrateError(
            f"whether the input {spelled(plan.shape)} is NCHW or NHWC cannot be seen from its "
            "shape",
            where=f"model.inputs.{plan.name}.layout",
            hint="write `layout: NCHW` or `layout: NHWC`",
        )
    return replace(plan, layout="NCHW" if first else "NHWC")


def _ordered(array: NDArray[np.generic], plan: InputPlan, sample: Sample) -> NDArray[np.generic]:
    """HWC pixels in the order of the input; anything that already fits as it is."""
    if "C" in plan.layout and "H" in plan.layout and array.ndim == 2:
        array = array[:, :, None]
    if plan.layout != "NCHW" or array.ndim != 3:
        return array
    turned = array.transpose(2, 0, 1)
    wanted = plan.sample_shape
    is_image = plan.source == IMAGE or sample.geometry is not None
    may_turn = is_image and array.shape[2] in CHANNELS and _fits(turned.shape, wanted)
    return array if _fits(array.shape, wanted) and not may_turn else turned


def _fits(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    return len(shape) == len(wanted) and all(
        w in (DYNAMIC, s) for w, s in zip(wanted, shape, strict=True)
    )


def _misfit(plan: InputPlan, shape: tuple[int, ...], sample: Sample) -> CalibrateError:
    wanted = plan.sample_shape
    layout = f" ({plan.layout})" if plan.layout else ""
    hint = "change preprocessing, or give the input's shape under model.inputs"
    if plan.layout in ("NCHW", "NHWC") and len(wanted) == 3:
        height, width = wanted[1:] if plan.layout == "NCHW" else wanted[:2]
        hint = f"end preprocessing with a resize or crop to height {height}, width {width}"
        other = "NHWC" if plan.layout == "NCHW" else "NCHW"
        turned = (shape[-1], *shape[:-1]) if other == "NCHW" else (*shape[1:], shape[0])
        if len(shape) == 3 and _fits(turned, wanted):
            return CalibrateError(
                f"with layout {plan.layout} the input takes {spelled(wanted)}, and preprocessing "
                f"gives {spelled(shape)}",
                where=f"model.inputs.{plan.name}.layout",
                hint=f"`layout: {other}` fits",
            )
    return CalibrateError(
        f"preprocessing gives {spelled(shape)}, the model's input '{plan.name}' takes "
        f"{spelled(wanted)}{layout}",
        where=sample.source or sample.id,
        hint=hint,
    )
