"""Load the source model of a config from a file or a Python function."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.config.resolved import Resolved
from calibrate.config.schema import Model
from calibrate.context.dataset import choose_items
from calibrate.context.load_model import load_untrusted_model
from calibrate.core.sample import IMAGE
from calibrate.datasets.loading.tensors import SampleReader
from calibrate.errors import CalibrateError
from calibrate.models.model_files import digest_files
from calibrate.models.read import check_files, checked
from calibrate.models.readers.pytorch import build_pytorch, source_file
from calibrate.models.readers.registry import is_function


def load_source(resolved: Resolved) -> ov.Model:
    """Read the model of a config from its file, or build it with its function.

    Raises:
        CalibrateError: it cannot be read or built.
    """
    model = resolved.config.model
    if not is_function(model.path):
        return load_untrusted_model(model.path)
    built = build_pytorch(
        model.path.name,
        model.path.parent,
        arguments=model.arguments,
        weights=model.weights,
        example=lambda: _example(resolved),
    )
    return checked(built, model.path)


def digest_source(model: Model) -> str:
    """Return the SHA-256 of the model's files; for a function of its module, arguments and weights.

    Imports of that module are not included.

    Raises:
        OSError: a file cannot be read.
        CalibrateError: there is no such module, or the model is no regular file.
    """
    if not is_function(model.path):
        check_files(model.path)  # reading a device would not end
        return digest_files(model.path)
    module = source_file(model.path.name, model.path.parent)
    if module is None:
        raise CalibrateError("there is no such module", where=f"model.path: {model.path.name}")
    joined = hashlib.sha256(module.read_bytes())
    joined.update(json.dumps(model.arguments, sort_keys=True).encode())
    if model.weights is not None:
        joined.update(model.weights.read_bytes())
    return joined.hexdigest()


def _example(resolved: Resolved) -> Sequence[NDArray[Any]]:
    """Return the first sample as a batch of one for each input, images CHW."""
    reader = SampleReader(resolved.adapter, resolved.steps)
    item = choose_items(resolved)[0]
    sample = reader.preprocess(reader.source(item), item)
    arrays = []
    for key, value in sample.data.items():
        array = np.asarray(value)
        if array.dtype.kind == "f" or (key == IMAGE and sample.geometry is not None):
            array = array.astype(np.float32)
        if key == IMAGE and sample.geometry is not None and array.ndim == 3:
            array = array.transpose(2, 0, 1)
        arrays.append(np.ascontiguousarray(array[None]))
    return arrays
