"""Guess datasets in NumPy's files: which arrays are inputs, and which one is the ground truth."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.commands.new.data_guess import PREFERRED, DataGuess, Truth
from calibrate.core.sample import IMAGE
from calibrate.core.text import shapes_text
from calibrate.datasets.formats.array_files import array_names, load_array
from calibrate.errors import CalibrateError

_LABEL_ARRAYS = (
    *("y", "label", "labels", "target", "targets", "mask", "masks", "class", "classes"),
    *("flow", "depth", "disparity", "gt", "ground_truth"),
)


def array_data(path: Path, model_inputs: Collection[str] = ()) -> Iterator[DataGuess]:
    """Yield the arrays of an `.npz`, an `.npy` or a folder of `.npy`.

    Args:
        path: path of the arrays.
        model_inputs: names of the model's inputs; an array of such a name holds no labels.
    """
    try:
        arrays = {name: load_array(stamp, name) for name, stamp in array_names(path).items()}
    except CalibrateError:
        return  # broken, or of objects; the adapter reports that if the user names it
    groups = _of_one_split({name: array for name, array in arrays.items() if array.ndim})
    labels = [name for name in groups if _is_label(name, model_inputs)]
    key = labels[0] if labels else None
    inputs = {name: name for name in groups if name != key}
    if len(inputs) == 1:
        (name,) = inputs.values()
        inputs = {IMAGE: name}
    adapter: dict[str, Any] = {"type": "arrays", "data_source": path, "inputs": inputs}
    listed = shapes_text({name: array.shape for name, array in groups.items()})
    reason = f"{path.name} contains the arrays {listed}"
    if key is None:
        yield DataGuess(adapter, "none", reason, content="arrays")
        return
    kind = _kind(groups[key])
    adapter |= {"label_key": key, **({} if kind == "class" else {"target": kind})}
    yield DataGuess(adapter, kind, reason, content="arrays")


def _is_label(name: str, model_inputs: Collection[str]) -> bool:
    return name not in model_inputs and _base(name) in _LABEL_ARRAYS


def _base(name: str) -> str:
    return "_".join(word for word in _words(name) if word not in PREFERRED)


def _words(name: str) -> list[str]:
    return name.lower().replace("-", "_").split("_")


def _of_one_split(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the split that suits a calibration best; all if there are no splits."""
    for split in PREFERRED:
        chosen = {name: array for name, array in arrays.items() if split in _words(name)}
        if chosen:
            return chosen
    return dict(arrays)


def _kind(array: NDArray[Any]) -> Truth:
    if array.dtype.kind == "f":
        return "values"
    if array.ndim >= 3:
        return "mask"
    if array.ndim == 1 or array.shape[1] == 1:
        return "class"
    return "labels" if np.isin(array, (0, 1)).all() else "tokens"
