"""What each input of the model wants: layout, shape, dtype, and which data feeds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import openvino as ov

from calibrate.config.schema import ModelInput
from calibrate.core.sample import IMAGE
from calibrate.errors import CalibrateError, raise_all

CHANNELS = (1, 3, 4)
"""How many channels images have."""

DYNAMIC = -1


@dataclass(frozen=True, slots=True)
class InputPlan:
    """How one input is fed.

    Attributes:
        name: the input's first tensor name, or the parameter's friendly name.
        index: position among the model's inputs.
        shape: with the batch; -1 where nothing is known yet; empty for a single number.
        layout: order of dimensions such as `NCHW`; empty where it does not matter.
        dtype: what the prepared model takes.
        source: key of the sample's data, or of a fact of the sample.
        batch_axis: the dimension that counts samples; None where the input has none.
    """

    name: str
    index: int
    shape: tuple[int, ...]
    layout: str
    dtype: np.dtype[np.generic]
    source: str
    batch_axis: int | None = 0

    @property
    def batch(self) -> int:
        """How many samples one inference takes."""
        return 1 if self.batch_axis is None else self.shape[self.batch_axis]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample, without the batch."""
        axis = self.batch_axis
        return self.shape if axis is None else (*self.shape[:axis], *self.shape[axis + 1 :])

    def with_batch(self, batch: int) -> "InputPlan":
        """The same with another number of samples; itself where it has no batch."""
        axis = self.batch_axis
        if axis is None:
            return self
        return replace(self, shape=(*self.shape[:axis], batch, *self.shape[axis + 1 :]))


def batch_of(plans: Sequence[InputPlan]) -> int:
    """How many samples one inference of a model with these inputs takes."""
    return next((plan.batch for plan in plans if plan.batch_axis is not None), 1)


def with_own_batch(plan: InputPlan, bound: InputPlan) -> InputPlan:
    """A bound plan with the batch that its model has, 1 where the model leaves it open.

    Args:
        plan: what the model itself says.
        bound: the same input, bound by a sample for this or another model.
    """
    axis = bound.batch_axis
    batch = 1 if axis is None or plan.shape[axis] == DYNAMIC else plan.shape[axis]
    return replace(bound.with_batch(batch), name=plan.name, index=plan.index)


def plan_inputs(model: ov.Model, settings: Mapping[str, ModelInput]) -> tuple[InputPlan, ...]:
    """What can be said of the inputs from the model and the config alone.

    Raises:
        CalibrateError: a setting names no input, or a shape or layout has another rank; all of
            these together.
    """
    names = input_names(model)
    problems = [unknown_input(name, names) for name in settings if name not in names]
    plans = []
    for index, port in enumerate(model.inputs):
        setting = settings.get(names[index], ModelInput())
        try:
            plans.append(_plan(port, index, names[index], setting, single=len(names) == 1))
        except CalibrateError as error:
            problems.append(error)
    raise_all(problems)
    return tuple(plans)


def unknown_input(name: str, names: Sequence[str]) -> CalibrateError:
    """The error for a setting of an input that the model does not have."""
    return CalibrateError(
        f"the model has no input '{name}'",
        where=f"model.inputs.{name}",
        hint=f"its inputs: {', '.join(names)}",
    )


def _plan(
    port: ov.Output, index: int, name: str, setting: ModelInput, *, single: bool
) -> InputPlan:
    where = f"model.inputs.{name}"
    if port.get_element_type() == ov.Type.string:
        raise CalibrateError(
            f"the input '{name}' takes strings, and a sample is numbers",
            where=where,
            hint="export the model from where it takes numbers on, behind the tokenizer",
        )
    shape = _shape(port, setting, where)
    layout = setting.layout or stated_layout(port) or guessed_layout(shape)
    if layout and len(layout) != len(shape):
        raise CalibrateError(
            f"layout {layout} has {len(layout)} dimensions, the input has {len(shape)}", where
        )
    axis = None if not shape or (layout and "N" not in layout) else max(layout.find("N"), 0)
    source = setting.source or (IMAGE if single else name)
    return InputPlan(name, index, shape, layout, fed_type(port), source, axis)


def _shape(port: ov.Output, setting: ModelInput, where: str) -> tuple[int, ...]:
    """The config's shape, or the model's with -1 for what it leaves open."""
    partial = port.get_partial_shape()
    if partial.rank.is_dynamic:
        if setting.shape is None:
            raise CalibrateError(
                "the model does not say how many dimensions this input has",
                where=where,
                hint="give `shape`, for instance [1, 3, 224, 224]",
            )
        return setting.shape
    stated = tuple(d.get_length() if d.is_static else DYNAMIC for d in partial)
    shape = stated if setting.shape is None else setting.shape
    if len(shape) != len(stated):
        raise CalibrateError(
            f"`shape` has {len(shape)} dimensions, the model's input has {len(stated)}", where
        )
    if any(have not in (DYNAMIC, want) for have, want in zip(stated, shape, strict=True)):
        raise CalibrateError(
            f"`shape` {spelled(shape)} does not fit the model's {spelled(stated)}", where
        )
    if 0 in shape:
        raise CalibrateError(
            f"the input {spelled(shape)} holds no values",
            where=where,
            hint="is the file damaged? export it again, or give `shape`",
        )
    return shape


def fed_type(port: ov.Output) -> np.dtype[np.generic]:
    """The dtype that an input is fed with: its own; float32 for bfloat16 and float64.

    NumPy has no bfloat16, and the CPU plugin computes float64 in float32.
    """
    kind = port.get_element_type()
    return (
        np.dtype(np.float32) if kind in (ov.Type.bf16, ov.Type.f64) else np.dtype(kind.to_dtype())
    )


def stated_layout(port: ov.Output) -> str:
    """The layout that the model states of an input, `?` for dimensions it does not name; or ""."""
    text = str(port.get_node().get_layout()).strip("[]").replace(",", "")
    return text if text and set(text) <= set("NCHWDT?") else ""


def guessed_layout(shape: tuple[int, ...]) -> str:
    """`NCHW` or `NHWC` where the number of channels tells it, else nothing."""
    if len(shape) != 4:
        return ""
    channels_first, channels_last = shape[1] in CHANNELS, shape[3] in CHANNELS
    if channels_first == channels_last:
        return ""
    return "NCHW" if channels_first else "NHWC"


def spelled(shape: Sequence[int]) -> str:
    """A shape for messages, `?` for what is open."""
    return "[" + ", ".join("?" if d == DYNAMIC else str(d) for d in shape) + "]"


def input_names(model: ov.Model) -> list[str]:
    """Each input's first tensor name, or its parameter's name."""
    return [
        str(min(port.get_names())) if port.get_names() else str(port.get_node().friendly_name)
        for port in model.inputs
    ]
