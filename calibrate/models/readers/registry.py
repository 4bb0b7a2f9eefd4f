"""Which reader reads a model, by the end of its path."""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import openvino as ov

from calibrate.errors import CalibrateError

Reader = Callable[[Path], ov.Model]
"""From a path to the model; raises CalibrateError with what is wrong."""

_PYTORCH = "calibrate.models.readers.pytorch:read_pytorch"
READERS = dict.fromkeys((".pt2", ".pt", ".pth", ".ts", ".torchscript"), _PYTORCH)
"""Import paths of readers by suffix; what is not here, OpenVINO itself reads."""


def reader_for(path: Path) -> Reader | None:
    """The reader of a file, built in or an installed package's (entry points `calibrate.readers`).

    The name of an entry point is the suffix with its dot.

    Returns:
        None where OpenVINO itself reads such files.

    Raises:
        CalibrateError: an installed reader cannot be imported.
    """
    installed = {point.name: point.value for point in entry_points(group="calibrate.readers")}
    target = {**installed, **READERS}.get(path.suffix)
    if target is None:
        return None
    module, _, name = target.partition(":")
    try:
        reader: Reader = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise CalibrateError(
            f"the reader of '{path.suffix}' files cannot be imported: {error}", where=str(path)
        ) from error
    return reader


def is_function(path: Path) -> bool:
    """Whether a path names a Python function, `package.module:function` or `file.py:function`."""
    module, colon, name = path.name.rpartition(":")
    return bool(colon and module and name.isidentifier()) and len(module) > 1


def read_suffixes() -> tuple[str, ...]:
    """Suffixes that have a reader besides OpenVINO's own."""
    installed = (point.name for point in entry_points(group="calibrate.readers"))
    return tuple(dict.fromkeys((*READERS, *installed)))
