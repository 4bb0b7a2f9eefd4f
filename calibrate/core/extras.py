"""Packages that only some users need: imported when they are, named with the command otherwise."""

import importlib
from types import ModuleType

from calibrate.errors import CalibrateError


def import_extra(module: str, extra: str) -> ModuleType:
    """The module of an optional dependency.

    Args:
        module: to import, for instance `nibabel`.
        extra: of this distribution that installs it.

    Raises:
        CalibrateError: it is not installed, with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CalibrateError(
            f"the package '{module.partition('.')[0]}' is needed and cannot be imported ({error})",
            hint=f"pip install 'openvino-calibrate[{extra}]'",
        ) from error
