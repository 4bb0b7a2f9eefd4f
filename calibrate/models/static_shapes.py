"""A model as it is, with every input's shape bound and nothing simplified."""

from collections.abc import Sequence

import openvino as ov

from calibrate.core.text import shapes_text
from calibrate.errors import CalibrateError
from calibrate.models.float_types import in_float32
from calibrate.models.inputs import InputPlan
from calibrate.models.openvino_errors import error_reason


def static_shape(model: ov.Model, plans: Sequence[InputPlan]) -> ov.Model:
    """A copy that takes inputs of exactly the plans' shapes.

    Unlike `prepare` it folds nothing, so that INT8 weights stay INT8. Models in bfloat16 or float64
    take FP32.

    Raises:
        CalibrateError: the model cannot take these shapes.
    """
    copy = in_float32(model.clone())
    if model.is_dynamic():
        bind_shapes(copy, plans)
    return copy


def bind_shapes(model: ov.Model, plans: Sequence[InputPlan]) -> None:
    """Give every input, in place, exactly its plan's shape.

    Raises:
        CalibrateError: the model cannot take these shapes.
    """
    try:
        model.reshape({plan.index: list(plan.shape) for plan in plans})
    except RuntimeError as error:
        shapes = shapes_text({plan.name: plan.shape for plan in plans})
        raise CalibrateError(
            f"the model cannot take inputs of {shapes}: {error_reason(error)}",
            hint="its graph may be built for another size; change preprocessing to that size",
        ) from error
