"""The log file of a failure, so that the terminal needs no traceback."""

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
    state = _state_folder(environment)
    places = [] if state is None else [state / name]
    # There may be no such folder: nothing can be written, or the disk is full.
    with suppress(OSError):
        places.append(Path(tempfile.gettempdir()) / f"calibrate-{name}")
    for path in places:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # `x`: the folder of temporary files is everybody's, and so are links in it.
            with path.open("x", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError:
            continue  # the next place; a full disk must not hide the failure itself
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
