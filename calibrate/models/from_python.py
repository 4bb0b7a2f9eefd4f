"""A model that exists in Python already, as an `ov.Model`."""

from collections.abc import Sequence
from typing import Any

import openvino as ov
from numpy.typing import NDArray

from calibrate.errors import CalibrateError


def to_openvino(model: object, example: Sequence[NDArray[Any]]) -> ov.Model:
    """The model itself, or what OpenVINO's converter makes of it.

    Args:
        model: an `ov.Model`, a `torch.nn.Module`, a Keras model: what `ov.convert_model` takes.
        example: a batch of one for each input, by which a module is traced.

    Raises:
        CalibrateError: the converter refuses the model.
    """
    if isinstance(model, ov.Model):
        return model
    inputs: Any = example[0] if len(example) == 1 else tuple(example)
    try:
        return ov.convert_model(model, example_input=inputs)
    except Exception as error:
        # The converter raises whatever its frontends raise.
        first = str(error).strip().splitlines() or [type(error).__name__]
        raise CalibrateError(
            f"OpenVINO cannot convert the {type(model).__name__}: {first[0]}",
            where="model",
            hint="export it to ONNX, or give an ov.Model",
        ) from error
