"""Read config files within a size limit, and report files that are none."""

import difflib
import errno
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from calibrate.config.compose import Composer
from calibrate.config.tree import Node, Place, kind
from calibrate.core.regular_file import read_regular
from calibrate.errors import CalibrateError

MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One file as a tree: its root is a mapping; `problems` did not stop reading."""

    root: Node
    problems: tuple[CalibrateError, ...]


_MODELS = (".xml", ".bin", ".onnx", ".tflite", ".pdmodel", ".pb", ".pt", ".pt2", ".pth", ".ts")
"""Suffixes of model files."""


def read_yaml(path: Path, environment: Mapping[str, str], *, shown: str | None = None) -> YamlFile:
    """Read one YAML file into a tree.

    Args:
        path: the file.
        environment: values of `${VAR}`.
        shown: the file's name in messages; the path by default.

    Raises:
        CalibrateError: there is no such file, it is no YAML, or it holds no mapping.
    """
    name = shown or str(path)
    if path.suffix.lower() in _MODELS:
        raise CalibrateError(
            "this is a model, not a config",
            name,
            f"`calibrate new {path.name} DATA -o config.yaml` writes a config for it",
        )
    text = _text(path, name)
    file = path.absolute()
    composer = Composer(lambda line: Place(file, name, line), environment)
    root = composer.compose(text)
    if root is None:
        raise CalibrateError(
            "the file is empty", name, "`calibrate schema` prints what a config holds"
        )
    if not isinstance(root.value, Mapping):
        raise CalibrateError(f"expected a mapping of keys at the top, got {kind(root.value)}", name)
    return YamlFile(root, tuple(composer.problems))


def absence(path: Path) -> str | None:
    """Say why nothing exists at a path; None if something does."""
    try:
        return None if path.exists() else f"there is no file or folder {path}"
    except OSError as error:
        return f"{path} cannot be looked at: {error.strerror}"


def near_file(path: Path) -> str:
    """Return a hint to the similar file name in the folder that was probably meant; else empty."""
    try:
        siblings = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, siblings, n=1)
    return f"did you mean '{near[0]}'?" if near else ""


def _text(path: Path, name: str) -> str:
    try:
        content = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        raise CalibrateError("there is no such file", name, near_file(path)) from None
    except IsADirectoryError:
        raise CalibrateError(
            "this is a folder, not a config",
            name,
            "name the YAML file; `calibrate new MODEL DATA -o config.yaml` writes one",
        ) from None
    except OSError as error:
        if error.errno == errno.EFBIG:
            limit = f"larger than {MAX_BYTES >> 20} MiB"
            raise CalibrateError(
                f"{limit}, which no config is", name, "is it the YAML file?"
            ) from error
        raise CalibrateError(f"the file cannot be read: {error.strerror}", name) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the file is not text in UTF-8"
        raise CalibrateError(message, name, "is it the YAML file?") from None
