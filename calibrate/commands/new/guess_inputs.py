"""Guess the source of each model input: an image, a fact of the image, or an array of the data."""

from collections.abc import Mapping, Sequence
from typing import Any

import openvino as ov

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.core.sample import IMAGE
from calibrate.core.text import shapes_text
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan, input_names

_IMAGE_LAYOUTS = ("NCHW", "NHWC")
_FACTS = {
    "im_info": "im_info",
    "image_info": "im_info",
    "im_shape": "input_size",
    "orig_target_sizes": "source_width_height",
    "scale_factor": "scale_factor",
}
"""Facts of the image by the names under which detectors take them: Faster R-CNN, PaddleDetection,
RT-DETR and D-FINE (width first)."""


def image_input(plans: Sequence[InputPlan]) -> tuple[InputPlan, dict[str, Any]]:
    """Return the input that the image has to fit, and the source of each of several inputs.

    Raises:
        CalibrateError: the inputs differ, so that one image cannot be all of them.
    """
    if len(plans) == 1:
        return plans[0], {}
    facts = {
        plan.name: {"source": _FACTS[plan.name.lower()]}
        for plan in plans
        if plan.name.lower() in _FACTS and plan.layout not in _IMAGE_LAYOUTS
    }
    images = [plan for plan in plans if plan.name not in facts]
    kinds = {(plan.shape[1:], plan.layout) for plan in images}
    if len(kinds) == 1 and images[0].layout in _IMAGE_LAYOUTS:
        return images[0], {plan.name: {"source": IMAGE} for plan in images} | facts
    listed = shapes_text({plan.name: plan.shape for plan in plans})
    raise CalibrateError(
        f"the model has {len(plans)} inputs that one image cannot feed: {listed}",
        where="model.inputs",
        hint="write the config by hand, with an adapter whose samples contain data for each "
        "(`arrays`, `calibrate list adapters`) and `source` where the names differ",
    )


def shapes_of(model: ov.Model, data: DataGuess) -> dict[str, tuple[int, ...]]:
    """Return the shape of each input whose number of dimensions the model does not state.

    It is that of the first sample with a batch of 1. Inputs are left out that no array feeds.
    """
    unknown = {
        name
        for name, port in zip(input_names(model), model.inputs, strict=True)
        if port.get_partial_shape().rank.is_dynamic
    }
    if not unknown or data.content != "arrays":
        return {}
    adapter = build_adapter(data.adapter)
    arrays = adapter.read(adapter.items()[0]).data
    single = next(iter(arrays.values())) if len(arrays) == len(model.inputs) == 1 else None
    fed = {name: arrays.get(name, single) for name in unknown}
    return {name: (1, *array.shape) for name, array in fed.items() if array is not None}


def sources_of(plans: Sequence[InputPlan], data: DataGuess) -> dict[str, Any]:
    """Return the array or column that feeds the only input, where their names differ."""
    if data.content == "audio":
        return {plan.name: {"source": "audio"} for plan in plans if plan.name != "audio"}
    keys = list(data.adapter.get("inputs") or data.adapter.get("data_columns") or {})
    if len(plans) == 1 and keys and keys[0] not in (IMAGE, plans[0].name):
        return {plans[0].name: {"source": keys[0]}}
    return {}


def with_shapes(inputs: Mapping[str, Any], shapes: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return the section `model.inputs` with the shapes that the model does not state."""
    stated = {
        name: {**inputs.get(name, {}), "shape": list(shape)} for name, shape in shapes.items()
    }
    return {**inputs, **stated}


def sides_of(plan: InputPlan) -> tuple[int, int] | None:
    """Return height and width of the input, None where they are dynamic."""
    if plan.layout not in _IMAGE_LAYOUTS:
        return None
    height, width = plan.shape[2:] if plan.layout == "NCHW" else plan.shape[1:3]
    return (height, width) if height > 0 and width > 0 else None


def channels_of(plan: InputPlan) -> int:
    """Return the channels of the input, 3 where the layout has none."""
    return plan.shape[plan.layout.index("C")] if "C" in plan.layout else 3
