"""The log file of a failure, so that the terminal needs no traceback."""

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from calibrate.core.variables import without_values
from calibrate.version import __version__

_PACKAGES = ("openvino", "nncf", "numpy", "pydantic", "click")


def write_crash_log(
    error: BaseException, command: Sequence[str], now: datetime, environment: Mapping[str, str]
) -> Path | None:
    """Write the traceback with the versions and the command.

    Args:
        error: what was raised.
        command: the arguments of the command line.
        now: the time, for the file's name.
        environment: `XDG_STATE_HOME` and `HOME` decide the folder; else that of temporary files.

    Returns:
        The file, or None if none can be written.
    """
    name = f"{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    text = _text(error, command)
    for folder in (_state_folder(environment), Path(tempfile.gettempdir()) / "calibrate"):
        if folder is None:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue  # the next folder; a full disk must not hide the failure itself
        return path
    return None


def _state_folder(environment: Mapping[str, str]) -> Path | None:
    if state := environment.get("XDG_STATE_HOME"):
        return Path(state) / "calibrate"
    if home := environment.get("HOME"):
        return Path(home) / ".local" / "state" / "calibrate"
    return None


def _text(error: BaseException, command: Sequence[str]) -> str:
    facts = {
        "command": " ".join(command),
        "calibrate": __version__,
        "python": sys.version.replace("\n", " "),
        "platform": platform.platform(),
        **{package: _version(package) for package in _PACKAGES},
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    return without_values("\n".join([*lines, "", *traceback.format_exception(error)]))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
