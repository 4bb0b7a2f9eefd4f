"""What each input of the model wants: layout, shape, dtype, and which data feeds it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.config.schema import ModelInput
from calibrate.core.sample import IMAGE, Sample
from calibrate.errors import CalibrateError, raise_all

_CHANNELS = (1, 3, 4)
DYNAMIC = -1


@dataclass(frozen=True, slots=True)
class InputPlan:
    """How one input is fed.

    Attributes:
        name: the input's first tensor name, or the parameter's friendly name.
        index: position among the model's inputs.
        shape: with the batch; -1 where nothing is known yet.
        layout: order of dimensions such as `NCHW`; empty where it does not matter.
        dtype: what the model takes.
        source: key of the sample's data.
    """

    name: str
    index: int
    shape: tuple[int, ...]
    layout: str
    dtype: np.dtype[np.generic]
    source: str

    @property
    def batch(self) -> int:
        """How many samples one inference takes."""
        return self.shape[0] if self.shape else 1

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample, without the batch."""
        return self.shape[1:]


def plan_inputs(model: ov.Model, settings: Mapping[str, ModelInput]) -> tuple[InputPlan, ...]:
    """What can be said of the inputs from the model and the config alone.

    Raises:
        CalibrateError: a setting names no input, a shape has another rank, or a layout cannot
            be found out; all of these together.
    """
    names = input_names(model)
    problems = [
        CalibrateError(
            f"the model has no input '{name}'",
            where=f"model.inputs.{name}",
            hint=f"its inputs: {', '.join(names)}",
        )
        for name in settings
        if name not in names
    ]
    plans = []
    for index, port in enumerate(model.inputs):
        setting = settings.get(names[index], ModelInput())
        try:
            plans.append(_plan(port, index, names[index], setting, single=len(names) == 1))
        except CalibrateError as error:
            problems.append(error)
    raise_all(problems)
    return tuple(plans)


def bind(plan: InputPlan, sample: Sample) -> InputPlan:
    """The plan with every open dimension bound by what preprocessing gives for a sample.

    The batch is 1 where the model leaves it open: ranges and metrics then never depend on how
    images were grouped.

    Raises:
        CalibrateError: the data and the model's shape do not fit.
    """
    array = np.asarray(_data(plan, sample))
    known = plan.shape or (1, *_ordered(array, plan).shape)
    batch = 1 if known[0] == DYNAMIC else known[0]
    found = _ordered(array, plan).shape
    wanted = known[1:]
    fits = len(found) == len(wanted) and all(
        w in (DYNAMIC, f) for w, f in zip(wanted, found, strict=True)
    )
    if not fits:
        raise CalibrateError(
            f"preprocessing gives {_spell(found)}, the model's input '{plan.name}' takes "
            f"{_spell(wanted)}{f' ({plan.layout})' if plan.layout else ''}",
            where=sample.source or sample.id,
            hint=_shape_hint(plan, wanted),
        )
    return replace(plan, shape=(batch, *found))


def to_tensor(plan: InputPlan, sample: Sample) -> NDArray[np.generic]:
    """One sample as the model takes it, without the batch: layout, dtype, contiguous.

    Raises:
        CalibrateError: shape or values do not fit the input.
    """
    array = _ordered(np.asarray(_data(plan, sample)), plan)
    if array.shape != plan.sample_shape:
        raise CalibrateError(
            f"preprocessing gives {_spell(array.shape)}, the model's input '{plan.name}' takes "
            f"{_spell(plan.sample_shape)}",
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
    return np.ascontiguousarray(array, dtype=plan.dtype)


def _plan(
    port: ov.Output, index: int, name: str, setting: ModelInput, *, single: bool
) -> InputPlan:
    where = f"model.inputs.{name}"
    partial = port.get_partial_shape()
    if partial.rank.is_dynamic and setting.shape is None:
        raise CalibrateError(
            "the model does not say how many dimensions this input has",
            where=where,
            hint="give `shape`, for instance [1, 3, 224, 224]",
        )
    open_shape = (
        ()
        if partial.rank.is_dynamic
        else tuple(d.get_length() if d.is_static else DYNAMIC for d in partial)
    )
    shape = setting.shape or open_shape
    if open_shape and len(shape) != len(open_shape):
        raise CalibrateError(
            f"`shape` has {len(shape)} dimensions, the model's input has {len(open_shape)}", where
        )
    if any(have not in (DYNAMIC, want) for have, want in zip(open_shape, shape, strict=False)):
        raise CalibrateError(
            f"`shape` {_spell(shape)} does not fit the model's {_spell(open_shape)}", where
        )
    if not shape:
        raise CalibrateError(
            "the input has no dimension for the batch",
            where=where,
            hint="export the model with a batch of 1 as its first dimension",
        )
    if 0 in shape:
        raise CalibrateError(
            f"the input {_spell(shape)} holds no values",
            where=where,
            hint="is the file damaged? export it again, or give `shape`",
        )
    dtype = np.dtype(port.get_element_type().to_dtype())
    layout = setting.layout or _stated_layout(port) or _guess_layout(shape, where)
    if layout and len(layout) != len(shape):
        raise CalibrateError(
            f"layout {layout} has {len(layout)} dimensions, the input has {len(shape)}", where
        )
    return InputPlan(
        name, index, shape, layout, dtype, setting.source or (IMAGE if single else name)
    )


def _stated_layout(port: ov.Output) -> str:
    text = str(port.get_node().get_layout()).strip("[]").replace(",", "")
    return text if text and set(text) <= set("NCHW") else ""


def _guess_layout(shape: tuple[int, ...], where: str) -> str:
    if len(shape) != 4:
        return ""
    channels_first = shape[1] in _CHANNELS
    channels_last = shape[3] in _CHANNELS
    if channels_first == channels_last:
        raise CalibrateError(
            f"whether the input {_spell(shape)} is NCHW or NHWC cannot be told from its shape",
            where=f"{where}.layout",
            hint="write `layout: NCHW` or `layout: NHWC`",
        )
    return "NCHW" if channels_first else "NHWC"


def _data(plan: InputPlan, sample: Sample) -> NDArray[np.generic]:
    if plan.source in sample.data:
        return sample.data[plan.source]
    if len(sample.data) == 1 and plan.source == IMAGE:
        return next(iter(sample.data.values()))
    raise CalibrateError(
        f"no data for the model's input '{plan.name}': the samples hold {', '.join(sample.data)}",
        where=sample.source or sample.id,
        hint=f"set model.inputs.{plan.name}.source to one of them",
    )


def _ordered(array: NDArray[np.generic], plan: InputPlan) -> NDArray[np.generic]:
    """HWC pixels in the order of the input; anything that already fits as it is."""
    wanted = plan.sample_shape
    if "C" in plan.layout and "H" in plan.layout and array.ndim == 2:
        array = array[:, :, None]
    if plan.layout != "NCHW" or array.ndim != 3:
        return array

    def fits(shape: tuple[int, ...]) -> bool:
        return all(w in (DYNAMIC, s) for w, s in zip(wanted, shape, strict=True))

    turned = array.transpose(2, 0, 1)
    already_first = fits(array.shape) and not (fits(turned.shape) and array.shape[2] in _CHANNELS)
    return array if already_first else turned


def _shape_hint(plan: InputPlan, wanted: tuple[int, ...]) -> str:
    if plan.layout in ("NCHW", "NHWC") and len(wanted) == 3:
        height, width = wanted[1:] if plan.layout == "NCHW" else wanted[:2]
        return f"end preprocessing with a resize or crop to height {height}, width {width}"
    return "change preprocessing, or give the input's shape under model.inputs"


def _spell(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join("?" if d == DYNAMIC else str(d) for d in shape) + "]"


def input_names(model: ov.Model) -> list[str]:
    """Each input's first tensor name, or its parameter's name."""
    return [
        str(min(port.get_names())) if port.get_names() else str(port.get_node().friendly_name)
        for port in model.inputs
    ]
